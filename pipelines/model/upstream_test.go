package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a model stands on can be built without the rest: what it reads, at whatever distance, what its references and
// checks look at, and nothing else; on a warehouse that holds nothing but the contract.
func TestUpstream(t *testing.T) {
	db := stocked(t)
	r := runner(t, db, layer(map[string]string{
		"segments/other.sql": "-- segments.other: o\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar  not null  c\n-- check: total: (select count(*) >= 0 from metrics.customer)\n\nselect customer_id from core.customers",
	}))
	for table, want := range map[string][]string{
		"core.customers":   {"core.customers"},
		"metrics.customer": {"core.customers", "rollups.customer_day", "metrics.customer"},
		"segments.big":     {"core.customers", "rollups.customer_day", "metrics.customer", "segments.big"},
		"segments.other":   {"core.customers", "rollups.customer_day", "metrics.customer", "segments.other"},
		"raw.customers":    nil,
		"segments.nothing": nil,
	} {
		if d := cmp.Diff(want, r.Set.Upstream(table)); d != "" {
			t.Errorf("%s (-want +got):\n%s", table, d)
		}
	}
	if _, err := r.Rebuild(t.Context(), db, r.Set.Upstream("segments.big")...); err != nil {
		t.Fatal(err)
	}
	if got := cell(t, db, "select string_agg(customer_id, ' ' order by customer_id) from segments.big"); got != "a b" {
		t.Errorf("segments.big holds %s, want a b", got)
	}
	if got := cell(t, db, "select count(*) from duckdb_tables() where table_name = 'other'"); got != "0" {
		t.Errorf("segments.other was built too")
	}
	if _, err := r.Rebuild(t.Context(), stocked(t), "segments.big"); err == nil {
		t.Error("segments.big was built without what it reads")
	}
}
