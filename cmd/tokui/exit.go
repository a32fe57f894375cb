package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
)

// The exit codes of every verb.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitGuard       = 3
	exitInUse       = 4
	exitInterrupted = 130
)

const exitHelp = `Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 stopped by a guard, 4 in use by
another process, 130 interrupted.`

// usageError is a mistake on the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitCode maps an error to the code that scripts rely on. A failure outweighs a guard: somebody must look.
func exitCode(err error) int {
	var (
		usage  usageError
		misuse *jobs.UsageError
		faults position.Faults
		inUse  *warehouse.InUseError
		guard  *jobs.GuardError
		failed *failedRuns
		busy   *jobs.BusyError
		locked *edition.LockedError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &failed):
		return failed.code()
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &misuse), errors.As(err, &faults):
		return exitUsage
	case errors.As(err, &guard):
		return exitGuard
	case errors.As(err, &inUse), errors.As(err, &busy), errors.As(err, &locked):
		return exitInUse
	default:
		return exitFailed
	}
}

// failedRuns is what is left of runs that did not all end well.
type failedRuns struct {
	errs []error
	// told says that each was printed as it failed; of is the number of all runs.
	told bool
	of   int
}

func (f *failedRuns) Error() string {
	if !f.told {
		return errors.Join(f.errs...).Error()
	}
	return fmt.Sprintf("%d of %d runs did not end well", len(f.errs), f.of)
}

// Unwrap returns what each of them failed with.
func (f *failedRuns) Unwrap() []error { return f.errs }

func (f *failedRuns) code() int {
	worst := exitDone
	for _, err := range f.errs {
		switch code := exitCode(err); {
		case worst == exitDone, worst == exitGuard, code == exitFailed, code == exitInterrupted:
			worst = code
		}
	}
	return worst
}

// printError writes what went wrong to stderr, once.
func printError(w io.Writer, err error) {
	var failed *failedRuns
	if errors.As(err, &failed) && failed.told {
		fmt.Fprintln(w, "tokui:", failed.Error())
		return
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "tokui: interrupted; what was under way has been finished or will be on the next run")
		return
	}
	var faults position.Faults
	if errors.As(err, &faults) {
		faults.Sort()
		fmt.Fprintln(w, faults.Error())
		return
	}
	fmt.Fprintln(w, "tokui:", err)
}
