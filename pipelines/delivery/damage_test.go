package delivery

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/journal"
)

// TestDamagedJournal: a line that cannot be read in the middle of an edition's journal may hide an attempt, so a channel
// that cannot be repeated sends nothing; the unfinished last line that a kill leaves hides none.
func TestDamagedJournal(t *testing.T) {
	damaged := func(text []byte) []byte {
		return bytes.Replace(text, []byte(`"kind":"attempt"`), []byte(`"kind":"attemqt"`), 1)
	}
	torn := func(text []byte) []byte { return text[:len(text)-10] }
	for _, test := range []struct {
		name       string
		repeatable bool
		change     func([]byte) []byte
		refused    bool
		sent       int
	}{
		{"damaged line, smtp", false, damaged, true, 0},
		{"damaged line, outbox", true, damaged, false, 2},
		{"unfinished last line, smtp", false, torn, false, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, people(3, "example.com"), nil)
			c := &scripted{repeatable: test.repeatable}
			s := f.sender(c)
			first := f.messageKey("p00000@example.com")
			w, err := journal.OpenWriter(s.JournalDir, f.id.Stream(), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []journal.Kind{journal.Attempt, journal.Accepted} {
				event := journal.Event{Kind: kind, Campaign: f.id.Campaign, Slot: string(f.id.Slot), MessageKey: first}
				if err := w.Append(t.Context(), event); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			segments, err := filepath.Glob(filepath.Join(s.JournalDir, f.id.Stream()+"-*"))
			if err != nil || len(segments) != 1 {
				t.Fatalf("segments: got %v, %v, want one", segments, err)
			}
			text, err := os.ReadFile(segments[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(segments[0], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(segments[0], test.change(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = s.Run(t.Context())
			if refused := err != nil && strings.Contains(err.Error(), "journal is damaged"); refused != test.refused {
				t.Errorf("got error %v, want refused: %v", err, test.refused)
			}
			if got := c.total(); got != test.sent {
				t.Errorf("got %d messages sent, want %d", got, test.sent)
			}
		})
	}
}
