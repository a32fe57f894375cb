package warehouse_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
)

// TestMain lets the test binary play the other process: it opens the file, says so, and holds it until its input ends.
func TestMain(m *testing.M) {
	path := os.Getenv("TOKUI_TEST_HOLD")
	if path == "" {
		os.Exit(m.Run())
	}
	db, err := warehouse.Open(context.Background(), warehouse.Options{Path: path, Step: "analyze  nightly"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1)) // ends with the test
	if err := db.Close(); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// hold starts the other process and returns when it holds the file.
func hold(t *testing.T, path string) (cmd *exec.Cmd, letGo func()) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TOKUI_TEST_HOLD="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	n, err := out.Read(buf)
	if err != nil || string(buf[:n]) != "held\n" {
		t.Fatalf("other process: %q %v", buf[:n], err)
	}
	letGo = func() {
		in.Close()
		_ = cmd.Wait() // a killed one has no good exit status
	}
	t.Cleanup(letGo)
	return cmd, letGo
}

func TestOpenWhileAnotherProcessHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokui.duckdb")
	other, letGo := hold(t, path)

	_, err := warehouse.Open(t.Context(), warehouse.Options{Path: path})
	var inUse *warehouse.InUseError
	if !errors.As(err, &inUse) {
		t.Fatalf("got %v, want InUseError", err)
	}
	if inUse.PID != other.Process.Pid || inUse.Step != "analyze nightly" || inUse.Path != path {
		t.Errorf("got %+v, want pid %d", inUse, other.Process.Pid)
	}
	_, err = warehouse.Open(t.Context(), warehouse.Options{Path: path, Wait: 150 * time.Millisecond})
	if !errors.As(err, &inUse) {
		t.Errorf("after waiting: got %v, want InUseError", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err = warehouse.Open(ctx, warehouse.Options{Path: path, Wait: time.Minute}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's end", err)
	}

	opened := make(chan error)
	go func() {
		db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, Wait: time.Minute})
		if err == nil {
			err = db.Close()
		}
		opened <- err
	}()
	letGo()
	if err := <-opened; err != nil {
		t.Errorf("after it let go: %v", err)
	}
}

func TestOpenAfterKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokui.duckdb")
	other, letGo := hold(t, path)
	temp := filepath.Join(filepath.Dir(path), "tmp")
	left := []string{ // of the other process, spilled by it, and of one that lives
		filepath.Join(temp, fmt.Sprintf("arrow-%d-1", other.Process.Pid)), filepath.Join(temp, "tokui.duckdb.spill"), filepath.Join(temp, fmt.Sprintf("arrow-%d-1", os.Getpid())),
	}
	for _, dir := range left {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "x"), "x")
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	letGo()
	defer func() {
		for i, dir := range left {
			if _, err := os.Stat(filepath.Join(dir, "x")); (err == nil) != (i == 2) {
				t.Errorf("%s: got %v", filepath.Base(dir), err)
			}
		}
	}()
	db := open(t, path)
	if _, err := db.Exec(t.Context(), "create table x as select 1 as a"); err != nil {
		t.Error(err)
	}
}

func open(t testing.TB, path string) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, Threads: 2, MemoryLimit: 512e6, Step: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestOpenTwiceInOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokui.duckdb")
	open(t, path)
	_, err := warehouse.Open(t.Context(), warehouse.Options{Path: path})
	var inUse *warehouse.InUseError
	if !errors.As(err, &inUse) || inUse.PID != os.Getpid() || inUse.Step != "test" {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d (test)", os.Getpid())) {
		t.Errorf("got %v", err)
	}
}

