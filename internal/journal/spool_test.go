package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func idsOf(t *testing.T, dir string) []string {
	t.Helper()
	events, report := readAll(t, dir, "")
	if len(report.Damaged) > 0 {
		t.Errorf("damaged: %v", report.Damaged)
	}
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func gather(t *testing.T, spool, dir string, keep ...string) Gathered {
	t.Helper()
	g, err := Gather(Disk{}, spool, dir, keep...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Every line of a spool comes once, while it is written and when it is sealed, and what is sealed is taken away.
func TestGather(t *testing.T) {
	spool, dir := filepath.Join(t.TempDir(), "spool"), filepath.Join(t.TempDir(), "journal")
	if g := gather(t, spool, dir); g.Segments != 0 {
		t.Errorf("no spool yet: got %+v", g)
	}
	w := mustWriter(t, spool, "responses")
	kept := mustWriter(t, spool, "optin")
	mustAppend(t, w, Event{ID: "1", Kind: Open})
	mustAppend(t, kept, Event{ID: "a", Kind: OptInConfirmed})
	gather(t, spool, dir, "optin")
	mustAppend(t, w, Event{ID: "2", Kind: Open})
	for range 2 {
		gather(t, spool, dir, "optin")
	}
	if diff := cmp.Diff([]string{"a", "1", "2"}, idsOf(t, dir)); diff != "" {
		t.Error(diff)
	}
	for _, one := range []*Writer{w, kept} {
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if g := gather(t, spool, dir, "optin"); g.Removed != 1 {
		t.Errorf("sealed: got %+v, want one removed", g)
	}
	gather(t, spool, dir, "optin")
	if diff := cmp.Diff([]string{"a", "1", "2"}, idsOf(t, dir)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a"}, idsOf(t, spool)); diff != "" {
		t.Errorf("what stays in the spool: %s", diff)
	}
}

// A line that is half written is left for later; a tracker that was killed leaves one, and its successor seals it.
func TestGatherTornLine(t *testing.T) {
	spool, dir := t.TempDir(), filepath.Join(t.TempDir(), "journal")
	w := mustWriter(t, spool, "responses")
	mustAppend(t, w, Event{ID: "1", Kind: Open}, Event{ID: "2", Kind: Open})
	path := segmentPath(t, spool)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	gather(t, spool, dir)
	if diff := cmp.Diff([]string{"1"}, idsOf(t, dir)); diff != "" {
		t.Errorf("while it is written: %s", diff)
	}
	if err := SealOthers(spool); err != nil {
		t.Fatal(err)
	}
	if g := gather(t, spool, dir); g.Removed != 1 {
		t.Errorf("sealed by its successor: got %+v, want it removed", g)
	}
	events, report := readAll(t, dir, "")
	if len(events) != 1 || len(report.Damaged) != 1 || !report.Damaged[0].Torn {
		t.Errorf("got %d events and damage %v, want one event and the torn line named", len(events), report.Damaged)
	}
}

// Stopped at any of its writes, a gathering that is begun again brings every line once and loses none.
func TestGatherStopped(t *testing.T) {
	for stop := 1; ; stop++ {
		spool, dir := t.TempDir(), filepath.Join(t.TempDir(), "journal")
		for _, id := range []string{"1", "2", "3"} {
			w := mustWriter(t, spool, "responses")
			mustAppend(t, w, Event{ID: id, Kind: Click})
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		calls, stopped := 0, errors.New("stopped")
		at := func() error {
			if calls++; calls >= stop {
				return stopped
			}
			return nil
		}
		_, err := Gather(Disk{
			SyncFile:   func(*os.File) error { return at() },
			Rename:     func(from, to string) error { return errors.Join(at(), os.Rename(from, to)) },
			SyncFolder: func(string) error { return at() },
		}, spool, dir)
		gather(t, spool, dir)
		if diff := cmp.Diff([]string{"1", "2", "3"}, idsOf(t, dir)); diff != "" {
			t.Errorf("stopped at call %d: %s", stop, diff)
		}
		if left := idsOf(t, spool); len(left) > 0 {
			t.Errorf("stopped at call %d: the spool still holds %v", stop, left)
		}
		if err == nil {
			if stop < 6 {
				t.Errorf("got %d calls, the test shows little", stop)
			}
			return
		}
		if !errors.Is(err, stopped) {
			t.Fatal(err)
		}
	}
}

// A spool is emptied only after the copies have durable names.
func TestGatherRemovesLast(t *testing.T) {
	spool, dir := t.TempDir(), t.TempDir()
	w := mustWriter(t, spool, "responses")
	mustAppend(t, w, Event{ID: "1", Kind: Click})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := segmentPath(t, spool)
	seen := false
	_, err := Gather(Disk{SyncFolder: func(folder string) error {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("the original is gone before the folder is synced: %v", err)
		}
		seen = folder == dir
		return nil
	}}, spool, dir)
	if err != nil || !seen {
		t.Errorf("got %v, folder synced: %v", err, seen)
	}
}

// A segment that is not what it was is named, and neither copied nor taken away.
func TestGatherDamaged(t *testing.T) {
	spool, dir := t.TempDir(), t.TempDir()
	w := mustWriter(t, spool, "responses")
	mustAppend(t, w, Event{ID: "1", Kind: Click})
	gather(t, spool, dir)
	if err := os.WriteFile(segmentPath(t, spool), []byte("something else\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := SealOthers(spool); err != nil {
		t.Fatal(err)
	}
	if g := gather(t, spool, dir); len(g.Damaged) != 1 || g.Removed != 0 {
		t.Errorf("got %+v, want one damaged and none removed", g)
	}
	if diff := cmp.Diff([]string{"1"}, idsOf(t, dir)); diff != "" {
		t.Error(diff)
	}
}
