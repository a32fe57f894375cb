package model_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/pipelines/model"
	sqlfiles "github.com/tokui/tokui/sql"
)

// TestRebuildLaw: what is built again by key must depend on nothing that a load does not note.
func TestRebuildLaw(t *testing.T) {
	const good = `-- rollups.x: sums of each customer.
-- grain:   customer_key, category
-- rebuild: customer_key
-- follows: core.products (product_key, category)
-- columns:
--   customer_key  integer        not null
--   category      varchar        not null
--   sales_amount  decimal(18,2)  not null

select
    lines.customer_key,
    products.category,
    sum(lines.amount)::decimal(18, 2) as sales_amount,
from core.sales as lines
inner join core.products as products
    on lines.product_key = products.product_key
where lines.customer_key is not null and products.category is not null
group by lines.customer_key, products.category
`
	tests := []struct{ name, from, to, want string }{
		{"good", "", "", ""},
		{"no key of a load", "-- rebuild: customer_key", "-- rebuild: category", "load notes no changes by category"},
		{"key not in the grain", "-- grain:   customer_key, category", "-- grain:   category", "rebuild by customer_key: it is no column of the grain that is not null"},
		{"key may be null", "customer_key  integer        not null", "customer_key  integer", "rebuild by customer_key: it is no column of the grain that is not null"},
		{"another table", "-- follows: core.products (product_key, category)\n", "", "rebuild by customer_key, and rows that depend on core.products, which is not built so"},
		{"a rollup of another key", "from core.sales as lines", "from core.sales as lines\ninner join rollups.product_month as m on m.product_key = lines.product_key", "depend on rollups.product_month, which is not built so"},
		{"another column", "products.category is not null", "products.name is not null", "core.products has a column name, which is not among those followed"},
		{"a star", "sum(lines.amount)::decimal(18, 2) as sales_amount", "sum(lines.amount)::decimal(18, 2) as sales_amount, * exclude (customer_key)", "reads columns without naming them"},
		{"follows by no column of lines", "(product_key, category)", "(category, product_key)", "category is no column of core.sales"},
		{"follows no column", "(product_key, category)", "(product_key, category, colour)", "core.products has no column colour"},
		{"follows no model", "follows: core.products", "follows: core.product_key", "cannot follow core.product_key"},
		{"follows nothing", "follows: core.products (product_key, category)", "follows: core.products", "want a table and its columns"},
		{"a parameter", "-- rebuild: customer_key", "-- params:  $as_of date\n-- rebuild: customer_key", "rows that depend on $as_of"},
		{"follows without rebuild", "-- rebuild: customer_key\n", "", "follows without rebuild"},
		{"schema before columns", "where lines.customer_key", "where core.sales.amount > 0 and lines.customer_key", "rebuild needs columns without their schema"},
	}
	base := map[string]string{}
	for _, name := range []string{"core/products.sql", "rollups/product_month.sql", "contract/raw.sql", "contract/core_sales.sql"} {
		text, err := sqlfiles.Models.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base[name] = string(text)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(good, tt.from, tt.to, 1)
			if tt.name == "a parameter" {
				text = strings.Replace(text, "where ", "where lines.ordered_on < $as_of::date and ", 1)
			}
			_, err := model.Read(t.Context(), inMemory(t), layer(base), layer(map[string]string{"rollups/x.sql": text}))
			var faults position.Faults
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.want != "" && (!errors.As(err, &faults) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}
