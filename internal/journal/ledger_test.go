package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeLedger appends consents in two sittings, so that the chain crosses a segment.
func writeLedger(t *testing.T, dir string) []string {
	t.Helper()
	for sitting := range 2 {
		l, err := OpenLedger(dir, func() time.Time { return minute(sitting) })
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			e := Event{Kind: Consent, At: minute(i), ContactKey: fmt.Sprintf("k%d%d", sitting, i), Channel: "email", Basis: BasisConsent, Method: "web form"}
			if err := l.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	segments, err := filepath.Glob(filepath.Join(dir, LedgerStream+"-*.ndjson"))
	if err != nil || len(segments) != 2 {
		t.Fatalf("segments: got %v, %v, want two", segments, err)
	}
	for _, path := range segments {
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return segments
}

// JP2: whoever alters or removes a line of the consent ledger is found out, and the place is named; forging the crc too
// does not help.
func TestJP2LedgerNamesWhatWasTamperedWith(t *testing.T) {
	edit := func(t *testing.T, path string, change func(lines [][]byte) [][]byte) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(data, []byte("\n"))
		if err := os.WriteFile(path, bytes.Join(change(lines[:len(lines)-1]), nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	forge := func(line []byte, from, to string) []byte {
		e, err := decodeLine(bytes.ReplaceAll(line[:len(line)-1], []byte(from), []byte(to)))
		if err != nil {
			t.Fatal(err)
		}
		forged, err := appendLine(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		return forged
	}
	tests := []struct {
		name   string
		tamper func(t *testing.T, segments []string)
		want   string // "" is no fault; %1 and %2 are the segments
	}{
		{"whole", func(*testing.T, []string) {}, ""},
		{"altered", func(t *testing.T, s []string) {
			edit(t, s[0], func(l [][]byte) [][]byte {
				l[1] = bytes.Replace(l[1], []byte("web form"), []byte("web page"), 1)
				return l
			})
		}, "%1:2: the line was altered"},
		{"altered, and its crc forged", func(t *testing.T, s []string) {
			edit(t, s[0], func(l [][]byte) [][]byte { l[1] = forge(l[1], "k01", "k99"); return l })
		}, "%1:3: it does not follow line 2"},
		{"removed in the middle", func(t *testing.T, s []string) {
			edit(t, s[0], func(l [][]byte) [][]byte { return append(l[:1], l[2:]...) })
		}, "%1:2: it does not follow line 1"},
		{"removed at the beginning", func(t *testing.T, s []string) {
			edit(t, s[0], func(l [][]byte) [][]byte { return l[1:] })
		}, "%1:1: the ledger begins with a line that follows another"},
		{"end of a segment cut off", func(t *testing.T, s []string) {
			edit(t, s[0], func(l [][]byte) [][]byte { return l[:2] })
		}, "%2:1: it does not follow %1:2"},
		{"a segment removed", func(t *testing.T, s []string) {
			if err := os.Remove(s[0]); err != nil {
				t.Fatal(err)
			}
		}, "%2:1: the ledger begins with a line that follows another"},
		{"the last line removed", func(t *testing.T, s []string) {
			edit(t, s[1], func(l [][]byte) [][]byte { return l[:2] })
		}, "the edition news/20240101T1000 was planned when"},
		{"unfinished last line", func(t *testing.T, s []string) {
			f, err := os.OpenFile(s[1], os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(`{"v":1,"id":"x`); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			segments := writeLedger(t, dir)
			head, err := LedgerHead(dir)
			if err != nil {
				t.Fatal(err)
			}
			tt.tamper(t, segments)
			report, err := VerifyLedger(dir, map[string]string{head: "the edition news/20240101T1000"})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if len(report.Faults) > 0 || report.Lines != 6 || report.Head != head {
					t.Errorf("got %+v, want 6 lines, head %s and no fault", report, head)
				}
				return
			}
			want := strings.NewReplacer("%1", segments[0], "%2", segments[1]).Replace(tt.want)
			if len(report.Faults) == 0 || !strings.Contains(report.Faults[0].String(), want) {
				t.Errorf("got %v, want the fault %q first", report.Faults, want)
			}
		})
	}
}

// A torn line is passed over, and the chain goes on from the last whole one.
func TestLedgerGoesOnAfterAKill(t *testing.T) {
	dir := t.TempDir()
	segments := writeLedger(t, dir)
	data, err := os.ReadFile(segments[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segments[1], data[:len(data)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLedger(dir, func() time.Time { return minute(5) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLedger(dir, time.Now); !errors.Is(err, ErrLedgerHeld) {
		t.Errorf("a second writer at once: got %v, want ErrLedgerHeld", err)
	}
	if err := l.Append(t.Context(), Event{Kind: Unsubscribe, ContactKey: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), Event{Kind: Bounce, AddressKey: "a"}); err == nil {
		t.Error("a bounce: got no error, want one: it is nobody's word")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := VerifyLedger(dir, nil)
	if err != nil || len(report.Faults) > 0 || report.Lines != 6 {
		t.Errorf("got %+v, %v, want 6 lines and no fault", report, err)
	}
}
