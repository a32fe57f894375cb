package journal

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2011, 12, 6, 12, 0, 0, 123456789, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func mustWriter(t *testing.T, dir, stream string) *Writer {
	t.Helper()
	w, err := OpenWriter(dir, stream, at(noon))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func mustAppend(t *testing.T, w *Writer, events ...Event) {
	t.Helper()
	if err := w.Append(context.Background(), events...); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, dir, stream string) ([]Event, Report) {
	t.Helper()
	var events []Event
	report, err := Read(dir, stream, func(e Event, _ Place) error { events = append(events, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return events, report
}

func crcOf(body []byte) uint32 { return crc32.Checksum(body, castagnoli()) }

func segmentPath(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("got segments %v, %v, want one", paths, err)
	}
	return paths[0]
}

func TestEventComesBackAsItWasWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	w := mustWriter(t, dir, "edition.replace-soon.20111206T1000")
	full := Event{
		ID: "e1", Kind: Accepted, At: noon.In(time.FixedZone("JST", 9*3600)), Campaign: "c", Slot: "20111206T1000",
		MessageKey: "m", ContactKey: "k", AddressKey: "a", Channel: "email", Scope: ScopeAll, RunID: "r", Job: "j", Step: "s",
		Code: 250, Enhanced: "2.0.0", Detail: "受け付けた \"ok\" \u2028 <b>", Amount: "12.30", Rows: 3, Seconds: 1.5,
	}
	mustAppend(t, w, full, Event{Kind: Open})
	events, report := readAll(t, dir, "edition.replace-soon.20111206T1000")
	want := full
	want.At = noon.Truncate(time.Microsecond)
	if diff := cmp.Diff(want, events[0]); diff != "" {
		t.Error(diff)
	}
	if len(events[1].ID) != 32 || !events[1].At.Equal(noon.Truncate(time.Microsecond)) {
		t.Errorf("got %+v, want an id of 32 digits and the clock's time in microseconds", events[1])
	}
	if len(report.Damaged) != 0 || report.Events != 2 || report.Segments != 1 {
		t.Errorf("got report %+v", report)
	}
}

func TestLineIsAsDocumented(t *testing.T) {
	line, err := appendLine(nil, Event{ID: "1", Kind: Open, At: time.Date(2011, 12, 6, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	// the crc was computed by another program, bit by bit with the polynomial 0x82F63B78, over the bytes before ,"crc"
	want := `{"v":1,"id":"1","kind":"open","at":"2011-12-06T00:00:00Z","crc":"c82c0ab6"}` + "\n"
	if string(line) != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
}

func TestModesAndSealing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	w := mustWriter(t, dir, "runs")
	mustAppend(t, w, Event{Kind: RunStarted})
	path := segmentPath(t, dir)
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if got := mode(dir); got != 0o700 {
		t.Errorf("folder: got mode %o, want 700", got)
	}
	if got := mode(path); got != 0o600 {
		t.Errorf("open segment: got mode %o, want 600", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := mode(path); got != 0o400 {
		t.Errorf("sealed segment: got mode %o, want 400", got)
	}
	if err := w.Append(context.Background(), Event{Kind: Open}); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: got %v, want ErrClosed", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second close: got %v, want nil", err)
	}
}

func TestSegmentWithoutEventsIsTakenAway(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v, want an empty folder", left)
	}
}

func TestUnsealedSegmentOfAKilledProcessIsRead(t *testing.T) {
	dir := t.TempDir()
	killed := mustWriter(t, dir, "runs")
	mustAppend(t, killed, Event{ID: "1", Kind: RunStarted})
	next := mustWriter(t, dir, "runs")
	mustAppend(t, next, Event{ID: "2", Kind: RunFinished})
	events, _ := readAll(t, dir, "runs")
	if len(events) != 2 || events[0].ID != "1" || events[1].ID != "2" {
		t.Errorf("got %+v, want both events in the order of the segments", events)
	}
}

func TestSegmentsSortByCreationWhenTheClockIsSetBack(t *testing.T) {
	dir := t.TempDir()
	for i, now := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(-time.Hour)} {
		w, err := OpenWriter(dir, "runs", at(now))
		if err != nil {
			t.Fatal(err)
		}
		mustAppend(t, w, Event{ID: fmt.Sprint(i), Kind: RunStarted})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	events, _ := readAll(t, dir, "runs")
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	if diff := cmp.Diff([]string{"0", "1", "2"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestStreamsAreKeptApart(t *testing.T) {
	dir := t.TempDir()
	for _, stream := range []string{"edition.a", "edition.a-b", "edition.a-b.20111206T1000", "responses"} {
		w := mustWriter(t, dir, stream)
		mustAppend(t, w, Event{Kind: Open, Campaign: stream})
	}
	for _, stream := range []string{"edition.a", "edition.a-b", "edition.a-b.20111206T1000", "responses"} {
		events, _ := readAll(t, dir, stream)
		if len(events) != 1 || events[0].Campaign != stream {
			t.Errorf("stream %s: got %+v, want its own event", stream, events)
		}
	}
	if events, report := readAll(t, dir, ""); len(events) != 4 || report.Segments != 4 {
		t.Errorf("all streams: got %d events of %d segments, want 4 of 4", len(events), report.Segments)
	}
	for _, bad := range []string{"", "../x", "a/b", ".x", "-x", "a b"} {
		if _, err := OpenWriter(dir, bad, at(noon)); err == nil {
			t.Errorf("stream %q: got no error", bad)
		}
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs")
	for i := range 4 {
		mustAppend(t, w, Event{ID: fmt.Sprint(i), Kind: RunStarted, Detail: "some text"})
	}
	path := segmentPath(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	flipped := strings.Replace(lines[1], "some", "sOme", 1)
	tests := []struct {
		name    string
		content string
		ids     string
		damaged []int // lines
		torn    bool
	}{
		{"whole", string(whole), "0123", nil, false},
		{"last line cut in two", string(whole[:len(whole)-30]), "012", []int{4}, true},
		{"last newline missing", string(whole[:len(whole)-1]), "0123", nil, false},
		{"zeros at the end", string(whole) + "\x00\x00\x00\x00", "0123", []int{5}, true},
		{"bit flipped in the middle", lines[0] + flipped + lines[2] + lines[3], "023", []int{2}, false},
		{"bit flipped in the last line", lines[0] + lines[1] + lines[2] + strings.Replace(lines[3], "some", "sOme", 1), "012", []int{4}, false},
		{"two lines run together", lines[0] + strings.TrimSuffix(lines[1], "\n") + lines[2] + lines[3], "03", []int{2}, false},
		{"not json", "hello\n" + lines[1], "1", []int{1}, false},
		{"empty line", "\n" + lines[1], "1", []int{1}, false},
		{"empty file", "", "", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			events, report := readAll(t, dir, "runs")
			ids := ""
			for _, e := range events {
				ids += e.ID
			}
			var damaged []int
			torn := false
			for _, d := range report.Damaged {
				damaged = append(damaged, d.Line)
				torn = torn || d.Torn
				if d.Segment != path || !strings.Contains(d.String(), fmt.Sprintf("%s:%d: ", path, d.Line)) {
					t.Errorf("got %q, want its place", d)
				}
			}
			if ids != tt.ids || !slices.Equal(damaged, tt.damaged) || torn != tt.torn {
				t.Errorf("got events %q damaged %v torn %v, want %q %v %v", ids, damaged, torn, tt.ids, tt.damaged, tt.torn)
			}
			if kept, _ := os.ReadFile(path); string(kept) != tt.content {
				t.Error("reading changed the file")
			}
		})
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs")
	mustAppend(t, w, Event{ID: "1", Kind: RunStarted})
	path := segmentPath(t, dir)
	body := []byte(`{"v":2,"id":"2","kind":"open","at":"2011-12-06T00:00:00Z"`)
	line := fmt.Sprintf(`%s,"crc":"%08x"}`+"\n", body, crcOf(body))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line); err != nil {
		t.Fatal(err)
	}
	count := 0
	_, err = Read(dir, "", func(Event, Place) error { count++; return nil })
	var newer *NewerError
	if !errors.As(err, &newer) || newer.Line != 2 || count != 1 {
		t.Fatalf("got %v after %d events, want a NewerError at line 2 after 1", err, count)
	}
	for _, part := range []string{path + ":2", "got v 2", "want at most 1", "try:"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q, want it to say %q", err, part)
		}
	}
}

func TestErrorOfTheCallbackStopsTheReading(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs")
	mustAppend(t, w, Event{Kind: RunStarted}, Event{Kind: RunStarted})
	stop := errors.New("stop")
	count := 0
	if _, err := Read(dir, "", func(Event, Place) error { count++; return stop }); err != stop || count != 1 {
		t.Errorf("got %v after %d events, want the callback's error after 1", err, count)
	}
	if _, err := Read(filepath.Join(dir, "missing"), "", nil); err != nil {
		t.Errorf("missing folder: got %v, want no events", err)
	}
}

// TestGroupCommit holds the first sync until eight more callers wait: they must share the second one.
func TestGroupCommit(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	syncs := 0
	first, release := make(chan struct{}), make(chan struct{})
	disk := Disk{SyncFile: func(f *os.File) error {
		mu.Lock()
		syncs++
		n := syncs
		mu.Unlock()
		if n == 1 {
			close(first)
			<-release
		}
		return f.Sync()
	}}
	w, err := OpenWriterOn(disk, dir, "runs", at(noon))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var callers sync.WaitGroup
	callers.Go(func() { _ = w.Append(context.Background(), Event{Kind: RunStarted}) })
	<-first
	for range 8 {
		callers.Go(func() {
			if err := w.Append(context.Background(), Event{Kind: RunStarted}); err != nil {
				t.Error(err)
			}
		})
	}
	for { // until all eight have joined the batch
		w.mu.Lock()
		joined := strings.Count(string(w.open.buf), "\n")
		w.mu.Unlock()
		if joined == 8 {
			break
		}
	}
	close(release)
	callers.Wait()
	if syncs != 2 {
		t.Errorf("got %d syncs for 9 appends, want 2", syncs)
	}
	if events, _ := readAll(t, dir, "runs"); len(events) != 9 {
		t.Errorf("got %d events, want 9", len(events))
	}
}

func TestErrorPoisonsTheWriter(t *testing.T) {
	broken := errors.New("disk on fire")
	fails := true
	disk := Disk{SyncFile: func(f *os.File) error {
		if fails {
			return broken
		}
		return f.Sync()
	}}
	w, err := OpenWriterOn(disk, t.TempDir(), "runs", at(noon))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for range 2 {
		if err := w.Append(context.Background(), Event{Kind: RunStarted}); !errors.Is(err, broken) {
			t.Errorf("got %v, want the disk's error", err)
		}
		fails = false // a later sync would succeed, and must not be believed
	}
}

// TestOrder proves that Append has synced what it wrote before it returns, and that a new segment's name is durable
// before its first line.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	var calls []string
	disk := Disk{
		SyncFile: func(f *os.File) error {
			info, err := f.Stat()
			if err != nil {
				return err
			}
			calls = append(calls, fmt.Sprintf("sync file %v", info.Size() > 0))
			return nil
		},
		SyncFolder: func(path string) error { calls = append(calls, "sync folder "+filepath.Base(path)); return nil },
	}
	w, err := OpenWriterOn(disk, filepath.Join(dir, "journal"), "runs", at(noon))
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, w, Event{Kind: RunStarted})
	calls = append(calls, "returned")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"sync folder " + filepath.Base(dir), "sync folder journal", "sync file true", "returned"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

func TestFollowerGivesWhatIsNew(t *testing.T) {
	dir := t.TempDir()
	f := NewFollower(dir, "", SuppressionKind)
	var got []string
	next := func(want ...string) {
		t.Helper()
		got = nil
		if _, err := f.Next(func(e Event, _ Place) error { got = append(got, e.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	next()
	a, b := mustWriter(t, dir, "a"), mustWriter(t, dir, "b")
	mustAppend(t, a, Event{ID: "1", Kind: Unsubscribe}, Event{ID: "2", Kind: Open})
	next("1")
	next()
	mustAppend(t, b, Event{ID: "3", Kind: Suppress})
	mustAppend(t, a, Event{ID: "4", Kind: Complaint})
	next("4", "3")
	// half a line, then the rest of it
	line, err := appendLine(nil, Event{ID: "5", Kind: Bounce})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.file.Write(line[:40]); err != nil {
		t.Fatal(err)
	}
	next()
	if _, err := a.file.Write(line[40:]); err != nil {
		t.Fatal(err)
	}
	next("5")
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs")
	mustAppend(t, w, Event{ID: "1", Kind: RunStarted})
	w.size = rotateAt // as if it had been filled
	mustAppend(t, w, Event{ID: "2", Kind: RunStarted})
	events, report := readAll(t, dir, "runs")
	if report.Segments != 2 || len(events) != 2 || events[0].ID != "1" {
		t.Errorf("got %d segments and %+v, want the events in two segments", report.Segments, events)
	}
}

func TestIDsRiseWithinAWriter(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs") // its clock stands still
	mustAppend(t, w, Event{Kind: Open}, Event{Kind: Open})
	mustAppend(t, w, Event{Kind: Open})
	events, _ := readAll(t, dir, "runs")
	if !(events[0].ID < events[1].ID && events[1].ID < events[2].ID) {
		t.Errorf("got ids %s %s %s, want rising ones", events[0].ID, events[1].ID, events[2].ID)
	}
}
