package model

import (
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tokui/tokui/internal/position"
)

// testCase is one case of a NAME.txtar: parameters, input tables, and the rows that are wanted.
type testCase struct {
	name   string // "" for the only one
	params Params
	inputs []testFile
	want   *testFile
}

// testFile is one CSV of a case.
type testFile struct {
	table string // of an input
	text  string
	line  int // of the archive, where the text begins
	index int // within the archive
}

const (
	paramsFile = "params"
	wantFile   = "want.csv"
)

// readCases reads a test file. file is its name for faults.
func readCases(file string, data []byte) (*txtar.Archive, []testCase, position.Faults) {
	var faults position.Faults
	archive := txtar.Parse(data)
	byName := map[string]*testCase{}
	var order []string
	line := 1 + strings.Count(string(archive.Comment), "\n")
	for i, f := range archive.Files {
		start := line + 1
		at := position.Position{File: file, Line: line}
		line += 1 + strings.Count(string(f.Data), "\n")
		prefix, base := path.Split(f.Name)
		prefix = strings.TrimSuffix(prefix, "/")
		c, ok := byName[prefix]
		if !ok {
			c = &testCase{name: prefix, params: Params{}}
			byName[prefix] = c
			order = append(order, prefix)
		}
		tf := testFile{text: string(f.Data), line: start, index: i}
		switch {
		case base == paramsFile:
			faults = append(faults, c.readParams(tf, file)...)
		case base == wantFile && c.want != nil:
			faults.Add(at, "keep one", "%s stands twice", f.Name)
		case base == wantFile:
			c.want = &tf
		case strings.Count(base, ".") == 2 && strings.HasSuffix(base, ".csv"):
			tf.table = strings.TrimSuffix(base, ".csv")
			if slices.ContainsFunc(c.inputs, func(o testFile) bool { return o.table == tf.table }) {
				faults.Add(at, "put the rows into one", "%s stands twice", f.Name)
			}
			c.inputs = append(c.inputs, tf)
		default:
			faults.Add(at, "name it params, SCHEMA.TABLE.csv or want.csv, or CASE/ before these", "unknown file %s", f.Name)
		}
	}
	cases := make([]testCase, len(order))
	for i, name := range order {
		cases[i] = *byName[name]
	}
	if len(cases) == 0 {
		faults.Add(position.Position{File: file, Line: 1}, "add `-- SCHEMA.TABLE.csv --` and `-- want.csv --`", "test holds no case")
	}
	return archive, cases, faults
}

// readParams reads lines name=value.
func (c *testCase) readParams(f testFile, file string) position.Faults {
	var faults position.Faults
	for i, line := range strings.Split(f.text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			faults.Add(position.Position{File: file, Line: f.line + i}, "write as_of=2011-12-10", "got %q, want name=value", line)
			continue
		}
		c.params[strings.TrimPrefix(strings.TrimSpace(name), "$")] = strings.TrimSpace(value)
	}
	return faults
}
