package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// errNoWant says that a case has no want.csv yet.
var errNoWant = errors.New("case has no want.csv; run the tests with -update and look at what it writes")

// errDone ends the transaction of a case, so that it leaves nothing behind.
var errDone = errors.New("case done")

// Difference is a case whose rows are not the wanted ones.
type Difference struct {
	position.Position
	Header           string
	Missing, Surplus []string // CSV lines
}

// Error shows the wanted lines that did not come as -, and those that came unwanted as +.
func (d *Difference) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: rows differ: %d missing (-), %d not wanted (+)\n    %s", d.Position, len(d.Missing), len(d.Surplus), d.Header)
	for _, l := range d.Missing {
		b.WriteString("\n  - " + l)
	}
	for _, l := range d.Surplus {
		b.WriteString("\n  + " + l)
	}
	return b.String()
}

// runCase builds the model on the inputs in a transaction that is rolled back. It returns the rows as a want.csv.
func (t *tester) runCase(ctx context.Context, m Model, c testCase, file string) (text string, err error) {
	var outcome error
	err = t.db.Tx(ctx, func(tx *warehouse.Tx) error {
		text, outcome = t.inside(ctx, tx, m, c, file)
		return errDone
	})
	if !errors.Is(err, errDone) {
		return "", err
	}
	return text, outcome
}

func (t *tester) inside(ctx context.Context, tx *warehouse.Tx, m Model, c testCase, file string) (string, error) {
	var faults position.Faults
	inputs := map[string]testFile{}
	for _, f := range c.inputs {
		if !slices.Contains(m.Reads, f.table) {
			faults.Add(position.Position{File: file, Line: f.line - 1}, "it reads "+strings.Join(m.Reads, ", "), "%s does not read %s", m.Table(), f.table)
		}
		inputs[f.table] = f
	}
	for name := range c.params {
		if !slices.ContainsFunc(m.Params, func(p Param) bool { return p.Name == name }) {
			faults.Add(position.Position{File: file}, "take it out of params", "%s has no parameter %s", m.Table(), name)
		}
	}
	if len(faults) > 0 {
		return "", faults
	}
	for _, table := range m.Reads {
		columns, ok := t.contract[table]
		if !ok {
			columns, _ = t.set.Columns(table)
		}
		if err := createEmpty(ctx, tx, table, columns); err != nil {
			return "", fmt.Errorf("create input %s: %w", table, err)
		}
		if f, ok := inputs[table]; ok {
			if err := fill(ctx, tx, table, columns, f, file); err != nil {
				return "", err
			}
		}
	}
	args, err := m.bind(c.params, m.used)
	if err != nil {
		return "", err
	}
	if _, err := m.create(ctx, tx, args, nil, c.params); err != nil {
		return "", err
	}
	columns := m.Columns
	if m.Estimator == "" {
		check := checker{on: tx, model: m, params: c.params}
		if err := check.run(ctx); err != nil {
			return "", err
		}
		if len(check.failures) > 0 {
			return "", &CheckError{check.failures}
		}
	} else if columns, err = described(ctx, tx, warehouse.Table(m.Table())); err != nil {
		return "", err
	}
	return compare(ctx, tx, m, columns, c, file)
}

// fill inserts the rows of a CSV, each cell cast to its column's type.
func fill(ctx context.Context, tx *warehouse.Tx, table string, columns []Column, f testFile, file string) error {
	header, records, _, err := readCSV(f.text)
	if err != nil {
		return position.Faults{{Position: position.Position{File: file, Line: f.line}, Message: table + ".csv: " + err.Error()}}
	}
	casts, err := castList(columns, header, file, f, table)
	if err != nil || len(records) == 0 {
		return err
	}
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = warehouse.Ident(h)
	}
	values, args := valuesList(records)
	_, err = tx.Exec(ctx, "insert into "+warehouse.Table(table)+" ("+strings.Join(names, ", ")+") select "+strings.Join(casts, ", ")+" from "+values, args...)
	if err != nil {
		return position.Faults{{Position: position.Position{File: file, Line: f.line}, Message: table + ".csv: " + err.Error()}}
	}
	return nil
}

// castList casts the columns c0, c1, … of valuesList to the types of the named columns.
func castList(columns []Column, header []string, file string, f testFile, table string) ([]string, error) {
	var faults position.Faults
	casts := make([]string, len(header))
	for i, h := range header {
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Name == h })
		if at < 0 {
			known := make([]string, len(columns))
			for j, c := range columns {
				known[j] = c.Name
			}
			faults.Add(position.Position{File: file, Line: f.line}, "columns are "+strings.Join(known, ", "), "%s has no column %q", table, h)
			continue
		}
		casts[i] = fmt.Sprintf("c%d::%s", i, columns[at].Type)
	}
	return casts, faults.Err()
}

