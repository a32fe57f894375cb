package report

import (
	"context"
	"strconv"

	"github.com/tokui/tokui/internal/warehouse"
)

// CrossTab is a row of reports.management_cross_tab: customers who buy a product clearly more, or less, than everybody.
type CrossTab struct {
	Attribute, AttributeJa, Value, ValueJa string
	Level, Product                         string
	ProductName                            *string // one product of the category
	Customers, Buyers                      int64
	Share, AllShare                        float64
	Lift, Low, High                        float64
}

func (d *Document) readCrossTabs(ctx context.Context, db warehouse.Querier) (err error) {
	d.CrossTabs, err = warehouse.Collect(ctx, db, `
		select
			attribute_name, attribute_name_ja, value, value_name_ja, level, product, product_name, customer_count, buyer_count,
			penetration, all_penetration, lift, lift_low, lift_high,
		from reports.management_cross_tab
		order by position`,
		func(c *CrossTab) []any {
			return []any{
				&c.Attribute, &c.AttributeJa, &c.Value, &c.ValueJa, &c.Level, &c.Product, &c.ProductName, &c.Customers, &c.Buyers,
				&c.Share, &c.AllShare, &c.Lift, &c.Low, &c.High,
			}
		})
	return err
}

// CrossTabWho names the customers of a cell.
func (d Document) CrossTabWho(c CrossTab) string {
	return d.Format.say("%[1]s: %[2]s", "%[3]s：%[4]s", c.Attribute, c.Value, c.AttributeJa, c.ValueJa)
}

// CrossTabWhat names the product of a cell.
func (d Document) CrossTabWhat(c CrossTab) string { return named(c.Product, c.ProductName) }

// CrossTabLift is how many times the share of all it is, and CrossTabInterval its interval.
func (d Document) CrossTabLift(c CrossTab) string {
	return d.Format.say("%s times", "%s倍", times(c.Lift))
}

// CrossTabInterval is the 95 % interval of CrossTabLift.
func (d Document) CrossTabInterval(c CrossTab) string {
	return d.Format.say("%s to %s", "%s～%s倍", times(c.Low), times(c.High))
}

// times is a factor to two digits behind the point below 1, else to one.
func times(v float64) string {
	if v < 1 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}
