package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
)

// Runner runs one job at a time for whoever calls it: its steps in order, each tried again as the job says, all of it
// written to the ledger. Its methods may be called at once for different jobs.
type Runner struct {
	Ledger *Ledger
	// LockDir holds a lock file for each job, so that no two processes run the same one.
	LockDir string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Log gets what a person at the terminal has to see: retries, and the stack of a panic. nil: nowhere.
	Log *slog.Logger
	// Progress, where not nil, is told of each step's begin and end, from the goroutine that runs it.
	Progress func(StepReport)
	// Backoff is the wait before the n-th retry, n from 1. nil: Backoff.
	Backoff func(n int) time.Duration
}

// Backoff is the usual wait before the n-th retry: one minute, then twice as long each time, half an hour at most.
func Backoff(n int) time.Duration {
	const first, most = time.Minute, 30 * time.Minute
	if n > 5 {
		return most
	}
	return min(first<<max(n-1, 0), most)
}

// Order is one run to be made.
type Order struct {
	Job  Job
	Slot calendar.Slot
	// AsOf is the slot's date where it is zero.
	AsOf calendar.Date
	// Step finds what the step names mean.
	Step func(name string) (Step, error)
	// Stop, once closed, lets the step under way end and begins no other. nil: never.
	Stop <-chan struct{}
}

// StepReport is one try of one step: at its begin, State Running; at its end, Finished, Failed or Interrupted.
type StepReport struct {
	Run     Run
	Step    string
	State   State
	Result  StepResult
	Seconds float64
	// Err of a failed one. Retry is how long until it is tried again, 0 where it is not.
	Err   error
	Retry time.Duration
}

// Result is one run.
type Result struct {
	RunID string
	Job   string
	Slot  calendar.Slot
	// State is Finished, Failed or Interrupted.
	State State
	// Steps are the last try of each step that was begun.
	Steps []StepReport
	// Err of a run that failed: *GuardError, *UsageError, *PanicError, *TimeoutError and the steps' own are found in it
	// by errors.As. Of an interrupted run, the context's error. A *BusyError means that the run was not begun.
	Err error
}

// Run makes one run. It ends when ctx does: then the run counts as interrupted, not as failed. A run that cannot be
// written to the ledger is not begun.
func (r *Runner) Run(ctx context.Context, o Order) Result {
	release, err := lockJob(r.LockDir, o.Job.Name)
	if err != nil {
		return Result{Job: o.Job.Name, Slot: o.Slot, State: Failed, Err: err}
	}
	res := r.locked(ctx, o)
	if err := release(); err != nil {
		r.log().Warn("unlock job", "job", o.Job.Name, "error", err)
	}
	return res
}

func (r *Runner) locked(ctx context.Context, o Order) Result {
	id, starts := r.Ledger.runID(o.Job.Name, o.Slot)
	run := Run{ID: id, Job: o.Job.Name, Slot: o.Slot, AsOf: o.AsOf}
	if run.AsOf.IsZero() {
		run.AsOf = o.Slot.Date()
	}
	res := Result{RunID: id, Job: run.Job, Slot: run.Slot}
	begin := r.now()
	started := r.event(journal.RunStarted, run, "")
	if starts > 0 {
		started.Detail = fmt.Sprintf("start %d, taken up after an interruption", starts+1)
	}
	if err := r.Ledger.write(ctx, started); err != nil {
		res.State, res.Err = Failed, err
		return res
	}

	limit := o.Job.timeout()
	runCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var step string
	for _, step = range o.Job.Steps {
		if res.Err = r.between(runCtx, o.Stop); res.Err == nil {
			res.Err = r.step(runCtx, o, run, step, &res)
		}
		if res.Err != nil {
			break
		}
	}
	kind := journal.RunFinished
	res.State = Finished
	switch {
	case res.Err == nil:
	case ctx.Err() != nil || errors.Is(res.Err, errStopped):
		res.State = Interrupted
		return res // without an end in the ledger, as if the process had been killed: it is taken up again
	default:
		kind, res.State = journal.RunFailed, Failed
		if runCtx.Err() != nil {
			res.Err = errors.Join(&TimeoutError{Step: step, After: limit}, res.Err)
		}
	}
	ended := r.event(kind, run, "")
	ended.Seconds = r.now().Sub(begin).Seconds()
	if res.Err != nil {
		ended.Step, ended.Detail = step, oneLine(res.Err.Error())
	}
	if err := r.Ledger.write(ctx, ended); err != nil {
		res.State, res.Err = Failed, errors.Join(res.Err, err)
	}
	return res
}

