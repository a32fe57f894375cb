package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
)

// ExpectError is the guard of a source's contract: what the load found is not what `expect:` says. Nothing was loaded.
type ExpectError struct {
	Differences []string
}

// Error lists every difference.
func (e *ExpectError) Error() string {
	return "the source is not what expect: says:\n  " + strings.Join(e.Differences, "\n  ") +
		"\n  try: look at the export; where it has changed for good, change expect: in config.yaml"
}

// headerDifference compares a file's columns with those that expect names, "" where they are the same in any order.
func headerDifference(want, got []string) string {
	if want == nil {
		return ""
	}
	var parts []string
	for _, name := range want {
		if !slices.Contains(got, name) {
			parts = append(parts, "- "+name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) && name != "" {
			parts = append(parts, "+ "+name)
		}
	}
	if parts == nil {
		return ""
	}
	return "header: " + strings.Join(parts, ", ")
}

// differences looks what of expect a source's files break. fresh are those that this load has read.
func (r *reading) differences(ctx context.Context, files, fresh []loaded) ([]string, error) {
	e := r.source.Expect
	list := slices.Clone(r.broken)
	var rows int64
	for _, c := range files {
		rows += c.Kept
	}
	if rows < int64(e.MinRows) || e.MaxRows > 0 && rows > int64(e.MaxRows) {
		most := "any number"
		if e.MaxRows > 0 {
			most = fmt.Sprint(e.MaxRows)
		}
		list = append(list, fmt.Sprintf("rows: got %d, want %d to %s", rows, e.MinRows, most))
	}
	if len(e.Unique) > 0 {
		for _, c := range fresh {
			more, err := r.doubles(ctx, c)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
	}
	if e.Fresh > 0 && !r.loader.Today.IsZero() {
		old, err := r.stale(ctx, files)
		if err != nil {
			return nil, err
		}
		list = append(list, old...)
	}
	return list, nil
}

// doubles are up to three keys of a file that stand in several rows.
func (r *reading) doubles(ctx context.Context, c loaded) ([]string, error) {
	var names []string
	for _, name := range r.source.Expect.Unique {
		names = append(names, warehouse.Ident(name))
	}
	columns := strings.Join(names, ", ")
	rows, err := r.conv.db.Query(ctx, fmt.Sprintf(`select concat_ws(' ', %s), count(*), string_agg(line::varchar, ', ' order by line) from read_parquet(%s)
		group by %s having count(*) > 1 order by min(line) limit 3`, columns, warehouse.Literal(r.store.path(c.Rows)), columns))
	if err != nil {
		return nil, fmt.Errorf("look for doubles in %s: %w", c.File, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var key, lines string
		var n int64
		if err := rows.Scan(&key, &n, &lines); err != nil {
			return nil, fmt.Errorf("look for doubles in %s: %w", c.File, err)
		}
		if len(lines) > 40 {
			lines = lines[:40] + "…"
		}
		list = append(list, fmt.Sprintf("unique: %s %s stands %d times in %s, lines %s", strings.Join(r.source.Expect.Unique, ", "), key, n, c.File, lines))
	}
	return list, rows.Err()
}

// stale says that the newest date of the source is too old.
func (r *reading) stale(ctx context.Context, files []loaded) ([]string, error) {
	t, _ := contractTable(r.source.table())
	i := slices.IndexFunc(t.columns, func(c column) bool {
		_, mapped := r.source.Columns[c.name]
		return mapped && (c.kind == kindDay || c.kind == kindInstant)
	})
	if i < 0 || len(files) == 0 {
		return []string{"fresh: the table " + t.name + " has no date that is mapped"}, nil
	}
	column := warehouse.Ident(t.columns[i].name)
	var newest calendar.Date
	var text string
	err := r.conv.db.One(ctx, "select coalesce(max("+column+"::date)::varchar, '') from read_parquet("+pathList(r.store.copyPaths(files))+", union_by_name = true)", nil, &text)
	if err != nil {
		return nil, fmt.Errorf("look for the newest date: %w", err)
	}
	limit := r.loader.Today.AddDays(-int(r.source.Expect.Fresh.Std().Hours() / 24))
	if text != "" {
		if newest, err = calendar.ParseDate(text); err != nil {
			return nil, err
		}
		if !newest.Before(limit) {
			return nil, nil
		}
	}
	return []string{fmt.Sprintf("fresh: the newest %s is %s, want %s or later", t.columns[i].name, text, limit)}, nil
}

// totals compares what a file says of itself with what was read of it: its count of rows, and its row of totals.
func (c *converter) totals(ctx context.Context, s Source, m mapping, res *converted) ([]string, error) {
	var list []string
	if n := res.found.counted; s.Expect.Count != "" && n != res.read {
		got := fmt.Sprint(n)
		if n < 0 {
			got = "no row that says so"
		}
		list = append(list, fmt.Sprintf("count: %d rows were read, the file says %s", res.read, got))
	}
	if s.Expect.Total == "" {
		return list, nil
	}
	if res.found.total == nil {
		return append(list, fmt.Sprintf("total: no row matches %q", s.Expect.Total)), nil
	}
	compared := 0
	for _, col := range m.columns {
		if len(col.refs) != 1 || col.sql != cell(col.refs[0]) || col.kind != kindMoney && col.kind != kindNumber || col.refs[0] >= len(res.found.total) {
			continue
		}
		said := res.found.total[col.refs[0]]
		if strings.Trim(said, blanks) == "" {
			continue
		}
		compared++
		var same bool
		var sum string
		err := withMacros(ctx, c.db, c.timezone, s.Decimal, func(tx *warehouse.Tx) error {
			return tx.One(ctx, "select coalesce(sum("+warehouse.Ident(col.name)+"), 0)::varchar, coalesce(coalesce(sum("+warehouse.Ident(col.name)+"), 0) = tokui_decimal(num($1::varchar)), false) from read_parquet("+
				warehouse.Literal(res.rows)+")", []any{said}, &sum, &same)
		})
		if err != nil {
			return nil, fmt.Errorf("compare totals: %w", err)
		}
		if !same {
			list = append(list, fmt.Sprintf("total: the rows of %s add up to %s, the file says %s", col.name, sum, said))
		}
	}
	if compared == 0 {
		list = append(list, "total: its row says nothing in a column that is mapped to a number by name")
	}
	return list, nil
}
