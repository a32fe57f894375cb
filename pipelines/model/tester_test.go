package model_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/pipelines/model"
)

// results runs the tests of a set and returns the outcome by name, "" being success.
func results(t *testing.T, pattern string, layers ...fs.FS) map[string]string {
	t.Helper()
	set := read(t, inMemory(t), append([]fs.FS{shop()}, layers...)...)
	got := map[string]string{}
	report := func(r model.TestResult) {
		got[r.Name()] = ""
		if r.Err != nil {
			got[r.Name()] = r.Err.Error()
		}
	}
	if err := model.Test(t.Context(), set, os.DirFS("testdata/shop"), pattern, false, report); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTestsOfTheShop(t *testing.T) {
	want := map[string]string{
		"core.customers": "", "rollups.customer_day": "", "metrics.customer/window": "", "metrics.customer/nobody": "", "segments.big": "",
	}
	if d := cmp.Diff(want, results(t, "")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"metrics.customer/nobody": ""}, results(t, "^metrics.*/nob")); d != "" {
		t.Error(d)
	}
}

func TestTestsThatFail(t *testing.T) {
	big, err := os.ReadFile("testdata/shop/segments/big.sql")
	if err != nil {
		t.Fatal(err)
	}
	const input = "-- metrics.customer.csv --\ncustomer_id,sales_amount\na,1\nb,0\n"
	tests := []struct {
		name, sql, test string
		want            []string
	}{
		{"missing and surplus", "", input + "-- want.csv --\ncustomer_id\nx\n", []string{"sql/segments/big.txtar:6: rows differ: 1 missing (-), 1 not wanted (+)\n    customer_id\n  - x\n  + a"}},
		{"one too few of two alike", "-- grain: one row", input + "-- want.csv --\ncustomer_id\na\na\n", []string{"1 missing (-), 0 not wanted (+)"}},
		{"wanted nothing", "", input + "-- want.csv --\ncustomer_id\n", []string{"  + a"}},
		{"null is not empty", "", "-- metrics.customer.csv --\ncustomer_id,sales_amount\n\"\",1\n-- want.csv --\ncustomer_id\n\"\"\"\"\"\"\n", []string{"  - \"\"\"\"\"\"\n  + \"\""}},
		{"header contract", "", "-- metrics.customer.csv --\ncustomer_id,sales_amount\n,1\n-- want.csv --\ncustomer_id\n", []string{"sql/segments/big.sql:4:6: column customer_id is null: 1 rows"}},
		{"grain", "", "-- metrics.customer.csv --\ncustomer_id,sales_amount\na,1\na,1\n-- want.csv --\ncustomer_id\n", []string{"grain is customer_id"}},
		{"no want", "", input, []string{"case has no want.csv"}},
		{"no test", "", "", []string{"model has no test", "write sql/segments/big.txtar"}},
		{"table that is not read", "", "-- core.customers.csv --\ncustomer_id\n-- want.csv --\ncustomer_id\n", []string{"big.txtar:1: segments.big does not read core.customers"}},
		{"column that is not there", "", "-- metrics.customer.csv --\nid\na\n-- want.csv --\ncustomer_id\n", []string{`big.txtar:2: metrics.customer has no column "id"`, "columns are customer_id, sales_amount, share"}},
		{"wanted column that is not there", "", input + "-- want.csv --\nid\n", []string{`big.txtar:6: segments.big has no column "id"`}},
		{"value of the wrong type", "", "-- metrics.customer.csv --\ncustomer_id,sales_amount\na,much\n-- want.csv --\ncustomer_id\n", []string{"metrics.customer.csv", "Could not convert string \"much\""}},
		{"ragged", "", "-- metrics.customer.csv --\ncustomer_id,sales_amount\na\n-- want.csv --\ncustomer_id\n", []string{"line 2: got 1 cells, want 2"}},
		{"parameter that is not there", "", "-- params --\nas_of=2011-01-01\n" + input + "-- want.csv --\ncustomer_id\na\n", []string{"segments.big has no parameter as_of"}},
		{"parameter without value", "", "-- params --\nas_of\n" + input, []string{`big.txtar:2: got "as_of", want name=value`}},
		{"unknown file", "", "-- wanted.csv --\nx\n", []string{"big.txtar:1: unknown file wanted.csv"}},
		{"empty", "", "nothing\n", []string{"test holds no case"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"segments/big.sql": string(big), "segments/big.txtar": tt.test}
			if tt.sql != "" {
				files["segments/big.sql"] = "-- segments.big: x.\n" + tt.sql + "\n-- columns:\n--   customer_id  varchar\nselect customer_id from metrics.customer where sales_amount > 0"
			}
			if tt.test == "" {
				delete(files, "segments/big.txtar")
			}
			got := results(t, "segments.big", layer(files))["segments.big"]
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			}
		})
	}
}

func TestTestUpdate(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "metrics", "customer.txtar")
	before := "Sales by customer.\n-- a/params --\nas_of=2011-02-01\n-- a/core.customers.csv --\ncustomer_id\nb\n\"x,\"\"y\"\n-- a/rollups.customer_day.csv --\ncustomer_id,ordered_on,sales_amount\nb,2011-01-31,3\n"
	after := before + "-- a/want.csv --\ncustomer_id,sales_amount,share\nb,3.00,1\n\"x,\"\"y\",0.00,\n"
	run := func(update bool) (updated int, failed error) {
		t.Helper()
		set := read(t, inMemory(t), model.Folder(dir))
		err := model.Test(t.Context(), set, os.DirFS(dir), "metrics.customer", update, func(r model.TestResult) {
			failed = errors.Join(failed, r.Err)
			if r.Updated {
				updated++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return updated, failed
	}
	for _, start := range []string{before, before + "-- a/want.csv --\ncustomer_id,sales_amount,share\nq,1,\n"} {
		if err := os.WriteFile(file, []byte(start), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := run(true); n != 1 || err != nil {
			t.Errorf("update: got %d %v", n, err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(after, string(got)); d != "" {
			t.Error(d)
		}
		if n, err := run(false); n != 0 || err != nil {
			t.Errorf("after the update: got %d %v", n, err)
		}
		if n, err := run(true); n != 0 || err != nil {
			t.Errorf("nothing to update: got %d %v", n, err)
		}
	}
}

func TestUpdateOfBuiltInTests(t *testing.T) {
	set := read(t, inMemory(t), os.DirFS("testdata/shop"), layer(map[string]string{
		"segments/big.sql": body("segments.big", "select customer_id from metrics.customer"), "segments/big.txtar": "-- want.csv --\ncustomer_id\na\n",
	}))
	err := model.Test(t.Context(), set, os.DirFS("testdata/shop"), "segments.big", true, func(model.TestResult) {})
	if err == nil || !strings.Contains(err.Error(), "built in") {
		t.Errorf("got %v", err)
	}
}