// errStopped is a run that Order.Stop ended between two steps.
var errStopped = fmt.Errorf("stopped before its next step: %w", context.Canceled)

// between says whether the next step, or the next try, may begin.
func (r *Runner) between(ctx context.Context, stop <-chan struct{}) error {
	select {
	case <-stop:
		return errStopped
	default:
		return ctx.Err()
	}
}

// step makes all tries of one step and puts the last one's report into res.
func (r *Runner) step(ctx context.Context, o Order, run Run, name string, res *Result) error {
	do, err := o.Step(name)
	if err != nil {
		do = func(context.Context, Run) (StepResult, error) { return StepResult{}, &UsageError{err} }
	}
	res.Steps = append(res.Steps, StepReport{})
	for run.Attempt = 1; ; run.Attempt++ {
		report, err := r.try(ctx, do, run, name, run.Attempt <= o.Job.Retry)
		res.Steps[len(res.Steps)-1] = report
		if err != nil {
			return err
		}
		if report.Retry == 0 {
			return report.Err
		}
		r.log().Warn("step failed, will be tried again", "run", run.ID, "step", name, "attempt", run.Attempt, "in", report.Retry.String(), "error", report.Err)
		wait := time.NewTimer(report.Retry)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return errors.Join(ctx.Err(), report.Err)
		case <-o.Stop:
			wait.Stop()
			return errors.Join(errStopped, report.Err)
		}
	}
}

// try does a step once and journals it. The error is that of the ledger; the step's own stands in the report.
func (r *Runner) try(ctx context.Context, do Step, run Run, name string, mayRetry bool) (StepReport, error) {
	report := StepReport{Run: run, Step: name, State: Running}
	if err := r.Ledger.write(ctx, r.event(journal.StepStarted, run, name)); err != nil {
		return report, err
	}
	r.progress(report)
	begin := r.now()
	report.Result, report.Err = r.guarded(ctx, do, run, name)
	report.Seconds = r.now().Sub(begin).Seconds()

	e := r.event(journal.StepFinished, run, name)
	e.Rows, e.Seconds, e.Detail = report.Result.Rows, report.Seconds, oneLine(report.Result.Detail)
	report.State = Finished
	if report.Err != nil {
		e.Kind, e.Detail = journal.StepFailed, oneLine(report.Err.Error())
		report.State = Failed
		switch {
		case ctx.Err() != nil:
			report.State = Interrupted
			e.Detail = "interrupted: " + e.Detail
		case mayRetry && !final(report.Err):
			report.Retry = r.backoff(run.Attempt)
		}
	}
	r.progress(report)
	return report, r.Ledger.write(ctx, e)
}

// guarded does a step and turns its panic into an error.
func (r *Runner) guarded(ctx context.Context, do Step, run Run, name string) (res StepResult, err error) {
	defer func() {
		if value := recover(); value != nil {
			caught := &PanicError{Step: name, Value: value, Stack: debug.Stack()}
			r.log().Error(caught.Error(), "run", run.ID, "stack", string(caught.Stack))
			err = caught
		}
	}()
	return do(ctx, run)
}

func (r *Runner) event(kind journal.Kind, run Run, step string) journal.Event {
	return journal.Event{Kind: kind, At: r.now(), RunID: run.ID, Job: run.Job, Slot: string(run.Slot), Step: step}
}

func (r *Runner) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Runner) log() *slog.Logger {
	if r.Log != nil {
		return r.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (r *Runner) progress(report StepReport) {
	if r.Progress != nil {
		r.Progress(report)
	}
}

func (r *Runner) backoff(n int) time.Duration {
	if r.Backoff != nil {
		return r.Backoff(n)
	}
	return Backoff(n)
}

// oneLine makes an error's or a step's text one line; the journal itself cuts it and takes addresses out.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
