package model_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

// shop is the fixture: five models over two contract tables.
func shop() fs.FS { return model.Folder("testdata/shop") }

// layer is a company's layer made of files.
func layer(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func inMemory(t testing.TB) *warehouse.DB {
	t.Helper()
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func read(t testing.TB, db *warehouse.DB, layers ...fs.FS) *model.Set {
	t.Helper()
	set, err := model.Read(t.Context(), db, layers...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func tables(set *model.Set) []string {
	var list []string
	for _, m := range set.Models() {
		list = append(list, m.Table())
	}
	return list
}

func TestReadOrder(t *testing.T) {
	set := read(t, inMemory(t), shop())
	want := []string{"core.customers", "rollups.customer_day", "metrics.customer", "segments.big"}
	if d := cmp.Diff(want, tables(set)); d != "" {
		t.Error(d)
	}
	// A name that sorts first and reads what sorts last.
	set = read(t, inMemory(t), shop(), layer(map[string]string{
		"metrics/a.sql": "-- metrics.a: x.\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar\nselect customer_id from metrics.z",
		"metrics/z.sql": "-- metrics.z: x.\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar\nwith a as (from metrics.customer) select customer_id from a",
	}))
	want = []string{"core.customers", "rollups.customer_day", "metrics.customer", "metrics.z", "metrics.a", "segments.big"}
	if d := cmp.Diff(want, tables(set)); d != "" {
		t.Error(d)
	}
}

func TestReadHeader(t *testing.T) {
	set := read(t, inMemory(t), shop())
	m, ok := set.Model("core.customers")
	if !ok || m.Label != "得意先" || m.Sentence != "everybody in the customer master." {
		t.Errorf("got %+v", m.Header)
	}
	if got := m.Columns[1].Meaning; got != "as the master has it; null: it is empty there, or nobody typed it" {
		t.Errorf("meaning: got %q", got)
	}
	m, _ = set.Model("rollups.customer_day")
	if d := cmp.Diff(model.Ref{Table: "core.customers", Column: "customer_id"}, m.Columns[0].Ref); d != "" {
		t.Error(d)
	}
	if len(m.Checks) != 2 || m.Checks[0].Total || !m.Checks[1].Total ||
		m.Checks[1].Text != "(select sum(sales_amount) from rollups.customer_day) = (select sum(amount) from core.sales)" {
		t.Errorf("checks: got %+v", m.Checks)
	}
	got := []string{}
	for _, p := range set.Declared() {
		got = append(got, p.Name+" "+p.Type+" "+p.Default)
	}
	if d := cmp.Diff([]string{"as_of date ", "factor decimal(18,2) 1", "window_days integer 30"}, got); d != "" {
		t.Error(d)
	}
}

func TestCompanyLayerReplaces(t *testing.T) {
	set := read(t, inMemory(t), shop(), layer(map[string]string{
		"segments/big.sql": "-- segments.big: ours.\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar\nselect customer_id from core.customers",
	}))
	m, _ := set.Model("segments.big")
	if m.Sentence != "ours." || m.File != filepath.Join("sql", "segments", "big.sql") || len(tables(set)) != 4 {
		t.Errorf("got %+v", m)
	}
}

// body is a header around a SELECT of one column.
func body(table, sql string) string {
	return "-- " + table + ": x.\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar\n" + sql + "\n"
}

func TestReadFaults(t *testing.T) {
	tests := []struct{ name, path, text, want string }{
		{"syntax", "metrics/x.sql", body("metrics.x", "selec customer_id"), "sql/metrics/x.sql:5:1: syntax error"},
		{"two statements", "metrics/x.sql", body("metrics.x", "select 1; select 2"), "sql/metrics/x.sql:5:1: got 2 statements"},
		{"unknown table", "metrics/x.sql", body("metrics.x", "select customer_id\nfrom core.customer"), "sql/metrics/x.sql:6:6: unknown table core.customer\n    6 | from core.customer\n      |      ^\n      try: did you mean core.customers?"},
		{"file", "metrics/x.sql", body("metrics.x", "from 'x.csv'"), `:5:6: file "x.csv" is not allowed`},
		{"law: metrics reads raw", "metrics/x.sql", body("metrics.x", "select customer_id from raw.customers"), "sql/metrics/x.sql:5:25: layer law: metrics may not read raw.customers"},
		{"law: metrics reads lines", "metrics/x.sql", body("metrics.x", "select customer_id from core.sales"), ":5:25: layer law: metrics may not read core.sales"},
		{"law: segments read lines", "segments/x.sql", body("segments.x", "select customer_id from core.sales"), "layer law: segments may not read core.sales"},
		{"law: core reads lines", "core/x.sql", body("core.x", "select customer_id from core.sales"), "layer law: core may not read core.sales"},
		{"law: core reads metrics", "core/x.sql", body("core.x", "select customer_id from metrics.customer"), "layer law: core may not read metrics.customer"},
		{"law: rollups read raw", "rollups/x.sql", body("rollups.x", "select customer_id from raw.customers"), "layer law: rollups may not read raw.customers"},
		{"law: rollups read metrics", "rollups/x.sql", body("rollups.x", "select customer_id from metrics.customer"), "layer law: rollups may not read metrics.customer"},
		{"law: metrics read segments", "metrics/x.sql", body("metrics.x", "select customer_id from segments.big"), "layer law: metrics may not read segments.big"},
		{"law: reports read raw", "reports/x.sql", body("reports.x", "select customer_id from raw.customers"), "layer law: reports may not read raw.customers"},
		{"law: ops read core", "ops/x.sql", body("ops.x", "select customer_id from core.customers"), "layer law: ops may not read core.customers"},
		{"law in a subquery", "metrics/x.sql", body("metrics.x", "select customer_id from core.customers\nwhere exists (from raw.customers)"), ":6:20: layer law"},
		{"circle", "metrics/customer.sql", body("metrics.customer", "select customer_id from metrics.customer"), "read each other in a circle: metrics.customer -> metrics.customer"},
		{"undeclared parameter", "metrics/x.sql", body("metrics.x", "select customer_id from core.customers\nwhere 1 > $days::int"), "sql/metrics/x.sql:6:11: parameter $days is not declared"},
		{"unused parameter", "metrics/x.sql", strings.Replace(body("metrics.x", "select customer_id from core.customers"), "-- columns", "-- params:  $days integer\n-- columns", 1), "sql/metrics/x.sql:3:13: parameter $days is declared and not used"},
		{"parameter of another type", "metrics/x.sql", strings.Replace(body("metrics.x", "select $as_of as customer_id"), "-- columns", "-- params: $as_of varchar\n-- columns", 1), "parameter $as_of is varchar here and date in testdata/shop/metrics/customer.sql"},
		{"parameter of another default", "metrics/x.sql", strings.Replace(body("metrics.x", "select $window_days::varchar as customer_id"), "-- columns", "-- params: $window_days integer default 7\n-- columns", 1), "has the default 7 here and 30 in"},
		{"bad default", "metrics/x.sql", strings.Replace(body("metrics.x", "select $a::varchar as customer_id"), "-- columns", "-- params: $a integer default many\n-- columns", 1), "default of $a: got many, want a whole number"},
		{"bad parameter", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- params: days integer\n-- columns", 1), `parameter "days integer" is not`},
		{"no header", "metrics/x.sql", "select 1", "sql/metrics/x.sql:1:1: got no header"},
		{"wrong name", "metrics/x.sql", body("metrics.y", "select 1"), "header names metrics.y, its path metrics.x"},
		{"no grain", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- grain: customer_id\n", "", 1), "header has no grain"},
		{"grain is no column", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "grain: customer_id", "grain: customer", 1), "sql/metrics/x.sql:2:11: grain customer is not a column"},
		{"no columns", "metrics/x.sql", "-- metrics.x: x.\n-- grain: one row\nselect 1", "header has no columns"},
		{"column without type", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "customer_id  varchar", "customer_id", 1), "sql/metrics/x.sql:4:6: column customer_id has no type"},
		{"column twice", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "--   customer_id  varchar", "--   customer_id  varchar\n--   customer_id  varchar", 1), ":5:6: column customer_id stands twice"},
		{"unknown key", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- colums: a\n-- columns", 1), "unknown key colums"},
		{"key twice", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- grain: customer_id\n-- columns", 1), "grain stands twice"},
		{"reference to nothing", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "varchar", "varchar -> core.nobody", 1), ":4:6: unknown table core.nobody"},
		{"reference to no column", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "varchar", "varchar -> core.customers.id", 1), "core.customers has no column id"},
		{"check syntax", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- check:   customer_id >\n-- columns", 1), "sql/metrics/x.sql:3:26: syntax error"},
		{"check reads the clock", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- check:   true\n--          and now() > '2011-01-01'\n-- columns", 1), "sql/metrics/x.sql:4:17: now() is not allowed"},
		{"check of an unknown table", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- check: total: 1 = (select count(*) from core.nobody)\n-- columns", 1), ":3:44: unknown table core.nobody"},
		{"estimator elsewhere", "metrics/x.sql", strings.Replace(body("metrics.x", "select 1"), "-- columns", "-- estimator: cycle\n-- columns", 1), "metrics may not use an estimator"},
		{"path", "metric/x.sql", body("metric.x", "select 1"), "metric/x.sql is not the path of a model"},
		{"deep path", "metrics/a/x.sql", body("metrics.x", "select 1"), "is not the path of a model"},
	}
	db := inMemory(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := model.Read(t.Context(), db, shop(), layer(map[string]string{tt.path: tt.text}))
			var faults position.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestReadReportsAllFaults(t *testing.T) {
	_, err := model.Read(t.Context(), inMemory(t), shop(), layer(map[string]string{
		"metrics/x.sql":  body("metrics.x", "select now() from core.sales join raw.nobody using (a)"),
		"segments/y.sql": body("segments.y", "select customer_id from core.sales join core.nobody using (a)"),
	}))
	var faults position.Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("got %v", err)
	}
}