// TestOpenBesideForeignDuckDB: another program holds DuckDB's own lock and knows nothing of ours.
func TestOpenBesideForeignDuckDB(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokui.duckdb")
	other, _ := hold(t, path)
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	_, err := warehouse.Open(t.Context(), warehouse.Options{Path: path})
	var inUse *warehouse.InUseError
	if !errors.As(err, &inUse) || inUse.PID != other.Process.Pid {
		t.Errorf("got %v, want InUseError with pid %d", err, other.Process.Pid)
	}
}

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	corrupt := filepath.Join(dir, "corrupt.duckdb")
	write(t, corrupt, strings.Repeat("this is no database ", 1000))
	folder := filepath.Join(dir, "folder.duckdb")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.duckdb")
	db := open(t, newer)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	// The header is checksum, magic bytes, storage version.
	if checksum(raw[8:4096]) != binary.LittleEndian.Uint64(raw) {
		t.Fatal("DuckDB's header is no longer what this test takes it for")
	}
	binary.LittleEndian.PutUint64(raw[12:], 200)
	binary.LittleEndian.PutUint64(raw, checksum(raw[8:4096]))
	write(t, newer, string(raw))
	tests := []struct{ name, path, problem, try string }{
		{"missing folder", filepath.Join(dir, "none", "x.duckdb"), "does not exist", "correct data_dir"},
		{"folder is a file", filepath.Join(corrupt, "x.duckdb"), "", "data_dir"},
		{"file is a folder", folder, "it is a folder", "remove it"},
		{"question mark", filepath.Join(dir, "a?b.duckdb"), "reads as an option", "without it"},
		{"corrupt", corrupt, "damaged or not a DuckDB file", "builds it again"},
		{"newer", newer, "version", "builds it again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := warehouse.Open(t.Context(), warehouse.Options{Path: tt.path, TempDir: filepath.Join(dir, "tmp")})
			var oe *warehouse.OpenError
			if !errors.As(err, &oe) {
				t.Fatalf("got %v, want OpenError", err)
			}
			if !strings.Contains(err.Error(), tt.problem) || !strings.Contains(oe.Try, tt.try) {
				t.Errorf("got %v, want %q and %q", err, tt.problem, tt.try)
			}
			if _, err := os.Stat(tt.path + ".lock"); err == nil {
				if f, err := os.ReadFile(tt.path + ".lock"); err != nil || len(f) > 0 {
					t.Errorf("the lock was not let go: %q %v", f, err)
				}
			}
		})
	}
}

// checksum is DuckDB's, of src/common/checksum.cpp.
func checksum(block []byte) uint64 {
	sum := uint64(5381)
	for i := 0; i < len(block); i += 8 {
		sum ^= binary.LittleEndian.Uint64(block[i:]) * 0xbf58476d1ce4e5b9
	}
	return sum
}

// TestOpenUnwritable has folders in the place of files, which stop even root.
func TestOpenUnwritable(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.duckdb")
	if err := os.Mkdir(path+".lock", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "file"), "")
	for _, o := range []warehouse.Options{
		{Path: path},
		{Path: filepath.Join(dir, "y.duckdb"), TempDir: filepath.Join(dir, "file", "tmp")},
	} {
		_, err := warehouse.Open(t.Context(), o)
		var oe *warehouse.OpenError
		if !errors.As(err, &oe) || !strings.Contains(oe.Try, "writable") {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

func TestOpenSettings(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokui.duckdb")
	db := open(t, path)
	if db.Path() != path {
		t.Errorf("path: got %s", db.Path())
	}
	var zone, auto, limit, threads string
	query := "select current_setting('TimeZone'), current_setting('autoload_known_extensions')::varchar, current_setting('memory_limit'), current_setting('threads')::varchar"
	for range 3 { // on every connection of the pool
		err := db.Tx(t.Context(), func(*warehouse.Tx) error { return db.One(t.Context(), query, nil, &zone, &auto, &limit, &threads) })
		if err != nil {
			t.Fatal(err)
		}
		if zone != "UTC" || auto != "false" || limit != "488.2 MiB" || threads != "2" {
			t.Errorf("got %s %s %s %s", zone, auto, limit, threads)
		}
	}
	for _, name := range []string{path, path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, want 0600", filepath.Base(name), info.Mode().Perm())
		}
	}
}

func TestTx(t *testing.T) {
	ctx := t.Context()
	db := memory(t)
	boom := errors.New("boom")
	err := db.Tx(ctx, func(tx *warehouse.Tx) error {
		if _, err := tx.Exec(ctx, "create table a as select 1 as x"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if _, err := db.Exec(ctx, "from a"); err == nil {
		t.Error("the table survived the rollback")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not pass")
			}
		}()
		_ = db.Tx(ctx, func(tx *warehouse.Tx) error {
			if _, err := tx.Exec(ctx, "create table a as select 1 as x"); err != nil {
				return err
			}
			panic("x")
		})
	}()
	if _, err := db.Exec(ctx, "from a"); err == nil {
		t.Error("the table survived the panic")
	}
	if err := db.Tx(ctx, func(tx *warehouse.Tx) error {
		_, err := tx.Exec(ctx, "create table a as select $as_of::date as x", warehouse.Named("as_of", day(t, "2011-12-10")))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := db.One(ctx, "select x::varchar from a", nil, &got); err != nil || got != "2011-12-10" {
		t.Errorf("got %s %v", got, err)
	}
}

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
