package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
)

// begin starts every run that is due now and returns how long until the next look.
func (s *Scheduler) begin(runs context.Context, stop <-chan struct{}, done chan<- Result) time.Duration {
	s.mu.Lock()
	set := s.set
	s.beat = s.Runner.now()
	s.mu.Unlock()
	for _, job := range set.Jobs {
		if job.Schedule.IsZero() {
			continue
		}
		slot, ok := s.due(runs, job.Name)
		if !ok {
			continue
		}
		order := Order{Job: job, Slot: slot, Step: set.Step, Stop: stop}
		go func() { done <- s.Runner.Run(runs, order) }()
	}
	return s.untilNext()
}

// due decides whether a job has a slot to run now, and marks it as running if so. Slots and runs that it gives up it
// writes to the ledger.
func (s *Scheduler) due(ctx context.Context, job string) (calendar.Slot, bool) {
	now := s.Runner.now()
	s.mu.Lock()
	t := s.tasks[job]
	if t.running || now.Before(t.hold) {
		s.mu.Unlock()
		return "", false
	}
	reread := !t.hold.IsZero()
	s.mu.Unlock()
	if reread && !s.reread(t, now) {
		return "", false
	}
	if slot, ok := s.unended(ctx, t, now); ok {
		return slot, true
	}
	slots, count := t.job.Schedule.Between(t.from, now, 2)
	if count == 0 {
		return "", false
	}
	latest := slots[len(slots)-1]
	at := t.job.Schedule.Instant(latest)
	age := now.Sub(at)
	if age > max(t.job.CatchUp, onTime) {
		s.skip(ctx, t.job, latest, count, fmt.Sprintf("due %s ago, catch_up is %s", age.Round(time.Second), t.job.CatchUp))
		s.alert(Alert{Kind: AlertMissed, Job: job, Slot: latest, Err: fmt.Errorf("%d %s missed; the last was due %s ago, more than catch_up %s",
			count, plural(count, "slot"), age.Round(time.Second), t.job.CatchUp)})
		s.mark(func() { t.from = at })
		return "", false
	}
	if count > 1 {
		s.skip(ctx, t.job, slots[0], count-1, "a later slot is due too: "+string(latest))
	}
	s.mark(func() {
		t.running, t.slot, t.since, t.before, t.from = true, latest, now, t.from, at
	})
	return latest, true
}

// reread looks what another process made of a job that was found running there.
func (s *Scheduler) reread(t *task, now time.Time) bool {
	if err := s.Runner.Ledger.Reread(s.JournalDir); err != nil {
		s.alert(Alert{Kind: AlertLedger, Job: t.job.Name, Err: err})
		s.mark(func() { t.hold = now.Add(lookEvery) })
		return false
	}
	s.mark(func() {
		t.hold = time.Time{}
		t.open = s.Runner.Ledger.Open(t.job.Name)
		if slot := s.Runner.Ledger.Handled(t.job.Name); slot != "" {
			if at := t.job.Schedule.Instant(slot); at.After(t.from) && !at.After(now) {
				t.from = at
			}
		}
	})
	return true
}

// unended takes up the oldest run that began and did not end: its edition may be half sent, so it goes before newer
// slots, and the job's catch_up does not shorten the time for it below the job's timeout. Runs that lie back too far, or
// were begun too often, end as failed here.
func (s *Scheduler) unended(ctx context.Context, t *task, now time.Time) (calendar.Slot, bool) {
	for len(t.open) > 0 {
		run := t.open[0]
		age := now.Sub(t.job.Schedule.Instant(run.Slot))
		limit := max(t.job.CatchUp, t.job.timeout())
		var reason error
		switch {
		case age > replayed: // a replay of history that was stopped is nobody's loss
		case run.Starts >= maxStarts:
			reason = fmt.Errorf("begun %d times and never ended, the last time in step %q", run.Starts, run.Step)
		case age > limit:
			reason = fmt.Errorf("interrupted in step %q and not taken up within %s of its slot", run.Step, limit)
		default:
			s.mark(func() {
				t.open = t.open[1:]
				t.running, t.slot, t.since, t.before = true, run.Slot, now, t.from
				if at := t.job.Schedule.Instant(run.Slot); at.After(t.from) {
					t.from = at
				}
			})
			return run.Slot, true
		}
		s.mark(func() { t.open = t.open[1:] })
		if reason != nil {
			s.record(ctx, journal.Event{Kind: journal.RunFailed, RunID: run.ID, Job: run.Job, Slot: string(run.Slot), Step: run.Step, Detail: reason.Error()})
			s.alert(Alert{Kind: AlertFailed, Job: run.Job, RunID: run.ID, Slot: run.Slot, Step: run.Step, Err: reason})
			if at := t.job.Schedule.Instant(run.Slot); at.After(t.from) {
				s.mark(func() { t.from = at })
			}
		}
	}
	return "", false
}

// skip records slots that do not run as one event, under the newest of them.
func (s *Scheduler) skip(ctx context.Context, job Job, newest calendar.Slot, count int, why string) {
	id, _ := s.Runner.Ledger.runID(job.Name, newest)
	s.record(ctx, journal.Event{
		Kind: journal.RunSkipped, RunID: id, Job: job.Name, Slot: string(newest), Rows: int64(count),
		Detail: fmt.Sprintf("%d %s missed: %s", count, plural(count, "slot"), why),
	})
}

// mark changes a task where Health may be reading it.
func (s *Scheduler) mark(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// untilNext is the time until the next slot of a job that is not running, lookEvery at most.
func (s *Scheduler) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Runner.now()
	wait := lookEvery
	for _, t := range s.tasks {
		if t.running || t.gone {
			continue
		}
		if slot, ok := t.job.Schedule.Next(now); ok {
			wait = min(wait, t.job.Schedule.Instant(slot).Sub(now))
		}
	}
	return wait
}
