package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// errNoWant says that a case has no want.csv yet.
var errNoWant = errors.New("case has no want.csv; run the tests with -update and look at what it writes")

// errDone ends the transaction of a case, so that it leaves nothing behind.
var errDone = errors.New("case done")

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
	if _, err := m.create(ctx, tx, args, estimation{}); err != nil {
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