// valuesList writes records as a table of bound text.
func valuesList(records [][]cell) (string, []any) {
	var b strings.Builder
	var args []any
	b.WriteString("(values ")
	for i, r := range records {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j, c := range r {
			if j > 0 {
				b.WriteString(", ")
			}
			if c.null {
				args = append(args, nil)
			} else {
				args = append(args, c.text)
			}
			b.WriteString("$" + strconv.Itoa(len(args)) + "::varchar")
		}
		b.WriteByte(')')
	}
	b.WriteString(") as v (")
	for j := range records[0] {
		if j > 0 {
			b.WriteString(", ")
		}
		b.WriteString("c" + strconv.Itoa(j))
	}
	b.WriteString(")")
	return b.String(), args
}

// compare returns the model's rows as CSV in the wanted columns, and a *Difference where they are not the wanted ones.
func compare(ctx context.Context, tx *warehouse.Tx, m Model, columns []Column, c testCase, file string) (string, error) {
	header := []string{}
	for _, col := range columns {
		header = append(header, col.Name)
	}
	var want [][]cell
	if c.want != nil {
		var err error
		if header, want, _, err = readCSV(c.want.text); err != nil {
			return "", position.Faults{{Position: position.Position{File: file, Line: c.want.line}, Message: "want.csv: " + err.Error()}}
		}
	}
	wantAt := testFile{line: 1}
	if c.want != nil {
		wantAt = *c.want
	}
	casts, err := castList(columns, header, file, wantAt, m.Table())
	if err != nil {
		return "", err
	}
	types := make([]string, len(header))
	list := make([]string, len(header))
	for i, h := range header {
		at := slices.IndexFunc(columns, func(col Column) bool { return col.Name == h })
		types[i] = columns[at].Type
		list[i] = warehouse.Ident(h) + "::varchar"
		casts[i] = "(" + casts[i] + ")::varchar"
	}
	got, err := canonicalRows(ctx, tx, types, "select "+strings.Join(list, ", ")+" from "+warehouse.Table(m.Table())+orderBy(m, columns))
	if err != nil {
		return "", err
	}
	text := strings.Join(header, ",") + "\n" + strings.Join(append(got, ""), "\n")
	if c.want == nil {
		return text, errNoWant
	}
	var wanted []string
	if len(want) > 0 {
		values, args := valuesList(want)
		wanted, err = canonicalRows(ctx, tx, types, "select "+strings.Join(casts, ", ")+" from "+values, args...)
		if err != nil {
			return "", position.Faults{{Position: position.Position{File: file, Line: c.want.line}, Message: "want.csv: " + err.Error()}}
		}
	}
	missing, surplus := multisetDifference(wanted, got)
	if len(missing)+len(surplus) > 0 {
		return text, &Difference{Position: position.Position{File: file, Line: c.want.line}, Header: strings.Join(header, ","), Missing: missing, Surplus: surplus}
	}
	return text, nil
}

// orderBy is a total order for what -update writes: by grain, then by everything.
func orderBy(m Model, columns []Column) string {
	var keys []string
	for _, g := range m.Grain {
		if slices.ContainsFunc(columns, func(c Column) bool { return c.Name == g }) {
			keys = append(keys, warehouse.Ident(g))
		}
	}
	for _, c := range columns {
		keys = append(keys, warehouse.Ident(c.Name))
	}
	return " order by " + strings.Join(keys, ", ")
}

// canonicalRows returns rows as CSV lines, doubles by 10 digits.
func canonicalRows(ctx context.Context, tx *warehouse.Tx, types []string, query string, args ...any) ([]string, error) {
	rows, err := textRows(ctx, tx, query, args...)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		record := make([]cell, len(r))
		for j, v := range r {
			record[j] = cell{v.String, !v.Valid}
			if f, err := strconv.ParseFloat(v.String, 64); err == nil && v.Valid && (types[j] == "double" || types[j] == "float") {
				record[j].text = strconv.FormatFloat(f, 'g', 10, 64)
			}
		}
		lines[i] = csvLine(record)
	}
	return lines, nil
}

// multisetDifference returns what a has more often than b, and the reverse, sorted.
func multisetDifference(a, b []string) (onlyA, onlyB []string) {
	count := map[string]int{}
	for _, l := range a {
		count[l]++
	}
	for _, l := range b {
		count[l]--
	}
	for l, n := range count {
		for ; n > 0; n-- {
			onlyA = append(onlyA, l)
		}
		for ; n < 0; n++ {
			onlyB = append(onlyB, l)
		}
	}
	sort.Strings(onlyA)
	sort.Strings(onlyB)
	return onlyA, onlyB
}
