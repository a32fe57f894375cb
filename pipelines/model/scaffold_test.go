package model_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/pipelines/model"
)

// TestScaffoldOfASetWithFaults: what Read and With tell of hides nothing of what binding tells of, and is not told twice
// in other words; whoever reads a table of unknown shape is not blamed.
func TestScaffoldOfASetWithFaults(t *testing.T) {
	db := inMemory(t)
	set, err := model.Read(t.Context(), db, shop(), layer(map[string]string{
		"metrics/customer_period.sql": "-- metrics.customer_period: x.\n-- grain: as_of_on, customer_id\n-- params: $as_of date\n-- columns:\n--   as_of_on  date  not null\n--   customer_id  varchar  not null\n--   sales_amount  decimal(18,2)\n" +
			"select $as_of::date as as_of_on, customer_id, sum(sales_amount)::decimal(18, 2) as sales_amount from core.customers left join rollups.customer_day using (customer_id) group by customer_id",
		"segments/law.sql":    body("segments.law", "select customer_id from raw.customers where no_such > 1"),
		"segments/syntax.sql": body("segments.syntax", "select customer_id form core.customers"),
		"segments/behind.sql": body("segments.behind", "select customer_id from segments.syntax where absent"),
		"segments/gone.sql":   body("segments.gone", "select customer_id from core.gone"),
		"segments/check.sql":  strings.Replace(body("segments.check", "select customer_id, 1 as more from core.customers"), "-- columns", "-- check: customer_id > > 1\n-- columns", 1),
		"segments/vague.sql":  strings.Replace(body("segments.vague", "select customer_id from core.customers"), "varchar", "", 1),
		"segments/blind.sql":  body("segments.blind", "select region as customer_id from segments.vague"),
		"segments/round.sql":  body("segments.round", "select customer_id from segments.trip"),
		"segments/trip.sql":   body("segments.trip", "select customer_id from segments.round"),
	}))
	var faults, more position.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	full, err := set.With(t.Context(), db, model.RankRules(configured(t, `
    - {rank: A, when: sales_amont > 1}
    - {rank: B, when: "sales_amount > [1]"}
    - {rank: C, when: customer_id > 1 and}
    - {rank: other}
`)))
	if !errors.As(err, &more) {
		t.Fatalf("got %v", err)
	}
	faults = append(faults, more...)
	err = model.Scaffold(t.Context(), db, full, os.DirFS("testdata/shop"), model.Params{"as_of": "2011-01-01", "of_the_vague_one": 1})
	if !errors.As(err, &more) {
		t.Fatalf("got %v", err)
	}
	faults = append(faults, more...)
	told := map[string]bool{}
	for _, f := range faults {
		told[f.Error()] = true
	}
	for _, want := range []string{
		"sql/segments/law.sql:5:25: layer law",
		`sql/segments/law.sql:5:45: Binder Error: Referenced column "no_such"`,
		"sql/segments/syntax.sql:5:",
		`sql/segments/behind.sql:5:47: Binder Error: Referenced column "absent"`,
		"sql/segments/gone.sql:5:25: unknown table core.gone",
		"sql/segments/check.sql:3:",
		"sql/segments/check.sql:1:1: column more is in the select and not in the header",
		"sql/segments/vague.sql:4:6: column customer_id has no type",
		"models read each other in a circle",
		"config.yaml:6:23: ranks.rules[1].when: unknown column sales_amont",
		"ranks.rules[2].when: ",
		"ranks.rules[3].when: syntax error",
	} {
		found := 0
		for got := range told {
			if strings.Contains(got, want) {
				found++
				delete(told, got)
			}
		}
		if found != 1 {
			t.Errorf("got %d faults %q, want one of\n%v", found, want, faults)
		}
	}
	for got := range told {
		if !strings.Contains(got, "header has no columns") { // beside the one about the line
			t.Errorf("got another fault: %s", got)
		}
	}
	if diff := cmp.Diff([]string{"segments.vague"}, full.Shapeless()); diff != "" {
		t.Error(diff)
	}
	if _, err := db.Exec(t.Context(), "select rank from metrics.rank_rule join segments.syntax using (customer_id) join segments.trip using (customer_id)"); err != nil {
		t.Error(err)
	}
}
