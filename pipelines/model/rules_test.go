package model_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

const sales = `sources:
  sales:
    path: sales.csv
    columns: {order_id: a, customer_id: b, ordered_on: c, amount: d, product_id: e, quantity: f, status: g}
`

// configured loads a config.yaml with these rank rules.
func configured(t *testing.T, rules string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("company: {name: A, address: B, contact: c@example.com}\nas_of: 2011-12-10\nranks:\n  rules:\n"+rules+sales), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ranked is a set in which metrics.customer_period exists.
func ranked(t *testing.T, db *warehouse.DB) *model.Set {
	t.Helper()
	return read(t, db, shop(), layer(map[string]string{
		"metrics/customer_period.sql": "-- metrics.customer_period: x.\n-- grain: as_of_on, customer_id\n-- params: $as_of date\n-- columns:\n--   as_of_on  date  not null\n--   customer_id  varchar  not null\n--   sales_amount  decimal(18,2)\n" +
			"select $as_of::date as as_of_on, customer_id, sum(sales_amount)::decimal(18, 2) as sales_amount from core.customers left join rollups.customer_day using (customer_id) group by customer_id",
	}))
}

func TestRankRules(t *testing.T) {
	db := stocked(t)
	c := configured(t, `
    - {rank: "it's A", when: sales_amount > 10 and region = 'east'}
    - rank: B
      when: |
        sales_amount > 1 -- any at all
    - {rank: "it's A", when: region = 'west' and name is null}
`)
	set, err := ranked(t, db).With(t.Context(), db, model.RankRules(c))
	if err != nil {
		t.Fatal(err)
	}
	r := model.Runner{Set: set, Params: model.Params{"as_of": "2011-01-10"}}
	if _, err := r.Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	got := cell(t, db, "select string_agg(customer_id || ':' || coalesce(rank, '-') || ':' || coalesce(rule_position, 0) || ':' || as_of_on, ' ' order by customer_id) from metrics.rank_rule")
	if want := "a:it's A:1:2011-01-10 b:B:2:2011-01-10 c:it's A:3:2011-01-10"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	m, _ := set.Model("metrics.rank_rule")
	if d := cmp.Diff([]string{"core.customers", "metrics.customer_period"}, m.Reads); d != "" {
		t.Error(d)
	}
}

func TestRankRuleThatNeverHoldsIsNull(t *testing.T) {
	db := stocked(t)
	set, err := ranked(t, db).With(t.Context(), db, model.RankRules(configured(t, "    - {rank: A, when: sales_amount > 1000}\n    - {rank: other, when: sales_amount > 10}\n")))
	if err != nil {
		t.Fatal(err)
	}
	r := model.Runner{Set: set, Params: model.Params{"as_of": "2011-01-10"}}
	if _, err := r.Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if got := cell(t, db, "select count(*) from metrics.rank_rule where rank is null and rule_position is null"); got != "2" {
		t.Errorf("got %s", got)
	}
}

// TestApproachRules holds that the rules of approach see both tables, and that a fault stands at its place.
func TestApproachRules(t *testing.T) {
	db := stocked(t)
	set := read(t, db, shop(), layer(map[string]string{
		"metrics/customer_state.sql": "-- metrics.customer_state: x.\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar  not null\n--   rank  varchar  not null\n" +
			"select customer_id, if(customer_id = 'a', 'A', 'C') as rank from core.customers",
	}))
	c := configured(t, "    - {rank: A}\napproaches:\n  rules:\n    - {approach: \"let's keep\", when: rank = 'A' and sales_amount > 0}\n    - {approach: tell}\n")
	full, err := set.With(t.Context(), db, model.ApproachRules(c))
	if err != nil {
		t.Fatal(err)
	}
	r := model.Runner{Set: full, Params: model.Params{"as_of": "2011-01-10"}}
	if _, err := r.Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	got := cell(t, db, "select string_agg(customer_id || ':' || approach || ':' || rule_position, ' ' order by customer_id) from metrics.approach_rule")
	if want := "a:let's keep:1 b:tell:2 c:tell:2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c = configured(t, "    - {rank: A}\napproaches:\n  rules:\n    - {approach: keep, when: rnk = 'A'}\n    - {approach: tell}\n")
	_, err = set.With(t.Context(), db, model.ApproachRules(c))
	if err == nil || !strings.Contains(err.Error(), "config.yaml:8:30: approaches.rules[1].when: unknown column rnk") || !strings.Contains(err.Error(), "did you mean rank?") {
		t.Errorf("got %v", err)
	}
}

func TestRankRuleFaults(t *testing.T) {
	db := inMemory(t)
	set := ranked(t, db)
	tests := []struct{ name, rules, want string }{
		{"subquery", "    - {rank: A, when: customer_id in (select customer_id from core.sales)}\n", "config.yaml:5:35: ranks.rules[1].when: got a subquery"},
		{"unknown column", "    - {rank: A, when: sales_amount > 1}\n    - {rank: B, when: sales_amont > 1}\n", "config.yaml:6:23: ranks.rules[2].when: unknown column sales_amont"},
		{"suggestion", "    - {rank: B, when: sales_amont > 1}\n", "did you mean sales_amount?"},
		{"syntax", "    - {rank: A, when: sales_amount >}\n", "ranks.rules[1].when: syntax error"},
		{"breaking out", "    - {rank: A, when: \"true) then 1 end from core.sales --\"}\n", "ranks.rules[1].when"},
		{"clock", "    - rank: A\n      when: |\n        sales_amount > 1\n        and now() > '2011-01-01'\n", "config.yaml:8:13: ranks.rules[1].when: now() is not allowed"},
		{"aggregate", "    - {rank: A, when: sum(sales_amount) > 1}\n", "sum() is not allowed: it is an aggregate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := set.With(t.Context(), db, model.RankRules(configured(t, tt.rules)))
			var faults position.Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}
