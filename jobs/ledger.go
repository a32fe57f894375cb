package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
)

// Stream is the journal stream that holds the run ledger.
const Stream = "runs"

// State is how far a run has come.
type State string

// The states of a run. The last three are ends. The ledger cannot tell an interrupted run from one under way, as a kill
// leaves no word behind; Held can.
const (
	Running     State = "running"
	Interrupted State = "interrupted"
	Finished    State = "finished"
	Failed      State = "failed"
	Skipped     State = "skipped"
)

// Ended reports whether nothing more comes of the run.
func (s State) Ended() bool { return s == Finished || s == Failed || s == Skipped }

// Record is what the ledger knows of one run.
type Record struct {
	ID    string
	Job   string
	Slot  calendar.Slot
	State State
	// Step is the one under way, or where it ended.
	Step string
	// Starts counts how often it was begun: more than once after an interruption.
	Starts    int
	StartedAt time.Time
	// EndedAt is zero while the state is no end.
	EndedAt time.Time
}

// replayed is how far a run's slot lies back to be a replay of history rather than the schedule's own: further than any
// schedule's slots are apart. Such a run says nothing about which slots were missed since.
const replayed = 400 * 24 * time.Hour

// Ledger is the record of runs: a fold of the journal's stream "runs", kept up to date as this process writes to it.
// Safe for concurrent use.
type Ledger struct {
	journal func(ctx context.Context, events ...journal.Event) error

	mu      sync.Mutex
	open    map[string]*Record       // by run id: begun and not ended
	last    map[string]Record        // by job: the one that ended last
	handled map[string]calendar.Slot // by job: the newest slot that ended
	ended   map[string]int           // by JOB/SLOT: how many runs of it ended
}

// NewLedger makes an empty ledger that writes by write, which is a journal writer's Append for the stream "runs".
func NewLedger(write func(ctx context.Context, events ...journal.Event) error) *Ledger {
	l := &Ledger{journal: write}
	l.clear()
	return l
}

// OpenLedger folds the stream "runs" of a journal folder into a new ledger that writes by write. A torn last line,
// which a power cut leaves, is passed over: what it told is told again by taking the run up.
func OpenLedger(dir string, write func(ctx context.Context, events ...journal.Event) error) (*Ledger, error) {
	l := NewLedger(write)
	return l, l.Reread(dir)
}

// Reread folds the journal anew, so that runs of other processes are known too.
func (l *Ledger) Reread(dir string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
	_, err := journal.Read(dir, Stream, func(e journal.Event, _ journal.Place) error {
		l.fold(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read run ledger: %w", err)
	}
	return nil
}

func (l *Ledger) clear() {
	l.open = map[string]*Record{}
	l.last = map[string]Record{}
	l.handled = map[string]calendar.Slot{}
	l.ended = map[string]int{}
}

// write journals an event and folds it. It goes through even when ctx has ended: what happened must be written down.
func (l *Ledger) write(ctx context.Context, e journal.Event) error {
	if l.journal == nil {
		return errors.New("write run ledger: it was opened for reading only")
	}
	l.mu.Lock() // over both, so that Reread never meets an event twice
	defer l.mu.Unlock()
	if err := l.journal(context.WithoutCancel(ctx), e); err != nil {
		return fmt.Errorf("write run ledger: %w", err)
	}
	l.fold(e)
	return nil
}

// fold takes one event in; events of no run are passed over.
func (l *Ledger) fold(e journal.Event) {
	if e.RunID == "" || e.Job == "" {
		return
	}
	run := l.open[e.RunID]
	if run == nil {
		run = &Record{ID: e.RunID, Job: e.Job, Slot: calendar.Slot(e.Slot), StartedAt: e.At}
	}
	switch e.Kind {
	case journal.RunStarted:
		run.State, run.Step, run.StartedAt = Running, "", e.At
		run.Starts++
		l.open[e.RunID] = run
	case journal.StepStarted:
		run.Step = e.Step
	case journal.RunFinished:
		l.end(run, Finished, e)
	case journal.RunFailed:
		l.end(run, Failed, e)
	case journal.RunSkipped:
		l.end(run, Skipped, e)
	}
}

func (l *Ledger) end(run *Record, state State, e journal.Event) {
	run.State, run.EndedAt = state, e.At
	if e.Step != "" {
		run.Step = e.Step
	}
	delete(l.open, run.ID)
	l.ended[run.Job+"/"+string(run.Slot)]++
	if last, ok := l.last[run.Job]; !ok || !run.EndedAt.Before(last.EndedAt) {
		l.last[run.Job] = *run
	}
	if e.At.Sub(run.Slot.In(time.UTC)) < replayed && run.Slot > l.handled[run.Job] {
		l.handled[run.Job] = run.Slot
	}
}

// Last is a job's run that ended last.
func (l *Ledger) Last(job string) (Record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	run, ok := l.last[job]
	return run, ok
}

// Handled is the newest slot of a job that has ended, whichever way; "" for none. Replays of history don't count.
func (l *Ledger) Handled(job string) calendar.Slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.handled[job]
}

// Open lists a job's runs that have begun and not ended, oldest slot first: under way in this or another process, or cut
// off by a stop, a kill or a power cut. Their state is Running; where no process holds the job (Held) they are in truth
// interrupted.
func (l *Ledger) Open(job string) []Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	var runs []Record
	for _, run := range l.open {
		if run.Job == job {
			runs = append(runs, *run)
		}
	}
	slices.SortFunc(runs, func(a, b Record) int {
		return strings.Compare(string(a.Slot)+a.ID, string(b.Slot)+b.ID)
	})
	return runs
}

// runID is the id under which a run of a job's slot goes: that of the open one where there is one, which is so taken up
// again, else a new one. starts is how often it was begun before.
func (l *Ledger) runID(job string, slot calendar.Slot) (id string, starts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id = job + "/" + string(slot)
	if n := l.ended[id]; n > 0 {
		id = fmt.Sprintf("%s#%d", id, n+1)
	}
	if run := l.open[id]; run != nil {
		starts = run.Starts
	}
	return id, starts
}
