package response

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
)

// TestBounceClassesAgree is P5: Go and SQL say the same of every code.
func TestBounceClassesAgree(t *testing.T) {
	dataDir, temp := t.TempDir(), t.TempDir()
	var events []journal.Event
	want := []string{"/unknown"}
	add := func(enhanced string) {
		e := journal.Event{ID: "e" + enhanced, Kind: journal.Bounce, At: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), AddressKey: "a", Enhanced: enhanced}
		events = append(events, e)
		if enhanced != "" {
			want = append(want, enhanced+"/"+string(journal.BounceClass(enhanced)))
		}
	}
	add("")
	for _, class := range []int{4, 5} {
		for subject := range 10 {
			for detail := range 31 {
				add(fmt.Sprintf("%d.%d.%d", class, subject, detail))
			}
		}
	}
	appendEvents(t, filepath.Join(dataDir, "journal"), "bounces", events...)
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	if _, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp}); err != nil {
		t.Fatal(err)
	}
	opsOf(t, db)
	got := texts(t, db, "select coalesce(enhanced, '') || '/' || class from ops.bounce")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("classes (-Go +SQL):\n%s", diff)
	}
	// what Go suppresses by is what SQL calls the address
	for _, e := range events {
		fold := journal.NewSuppressions()
		fold.Add(e)
		_, suppressed := fold.Suppressed("", "a", "email", "service")
		if suppressed != (journal.BounceClass(e.Enhanced) == journal.ClassAddress) {
			t.Errorf("%s: got suppressed %v, want it for the class address only, which it is %s", e.Enhanced, suppressed, journal.BounceClass(e.Enhanced))
		}
	}
}

// TestGiveUp is P5: full mailboxes count in a row, and the decision is made once, also where it is taken back.
func TestGiveUp(t *testing.T) {
	dataDir, temp := t.TempDir(), t.TempDir()
	dir := filepath.Join(dataDir, "journal")
	day := func(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
	soft := func(n int) journal.Event {
		return journal.Event{ID: fmt.Sprint("b", n), Kind: journal.Bounce, At: day(n), AddressKey: "a1", Channel: "email", Enhanced: "5.2.2"}
	}
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	collect := func() int {
		t.Helper()
		if _, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp}); err != nil {
			t.Fatal(err)
		}
		opsOf(t, db)
		given, err := GiveUp(t.Context(), db, func() (*journal.Writer, error) {
			return journal.OpenWriter(dir, DecisionStream, func() time.Time { return day(20) })
		})
		if err != nil {
			t.Fatal(err)
		}
		return given
	}
	suppressed := func() bool {
		fold, _, err := Suppressed(dataDir, dir)
		if err != nil {
			t.Fatal(err)
		}
		_, ok := fold.Suppressed("", "a1", "email", "service")
		return ok
	}
	appendEvents(t, dir, "bounces", soft(1), soft(2))
	if n := collect(); n != 0 || suppressed() {
		t.Errorf("two: got %d given up, want none", n)
	}
	appendEvents(t, dir, "bounces", soft(3), journal.Event{ID: "r", Kind: journal.Bounce, At: day(3), AddressKey: "a2", Enhanced: "5.7.1"})
	if n := collect(); n != 1 || !suppressed() {
		t.Errorf("three: got %d given up, want one, suppressed", n)
	}
	if n := collect(); n != 0 {
		t.Errorf("again: got %d given up, want none", n)
	}
	appendEvents(t, dir, ImportStream, journal.Event{ID: "u", Kind: journal.Unsuppress, At: day(4), AddressKey: "a1", Channel: "email", Scope: journal.ScopeAll})
	if n := collect(); n != 0 || suppressed() {
		t.Errorf("taken back: got %d given up, want none, and written to again", n)
	}
	appendEvents(t, dir, "bounces", soft(5), soft(6))
	if n := collect(); n != 0 {
		t.Errorf("two more: got %d given up, want none: they count from the word that took it back", n)
	}
	appendEvents(t, dir, "bounces", soft(7))
	if n := collect(); n != 1 || !suppressed() {
		t.Errorf("three more: got %d given up, want one", n)
	}
}
