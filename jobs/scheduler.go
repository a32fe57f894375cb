package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
)

const (
	// lookEvery is how often the wall clock and the configuration are looked at, whatever the schedule: a machine that
	// slept, or whose clock was set, is noticed then.
	lookEvery = time.Minute
	// onTime is how late a slot may be noticed and still count as due, not as missed.
	onTime = time.Minute
	// maxStarts is how often a run is begun that never comes to an end; more would let a run that kills its process do
	// so for ever.
	maxStarts = 3
	// DefaultGrace is how long a step under way may still take after the stop signal before its context ends.
	DefaultGrace = 5 * time.Second
)

// Scheduler runs jobs when they are due, each in its own goroutine, none of them twice at once. Set the fields, then call
// Serve once.
type Scheduler struct {
	Runner *Runner
	// JournalDir is where the ledger is read anew after another process ran a job.
	JournalDir string
	// Reload gives the jobs of the configuration as it is now. It is called before whatever starts and once a minute.
	// While it fails, the last valid jobs stay in force and an alert says so, once for each new error.
	Reload func(ctx context.Context) (Set, error)
	// Alert, where not nil, is told what a person should look at. It must not block for long.
	Alert func(Alert)
	// Grace is DefaultGrace where it is 0; negative: none.
	Grace time.Duration

	mu      sync.Mutex // guards what follows, for Health
	set     Set
	tasks   map[string]*task
	invalid error // of the last Reload
	phase   phase
	beat    time.Time
}

// phase is what the scheduler as a whole is doing.
type phase string

const (
	starting phase = ""
	serving  phase = "serving"
	draining phase = "draining"
	stopped  phase = "stopped"
)

// task is the scheduler's knowledge of one job.
type task struct {
	job Job
	// from: slots due at it or before are handled, skipped or under way.
	from time.Time
	// open are runs found in the ledger that began and did not end, oldest first.
	open []Record
	// running: since when and for which slot; before is from as it was when the run began.
	running       bool
	slot          calendar.Slot
	since, before time.Time
	// hold: another process runs the job; not to be tried before this instant, and the ledger to be read anew then.
	hold time.Time
	// gone: no longer in the configuration.
	gone bool
}

// Serve runs what is due until ctx ends; then it begins nothing more, gives the steps under way their grace, cancels
// them and returns nil when they have ended. The error is that of the first Reload: without any valid configuration
// there is nothing to serve.
func (s *Scheduler) Serve(ctx context.Context) error {
	set, err := s.load(ctx)
	if err != nil {
		return fmt.Errorf("load jobs: %w", err)
	}
	s.mu.Lock()
	s.phase, s.tasks = serving, map[string]*task{}
	s.adopt(set, s.Runner.now())
	s.mu.Unlock()

	runs, cancelRuns := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRuns()
	stop := make(chan struct{})
	done := make(chan Result)
	for ctx.Err() == nil {
		s.refresh(ctx)
		timer := time.NewTimer(s.begin(runs, stop, done))
		select {
		case <-ctx.Done():
		case res := <-done:
			s.finish(res)
		case <-timer.C:
		}
		timer.Stop()
	}
	close(stop)
	s.drain(cancelRuns, done)
	return nil
}

// drain waits for the runs under way, and cancels them when their grace is over.
func (s *Scheduler) drain(cancelRuns func(), done <-chan Result) {
	s.setPhase(draining)
	defer s.setPhase(stopped)
	grace := s.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	timer := time.NewTimer(max(grace, 0))
	defer timer.Stop()
	for s.underWay() > 0 {
		select {
		case res := <-done:
			s.finish(res)
		case <-timer.C:
			cancelRuns()
		}
	}
}

func (s *Scheduler) setPhase(p phase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = p
}

func (s *Scheduler) underWay() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tasks {
		if t.running {
			n++
		}
	}
	return n
}

// load calls Reload; a panic in it is an error.
func (s *Scheduler) load(ctx context.Context) (set Set, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("read configuration: panic: %v", value)
		}
	}()
	return s.Reload(ctx)
}

// refresh takes the configuration as it is now, or keeps the last valid one.
func (s *Scheduler) refresh(ctx context.Context) {
	set, err := s.load(ctx)
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	was := s.invalid
	s.invalid = err
	if err == nil {
		s.adopt(set, s.Runner.now())
	}
	s.mu.Unlock()
	switch {
	case err != nil && (was == nil || was.Error() != err.Error()):
		s.alert(Alert{Kind: AlertConfig, Err: fmt.Errorf("the last valid configuration stays in force: %w", err)})
	case err == nil && was != nil:
		s.Runner.log().Info("configuration is valid again")
	}
}

// adopt makes the tasks those of a set. The caller holds mu.
func (s *Scheduler) adopt(set Set, now time.Time) {
	s.set = set
	for _, t := range s.tasks {
		t.gone = true
	}
	for _, job := range set.Jobs {
		t, ok := s.tasks[job.Name]
		switch {
		case !ok:
			t = &task{from: s.since(job, now), open: s.Runner.Ledger.Open(job.Name)}
			s.tasks[job.Name] = t
		case !t.job.Schedule.same(job.Schedule):
			t.from = now // what the new schedule would have run before is not missed
		}
		t.job, t.gone = job, false
	}
	for name, t := range s.tasks {
		if t.gone && !t.running {
			delete(s.tasks, name)
		}
	}
}

// since is the instant after which a job's slots are not handled yet: the newest slot that the ledger has an end for, or
// now for a job that has none, or none in the past.
func (s *Scheduler) since(job Job, now time.Time) time.Time {
	if slot := s.Runner.Ledger.Handled(job.Name); slot != "" && !job.Schedule.IsZero() {
		if at := job.Schedule.Instant(slot); at.Before(now) {
			return at
		}
	}
	return now
}

// finish takes in the end of a run.
func (s *Scheduler) finish(res Result) {
	s.mu.Lock()
	t := s.tasks[res.Job]
	t.running = false
	var busy *BusyError
	if errors.As(res.Err, &busy) && res.RunID == "" {
		t.from, t.hold = t.before, s.Runner.now().Add(lookEvery)
		s.mu.Unlock()
		s.Runner.log().Info("waiting for another process", "job", res.Job, "error", busy)
		return
	}
	s.mu.Unlock()
	if res.State != Failed {
		return
	}
	a := Alert{Kind: AlertFailed, Job: res.Job, RunID: res.RunID, Slot: res.Slot, Err: res.Err}
	if n := len(res.Steps); n > 0 {
		a.Step = res.Steps[n-1].Step
	}
	var guard *GuardError
	if errors.As(res.Err, &guard) {
		a.Kind = AlertGuard
	}
	s.alert(a)
}

// alert tells it to the log and to Alert, whose panic is only logged.
func (s *Scheduler) alert(a Alert) {
	defer func() {
		if value := recover(); value != nil {
			s.Runner.log().Error("alert: panic", "value", value)
		}
	}()
	s.Runner.log().Error(string(a.Kind), "job", a.Job, "slot", string(a.Slot), "step", a.Step, "error", a.Err)
	if s.Alert != nil {
		s.Alert(a)
	}
}

// record writes an end that no run has: skipped, or failed without a last try.
func (s *Scheduler) record(ctx context.Context, e journal.Event) {
	e.At = s.Runner.now()
	if err := s.Runner.Ledger.write(ctx, e); err != nil {
		s.alert(Alert{Kind: AlertLedger, Job: e.Job, RunID: e.RunID, Slot: calendar.Slot(e.Slot), Err: err})
	}
}
