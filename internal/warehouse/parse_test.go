package warehouse_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

func memory(t testing.TB) *warehouse.DB {
	t.Helper()
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// names lists what a statement reads as "schema.table@line:col".
func names(s warehouse.Statement) []string {
	list := []string{}
	for _, r := range s.Tables() {
		list = append(list, r.String()+"@"+strings.TrimPrefix(r.Position.String(), ":"))
	}
	return list
}

func TestParseTables(t *testing.T) {
	db := memory(t)
	tests := []struct {
		name, sql string
		want      []string
	}{
		{"plain", "select 1 from core.a", []string{"core.a@1:15"}},
		{"case", "SELECT 1 FROM Core.A", []string{"core.a@1:15"}},
		{"using", "select 1 from core.a join core.b using (x)", []string{"core.a@1:15", "core.b@1:27"}},
		{"exists", "select 1 from core.a where exists (select 1 from core.b)", []string{"core.a@1:15", "core.b@1:50"}},
		{"in", "select 1 from core.a where x in (select y from core.b)", []string{"core.a@1:15", "core.b@1:48"}},
		{"scalar subquery", "select (select max(x) from core.b) from core.a", []string{"core.b@1:28", "core.a@1:41"}},
		{"asof", "from core.a asof join core.b on a.x >= b.x", []string{"core.a@1:6", "core.b@1:23"}},
		{"semi", "from core.a semi join core.b using (x)", []string{"core.a@1:6", "core.b@1:23"}},
		{"anti", "from core.a anti join core.b using (x)", []string{"core.a@1:6", "core.b@1:23"}},
		{"lateral", "from core.a, lateral (select * from core.b where b.x = a.x)", []string{"core.a@1:6", "core.b@1:37"}},
		{"recursive", "with recursive r as (select 1 as n from core.a union all select n + 1 from r where n < 3) from r", []string{"core.a@1:41"}},
		{"shadow", "with a as (select * from core.a) select * from a", []string{"core.a@1:26"}},
		{"chain", "with a as (from core.a), b as (from a) select * from b join a using (x)", []string{"core.a@1:17"}},
		{"nested", "with a as (from core.a) from (with b as (from a, core.c) from b, a)", []string{"core.a@1:17", "core.c@1:50"}},
		{"from first", "from core.a", []string{"core.a@1:6"}},
		{"qualify", "select x from core.a qualify row_number() over (partition by (select y from core.b) order by x) = 1", []string{"core.a@1:15", "core.b@1:77"}},
		{"pivot in", "from core.a pivot (sum(x) for y in (1, 2) group by z)", []string{"core.a@1:6"}},
		{"unpivot", "unpivot core.a on x, y into name n value v", []string{"core.a@1:9"}},
		{"union", "select 1 from core.a union all by name select 1 from core.b", []string{"core.a@1:15", "core.b@1:54"}},
		{"values", "select * from (values (1, (select x from core.a))) as v (i, j)", []string{"core.a@1:42"}},
		{"range", "select 1 from range((select max(x) from core.a)) as r (i), unnest([1, 2]) as u (x)", []string{"core.a@1:41"}},
		{"in order by", "select 1 from core.a order by (select x from core.b) limit (select 1 from core.c)", []string{"core.a@1:15", "core.b@1:46", "core.c@1:75"}},
		{"in an aggregate", "select sum(x order by (select y from core.b)) filter (where exists (from core.c)) from core.a", []string{"core.b@1:38", "core.c@1:74", "core.a@1:88"}},
		{"in a lambda", "select list_transform([1], lambda z: z + (select 1 from core.b)) from core.a", []string{"core.b@1:57", "core.a@1:71"}},
		{"wide text before", "select '得意先', x\nfrom core.a -- 顧客\njoin /* 日本 */ core.b using (x)", []string{"core.a@2:6", "core.b@3:15"}},
		{"quoted", `select 1 from "core"."a"`, []string{"core.a@1:15"}},
		{"materialized", "with a as materialized (from core.a) from a", []string{"core.a@1:30"}},
		{"twice", "from core.a as p join core.a as q using (x)", []string{"core.a@1:6", "core.a@1:23"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := db.Parse(t.Context(), tt.sql)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, names(s)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	db := memory(t)
	tests := []struct{ name, sql, want string }{
		{"syntax", "select 1 from core.a where (", ":1:29: syntax error at end of input"},
		{"syntax after wide text", "select '得意先',\n from from", ":2:7: syntax error"},
		{"empty", " -- nothing\n", "got 0 statements"},
		{"two", "select 1; select 2", "got 2 statements"},
		{"insert", "-- x\ninsert into core.a values (1)", ":2:1: got a statement that is not a plain SELECT"},
		{"create", "create table core.a as select 1", "not a plain SELECT"},
		{"copy", "copy core.a to 'x.csv'", "not a plain SELECT"},
		{"attach", "attach 'x.db'", "not a plain SELECT"},
		{"pivot without in", "pivot core.a on x using sum(y)", "not a plain SELECT"},
		{"describe", "describe core.a", "got DESCRIBE"},
		{"show", "show tables", "got DESCRIBE"},
		{"unqualified", "select 1\nfrom a", ":2:6: table a has no schema"},
		{"a cte is not seen before its definition", "with a as (from b), b as (from core.b) from a", ":1:17: table b has no schema"},
		{"a cte is not seen outside", "select 1 from (with a as (from core.a) from a), a", ":1:49: table a has no schema"},
		{"a cte does not see itself", "with a as (from a) from a", ":1:17: table a has no schema"},
		{"file", "from 'x.csv'", `:1:6: file "x.csv" is not allowed`},
		{"file as schema.table", "from data.csv", ":1:6: file data.csv is not allowed"},
		{"file in a qualified name", `from core."x/y.parquet"`, `file core.x/y.parquet is not allowed`},
		{"other database", "from a.b.c", "names a database"},
		{"system", "from pg_catalog.pg_class", "schema pg_catalog belongs to DuckDB"},
		{"read_csv", "select 1 from read_csv('x.csv')", ":1:15: table function read_csv() is not allowed"},
		{"glob", "from glob('*')", "table function glob() is not allowed"},
		{"query", "from query('select 1')", "table function query() is not allowed"},
		{"query_table", "from query_table('core.a')", "table function query_table() is not allowed"},
		{"in a table function", "from range((select 1 from x))", ":1:27: table x has no schema"},
		{"settings", "from duckdb_settings()", "table function duckdb_settings() is not allowed"},
		{"now", "select now()", ":1:8: now() is not allowed"},
		{"now in mixed case", "select NOW()", ":1:8: now() is not allowed"},
		{"current_date", "select 1 from core.a where x < current_date", ":1:32: current_date is not allowed"},
		{"current_timestamp", "select current_timestamp", "current_timestamp is not allowed"},
		{"current_date with parentheses", "select current_date()", "current_date() is not allowed"},
		{"today", "select today()", "today() is not allowed"},
		{"ago", "select ago(interval 1 day)", "ago() is not allowed"},
		{"random", "select random()", "random() is not allowed"},
		{"uuid", "select uuid()", "uuid() is not allowed"},
		{"getvariable", "select getvariable('x')", "getvariable() is not allowed"},
		{"current_setting", "select current_setting('x')", "current_setting() is not allowed"},
		{"nextval", "select nextval('x')", "nextval() is not allowed"},
		{"error", "select error('x')", "error() is not allowed"},
		{"write_log", "select write_log('x')", "write_log() is not allowed"},
		{"qualified function", "select main.now()", "now() is not allowed"},
		{"sample", "from core.a tablesample 10%", "random sample"},
		{"sample of a query", "select 1 from core.a using sample 10", "random sample"},
		{"positional", "select ?", "parameter without a name"},
		{"numbered", "select $1", "parameter $1 has no name"},
		{"mixed", "select $1, $as_of", "parameter"},
		{"age to today", "select age(timestamp '2020-01-01')", "age() of one value is not allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := db.Parse(t.Context(), tt.sql)
			var faults position.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v and tables %v, want a fault with %q", err, names(s), tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if faults[0].Line == 0 {
				t.Errorf("fault without a place: %v", faults[0])
			}
		})
	}
}

func TestParseFindsAllFaults(t *testing.T) {
	_, err := memory(t).ParseAt(t.Context(), position.Position{File: "c.yaml", Line: 7, Column: 5}, "select now(),\nrandom() from a")
	want := []string{"c.yaml:7:12", "c.yaml:8:1", "c.yaml:8:15"}
	var faults position.Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	got := []string{}
	for _, f := range faults {
		got = append(got, f.Position.String())
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseParams(t *testing.T) {
	s, err := memory(t).Parse(t.Context(), "select '$no', $as_of::date, -- $neither\n\"$nor\", $$ $not $$, /* $x */ $Window_Days::int from core.a")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, p := range s.Params() {
		got = append(got, p.Name+p.Position.String())
	}
	if d := cmp.Diff([]string{"as_of:1:15", "window_days:2:30"}, got); d != "" {
		t.Error(d)
	}
}

func TestParseExpression(t *testing.T) {
	db := memory(t)
	at := position.Position{File: "config.yaml", Line: 20, Column: 30}
	for _, good := range []string{
		"large and growing", "sales_amount > 0", "a in (1, 2) or b like 'x%' -- why", "coalesce(x, 0) between 1 and 2",
		"case when a then b else false end", "customer.region = '東京'", "not (a) and (b)",
	} {
		if _, err := db.ParseExpression(t.Context(), at, good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	bad := map[string]string{
		"":                                    "config.yaml:20:30",
		"large and":                           "syntax error",
		"(select true)":                       "config.yaml:20:30: got a subquery",
		"a in (select 1 from core.x)":         "got a subquery",
		"exists (from core.x)":                "got a subquery",
		"sum(x) > 1":                          "sum() is not allowed: it is an aggregate",
		"row_number() over () = 1":            "got a window",
		"true) from core.x where (true":       "more than an expression",
		"true) union select (true":            "more than an expression",
		"true), (true":                        "more than an expression",
		"true) where (false":                  "more than an expression",
		"true) order by (1":                   "more than an expression",
		"true) limit (1":                      "more than an expression",
		"true); drop table core.x; select (1": "not a plain SELECT",
		"true); select (1":                    "statements",
		"*":                                   "",
		"x > $as_of":                          "parameter $as_of is not allowed",
		"x < current_date":                    "config.yaml:20:34: current_date is not allowed",
		"x = getvariable('y')":                "getvariable() is not allowed",
		"true) as x, (true":                   "",
		"x) as y -- ":                         "",
	}
	for text, want := range bad {
		s, err := db.ParseExpression(t.Context(), at, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v %v, want %q", text, s, err, want)
		}
	}
	s, err := db.ParseExpression(t.Context(), at, "a > 1\nand c.b")
	if err != nil {
		t.Fatal(err)
	}
	want := []warehouse.ColumnRef{
		{Names: []string{"a"}, Position: at},
		{Names: []string{"c", "b"}, Position: position.Position{File: "config.yaml", Line: 21, Column: 5}},
	}
	if d := cmp.Diff(want, s.Columns()); d != "" {
		t.Error(d)
	}
}
