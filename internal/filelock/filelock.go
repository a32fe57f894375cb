// Package filelock keeps two processes from doing the same thing at once, by a lock on a file that the system frees when
// its process ends, however it ends.
//
// The file says who holds it: the process and what it does, for messages only. It stays when the lock is free: taking it
// away would let two processes lock two files of the same name.
package filelock

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// HeldError says that another holder has the lock: another process, or another call in this one.
type HeldError struct {
	Path string
	// PID of the process, 0 where it is not known.
	PID int
	// Doing is what it does with the lock.
	Doing string
}

// Error names the process and what it does.
func (e *HeldError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	if e.Doing != "" {
		who += " (" + e.Doing + ")"
	}
	return fmt.Sprintf("%s is held by %s", e.Path, who)
}

// askAgain is how long after a first refusal Take tries once more: Held may have been asking at that very instant.
const askAgain = 20 * time.Millisecond

// Take locks the file at path, which it makes with mode 0600, without waiting. The error is a *HeldError where another
// holds it. release frees the lock.
func Take(path, doing string) (release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	held, err := lock(f, false)
	if held {
		<-time.After(askAgain)
		held, err = lock(f, false)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	if held {
		holder := readHolder(f)
		holder.Path = path
		return nil, errors.Join(holder, f.Close())
	}
	if err := writeHolder(f, doing); err != nil {
		return nil, errors.Join(fmt.Errorf("write lock %s: %w", path, err), f.Close())
	}
	return func() error { return errors.Join(f.Truncate(0), f.Close()) }, nil
}

// Held says whether anybody, this process included, has the lock at this instant.
func Held(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at lock: %w", err)
	}
	held, err := lock(f, true)
	if err := errors.Join(err, f.Close()); err != nil {
		return false, fmt.Errorf("look at lock %s: %w", path, err)
	}
	return held, nil
}

// readHolder reads what the holder wrote; half-written, the process stays unknown.
func readHolder(f *os.File) *HeldError {
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return &HeldError{}
	}
	pid, doing, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	number, err := strconv.Atoi(pid)
	if err != nil {
		return &HeldError{}
	}
	return &HeldError{PID: number, Doing: doing}
}

func writeHolder(f *os.File, doing string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	line := strings.TrimSpace(strconv.Itoa(os.Getpid())+" "+strings.Join(strings.Fields(doing), " ")) + "\n"
	_, err := f.WriteAt([]byte(line), 0)
	return err
}
