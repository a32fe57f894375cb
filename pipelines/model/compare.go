package model

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

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
