package edition

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tokui/tokui/internal/filelock"
)

// LockedError says that another process sends the edition.
type LockedError struct {
	Dir string
	// PID is the process, 0 where it is not known.
	PID int
}

// Error names the process.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("lock edition %s: %s is sending it; try: wait until it has finished, or stop it", e.Dir, who)
}

// LockSender makes the caller the only sender of the edition until it calls release or dies. Where another process holds
// the lock, or another call in this one, the error is a *LockedError.
func LockSender(dir string) (release func() error, err error) {
	release, err = filelock.Take(filepath.Join(dir, lockFile), "")
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, &LockedError{Dir: dir, PID: held.PID}
	}
	if err != nil {
		return nil, fmt.Errorf("lock edition %s: %w", dir, err)
	}
	return release, nil
}
