package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Seized is a DuckDB file that is held, and not opened: nobody else opens it before Release.
type Seized struct {
	path    string
	release func() error
}

// Seize takes the lock of a file, whether the file is there or not, and waits for it as Open does. The error is an
// *InUseError where another process holds it.
func Seize(ctx context.Context, path, step string, wait time.Duration) (*Seized, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("hold warehouse %s: %w", path, err)
	}
	s := &Seized{path: path}
	err = waitFor(ctx, wait, func() error {
		var err error
		s.release, err = takeLock(path, step)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Remove removes the file with its log, its draft and what it has spilt to tempDir. Nothing in it is lost: load, collect
// and analyze make it again. What a DELETE leaves in the blocks of a file is gone only with the file.
func (s *Seized) Remove(tempDir string) error {
	for _, path := range []string{s.path, s.path + ".wal"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove warehouse: %w", err)
		}
	}
	if err := dropDraft(s.path); err != nil {
		return err
	}
	if _, err := os.Stat(tempDir); err == nil {
		spill, err := cleanTemp(tempDir, filepath.Base(s.path))
		if err != nil {
			return err
		}
		return os.RemoveAll(spill)
	}
	return nil
}

// Release lets go of the file.
func (s *Seized) Release() error { return s.release() }
