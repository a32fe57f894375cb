package predict

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// CrossTabTable is the estimator of predictions.cross_tab_test. It takes cells (attribute, value, level, product,
// customer_count, buyer_count, all_customer_count, all_buyer_count, and sales), those of an attribute and level together,
// and gives them back with lift, interval, p_value and p_adjusted; too few customers for a test: p_value null.
func CrossTabTable(_ context.Context, in arrow.Table, _ map[string]any) (arrow.Table, error) {
	read := columnReader{in: in}
	attribute, level := read.texts("attribute"), read.texts("level")
	customers, buyers := read.numbers("customer_count"), read.numbers("buyer_count")
	allCustomers, allBuyers := read.numbers("all_customer_count"), read.numbers("all_buyer_count")
	if read.err != nil {
		return nil, fmt.Errorf("test cross-tabs: %w", read.err)
	}
	n := len(attribute)
	lift, low, high := make([]float64, n), make([]float64, n), make([]float64, n)
	p, adjusted := make([]float64, n), make([]float64, n)
	for i := range n {
		cell := TabCell{Buyers: buyers[i], Customers: customers[i], AllBuyers: allBuyers[i], AllCustomers: allCustomers[i]}
		lift[i], low[i], high[i] = cell.Lift()
		p[i] = math.NaN()
		if cell.Testable() {
			p[i] = cell.PValue()
		}
	}
	for from, to := 0, 0; from < n; from = to {
		for to = from + 1; to < n && attribute[to] == attribute[from] && level[to] == level[from]; {
			to++
		}
		copy(adjusted[from:to], Adjusted(p[from:to]))
	}
	var w columnWriter
	w.keep(in, "attribute", "value", "level", "product", "customer_count", "buyer_count", "all_customer_count", "all_buyer_count",
		"sales_amount", "value_amount", "product_amount", "all_amount")
	w.numbers("lift", lift)
	w.numbers("lift_low", low)
	w.numbers("lift_high", high)
	w.numbers("p_value", p)
	w.numbers("p_adjusted", adjusted)
	return w.table(int64(n)), nil
}
