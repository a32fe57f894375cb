package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tokui/tokui/bench/exports"
)

// TestInitSystems makes a file as each known system exports it, runs `tokui init` on it and loads it by the config.yaml
// that came out: every row of the file is accounted for, and orders, customers and sums are those of the generator.
func TestInitSystems(t *testing.T) {
	report := newTable("system", "init", "rows>", "kept>", "goods>", "orders>", "customers>", "completed>", "cancelled>", "returned>")
	for _, s := range exports.Systems() {
		t.Run(s.Name, func(t *testing.T) {
			dir := t.TempDir()
			text, truth := s.Make()
			if err := os.WriteFile(filepath.Join(dir, s.File), text, 0o600); err != nil {
				t.Fatal(err)
			}
			config := filepath.Join(dir, "config.yaml")
			tokui := func(want int, words ...string) string {
				t.Helper()
				var out, errs bytes.Buffer
				if code := run(context.Background(), append([]string{"--config", config}, words...), &out, &errs); code != want {
					t.Fatalf("tokui %s: got exit code %d, want %d\n%s%s", strings.Join(words, " "), code, want, out.String(), errs.String())
				}
				return out.String()
			}
			state := "exit 0"
			if s.NoCustomer { // the file names no buyer: init says so, and its user decides that the sales are nobody's
				tokui(exitUsage, "init", "--no-run", filepath.Join(dir, s.File))
				state = "exit 2: customer"
				editOpenCustomer(t, config)
			} else {
				tokui(exitDone, "init", "--no-run", filepath.Join(dir, s.File))
			}
			tokui(exitDone, "--quiet", "run", "load")
			var got []struct {
				Rows, Kept, Lines, Orders, Customers, Completed, Cancelled, Returned int
			}
			answer := tokui(exitDone, "--json", "query", `
				select
					(select sum(row_count)::int from raw.file where source = 'sales') as "Rows",
					(select sum(kept_count)::int from raw.file where source = 'sales') as "Kept",
					count(*)::int as "Lines",
					count(distinct order_id)::int as "Orders",
					count(distinct customer_id)::int as "Customers",
					coalesce(sum(amount) filter (status = 'completed'), 0)::int as "Completed",
					coalesce(sum(amount) filter (status = 'cancelled'), 0)::int as "Cancelled",
					coalesce(sum(amount) filter (status = 'returned'), 0)::int as "Returned",
				from core.sales`)
			if err := json.Unmarshal([]byte(answer), &got); err != nil || len(got) != 1 {
				t.Fatalf("%v: %s", err, answer)
			}
			g := got[0]
			report.add(s.Name, state, g.Rows, g.Kept, g.Lines, g.Orders, g.Customers, g.Completed, g.Cancelled, g.Returned)
			for _, check := range []struct {
				what      string
				got, want int
			}{
				{"rows that are kept", g.Kept, g.Rows}, {"lines of goods", g.Lines, truth.Lines}, {"orders", g.Orders, truth.Orders}, {"customers", g.Customers, truth.Customers},
				{"completed", g.Completed, truth.Completed}, {"cancelled", g.Cancelled, truth.Cancelled}, {"returned", g.Returned, truth.Returned},
			} {
				if check.got != check.want {
					t.Errorf("%s: got %d, want %d", check.what, check.got, check.want)
				}
			}
		})
	}
	var b strings.Builder
	report.print(&b)
	t.Log("\n" + b.String())
}

// editOpenCustomer completes the line that init left open, as its comment says.
func editOpenCustomer(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open := regexp.MustCompile(`(?m)^( +)# customer_id:.*$`)
	if !open.Match(text) {
		t.Fatalf("no open customer in\n%s", text)
	}
	if err := os.WriteFile(path, []byte(open.ReplaceAllString(string(text), `${1}customer_id: "''"`)), 0o600); err != nil {
		t.Fatal(err)
	}
}
