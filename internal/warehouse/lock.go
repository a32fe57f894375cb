package warehouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/filelock"
)

// retryEvery is how often a waiting Open looks again.
const retryEvery = 100 * time.Millisecond

// InUseError says that another process holds the file.
type InUseError struct {
	// PID of the process, 0 where it is not known.
	PID int
	// Step is what it does with the file; for a program that is not Tokui, the program.
	Step string
	Path string
}

// Error names the process and its step.
func (e *InUseError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	if e.Step != "" {
		who += " (" + e.Step + ")"
	}
	return fmt.Sprintf("warehouse %s: in use by %s; wait until it ends, or let --wait do so", e.Path, who)
}

// takeLock locks PATH.lock without waiting; the file says who holds it.
func takeLock(path, step string) (release func() error, err error) {
	release, err = filelock.Take(path+".lock", step)
	var held *filelock.HeldError
	switch {
	case errors.As(err, &held):
		return nil, &InUseError{Path: path, PID: held.PID, Step: held.Doing}
	case err != nil:
		return nil, &OpenError{Path: path, Problem: "cannot lock it",
			Try: "make its folder writable for this user, on a local disk that supports locks", Err: err}
	}
	return release, nil
}

// waitFor repeats attempt while it returns an *InUseError and neither wait nor ctx has ended.
func waitFor(ctx context.Context, wait time.Duration, attempt func() error) error {
	err := attempt()
	var inUse *InUseError
	if wait <= 0 || !errors.As(err, &inUse) {
		return err
	}
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	tick := time.NewTicker(retryEvery)
	defer tick.Stop()
	for errors.As(err, &inUse) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for warehouse: %w", ctx.Err())
		case <-deadline.C:
			return err
		case <-tick.C:
			err = attempt()
		}
	}
	return err
}
