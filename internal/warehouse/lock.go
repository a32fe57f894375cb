package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
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

// fileLock is the flock on PATH.lock. The kernel frees it when the process ends, however it ends; the file stays.
type fileLock struct{ f *os.File }

// takeLock locks PATH.lock without waiting and writes pid and step into it.
func takeLock(path, step string) (*fileLock, error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &OpenError{Path: path, Problem: "cannot write its lock file", Try: "make its folder writable for this user", Err: err}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &OpenError{Path: path, Problem: "cannot lock " + name, Try: "keep data_dir on a local disk that supports flock", Err: err}
		}
		inUse := &InUseError{Path: path}
		if text, err := io.ReadAll(io.LimitReader(f, 4096)); err == nil {
			pid, what, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
			inUse.PID, _ = strconv.Atoi(pid) // half-written: the process stays unknown
			inUse.Step = what
		}
		return nil, inUse
	}
	if err := writeHolder(f, step); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", name, err), f.Close())
	}
	return &fileLock{f}, nil
}

func writeHolder(f *os.File, step string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	step = strings.Join(strings.Fields(step), " ")
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+" "+step+"\n"), 0)
	return err
}

// release empties the file and frees the lock.
func (l *fileLock) release() error {
	return errors.Join(l.f.Truncate(0), l.f.Close())
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
