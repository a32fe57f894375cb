package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock reports whether another holds the file's lock. A shared lock only asks. The locked byte lies behind the text, which stays readable.
func lock(f *os.File, shared bool) (held bool, err error) {
	how := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	if shared {
		how = windows.LOCKFILE_FAIL_IMMEDIATELY
	}
	at := &windows.Overlapped{Offset: 1 << 20}
	err = windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
