package jobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// askAgain is how long after a first refusal lockJob tries once more: Held may have been asking at that very instant.
const askAgain = 20 * time.Millisecond

func lockPath(dir, job string) string {
	return filepath.Join(dir, "job-"+url.PathEscape(job)+".lock")
}

// lockJob keeps other processes, and other runs of this one, from running the job until release is called or the
// process ends, however it ends. The error is a *BusyError where another holds it.
func lockJob(dir, job string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	f, err := os.OpenFile(lockPath(dir, job), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	held, err := lock(f, false)
	if held {
		<-time.After(askAgain)
		held, err = lock(f, false)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock job %s: %w", job, err), f.Close())
	}
	if held {
		defer f.Close()
		text, _ := io.ReadAll(io.LimitReader(f, 32))            // the pid only makes the message better
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text))) // 0 where it is half written
		return nil, &BusyError{Job: job, PID: pid}
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock job %s: %w", job, err), f.Close())
	}
	return func() error { return errors.Join(f.Truncate(0), f.Close()) }, nil
}

// Held says whether a process, this one included, is running the job at this instant. Of a job that the ledger has an
// open run for, false means that the run was interrupted.
func Held(lockDir, job string) (bool, error) {
	f, err := os.Open(lockPath(lockDir, job))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the lock of job %s: %w", job, err)
	}
	held, err := lock(f, true)
	if err := errors.Join(err, f.Close()); err != nil {
		return false, fmt.Errorf("look at the lock of job %s: %w", job, err)
	}
	return held, nil
}
