package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
)

// world is a scheduler at work in a synctest bubble. Its clock starts at midnight UTC, 1 January 2000, a Saturday.
type world struct {
	*bench
	s *Scheduler

	mu     sync.Mutex
	set    Set
	fault  error
	alerts []string
	ran    []string // "HH:MM job slot" at each step's begin
}

func newWorld(t *testing.T, dir string, jobs ...Job) *world {
	t.Helper()
	w := &world{bench: newBench(t, dir)}
	w.set = Set{Jobs: jobs, Step: func(name string) (Step, error) {
		return func(ctx context.Context, run Run) (StepResult, error) {
			w.note(run)
			length, err := time.ParseDuration(name)
			if err != nil {
				return StepResult{}, fmt.Errorf("%s", name)
			}
			wait := time.NewTimer(length)
			defer wait.Stop()
			select {
			case <-wait.C:
				return StepResult{}, nil
			case <-ctx.Done():
				return StepResult{}, ctx.Err()
			}
		}, nil
	}}
	w.s = &Scheduler{
		Runner: w.runner, JournalDir: filepath.Join(dir, "journal"),
		Reload: func(context.Context) (Set, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.set, w.fault
		},
		Alert: func(a Alert) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alerts = append(w.alerts, strings.TrimSpace(fmt.Sprintf("%s %s %s", a.Kind, a.Job, a.Slot)))
		},
	}
	return w
}

func (w *world) note(run Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ran = append(w.ran, time.Now().UTC().Format("2T15:04:05")+" "+run.ID)
}

func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// serve runs the scheduler for a time and stops it.
func (w *world) serve(t *testing.T, length time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	if err := w.s.Serve(ctx); err != nil {
		t.Errorf("serve: %v", err)
	}
	w.close(t)
}

func (w *world) expect(t *testing.T, ran, alerts []string) {
	t.Helper()
	slices.Sort(ran)
	slices.Sort(w.ran) // jobs that begin at the same instant do so in any order
	if d := cmp.Diff(ran, w.ran); d != "" {
		t.Errorf("ran (-want +got):\n%s", d)
	}
	if d := cmp.Diff(alerts, w.alerts); d != "" {
		t.Errorf("alerts (-want +got):\n%s", d)
	}
}

func job(t *testing.T, name, spec string, steps ...string) Job {
	t.Helper()
	return Job{Name: name, Schedule: schedule(t, spec, time.UTC), Steps: steps}
}

func TestServeRunsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir(), job(t, "hourly", "0 */6 * * *", "1m"), job(t, "sunday", "30 2 * * SUN", "1s", "1s"), Job{Name: "by hand", Steps: []string{"1s"}})
		w.serve(t, 29*time.Hour)
		w.expect(t, []string{
			"1T06:00:00 hourly/20000101T0600",
			"1T12:00:00 hourly/20000101T1200",
			"1T18:00:00 hourly/20000101T1800",
			"2T00:00:00 hourly/20000102T0000",
			"2T02:30:00 sunday/20000102T0230",
			"2T02:30:01 sunday/20000102T0230",
		}, nil)
	})
}

func TestServeClockChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir(), Job{Name: "nightly", Schedule: schedule(t, "30 2 * * *", location(t, "America/New_York")), Steps: []string{"1s"}})
		wait := time.NewTimer(time.Until(instant(t, "2000-04-01T12:00:00Z")))
		<-wait.C
		w.serve(t, 72*time.Hour) // clocks went forward on 2 April 2000 at 02:00
		w.expect(t, []string{
			"2T07:00:00 nightly/20000402T0230",
			"3T06:30:00 nightly/20000403T0230",
			"4T06:30:00 nightly/20000404T0230",
		}, nil)
	})
}

func TestServeDoesNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := job(t, "long", "0 * * * *", "150m") // due at 1, 2, 3, 4 …; takes two hours and a half
		long.CatchUp = time.Hour
		short := job(t, "short", "30 * * * *", "1s") // goes on meanwhile
		never := job(t, "never", "0 * * * *", "150m")
		w := newWorld(t, t.TempDir(), long, short, never)
		w.serve(t, 5*time.Hour+45*time.Minute)
		w.expect(t, []string{
			"1T00:30:00 short/20000101T0030",
			"1T01:00:00 long/20000101T0100",
			"1T01:00:00 never/20000101T0100",
			"1T01:30:00 short/20000101T0130",
			"1T02:30:00 short/20000101T0230",
			"1T03:30:00 long/20000101T0300", // 2:00 is skipped, 3:00 is within catch_up
			"1T03:30:00 short/20000101T0330",
			"1T04:00:00 never/20000101T0400", // nothing to catch up: waits for the next
			"1T04:30:00 short/20000101T0430",
			"1T05:30:00 short/20000101T0530",
		}, []string{"run missed never 20000101T0300"})
		if got := strings.Join(w.events(t), "\n"); !strings.Contains(got, "run.skipped long/20000101T0200") || !strings.Contains(got, "run.skipped never/20000101T0300") {
			t.Errorf("the skipped slots are not in the ledger:\n%s", got)
		}
	})
}

func TestServeCatchesUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		catchUp time.Duration
		down    time.Duration // from 03:00 on 1 January
		ran     []string
		alerts  []string
		skipped []string
	}{
		{"nothing missed", 12 * time.Hour, 20 * time.Hour, nil, nil, nil},
		{"one missed, in time", 12 * time.Hour, 30 * time.Hour, []string{"2T09:00:00 nightly/20000102T0230"}, nil, nil},
		{"one missed, too late", 2 * time.Hour, 30 * time.Hour, nil, []string{"run missed nightly 20000102T0230"}, []string{"run.skipped nightly/20000102T0230"}},
		{"no catch-up", 0, 30 * time.Hour, nil, []string{"run missed nightly 20000102T0230"}, []string{"run.skipped nightly/20000102T0230"}},
		{"four missed: the latest runs", 12 * time.Hour, 102 * time.Hour, []string{"5T09:00:00 nightly/20000105T0230"}, nil, []string{"run.skipped nightly/20000104T0230"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				nightly := job(t, "nightly", "30 2 * * *", "1s")
				nightly.CatchUp = c.catchUp
				newWorld(t, dir, nightly).serve(t, 3*time.Hour)
				wait := time.NewTimer(c.down)
				<-wait.C
				w := newWorld(t, dir, nightly)
				w.serve(t, time.Hour)
				w.expect(t, c.ran, c.alerts)
				var skipped []string
				for _, line := range w.events(t) {
					if strings.HasPrefix(line, "run.skipped") {
						skipped = append(skipped, line)
					}
				}
				if d := cmp.Diff(c.skipped, skipped); d != "" {
					t.Errorf("skipped (-want +got):\n%s", d)
				}
				again := newWorld(t, dir, nightly)
				again.serve(t, time.Hour)
				again.expect(t, nil, nil) // once is enough
			})
		})
	}
}

func TestServeFirstStartCatchesNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nightly := job(t, "nightly", "30 2 * * *", "1s")
		nightly.CatchUp = 24 * time.Hour
		wait := time.NewTimer(10 * time.Hour)
		<-wait.C
		w := newWorld(t, t.TempDir(), nightly)
		w.serve(t, time.Hour)
		w.expect(t, nil, nil)
	})
}

func TestServeTakesUpWhatDied(t *testing.T) {
	for _, c := range []struct {
		name   string
		down   time.Duration
		starts int
		want   []string
		alerts []string
	}{
		{"soon", time.Hour, 1, []string{"1T04:30:00 nightly/20000101T0230"}, nil},
		{"too late", 10 * time.Hour, 1, nil, []string{"run failed nightly 20000101T0230"}},
		{"too often", time.Hour, 3, nil, []string{"run failed nightly 20000101T0230"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				nightly := job(t, "nightly", "30 2 * * *", "1s")
				wait := time.NewTimer(3*time.Hour + 30*time.Minute)
				<-wait.C
				killed := newBench(t, dir) // its journal is what a killed process leaves
				for range c.starts {
					run := Run{ID: "nightly/20000101T0230", Job: "nightly", Slot: "20000101T0230"}
					if err := killed.writer.Append(t.Context(), killed.runner.event(journal.RunStarted, run, ""), killed.runner.event(journal.StepStarted, run, "1s")); err != nil {
						t.Fatal(err)
					}
				}
				killed.close(t)
				wait.Reset(c.down)
				<-wait.C
				w := newWorld(t, dir, nightly)
				w.serve(t, time.Hour)
				w.expect(t, c.want, c.alerts)
				again := newWorld(t, dir, nightly)
				again.serve(t, time.Hour)
				again.expect(t, nil, nil)
			})
		})
	}
}

func TestServeSurvivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir(), job(t, "bad", "0 * * * *", "no such table", "1s"), job(t, "good", "1 * * * *", "1s"),
			job(t, "panics", "0 * * * *", "panic"), job(t, "guarded", "0 * * * *", "guard"))
		plain := w.set.Step
		w.set.Step = func(name string) (Step, error) {
			switch name {
			case "panic":
				return func(context.Context, Run) (StepResult, error) { panic("index out of range") }, nil
			case "guard":
				return func(context.Context, Run) (StepResult, error) {
					return StepResult{}, &GuardError{errors.New("20001 messages, max_messages is 20000")}
				}, nil
			}
			return plain(name)
		}
		w.s.Alert = func(a Alert) {
			w.change(func() { w.alerts = append(w.alerts, string(a.Kind)+" "+a.Job+": "+a.Err.Error()) })
			panic("the alert's own fault")
		}
		w.serve(t, 90*time.Minute)
		if d := cmp.Diff([]string{"1T00:01:00 good/20000101T0001", "1T01:00:00 bad/20000101T0100", "1T01:01:00 good/20000101T0101"}, w.ran); d != "" {
			t.Error(d)
		}
		want := map[string]bool{
			"run failed bad: no such table":                                         true,
			"run failed panics: step panic: panic: index out of range":              true,
			"run stopped by a guard guarded: 20001 messages, max_messages is 20000": true,
		}
		got := map[string]bool{}
		for _, a := range w.alerts {
			got[a] = true
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

func TestServeReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir(), job(t, "a", "0 * * * *", "1s"))
		at := func(after time.Duration, f func()) { time.AfterFunc(after, func() { w.change(f) }) }
		at(90*time.Minute, func() { w.fault = errors.New("config.yaml:3:1: unknown key") })
		at(3*time.Hour+30*time.Minute, func() {
			w.fault, w.set.Jobs = nil, []Job{job(t, "a", "15 * * * *", "1s"), job(t, "b", "45 * * * *", "1s")}
		})
		at(5*time.Hour+30*time.Minute, func() { w.set.Jobs = w.set.Jobs[1:] })
		w.serve(t, 7*time.Hour)
		w.expect(t, []string{
			"1T01:00:00 a/20000101T0100",
			"1T02:00:00 a/20000101T0200", // by the last valid configuration
			"1T03:00:00 a/20000101T0300",
			"1T03:45:00 b/20000101T0345", // the new one is noticed within a minute
			"1T04:15:00 a/20000101T0415",
			"1T04:45:00 b/20000101T0445",
			"1T05:15:00 a/20000101T0515",
			"1T05:45:00 b/20000101T0545",
			"1T06:45:00 b/20000101T0645",
		}, []string{"configuration invalid"}) // once
	})
}

func TestServeNeedsAConfiguration(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close(t)
	w.fault = errors.New("config.yaml:3:1: unknown key")
	if err := w.s.Serve(t.Context()); !errors.Is(err, w.fault) {
		t.Errorf("got %v", err)
	}
	w.s.Reload = func(context.Context) (Set, error) { panic("nil map") }
	if err := w.s.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "nil map") {
		t.Errorf("got %v", err)
	}
}

func TestServeDrains(t *testing.T) {
	for _, c := range []struct {
		name  string
		grace time.Duration
		steps []string
		ends  time.Duration // after the stop signal
		last  string
	}{
		{"the step ends within its grace, the next does not begin", 0, []string{"62s", "1s"}, 2 * time.Second, "step.finished j/20000101T0100 62s"},
		{"the last step ends within its grace", 0, []string{"62s"}, 2 * time.Second, "run.finished j/20000101T0100"},
		{"the step is cancelled", 0, []string{"1h"}, DefaultGrace, "step.failed j/20000101T0100 1h"},
		{"without grace", -1, []string{"1h"}, 0, "step.failed j/20000101T0100 1h"},
		{"a retry does not wait", time.Hour, []string{"fails"}, 0, "step.failed j/20000101T0100 fails"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				j := job(t, "j", "0 1 * * *", c.steps...)
				j.Retry = 9
				w := newWorld(t, dir, j)
				w.s.Grace = c.grace
				begin := time.Now()
				w.serve(t, time.Hour+time.Minute)
				if got := time.Since(begin) - time.Hour - time.Minute; got != c.ends {
					t.Errorf("ended %s after the signal, want %s", got, c.ends)
				}
				events := w.events(t)
				if last := events[len(events)-1]; last != c.last {
					t.Errorf("last event: got %q, want %q", last, c.last)
				}
				if w.alerts != nil {
					t.Errorf("a stop is no failure: got %q", w.alerts)
				}
				again := newWorld(t, dir, j)
				again.serve(t, 30*time.Minute)
				if resumed := len(again.ran) > 0; resumed == strings.HasPrefix(c.last, "run.finished") {
					t.Errorf("next start: ran %q", again.ran)
				}
			})
		})
	}
}

func TestServeWaitsForAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		j := job(t, "j", "0 * * * *", "1s")
		j.CatchUp = time.Hour
		w := newWorld(t, dir, j)
		other := newBench(t, dir)
		defer other.close(t)
		time.AfterFunc(59*time.Minute, func() { // by hand, over the slot at 01:00, for it
			other.runner.Run(t.Context(), Order{Job: j, Slot: "20000101T0100", Step: steps(map[string]Step{"1s": func(context.Context, Run) (StepResult, error) {
				wait := time.NewTimer(10 * time.Minute)
				<-wait.C
				return StepResult{}, nil
			}})})
		})
		w.serve(t, 2*time.Hour+30*time.Minute)
		w.expect(t, []string{"1T02:00:00 j/20000101T0200"}, nil)
	})
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir(), job(t, "good", "0 * * * *", "1s"), job(t, "long", "0 1 * * *", "1h"), Job{Name: "by hand"})
		get := func(method, path string) (int, Health) {
			rec := httptest.NewRecorder()
			w.s.HealthHandler().ServeHTTP(rec, httptest.NewRequest(method, path, nil))
			var h Health
			if rec.Header().Get("Content-Type") == "application/json" {
				if err := json.Unmarshal(rec.Body.Bytes(), &h); err != nil {
					t.Fatal(err)
				}
			}
			return rec.Code, h
		}
		if code, h := get("GET", "/healthz"); code != http.StatusServiceUnavailable || h.Status != "failing" {
			t.Errorf("before the start: got %d %+v", code, h)
		}
		if code, _ := get("POST", "/healthz"); code != http.StatusMethodNotAllowed {
			t.Errorf("POST: got %d", code)
		}
		if code, _ := get("GET", "/"); code != http.StatusNotFound {
			t.Errorf("GET /: got %d", code)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.s.Serve(ctx) }()
		wait := time.NewTimer(90 * time.Minute)
		<-wait.C
		code, h := get("GET", "/healthz")
		one := instant(t, "2000-01-01T01:00:00Z")
		if d := cmp.Diff(Health{Status: "ok", At: one.Add(30 * time.Minute), Problems: []string{}, Jobs: []JobHealth{
			{Job: "good", Schedule: "0 * * * *", State: "idle",
				Last: &LastRun{Run: "good/20000101T0100", Slot: "20000101T0100", State: Finished, StartedAt: one, EndedAt: one.Add(time.Second)},
				Next: &NextRun{Slot: "20000101T0200", At: one.Add(time.Hour)}},
			{Job: "long", Schedule: "0 1 * * *", State: "running", Slot: "20000101T0100", Since: &one,
				Next: &NextRun{Slot: "20000102T0100", At: one.Add(24 * time.Hour)}},
			{Job: "by hand", State: "idle"},
		}}, h); code != 200 || d != "" {
			t.Errorf("got %d (-want +got):\n%s", code, d)
		}
		w.change(func() { w.fault = errors.New("config.yaml:3:1: password is secret") })
		w.change(func() {
			step := w.set.Step
			w.set.Step = func(name string) (Step, error) { return step("taro@example.jp is unknown") }
		})
		wait.Reset(time.Hour)
		<-wait.C
		if code, h := get("GET", "/healthz"); code != 503 || len(h.Problems) != 1 || strings.Contains(fmt.Sprint(h), "password") {
			t.Errorf("invalid configuration: got %d %+v", code, h)
		}
		w.change(func() { w.fault = nil })
		wait.Reset(time.Hour)
		<-wait.C
		if code, h := get("GET", "/healthz"); code != 503 || !cmp.Equal(h.Problems, []string{"job good: run good/20000101T0300 failed"}) || strings.Contains(fmt.Sprint(h), "taro") {
			t.Errorf("after a failure: got %d %+v", code, h)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if code, h := get("GET", "/healthz"); code != 503 || h.Problems[0] != "the scheduler is stopped" {
			t.Errorf("stopped: got %d %+v", code, h)
		}
		w.close(t)
	})
}
