package jobs

import (
	"errors"
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/position"
)

// GuardError is a step's stop by a guard, such as a campaign's max_messages: nothing is broken, a person has to look.
// It is not tried again; the command ends with exit code 3.
type GuardError struct{ Err error }

// Error is the guard's own text.
func (e *GuardError) Error() string { return e.Err.Error() }

// Unwrap returns the guard's error.
func (e *GuardError) Unwrap() error { return e.Err }

// UsageError is wrong usage or configuration. Trying again changes nothing, so it is not tried again; exit code 2.
type UsageError struct{ Err error }

// Error is the fault's own text.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the fault.
func (e *UsageError) Unwrap() error { return e.Err }

// PanicError is a panic in a step. It is not tried again: a fault in the program does not go away by itself.
type PanicError struct {
	Step  string
	Value any
	// Stack is where it happened, for the log.
	Stack []byte
}

// Error names the step and the panic's value.
func (e *PanicError) Error() string { return fmt.Sprintf("step %s: panic: %v", e.Step, e.Value) }

// TimeoutError is a run that took longer than its job allows.
type TimeoutError struct {
	Step  string
	After time.Duration
}

// Error names the step that was under way.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("step %s: run timed out after %s; raise the job's timeout if it needs longer", e.Step, e.After)
}

// BusyError is a job that another process is running.
type BusyError struct {
	Job string
	// PID of the process, 0 where it is not known.
	PID int
}

// Error names the job and the process.
func (e *BusyError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("job %s: already running in another process", e.Job)
	}
	return fmt.Sprintf("job %s: already running in process %d", e.Job, e.PID)
}

// final reports whether trying again is useless.
func final(err error) bool {
	var (
		guard  *GuardError
		usage  *UsageError
		panics *PanicError
		faults position.Faults
		fault  position.Fault
	)
	return errors.As(err, &guard) || errors.As(err, &usage) || errors.As(err, &panics) ||
		errors.As(err, &faults) || errors.As(err, &fault)
}
