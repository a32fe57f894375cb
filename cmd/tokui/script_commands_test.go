package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdExample puts an example of the repository into the script's folder: `example config.yaml` or
// `example testdata/ja/config.yaml`. The data are linked, not copied.
func cmdExample(ts *testscript.TestScript, neg bool, words []string) {
	if neg || len(words) != 1 {
		ts.Fatalf("usage: example CONFIG")
	}
	root := ts.Getenv("ROOT")
	text, err := os.ReadFile(filepath.Join(root, words[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("config.yaml"), text, 0o600))
	from := filepath.Join(root, filepath.Dir(words[0]))
	entries, err := os.ReadDir(from)
	ts.Check(err)
	for _, entry := range entries {
		if name := entry.Name(); name == "testdata" || strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".csv.gz") {
			ts.Check(os.Symlink(filepath.Join(from, name), ts.MkAbs(name)))
		}
	}
}

// cmdCount holds how many files match a pattern: `count 12 outbox/*/*.eml`; with a variable: `count $N ...`.
func cmdCount(ts *testscript.TestScript, neg bool, words []string) {
	if len(words) != 2 {
		ts.Fatalf("usage: count N PATTERN")
	}
	want, err := strconv.Atoi(words[0])
	ts.Check(err)
	matches, err := filepath.Glob(ts.MkAbs(words[1]))
	ts.Check(err)
	if got := len(matches); (got == want) == neg {
		ts.Fatalf("count %s: got %d files, want %s%d", words[1], got, map[bool]string{true: "other than ", false: ""}[neg], want)
	}
}

// cmdExitCode runs a command and holds its exit code: `exitcode 2 tokui check`. Output goes to the files out and err.
func cmdExitCode(ts *testscript.TestScript, neg bool, words []string) {
	if neg || len(words) < 2 {
		ts.Fatalf("usage: exitcode N COMMAND ...")
	}
	want, err := strconv.Atoi(words[0])
	ts.Check(err)
	path := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if candidate := filepath.Join(dir, words[1]); path == "" {
			if _, err := os.Stat(candidate); err == nil {
				path = candidate
			}
		}
	}
	if path == "" {
		ts.Fatalf("exitcode: no %s in PATH", words[1])
	}
	cmd := exec.Command(path, words[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	out, errs := &strings.Builder{}, &strings.Builder{}
	cmd.Stdout, cmd.Stderr = out, errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(out.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("err"), []byte(errs.String()), 0o600))
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code: got %d, want %d\nstdout: %s\nstderr: %s", got, want, out, errs)
	}
}

// cmdEdit replaces a text in a file, which must hold it: `edit config.yaml 'locale: en' 'locale: ja'`. \n is a new line.
func cmdEdit(ts *testscript.TestScript, neg bool, words []string) {
	if neg || len(words) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(words[0])
	if !strings.Contains(text, words[1]) {
		ts.Fatalf("edit %s: no %q in it", words[0], words[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(words[0]), []byte(strings.ReplaceAll(text, words[1], strings.ReplaceAll(words[2], `\n`, "\n"))), 0o600))
}

// cmdTamper replaces a text in the one file that a pattern matches, sealed or not: `tamper var/journal/consent-*.ndjson a b`.
func cmdTamper(ts *testscript.TestScript, neg bool, words []string) {
	if neg || len(words) != 3 {
		ts.Fatalf("usage: tamper PATTERN OLD NEW")
	}
	matches, err := filepath.Glob(ts.MkAbs(words[0]))
	ts.Check(err)
	if len(matches) == 0 {
		ts.Fatalf("tamper: no file matches %s", words[0])
	}
	text, err := os.ReadFile(matches[0])
	ts.Check(err)
	changed := strings.Replace(string(text), words[1], words[2], 1)
	if changed == string(text) {
		ts.Fatalf("tamper %s: no %q in it", matches[0], words[1])
	}
	ts.Check(os.Chmod(matches[0], 0o600))
	ts.Check(os.WriteFile(matches[0], []byte(changed), 0o600))
}

// cmdNowhere holds that no file below a folder holds a text, in plain: `nowhere '@' var/journal`.
func cmdNowhere(ts *testscript.TestScript, neg bool, words []string) {
	if neg || len(words) != 2 {
		ts.Fatalf("usage: nowhere TEXT FOLDER")
	}
	ts.Check(filepath.WalkDir(ts.MkAbs(words[1]), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), words[0]) {
			ts.Fatalf("nowhere: got %q in %s", words[0], path)
		}
		return err
	}))
}
