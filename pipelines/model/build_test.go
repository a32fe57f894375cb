package model_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

// stocked is a warehouse file with the contract and a little data.
func stocked(t testing.TB) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: filepath.Join(t.TempDir(), "t.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := model.Contract(t.Context(), db, os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "insert into raw.customers values ('a', 'A 商会', 'east'), ('b', 'B', null), ('c', '', 'west')")
	exec(t, db, `insert into core.sales values
		('1', 'a', '2011-01-05', 10, 'completed'), ('2', 'a', '2011-01-06', 2.5, 'completed'), ('3', 'b', '2011-01-06', 5, 'completed')`)
	return db
}

func exec(t testing.TB, db *warehouse.DB, query string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// cell returns the one value of a query as text.
func cell(t testing.TB, db *warehouse.DB, query string) string {
	t.Helper()
	var v sql.NullString
	if err := db.One(t.Context(), "select ("+query+")::varchar", nil, &v); err != nil {
		t.Fatal(err)
	}
	if !v.Valid {
		return "null"
	}
	return v.String
}

func runner(t testing.TB, db *warehouse.DB, layers ...fs.FS) *model.Runner {
	t.Helper()
	return &model.Runner{Set: read(t, db, append([]fs.FS{shop()}, layers...)...), Params: model.Params{"as_of": "2011-01-10"}}
}

func TestBuild(t *testing.T) {
	db := stocked(t)
	r := runner(t, db)
	var seen []string
	r.Progress = func(s model.Step) { seen = append(seen, s.What()) }
	result, err := r.Build(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	want := tables(r.Set)
	for _, table := range tables(r.Set) {
		want = append(want, "checks of "+table)
	}
	if d := cmp.Diff(want, seen); d != "" {
		t.Error(d)
	}
	steps := []model.Step{
		{Table: "core.customers", Rows: 3, Number: 1, Total: 4}, {Table: "rollups.customer_day", Rows: 3, Number: 2, Total: 4},
		{Table: "metrics.customer", Rows: 3, Number: 3, Total: 4}, {Table: "segments.big", Rows: 2, Number: 4, Total: 4},
	}
	if d := cmp.Diff(steps, result.Steps); d != "" {
		t.Error(d)
	}
	if got := cell(t, db, "select string_agg(customer_id || ':' || sales_amount, ' ' order by customer_id) from metrics.customer"); got != "a:12.50 b:5.00 c:0.00" {
		t.Errorf("got %s", got)
	}
	if result.Checks != 22 {
		t.Errorf("got %d checks", result.Checks)
	}
}

func TestBuildParams(t *testing.T) {
	db := stocked(t)
	r := runner(t, db)
	r.Params["window_days"] = "4" // from the 6th
	r.Params["factor"] = 2
	if _, err := r.Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if got := cell(t, db, "select sum(sales_amount) from metrics.customer"); got != "15.00" {
		t.Errorf("got %s", got)
	}
	for name, tt := range map[string]struct {
		params model.Params
		want   string
	}{
		"unknown": {model.Params{"as_of": "2011-01-10", "window_day": 4}, "no model declares the parameter window_day\n      try: did you mean window_days?"},
		"type":    {model.Params{"as_of": "2011-01-10", "window_days": "4d"}, "got 4d, want a whole number"},
		"date":    {model.Params{"as_of": "2011-13-10"}, "want YYYY-MM-DD"},
		"missing": {model.Params{}, "metrics/customer.sql:3:13: parameter $as_of has neither value nor default"},
	} {
		r.Params = tt.params
		_, err := r.Build(t.Context(), db)
		var faults position.Faults
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

// TestBuildFailsWhole: whatever goes wrong, yesterday's tables stay, and a reader sees nothing of it.
func TestBuildFailsWhole(t *testing.T) {
	bad := func(from, to string) fs.FS {
		text, err := os.ReadFile("testdata/shop/segments/big.sql")
		if err != nil {
			t.Fatal(err)
		}
		return layer(map[string]string{"segments/big.sql": strings.Replace(string(text), from, to, 1)})
	}
	tests := []struct {
		name string
		with fs.FS
		want []string
	}{
		{"check", bad("-- columns", "-- check:   customer_id <> 'b'\n-- columns"), []string{
			"sql/segments/big.sql:3:13: check failed: customer_id <> 'b': 1 rows", "row: customer_id=b"}},
		{"check over lines", bad("-- columns", "-- check:   customer_id <> 'a'\n--          and customer_id <> 'b'\n-- columns"), []string{"customer_id <> 'a' and customer_id <> 'b': 2 rows"}},
		{"null counts as failing", bad("-- columns", "-- check:   nullif(customer_id, 'a') <> 'x'\n-- columns"), []string{": 1 rows"}},
		{"check with a window", bad("-- columns", "-- check:   row_number() over (order by customer_id) < 2\n-- columns"), []string{": 1 rows", "row: customer_id=b"}},
		{"check with a subquery", bad("-- columns", "-- check:   customer_id in (select region from core.customers)\n-- columns"), []string{": 2 rows"}},
		{"check that cannot be", bad("-- columns", "-- check:   customer > 1\n-- check:   customer_id <> 'b'\n-- columns"), []string{"cannot be evaluated", "check failed: customer_id <> 'b'"}},
		{"total", bad("-- columns", "-- check:   total: (select count(*) from segments.big) = 3\n-- columns"), []string{"sql/segments/big.sql:3:20: check failed: (select count(*) from segments.big) = 3"}},
		{"total that is null", bad("-- columns", "-- check:   total: (select null) = 3\n-- columns"), []string{"check failed: (select null) = 3"}},
		{"grain", bad("from metrics.customer", "from range(2), metrics.customer"), []string{"big.sql:2:13: grain is customer_id, got", "row: customer_id=a, rows=2"}},
		{"one row", bad("-- grain:   customer_id", "-- grain:   one row"), []string{"grain is one row, got 2"}},
		{"not null", bad("select customer_id", "select nullif(customer_id, 'a') as customer_id"), []string{"big.sql:4:6: column customer_id is null: 1 rows", "row: customer_id=null"}},
		{"reference", bad("select customer_id", "select customer_id || 'x' as customer_id"), []string{"big.sql:4:6: column customer_id is not in core.customers: 2 values", "row: customer_id=ax"}},
		{"column missing", bad("select customer_id", "select customer_id as id"), []string{"column customer_id is in the header and not in the select", "column id is in the select and not in the header"}},
		{"column type", bad("select customer_id", "select 1 as customer_id"), []string{"column customer_id is integer, header says varchar"}},
		{"column order", bad("--   customer_id  varchar  not null", "--   b  integer\n--   customer_id  varchar  not null"), []string{"in the header and not in the select"}},
		{"unknown column", bad("where sales_amount", "where\n    sales"), []string{`sql/segments/big.sql:7:5: Binder Error: Referenced column "sales"`}},
		{"while running", bad("where sales_amount > 0", "where customer_id::int > 0"), []string{"sql/segments/big.sql", "Conversion Error"}},
	}
	ctx := t.Context()
	db := stocked(t)
	if _, err := runner(t, db).Build(ctx, db); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "insert into raw.customers values ('d', 'D', null)")
	exec(t, db, "insert into core.sales values ('4', 'b', '2011-01-06', 5, 'completed')")
	const state = "select count(*) || ' ' || (select sum(sales_amount) from rollups.customer_day) || ' ' || (select count(*) from segments.big) from core.customers"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := runner(t, db, tt.with)
			r.Progress = func(s model.Step) { // another connection, in the middle of it
				if got := cell(t, db, state); got != "3 17.50 2" {
					t.Errorf("a reader saw %s after %s", got, s.Table)
				}
			}
			result, err := r.Build(ctx, db)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got\n%v\nwant\n%s", err, want)
				}
			}
			var ce *model.CheckError
			if errors.As(err, &ce) && len(result.Failures) != len(ce.Failures) {
				t.Errorf("failures: result has %d, error %d", len(result.Failures), len(ce.Failures))
			}
			if got := cell(t, db, state); got != "3 17.50 2" {
				t.Errorf("after it: got %s", got)
			}
		})
	}
	if _, err := runner(t, db).Build(ctx, db); err != nil {
		t.Errorf("the next good build: %v", err)
	}
	if got := cell(t, db, state); got != "4 22.50 2" {
		t.Errorf("after the next good build: got %s", got)
	}
}

