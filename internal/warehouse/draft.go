package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A draft is a copy of the file beside it, which nobody else reads until it is published in its place. So long work on it
// may commit as it goes, and a failure or a kill leaves the file as it was.
//
// Committing counts: DuckDB reads a table that its own transaction has made by one thread, takes it for empty when it orders
// joins, and holds more of it in memory (docs/decisions/011).

// RowGroup is how many rows of a table DuckDB gives to a thread at once: a larger table is worth settling.
const RowGroup = 122880

func draftPath(path string) string { return path + ".draft" }

// dropDraft removes the draft of a file with its log: of a process that was killed, or of work that failed.
func dropDraft(path string) error {
	for _, name := range []string{draftPath(path), draftPath(path) + ".wal"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove draft: %w", err)
		}
	}
	return nil
}

// makeDraft copies the file, whose lock is held, and returns the path of the copy; of a file that is missing there is none
// to copy.
func makeDraft(ctx context.Context, path, spill string, o Options) (draft string, err error) {
	draft = draftPath(path)
	if err := settleLog(ctx, path, spill, o); err != nil {
		return "", err
	}
	from, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return draft, nil
	}
	if err != nil {
		return "", fmt.Errorf("copy warehouse: %w", err)
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return "", fmt.Errorf("copy warehouse: %w", err)
	}
	to, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", fmt.Errorf("copy warehouse: %w", err)
	}
	_, err = io.Copy(to, from) // by the kernel, which on some file systems shares the blocks
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(&OpenError{
			Path:    path,
			Problem: fmt.Sprintf("cannot copy it to %s, which takes %d MB", draft, info.Size()>>20),
			Try:     "free space on that disk, or move data_dir to a larger one",
			Err:     err,
		}, dropDraft(path))
	}
	return draft, nil
}

// settleLog brings the log that a killed process left into the file, so that the file is the whole.
func settleLog(ctx context.Context, path, spill string, o Options) error {
	if _, err := os.Stat(path + ".wal"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	pool, err := connect(ctx, path, spill, o)
	if err != nil {
		return describeOpen(path, err)
	}
	_, err = pool.ExecContext(ctx, "checkpoint")
	if err = errors.Join(err, pool.Close()); err != nil {
		return fmt.Errorf("checkpoint warehouse %s: %w", path, err)
	}
	return nil
}

// Publish puts a draft in the place of its file and closes it: from then on, also behind a power cut, the file is the draft.
func (db *DB) Publish(ctx context.Context) error {
	if !db.draft {
		return fmt.Errorf("publish warehouse %s: it is no draft", db.path)
	}
	if err := db.Checkpoint(ctx); err != nil {
		return err
	}
	return db.end(func() error {
		if err := os.Rename(draftPath(db.path), db.path); err != nil {
			return err
		}
		return syncFolder(filepath.Dir(db.path))
	})
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Settle commits what a transaction has done so far and goes on in a new one, where the warehouse is a draft; else it does
// nothing.
func (t *Tx) Settle(ctx context.Context) error {
	if !t.draft {
		return nil
	}
	for _, statement := range []string{"commit", "begin transaction"} {
		if _, err := t.Exec(ctx, statement); err != nil {
			return fmt.Errorf("settle draft: %w", err)
		}
	}
	return nil
}
