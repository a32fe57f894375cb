package edition

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// LockedError says that another process sends the edition.
type LockedError struct {
	Dir string
	// PID is the process as it wrote itself into the lock, "" where it has not yet.
	PID string
}

// Error names the process.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != "" {
		who = "process " + e.PID
	}
	return fmt.Sprintf("lock edition %s: %s is sending it; try: wait until it has finished, or stop it", e.Dir, who)
}

// LockSender makes the caller the only sender of the edition until it calls release or dies. Where another process holds
// the lock, or another call in this one, the error is a *LockedError.
func LockSender(dir string) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock edition: %w", err)
	}
	held, err := lock(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock edition %s: %w", dir, err), f.Close())
	}
	if held {
		pid, readErr := io.ReadAll(io.LimitReader(f, 32))
		if err := errors.Join(readErr, f.Close()); err != nil {
			return nil, fmt.Errorf("lock edition %s: %w", dir, err)
		}
		return nil, &LockedError{Dir: dir, PID: strings.TrimSpace(string(pid))}
	}
	// the file stays: taking it away would let two processes lock two files of the same name
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock edition %s: %w", dir, err), f.Close())
	}
	return f.Close, nil
}
