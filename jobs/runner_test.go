package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/position"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a runner on a real journal in a folder of the test.
type bench struct {
	dir    string
	writer *journal.Writer
	runner *Runner
	log    bytes.Buffer
}

func newBench(t *testing.T, dir string) *bench {
	t.Helper()
	b := &bench{dir: dir}
	var err error
	if b.writer, err = journal.OpenWriter(filepath.Join(dir, "journal"), Stream, time.Now); err != nil {
		t.Fatal(err)
	}
	ledger, err := OpenLedger(filepath.Join(dir, "journal"), b.writer.Append)
	if err != nil {
		t.Fatal(err)
	}
	b.runner = &Runner{Ledger: ledger, LockDir: filepath.Join(dir, "locks"), Log: slog.New(slog.NewTextHandler(&b.log, nil))}
	return b
}

func (b *bench) close(t *testing.T) {
	t.Helper()
	if err := b.writer.Close(); err != nil {
		t.Error(err)
	}
}

// events lists the journal as "kind run step", without what was not asked for.
func (b *bench) events(t *testing.T) []string {
	t.Helper()
	var lines []string
	_, err := journal.Read(filepath.Join(b.dir, "journal"), Stream, func(e journal.Event, _ journal.Place) error {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Kind, e.RunID, e.Step)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// steps makes a lookup from functions by name.
func steps(named map[string]Step) func(string) (Step, error) {
	return func(name string) (Step, error) {
		if step, ok := named[name]; ok {
			return step, nil
		}
		return nil, fmt.Errorf("step %q is not known", name)
	}
}

func done(context.Context, Run) (StepResult, error) { return StepResult{Rows: 3}, nil }

const slot = calendar.Slot("20261103T0230")

func TestRunDoesStepsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close(t)
		var seen []Run
		note := func(_ context.Context, run Run) (StepResult, error) {
			seen = append(seen, run)
			return StepResult{Rows: 5, Detail: "five"}, nil
		}
		var progress []string
		b.runner.Progress = func(r StepReport) { progress = append(progress, r.Step+" "+string(r.State)) }
		res := b.runner.Run(t.Context(), Order{
			Job: Job{Name: "nightly", Steps: []string{"load", "analyze"}}, Slot: slot,
			Step: steps(map[string]Step{"load": note, "analyze": note}),
		})
		if res.Err != nil || res.State != Finished || res.RunID != "nightly/20261103T0230" || len(res.Steps) != 2 || res.Steps[1].Result.Rows != 5 {
			t.Errorf("got %+v", res)
		}
		want := Run{ID: "nightly/20261103T0230", Job: "nightly", Slot: slot, AsOf: slot.Date(), Attempt: 1}
		if len(seen) != 2 || seen[0] != want || seen[1] != want {
			t.Errorf("steps got %+v, want twice %+v", seen, want)
		}
		if d := cmp.Diff([]string{"load running", "load finished", "analyze running", "analyze finished"}, progress); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{
			"run.started nightly/20261103T0230",
			"step.started nightly/20261103T0230 load",
			"step.finished nightly/20261103T0230 load",
			"step.started nightly/20261103T0230 analyze",
			"step.finished nightly/20261103T0230 analyze",
			"run.finished nightly/20261103T0230",
		}, b.events(t)); d != "" {
			t.Error(d)
		}
	})
}

func TestRunTriesAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      error
		failures int // how often the step fails before it succeeds
		retry    int
		tries    int
		waited   time.Duration
		state    State
	}{
		{"succeeds at the third try", errors.New("refused"), 2, 3, 3, 3 * time.Minute, Finished},
		{"gives up", errors.New("refused"), 9, 2, 3, 3 * time.Minute, Failed},
		{"no retry asked for", errors.New("refused"), 9, 0, 1, 0, Failed},
		{"long waits are capped", errors.New("refused"), 9, 7, 8, (1 + 2 + 4 + 8 + 16 + 30 + 30) * time.Minute, Failed},
		{"a guard is not tried again", &GuardError{errors.New("too many messages")}, 9, 3, 1, 0, Failed},
		{"nor wrong usage", &UsageError{errors.New("no such campaign")}, 9, 3, 1, 0, Failed},
		{"nor faults in files", position.Faults{{Message: "bad"}}, 9, 3, 1, 0, Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, t.TempDir())
				defer b.close(t)
				tries := 0
				begin := time.Now()
				res := b.runner.Run(t.Context(), Order{
					Job: Job{Name: "j", Steps: []string{"flaky", "after"}, Retry: c.retry}, Slot: slot,
					Step: steps(map[string]Step{"after": done, "flaky": func(_ context.Context, run Run) (StepResult, error) {
						if tries++; run.Attempt != tries {
							t.Errorf("try %d is told attempt %d", tries, run.Attempt)
						}
						if tries <= c.failures {
							return StepResult{}, fmt.Errorf("load sales: %w", c.err)
						}
						return StepResult{}, nil
					}}),
				})
				if tries != c.tries || res.State != c.state || time.Since(begin) != c.waited {
					t.Errorf("got %d tries in %s and %s, want %d in %s and %s", tries, time.Since(begin), res.State, c.tries, c.waited, c.state)
				}
				if c.state == Failed && (!strings.Contains(res.Err.Error(), c.err.Error()) || len(res.Steps) != 1) {
					t.Errorf("got error %v after %d steps, want %q after one", res.Err, len(res.Steps), c.err)
				}
			})
		})
	}
}

