package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// TestResult is the outcome of one case.
type TestResult struct {
	Table, Case string
	// File is the test's file; the model's, where it has none.
	File string
	// Err is nil where the case holds; position.Faults, *CheckError or *Difference where it does not.
	Err error
	// NoTest marks a model without a test, Updated a test whose want.csv was rewritten.
	NoTest, Updated bool
}

// Name returns table, or table/case.
func (r TestResult) Name() string {
	if r.Case == "" {
		return r.Table
	}
	return r.Table + "/" + r.Case
}

// Test runs the tests beside the models (NAME.txtar) whose Name matches the regular expression pattern, "" being all,
// in an own database in memory, and reports each. A case builds the one model from the inputs it lists, all others
// being empty, holds it to its header without references and totals, and compares its rows with want.csv, as multisets;
// doubles by 10 digits. A model with an estimator is tested for its SELECT, the estimator's input.
//
// contract gives the types of contract tables. With update, want.csv is rewritten with what came out; that works for
// layers made by Folder. The error says that tests could not be run, not that one failed.
func Test(ctx context.Context, set *Set, contract fs.FS, pattern string, update bool, report func(TestResult)) (err error) {
	match, err := regexp.Compile(pattern)
	if err != nil {
		return fmt.Errorf("read test pattern: %w", err)
	}
	tables, err := contractColumns(ctx, contract)
	if err != nil {
		return err
	}
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	t := tester{set: set, db: db, contract: tables, match: match, update: update, report: report}
	for _, m := range set.models {
		if m.path == "" {
			continue // generated
		}
		if err := t.model(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

type tester struct {
	set      *Set
	db       *warehouse.DB
	contract map[string][]Column
	match    *regexp.Regexp
	update   bool
	report   func(TestResult)
}

// model runs the cases of one model.
func (t *tester) model(ctx context.Context, m Model) error {
	layer := t.set.layers[m.layer]
	testPath := strings.TrimSuffix(m.path, ".sql") + ".txtar"
	file := fileName(layer, testPath)
	data, err := fs.ReadFile(layer, testPath)
	if errors.Is(err, fs.ErrNotExist) {
		if t.match.MatchString(m.Table()) {
			t.report(TestResult{Table: m.Table(), File: m.File, NoTest: true,
				Err: position.Faults{m.fault(m.at(0, 0), "write "+file, "model has no test")}})
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read test: %w", err)
	}
	archive, cases, faults := readCases(file, data)
	if len(faults) > 0 {
		t.report(TestResult{Table: m.Table(), File: file, Err: faults})
		return nil
	}
	changed := false
	for _, c := range cases {
		r := TestResult{Table: m.Table(), Case: c.name, File: file}
		if !t.match.MatchString(r.Name()) {
			continue
		}
		text, err := t.runCase(ctx, m, c, file)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var different *Difference
		if t.update && (errors.As(err, &different) || errors.Is(err, errNoWant)) {
			setWant(archive, c, text)
			changed, r.Updated, err = true, true, nil
		}
		r.Err = err
		t.report(r)
	}
	if !changed {
		return nil
	}
	f, ok := layer.(folder)
	if !ok {
		return fmt.Errorf("update %s: it is built in, want a folder", file)
	}
	return rewrite(filepath.Join(f.path, filepath.FromSlash(testPath)), txtar.Format(archive))
}

// setWant puts the rows into the archive, at its end where the case has none.
func setWant(archive *txtar.Archive, c testCase, text string) {
	if c.want != nil {
		archive.Files[c.want.index].Data = []byte(text)
		return
	}
	name := wantFile
	if c.name != "" {
		name = c.name + "/" + wantFile
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

// rewrite replaces a file in one step.
func rewrite(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".txtar-*")
	if err != nil {
		return fmt.Errorf("update test: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("update test: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