func TestBuildHidesPersonalData(t *testing.T) {
	db := stocked(t)
	text, err := os.ReadFile("testdata/shop/core/customers.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, err = runner(t, db, layer(map[string]string{
		"core/customers.sql": strings.Replace(string(text), "-- columns", "-- check: name = 'x' and region = 'y'\n-- columns", 1),
	})).Build(t.Context(), db)
	if err == nil || strings.Contains(err.Error(), "商会") || !strings.Contains(err.Error(), "row: customer_id=a, region=east") {
		t.Errorf("got %v", err)
	}
}

func TestBuildSchemas(t *testing.T) {
	db := stocked(t)
	r := runner(t, db)
	_, err := r.Build(t.Context(), db, model.Metrics, model.Segments)
	var faults position.Faults
	if !errors.As(err, &faults) || !strings.Contains(err.Error(), "table rollups.customer_day does not exist yet") || !strings.Contains(err.Error(), "run the step `analyze` first") {
		t.Errorf("got %v", err)
	}
	exec(t, db, "drop table core.sales")
	_, err = r.Build(t.Context(), db)
	if err == nil || !strings.Contains(err.Error(), "table core.sales does not exist yet") || !strings.Contains(err.Error(), "run the step `load` first") {
		t.Errorf("got %v", err)
	}
	db = stocked(t)
	if _, err := r.Build(t.Context(), db, model.Core, model.Rollups); err != nil {
		t.Fatal(err)
	}
	result, err := r.Build(t.Context(), db, model.Metrics)
	if err != nil || len(result.Steps) != 1 {
		t.Errorf("got %+v %v", result, err)
	}
}

