package warehouse_test

import (
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/warehouse"
)

// TestUniqueBy: a proof must never be wrong, so whatever could make two rows of one key is no proof.
func TestUniqueBy(t *testing.T) {
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tests := []struct{ name, sql, want string }{
		{"group by", "select k, d, count(*) as n from core.a group by k, d", "k d"},
		{"under another name", "select a.k as customer_key, max(d) as d from core.a as a group by a.k", "customer_key"},
		{"upper case", "select K, count(*) from core.a group by k", "k"},
		{"of a join", "select a.k, count(*) from core.a as a join core.b as b on a.k = b.k group by a.k", "k"},
		{"through a CTE", "with x as (select k, d, sum(n) as n from core.a group by k, d) select d as day, x.k, n + 1 as n from x where n > 2", "k day"},
		{"through two, with windows", "with x as (select k, sum(n) as n from core.a group by k), y as (select k, lag(n) over (order by k) as n from x) select k, n from y qualify n > 1", "k"},
		{"having", "select k from core.a group by k having count(*) > 1", "k"},
		{"hidden outer CTE", "with x as (select k from core.a group by k), y as (with x as (select k from core.a) select k from x) select k from y", ""},
		{"a key is left out", "select k, count(*) as n from core.a group by k, d", ""},
		{"a key is changed", "select k // 2 as k, count(*) as n from core.a group by k", ""},
		{"an alias is no key", "select max(d) as k, count(*) as n from core.a group by k", ""},
		{"left out on the way", "with x as (select k, d from core.a group by k, d) select k from x", ""},
		{"no group by", "select k from core.a", ""},
		{"aggregate only", "select max(k) as k from core.a", ""},
		{"union", "select k from core.a group by k union all select k from core.a group by k", ""},
		{"grouping sets", "select k, d from core.a group by grouping sets ((k), (d))", ""},
		{"rollup", "select k, d from core.a group by rollup (k, d)", ""},
		{"group by all", "select k, count(*) as n from core.a group by all", ""},
		{"unnest", "select k, unnest([1, 2]) as u from core.a group by k", ""},
		{"star", "with x as (select k from core.a group by k) select * from x", ""},
		{"join behind it", "with x as (select k from core.a group by k) select x.k from x join core.b as b on x.k = b.k", ""},
		{"comma behind it", "with x as (select k from core.a group by k) select x.k from x, range(2)", ""},
		{"a table of that name", "with x as (select k from core.a group by k) select k from core.x", ""},
		{"columns renamed", "with x (d, k) as (select k, d from core.a group by k, d) select k, d from x", ""},
		{"renamed in from", "with x as (select k, max(d) as d from core.a group by k) select k from x as x (d, k)", ""},
		{"recursive", "with recursive x as (select 1 as k union all select k from x where k < 3) select k from x", ""},
	}
	for _, tt := range tests {
		s, err := db.Parse(t.Context(), tt.sql)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got := strings.Join(s.UniqueBy(), " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
