package delivery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tokui/tokui/internal/journal"
)

// conform holds a channel to the contract of Channel. open makes one, with a function that gives what it delivered:
// recipient → the messages' bytes.
func conform(t *testing.T, open func(t *testing.T) (Channel, func() map[string][]string)) {
	envelope := func(i int) Envelope {
		to := fmt.Sprintf("p%05d@example.com", i)
		raw := "Subject: test\r\nTo: " + to + "\r\n\r\n.\r\n..\r\n.dots\r\n" + strings.Repeat("x", 990) + "\r\nこんにちは\r\n"
		return Envelope{
			Campaign: "c", Slot: "20111206T1000", MessageKey: strings.Split(to, "@")[0], From: mustParse("news@example.com"), To: mustParse(to), Raw: []byte(raw),
			Attempt: func() error { return nil },
		}
	}
	t.Run("delivers the bytes as they are, from many goroutines", func(t *testing.T) {
		c, delivered := open(t)
		var all sync.WaitGroup
		for w := range 8 {
			all.Go(func() {
				for i := range 10 {
					if out := c.Send(context.Background(), envelope(10*w+i)); out.Result != Accepted {
						t.Errorf("got %+v, want accepted", out)
					}
				}
			})
		}
		all.Wait()
		want := map[string][]string{}
		for i := range 80 {
			want[envelope(i).To.String()] = []string{string(envelope(i).Raw)}
		}
		if diff := cmp.Diff(want, delivered()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("calls Attempt once before delivering, or is repeatable", func(t *testing.T) {
		c, delivered := open(t)
		calls, before := 0, -1
		e := envelope(1)
		e.Attempt = func() error { calls++; before = len(delivered()); return nil }
		c.Send(context.Background(), e)
		if c.Repeatable() {
			if calls != 0 {
				t.Errorf("got %d attempts of a repeatable channel, want none", calls)
			}
			if out := c.Send(context.Background(), e); out.Result != Accepted || len(delivered()[e.To.String()]) != 1 {
				t.Errorf("sent again: got %+v and %d messages, want accepted and one", out, len(delivered()[e.To.String()]))
			}
			return
		}
		if calls != 1 || before != 0 {
			t.Errorf("got %d attempts with %d delivered, want one with none", calls, before)
		}
	})
	t.Run("delivers nothing when the attempt cannot be journalled", func(t *testing.T) {
		c, delivered := open(t)
		if c.Repeatable() {
			return
		}
		broken := errors.New("disk on fire")
		e := envelope(1)
		e.Attempt = func() error { return broken }
		if out := c.Send(context.Background(), e); out.Result != Unsent || !out.Stop || !errors.Is(out.Err, broken) {
			t.Errorf("got %+v, want unsent and the run stopped", out)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		// a polite QUIT would have ended the half letter with a dot
		if out := c.Send(context.Background(), envelope(2)); out.Result != Accepted {
			t.Errorf("the next one: got %+v, want accepted", out)
		}
		if got := delivered(); len(got[e.To.String()]) != 0 || len(got[envelope(2).To.String()]) != 1 {
			t.Errorf("got %d and %d delivered, want none and one", len(got[e.To.String()]), len(got[envelope(2).To.String()]))
		}
	})
	t.Run("sends nothing once cancelled", func(t *testing.T) {
		c, delivered := open(t)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if out := c.Send(ctx, envelope(1)); out.Result != Unsent || len(delivered()) != 0 {
			t.Errorf("got %+v and %d delivered, want unsent and none", out, len(delivered()))
		}
	})
}

func TestOutboxConforms(t *testing.T) {
	conform(t, func(t *testing.T) (Channel, func() map[string][]string) {
		o := &Outbox{Dir: filepath.Join(t.TempDir(), "outbox")}
		return o, func() map[string][]string {
			got := map[string][]string{}
			paths, _ := filepath.Glob(filepath.Join(o.Dir, "c", "20111206T1000", "*.eml"))
			for _, path := range paths {
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				to := strings.TrimSuffix(filepath.Base(path), ".eml") + "@example.com"
				got[to] = append(got[to], string(raw))
			}
			return got
		}
	})
}

func TestSMTPConforms(t *testing.T) {
	conform(t, func(t *testing.T) (Channel, func() map[string][]string) {
		leaks := goleak.IgnoreCurrent()
		t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
		r := newRecorder(t)
		c := r.channel()
		t.Cleanup(func() { c.Close() })
		return c, func() map[string][]string {
			r.mu.Lock()
			defer r.mu.Unlock()
			got := map[string][]string{}
			for _, l := range r.letters {
				got[l.to] = append(got[l.to], l.raw)
			}
			return got
		}
	})
}

// TestOutboxCrashPoints breaks the outbox at every step: no half file under the message's name, and sending again gives
// the whole one.
func TestOutboxCrashPoints(t *testing.T) {
	e := Envelope{Campaign: "c", Slot: "20111206T1000", MessageKey: "k", To: mustParse("a@example.com"), Raw: []byte("Subject: x\r\n\r\nwhole\r\n")}
	broken := errors.New("killed")
	for step := range 3 {
		dir := t.TempDir()
		var calls []string
		tick := func(name string) error {
			calls = append(calls, name)
			if len(calls) == step+1 {
				return broken
			}
			return nil
		}
		disk := journal.Disk{
			SyncFile: func(f *os.File) error { return tick("sync") },
			Rename: func(a, b string) error {
				if err := tick("rename"); err != nil {
					return err
				}
				return os.Rename(a, b)
			},
			SyncFolder: func(path string) error {
				if filepath.Base(path) != "20111206T1000" {
					return nil
				}
				return tick("sync folder")
			},
		}
		out := (&Outbox{Dir: dir, Disk: disk}).Send(context.Background(), e)
		if out.Result != Unsent || !out.Stop || !errors.Is(out.Err, broken) {
			t.Errorf("step %d: got %+v, want unsent", step, out)
		}
		path := filepath.Join(dir, "c", "20111206T1000", "k.eml")
		if raw, err := os.ReadFile(path); err == nil && string(raw) != string(e.Raw) {
			t.Errorf("step %d: got half a file %q", step, raw)
		}
		if out := (&Outbox{Dir: dir}).Send(context.Background(), e); out.Result != Accepted {
			t.Errorf("step %d: again: got %+v", step, out)
		}
		if raw, err := os.ReadFile(path); err != nil || string(raw) != string(e.Raw) {
			t.Errorf("step %d: got %q, %v", step, raw, err)
		}
		if diff := cmp.Diff([]string{"sync", "rename", "sync folder"}[:step+1], calls); diff != "" {
			t.Error(diff)
		}
	}
}

func TestOutboxRefusesNamesThatLeaveItsFolder(t *testing.T) {
	o := &Outbox{Dir: t.TempDir()}
	for _, key := range []string{"", "../x", "a/b", ".hidden", "a\x00b"} {
		out := o.Send(context.Background(), Envelope{Campaign: "c", Slot: "20111206T1000", MessageKey: key, Raw: []byte("x\r\n")})
		if out.Result != Failed {
			t.Errorf("key %q: got %+v, want failed", key, out)
		}
	}
}