func TestRunPanics(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close(t)
	res := b.runner.Run(t.Context(), Order{
		Job: Job{Name: "j", Steps: []string{"load"}, Retry: 5}, Slot: slot,
		Step: steps(map[string]Step{"load": func(context.Context, Run) (StepResult, error) {
			none := []string{}
			last := len(none) - 1
			return StepResult{Detail: none[last]}, nil
		}}),
	})
	var caught *PanicError
	if !errors.As(res.Err, &caught) || res.State != Failed || len(res.Steps) != 1 || res.Steps[0].Run.Attempt != 1 {
		t.Fatalf("got %+v", res)
	}
	if !strings.Contains(b.log.String(), "runner_test.go") {
		t.Errorf("the log has no stack that leads to the panic: %s", &b.log)
	}
	if strings.Contains(strings.Join(b.events(t), "\n"), "goroutine") {
		t.Error("the stack is in the journal")
	}
}

func TestRunTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close(t)
		hang := func(ctx context.Context, _ Run) (StepResult, error) {
			<-ctx.Done()
			return StepResult{}, fmt.Errorf("load sales: %w", ctx.Err())
		}
		begin := time.Now()
		res := b.runner.Run(t.Context(), Order{
			Job: Job{Name: "j", Steps: []string{"load", "analyze"}, Retry: 5, Timeout: time.Hour}, Slot: slot,
			Step: steps(map[string]Step{"load": hang, "analyze": done}),
		})
		var late *TimeoutError
		if !errors.As(res.Err, &late) || late.Step != "load" || res.State != Failed || time.Since(begin) != time.Hour || len(res.Steps) != 1 {
			t.Errorf("got %+v after %s", res, time.Since(begin))
		}
		// time that runs out while waiting for a retry counts too
		begin = time.Now()
		res = b.runner.Run(t.Context(), Order{
			Job: Job{Name: "j", Steps: []string{"load"}, Retry: 99, Timeout: 10 * time.Minute}, Slot: slot,
			Step: steps(map[string]Step{"load": func(context.Context, Run) (StepResult, error) { return StepResult{}, errors.New("refused") }}),
		})
		if !errors.As(res.Err, &late) || time.Since(begin) != 10*time.Minute || !strings.Contains(res.Err.Error(), "refused") {
			t.Errorf("got %v after %s, want a timeout that names the last error", res.Err, time.Since(begin))
		}
	})
}

func TestRunInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := newBench(t, dir)
		job := Job{Name: "j", Steps: []string{"load", "send"}, Retry: 3}
		ctx, cancel := context.WithCancel(t.Context())
		res := b.runner.Run(ctx, Order{Job: job, Slot: slot, Step: steps(map[string]Step{
			"load": done,
			"send": func(ctx context.Context, _ Run) (StepResult, error) {
				cancel()
				return StepResult{}, fmt.Errorf("send: %w", ctx.Err())
			},
		})})
		if res.State != Interrupted || !errors.Is(res.Err, context.Canceled) || res.Steps[1].State != Interrupted {
			t.Errorf("got %+v", res)
		}
		b.close(t)

		b = newBench(t, dir) // the next process takes it up under the same id
		defer b.close(t)
		open := b.runner.Ledger.Open("j")
		if len(open) != 1 || open[0].State != Running || open[0].Starts != 1 || open[0].Step != "send" || open[0].Slot != slot {
			t.Fatalf("open runs: got %+v", open)
		}
		order := Order{Job: job, Slot: slot, Step: steps(map[string]Step{"load": done, "send": done})}
		if res := b.runner.Run(t.Context(), order); res.RunID != "j/20261103T0230" || res.State != Finished {
			t.Errorf("taken up: got %+v", res)
		}
		if open := b.runner.Ledger.Open("j"); len(open) != 0 {
			t.Errorf("still open: %+v", open)
		}
		if res := b.runner.Run(t.Context(), order); res.RunID != "j/20261103T0230#2" {
			t.Errorf("repeated by hand: got id %s, want #2", res.RunID)
		}
		again := newBench(t, dir)
		defer again.close(t)
		if res := again.runner.Run(t.Context(), order); res.RunID != "j/20261103T0230#3" {
			t.Errorf("repeated by another process: got id %s, want #3", res.RunID)
		}
		if last, _ := again.runner.Ledger.Last("j"); last.ID != "j/20261103T0230#3" || last.State != Finished {
			t.Errorf("last: got %+v", last)
		}
	})
}

func TestRunStopsBetweenSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close(t)
		stop := make(chan struct{})
		res := b.runner.Run(t.Context(), Order{
			Job: Job{Name: "j", Steps: []string{"load", "analyze"}}, Slot: slot, Stop: stop,
			Step: steps(map[string]Step{"analyze": done, "load": func(ctx context.Context, _ Run) (StepResult, error) {
				close(stop)
				return StepResult{}, ctx.Err()
			}}),
		})
		if res.State != Interrupted || len(res.Steps) != 1 || res.Steps[0].State != Finished {
			t.Errorf("got %+v", res)
		}
		begin := time.Now()
		stop = make(chan struct{})
		res = b.runner.Run(t.Context(), Order{
			Job: Job{Name: "j", Steps: []string{"load"}, Retry: 1}, Slot: slot, Stop: stop,
			Step: steps(map[string]Step{"load": func(ctx context.Context, _ Run) (StepResult, error) {
				time.AfterFunc(time.Second, func() { close(stop) })
				return StepResult{}, errors.New("refused")
			}}),
		})
		if res.State != Interrupted || time.Since(begin) != time.Second {
			t.Errorf("while waiting for a retry: got %+v after %s", res, time.Since(begin))
		}
	})
}

func TestRunUnknownStep(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close(t)
	res := b.runner.Run(t.Context(), Order{Job: Job{Name: "j", Steps: []string{"lood"}, Retry: 3}, Slot: slot, Step: steps(nil)})
	var usage *UsageError
	if !errors.As(res.Err, &usage) || !strings.Contains(res.Err.Error(), `"lood"`) {
		t.Errorf("got %v, want a usage error that names the step", res.Err)
	}
}

func TestRunOnceAtATime(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close(t)
	order := Order{Job: Job{Name: "campaign a/b", Steps: []string{"send"}}, Slot: slot}
	order.Step = steps(map[string]Step{"send": func(ctx context.Context, _ Run) (StepResult, error) {
		inner := b.runner.Run(ctx, Order{Job: order.Job, Slot: slot, Step: steps(map[string]Step{"send": done})})
		var busy *BusyError
		if !errors.As(inner.Err, &busy) || busy.PID != os.Getpid() || inner.RunID != "" {
			t.Errorf("a second run at once: got %+v, want a BusyError of this process", inner)
		}
		if held, err := Held(b.runner.LockDir, "campaign a/b"); !held || err != nil {
			t.Errorf("held while running: got %t, %v", held, err)
		}
		other := b.runner.Run(ctx, Order{Job: Job{Name: "other", Steps: []string{"send"}}, Slot: slot, Step: steps(map[string]Step{"send": done})})
		if other.State != Finished {
			t.Errorf("another job at once: got %+v", other)
		}
		return StepResult{}, nil
	}})
	if res := b.runner.Run(t.Context(), order); res.State != Finished {
		t.Errorf("got %+v", res)
	}
	for _, name := range []string{"campaign a/b", "never run"} {
		if held, err := Held(b.runner.LockDir, name); held || err != nil {
			t.Errorf("%s is held afterwards: got %t, %v", name, held, err)
		}
	}
	if res := b.runner.Run(t.Context(), Order{Job: order.Job, Slot: slot, Step: steps(map[string]Step{"send": done})}); res.State != Finished {
		t.Errorf("afterwards: got %+v", res)
	}
}

func TestRunNeedsItsLedger(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.close(t)
	res := b.runner.Run(t.Context(), Order{Job: Job{Name: "j", Steps: []string{"send"}}, Slot: slot, Step: steps(map[string]Step{
		"send": func(context.Context, Run) (StepResult, error) {
			t.Error("a step ran though its start could not be written down")
			return StepResult{}, nil
		},
	})})
	if res.State != Failed || !errors.Is(res.Err, journal.ErrClosed) {
		t.Errorf("got %+v", res)
	}
}
