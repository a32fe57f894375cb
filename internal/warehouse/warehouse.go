package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Options says how a warehouse is opened.
type Options struct {
	// Path is the DuckDB file. Its folder must exist; the file is made where it is missing.
	Path string
	// TempDir is where DuckDB spills and where Arrow tables pass through; several warehouses may share it. Defaults to
	// tmp beside the file.
	TempDir string
	// MemoryLimit is DuckDB's memory_limit in bytes. Defaults to DuckDB's own, 80 % of the machine's memory.
	MemoryLimit int64
	// Threads defaults to the number of processors.
	Threads int
	// Wait is how long to wait for another process to let go of the file. Defaults to not at all.
	Wait time.Duration
	// Draft opens a copy of the file, which takes its place by Publish and is gone by Close.
	Draft bool
	// Step is what this process does with the file, told to whoever finds it in use.
	Step string
}

// DB is an open warehouse. Its methods may be called from several goroutines.
type DB struct {
	session
	pool     *sql.DB
	path     string
	release  func() error // of the lock; nil in memory
	ownsTemp bool
	draft    bool
	closed   atomic.Bool

	catalogOnce sync.Once
	catalog     catalog
	catalogErr  error
}

// Tx is a transaction on one connection. It is not for concurrent use.
type Tx struct {
	session
	draft bool
}

// Open takes the lock and opens the file. Errors: *InUseError where another process holds it, *OpenError where the
// file or its folder cannot be used, both with what to try; ctx's error where it ends while waiting.
func Open(ctx context.Context, o Options) (*DB, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open warehouse %s: %w", o.Path, err)
	}
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if o.TempDir == "" {
		o.TempDir = filepath.Join(filepath.Dir(path), "tmp")
	}
	if err := os.MkdirAll(o.TempDir, 0o700); err != nil {
		return nil, &OpenError{Path: path, Problem: "cannot make the folder for temporary files", Try: "make " + o.TempDir + " writable", Err: err}
	}
	var db *DB
	err = waitFor(ctx, o.Wait, func() error {
		var err error
		db, err = openLocked(ctx, path, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := db.Checkpoint(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openLocked makes one attempt: lock, then DuckDB.
func openLocked(ctx context.Context, path string, o Options) (*DB, error) {
	release, err := takeLock(path, o.Step)
	if err != nil {
		return nil, err
	}
	spill, err := cleanTemp(o.TempDir, filepath.Base(path))
	if err != nil {
		return nil, errors.Join(err, release())
	}
	if err := dropDraft(path); err != nil {
		return nil, errors.Join(err, release())
	}
	file := path
	if o.Draft {
		if file, err = makeDraft(ctx, path, spill, o); err != nil {
			return nil, errors.Join(err, release())
		}
	}
	pool, err := connect(ctx, file, spill, o)
	if err != nil {
		return nil, errors.Join(describeOpen(path, err), release())
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect warehouse %s: %w", path, err), pool.Close(), release())
	}
	return &DB{session: session{run: pool, settings: pool, tempDir: o.TempDir, memoryLimit: o.MemoryLimit}, pool: pool, path: path, release: release, draft: o.Draft}, nil
}

// OpenMemory opens a warehouse without a file, for tests and for parsing. Close removes its temporary folder.
func OpenMemory(ctx context.Context) (*DB, error) {
	dir, err := os.MkdirTemp("", "tokui-")
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	pool, err := connect(ctx, "", dir, Options{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open warehouse in memory: %w", err), os.RemoveAll(dir))
	}
	return &DB{session: session{run: pool, settings: pool, tempDir: dir}, pool: pool, ownsTemp: true}, nil
}

// connect opens DuckDB itself and applies the settings; path "" means memory, spill is where it puts what memory cannot
// hold.
func connect(ctx context.Context, path, spill string, o Options) (*sql.DB, error) {
	connector, err := duckdb.NewConnector(path, func(c driver.ExecerContext) error {
		_, err := c.ExecContext(ctx, "set TimeZone = 'UTC'", nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	settings := []string{
		"set global autoinstall_known_extensions = false",
		"set global autoload_known_extensions = false",
		"set global temp_directory = " + Literal(spill),
	}
	if o.MemoryLimit > 0 {
		settings = append(settings, limitMemory(o.MemoryLimit))
	}
	if o.Threads > 0 {
		settings = append(settings, fmt.Sprintf("set global threads = %d", o.Threads))
	}
	for _, s := range settings {
		if _, err := pool.ExecContext(ctx, s); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", s, err), pool.Close())
		}
	}
	return pool, nil
}

// checkPath finds what DuckDB would report badly: a missing folder, a folder in place of the file, a name that its
// driver takes for a connection string.
func checkPath(path string) error {
	if _, err := url.Parse(path); err != nil || strings.Contains(path, "?") {
		return &OpenError{Path: path, Problem: "the path holds a character (? or %) that DuckDB reads as an option", Try: "set data_dir to a folder without it"}
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &OpenError{Path: path, Problem: "the folder " + dir + " does not exist", Try: "make it, or correct data_dir", Err: err}
	case err != nil:
		return &OpenError{Path: path, Problem: "cannot look into the folder " + dir, Try: "check its permissions", Err: err}
	case !info.IsDir():
		return &OpenError{Path: path, Problem: dir + " is a file, want a folder", Try: "correct data_dir"}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &OpenError{Path: path, Problem: "it is a folder, want a DuckDB file", Try: "remove it; `tokui run` makes the file again"}
	}
	return nil
}

// Close lets go of the file, then of its lock; a draft is dropped. A second call does nothing.
func (db *DB) Close() error {
	return db.end(func() error {
		if db.draft {
			return dropDraft(db.path)
		}
		return nil
	})
}

// end closes the file, does what is to be done with it under the lock, and lets go of that. A second call does nothing.
func (db *DB) end(last func() error) error {
	if !db.closed.CompareAndSwap(false, true) {
		return nil
	}
	err := db.pool.Close()
	if err == nil {
		err = last()
	}
	if db.release != nil {
		err = errors.Join(err, db.release())
	}
	if db.ownsTemp {
		err = errors.Join(err, os.RemoveAll(db.tempDir))
	}
	if err != nil {
		return fmt.Errorf("close warehouse %s: %w", db.path, err)
	}
	return nil
}

// Path is the absolute path of the file, "" in memory.
func (db *DB) Path() string { return db.path }

// Checkpoint writes the log into the file and frees its dead blocks. It never forces: that would wait for ever behind
// an open transaction, so it fails instead.
func (db *DB) Checkpoint(ctx context.Context) error {
	if _, err := db.pool.ExecContext(ctx, "checkpoint"); err != nil {
		return fmt.Errorf("checkpoint warehouse %s: %w", db.path, err)
	}
	return nil
}

// Tx runs fn in a transaction, which is committed where fn returns nil and rolled back where it returns an error or
// panics. In a draft it may commit before its end: Settle.
func (db *DB) Tx(ctx context.Context, fn func(tx *Tx) error) (err error) {
	t, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		if e := t.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("roll back transaction: %w", e))
		}
	}()
	if err := fn(&Tx{session: session{run: t, settings: db.pool, tempDir: db.tempDir, memoryLimit: db.memoryLimit}, draft: db.draft}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	committed = true
	return nil
}
