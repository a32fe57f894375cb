package jobs

import (
	"context"
	"time"

	"github.com/tokui/tokui/internal/calendar"
)

// Job is what runs when.
type Job struct {
	Name string
	// Schedule is zero for a job that runs by hand only.
	Schedule Schedule
	// Steps run in order; the first that fails ends the run.
	Steps []string
	// Retry is how many more times a failed step is tried.
	Retry int
	// CatchUp is how long after its time a missed slot still runs. 0: never.
	CatchUp time.Duration
	// Timeout ends a run, waits between tries included. 0: DefaultTimeout.
	Timeout time.Duration
}

// DefaultTimeout ends a run whose job sets no timeout.
const DefaultTimeout = 6 * time.Hour

func (j Job) timeout() time.Duration {
	if j.Timeout > 0 {
		return j.Timeout
	}
	return DefaultTimeout
}

// Run is what a step is told about the run that it belongs to.
type Run struct {
	// ID is JOB/SLOT, or JOB/SLOT#n where the slot had ended before and was run again by hand.
	ID   string
	Job  string
	Slot calendar.Slot
	// AsOf is the `today` of everything in the run: the slot's date unless the order says otherwise.
	AsOf calendar.Date
	// Attempt of this step, from 1.
	Attempt int
}

// StepResult is what a step did.
type StepResult struct {
	// Rows that it read, built or sent, as the step counts them.
	Rows int64
	// Detail is one line for the terminal and the journal, without personal data.
	Detail string
}

// Step does one step of a run. It ends soon after ctx does. It may be done again with the same run: after a failure by
// retry, after an interruption from the run's start; so it has to make sure itself that nothing happens twice.
type Step func(ctx context.Context, run Run) (StepResult, error)

// Set is the jobs of one configuration, in file order, and what their steps mean in it.
type Set struct {
	Jobs []Job
	// Step finds what a step's name stands for.
	Step func(name string) (Step, error)
}

// Job finds a job by name.
func (s Set) Job(name string) (Job, bool) {
	for _, job := range s.Jobs {
		if job.Name == name {
			return job, true
		}
	}
	return Job{}, false
}
