package jobs

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/tokui/tokui/internal/filelock"
)

func lockPath(dir, job string) string {
	return filepath.Join(dir, "job-"+url.PathEscape(job)+".lock")
}

// lockJob keeps other processes, and other runs of this one, from running the job until release is called or the
// process ends, however it ends. The error is a *BusyError where another holds it.
func lockJob(dir, job string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	release, err = filelock.Take(lockPath(dir, job), "")
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, &BusyError{Job: job, PID: held.PID}
	}
	if err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	return release, nil
}

// Held says whether a process, this one included, is running the job at this instant. Of a job that the ledger has an
// open run for, false means that the run was interrupted.
func Held(lockDir, job string) (bool, error) {
	held, err := filelock.Held(lockPath(lockDir, job))
	if err != nil {
		return false, fmt.Errorf("job %s: %w", job, err)
	}
	return held, nil
}
