package warehouse_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/tokui/tokui/internal/warehouse"
)

// TestOneThread: the threads come back, also behind a transaction that has failed.
func TestOneThread(t *testing.T) {
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: filepath.Join(t.TempDir(), "t.duckdb"), Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	threads := func() (n int) {
		if err := db.One(t.Context(), "select current_setting('threads')", nil, &n); err != nil {
			t.Error(err)
		}
		return n
	}
	err = db.Tx(t.Context(), func(tx *warehouse.Tx) error {
		back, err := tx.OneThread(t.Context())
		if err != nil {
			return err
		}
		if n := threads(); n != 1 {
			t.Errorf("got %d threads, want 1", n)
		}
		_, failed := tx.Exec(t.Context(), "select error('no')")
		return errors.Join(failed, back(), back())
	})
	var se *warehouse.SQLError
	if !errors.As(err, &se) || threads() != 3 {
		t.Errorf("got %v and %d threads, want the statement's error and 3", err, threads())
	}
}
