package warehouse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// tempFile names a file in a new folder of its own, so that DuckDB makes the file; remove deletes both.
func (s session) tempFile() (path string, remove func(), err error) {
	dir, err := os.MkdirTemp(s.tempDir, fmt.Sprintf("arrow-%d-", os.Getpid()))
	if err != nil {
		return "", nil, fmt.Errorf("make temporary folder: %w", err)
	}
	// What cannot be removed now costs space only, until the next process opens a warehouse.
	return filepath.Join(dir, "rows.parquet"), func() { _ = os.RemoveAll(dir) }, nil
}

// cleanTemp removes what killed processes left in the folder, and returns the subfolder in which the warehouse of this
// name, whose lock is held, spills: DuckDB's spill files have the same names in every process.
func cleanTemp(dir, name string) (spill string, err error) {
	spill = filepath.Join(dir, name+".spill")
	err = os.RemoveAll(spill)
	entries, listErr := os.ReadDir(dir)
	err = errors.Join(err, listErr)
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), "arrow-")
		digits, _, _ := strings.Cut(rest, "-")
		pid, convErr := strconv.Atoi(digits)
		if !ours || convErr != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if err != nil {
		return "", fmt.Errorf("clear temporary files: %w", err)
	}
	return spill, nil
}
