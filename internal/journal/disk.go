package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Disk is how files become durable. Its fields are there for tests that watch the order of the calls; a nil field does
// the real thing, so the zero Disk is the one to use.
type Disk struct {
	WriteFile  func(f *os.File, data []byte) (int, error)
	SyncFile   func(f *os.File) error
	Rename     func(from, to string) error
	SyncFolder func(dir string) error
}

// Write writes to a file.
func (d Disk) Write(f *os.File, data []byte) (int, error) {
	if d.WriteFile != nil {
		return d.WriteFile(f, data)
	}
	return f.Write(data)
}

// Sync brings a file's bytes and size to the disk.
func (d Disk) Sync(f *os.File) error {
	if d.SyncFile != nil {
		return d.SyncFile(f)
	}
	return datasync(f)
}

// Move renames; both names are on one file system.
func (d Disk) Move(from, to string) error {
	if d.Rename != nil {
		return d.Rename(from, to)
	}
	return os.Rename(from, to)
}

// SyncDir brings a folder's entries to the disk: what was created or renamed in it is there after a power cut.
func (d Disk) SyncDir(dir string) error {
	if d.SyncFolder != nil {
		return d.SyncFolder(dir)
	}
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync folder %s: %w", dir, err), f.Close())
	}
	return f.Close()
}

// Place writes a file beside its place, syncs it and renames it there: at any instant the place holds the old bytes or
// all of the new ones. The rename is durable only after SyncDir of the folder, which the caller does for many at once.
// The file gets mode 0600. The name beside is .NAME.tmp, always the same, so that a killed process leaves nothing that
// its successor does not write over; nobody else may write the same file at the same time.
func (d Disk) Place(path string, data []byte) error {
	dir, name := filepath.Split(path)
	f, err := os.OpenFile(filepath.Join(dir, "."+name+".tmp"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	fail := func(err error) error {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close(), os.Remove(f.Name()))
	}
	if _, err := d.Write(f, data); err != nil {
		return fail(err)
	}
	if err := d.Sync(f); err != nil {
		return fail(err)
	}
	if err := f.Close(); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	if err := d.Move(f.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// MakeDir makes a folder and those above it (mode 0700), and syncs the folder above each new one.
func (d Disk) MakeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("make folder %s: got a file, want a folder", dir)
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := d.MakeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make folder: %w", err)
	}
	return d.SyncDir(parent)
}