func TestBuildDropsWhatNoModelBuilds(t *testing.T) {
	db := stocked(t)
	if _, err := runner(t, db).Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "create table segments.old as select 1 as a; create table effects_of_mine as select 1 as a")
	r := runner(t, db)
	result, err := r.Build(t.Context(), db, model.Core, model.Metrics)
	if err != nil || len(result.Dropped) != 0 {
		t.Errorf("other schemas: got %v %v", result.Dropped, err)
	}
	result, err = r.Build(t.Context(), db)
	if err != nil || !slices.Equal(result.Dropped, []string{"segments.old"}) {
		t.Errorf("got %v %v", result.Dropped, err)
	}
	if got := cell(t, db, "select count(*) from core.sales"); got != "3" {
		t.Errorf("core.sales is of the contract: got %s rows", got)
	}
}

func TestBuildCancelled(t *testing.T) {
	db := stocked(t)
	r := runner(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	r.Progress = func(model.Step) { cancel() }
	if _, err := r.Build(ctx, db); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := cell(t, db, "select count(*) from duckdb_tables() where schema_name in ('rollups', 'metrics')"); got != "0" {
		t.Errorf("got %s tables", got)
	}
}

func TestBuildsDoNotGrowTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.duckdb")
	open := func() *warehouse.DB {
		db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, TempDir: filepath.Join(dir, "tmp")})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	if err := model.Contract(t.Context(), db, os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "insert into raw.customers select 'c' || i, 'n' || i, 'r' || i % 9 from range(4000) as r (i)")
	exec(t, db, "insert into core.sales select i, 'c' || i % 4000, date '2010-12-20' + (i % 20)::int, 1, 'completed' from range(40000) as r (i)")
	var sizes []int64
	r := runner(t, db)
	for range 30 {
		if _, err := r.Build(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
		db = open()
	}
	_ = db.Close()
	// The second build needs room beside the first; from then on blocks are used again.
	if last, early := sizes[29], slices.Max(sizes[:5]); last > early {
		t.Errorf("file grew from %d to %d: %v", early, last, sizes)
	}
}
