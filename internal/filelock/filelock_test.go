package filelock_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tokui/tokui/internal/filelock"
)

// TestMain lets this binary hold a lock in a process of its own until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("FILELOCK_HOLD"); path != "" {
		release, err := filelock.Take(path, "a test")
		if err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("held\n")
		io.Copy(io.Discard, os.Stdin) // until killed
		release()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := filelock.Take(path, "load  sales\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = filelock.Take(path, "analyze")
	var held *filelock.HeldError
	if !errors.As(err, &held) || held.PID != os.Getpid() || held.Doing != "load sales" {
		t.Errorf("second Take: got %v, want a HeldError that names this process and its step", err)
	}
	if got, err := filelock.Held(path); err != nil || !got {
		t.Errorf("Held: got %v, %v, want true", got, err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if got, err := filelock.Held(path); err != nil || got {
		t.Errorf("Held after release: got %v, %v, want false", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("lock file: got %v, %v, want mode 0600", info.Mode(), err)
	}
	if got, err := filelock.Held(path + ".none"); err != nil || got {
		t.Errorf("Held of no file: got %v, %v, want false", got, err)
	}
}

// TestDiesWithItsProcess kills the holder: the lock is free, and the next holder's name stands in it.
func TestDiesWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FILELOCK_HOLD="+path)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	_, err = filelock.Take(path, "")
	var held *filelock.HeldError
	if !errors.As(err, &held) || held.PID != cmd.Process.Pid || held.Doing != "a test" {
		t.Errorf("while it lives: got %v, want a HeldError with its pid", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the killed process ended well")
	}
	release, err := filelock.Take(path, "")
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}
