package warehouse_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tokui/tokui/internal/warehouse"
)

// newFile makes a warehouse with a table of one row.
func newFile(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "t.duckdb")
	change(t, path, false, "create table t as select 1 as n")
	return path
}

// change runs a statement, in a draft that is published or in the file itself.
func change(t *testing.T, path string, draft bool, statement string) {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, Draft: draft})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if draft {
		if err := db.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// read returns the sum of the table, and fails where anything but the file and its lock is left.
func read(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.One(t.Context(), "select sum(n) from t", nil, &n); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(path + ".draft*")
	if err != nil || left != nil {
		t.Errorf("left: %v %v", left, err)
	}
	return n
}

func TestDraft(t *testing.T) {
	path := newFile(t)
	change(t, path, true, "insert into t values (10)")
	if n := read(t, path); n != 11 {
		t.Errorf("published: got %d, want 11", n)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("published: mode %v, %v, want 0600", info.Mode(), err)
	}

	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("a check fails")
	err = db.Tx(t.Context(), func(tx *warehouse.Tx) error {
		if _, err := tx.Exec(t.Context(), "insert into t values (100)"); err != nil {
			return err
		}
		if err := tx.Settle(t.Context()); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "insert into t values (1000)"); err != nil {
			return err
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v, want the failure", err)
	}
	var n int
	if err := db.One(t.Context(), "select sum(n) from t", nil, &n); err != nil || n != 111 {
		t.Errorf("settled: got %d %v, want 111: what came after is rolled back", n, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n := read(t, path); n != 11 {
		t.Errorf("dropped: got %d, want the 11 of before", n)
	}
}

// TestDraftOfNothing: where there is no file, the draft becomes it.
func TestDraftOfNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	change(t, path, true, "create table t as select 5 as n")
	if n := read(t, path); n != 5 {
		t.Errorf("got %d, want 5", n)
	}
}

// TestSettleOutsideDraft: what others see commits as a whole or not at all.
func TestSettleOutsideDraft(t *testing.T) {
	path := newFile(t)
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no")
	err = db.Tx(t.Context(), func(tx *warehouse.Tx) error {
		if _, err := tx.Exec(t.Context(), "insert into t values (100)"); err != nil {
			return err
		}
		return errors.Join(tx.Settle(t.Context()), failure)
	})
	if !errors.Is(err, failure) {
		t.Error(err)
	}
	if err := db.Publish(t.Context()); err == nil {
		t.Error("published what is no draft")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n := read(t, path); n != 1 {
		t.Errorf("got %d, want 1", n)
	}
}

// TestDraftAfterKill: a process that was killed in its draft leaves the file, whose own log of another kill is not lost.
func TestDraftAfterKill(t *testing.T) {
	path := newFile(t)
	for _, draft := range []bool{false, true} {
		db, err := warehouse.Open(context.Background(), warehouse.Options{Path: path, Draft: draft})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), "insert into t values (10)"); err != nil {
			t.Fatal(err)
		}
		killed := t.TempDir() // as its files stood at that instant
		files, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(filepath.Join(killed, filepath.Base(name)), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(killed, filepath.Base(path))
		change(t, path, true, "insert into t values (0)")
		if n := read(t, path); n != 11 {
			t.Errorf("draft %v: got %d, want 11", draft, n)
		}
	}
}
