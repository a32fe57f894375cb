package jobs

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockJob keeps other processes, and other runs of this one, from running the job until release is called or the
// process ends, however it ends. The error is a *BusyError where another holds it.
func lockJob(dir, job string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "job-"+url.PathEscape(job)+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock job %s: %w", job, err)
	}
	held, err := lock(f)
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
