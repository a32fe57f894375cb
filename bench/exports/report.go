package exports

import (
	"fmt"
)

// report makes a printed report: titles, the customers' names on rows of their own, their totals, and a total of all.
func (s System) report(header []string) ([]byte, Truth) {
	var truth Truth
	rows := [][]string{{"Larch Supplies", "", "", "", "", "", "", "", "", ""}, {"Sales by Customer Detail", "", "", "", "", "", "", "", "", ""},
		{"April 2025 - April 2026", "", "", "", "", "", "", "", "", ""}, {"", "", "", "", "", "", "", "", "", ""}, header}
	all := 0
	for c := range customerCount {
		sum, first := 0, true
		for _, o := range Orders() {
			if o.Customer != c {
				continue
			}
			if first {
				rows = append(rows, []string{latin[c] + " Ltd", "", "", "", "", "", "", "", "", ""})
				truth.Customers++
				first = false
			}
			truth.Orders++
			for _, l := range o.Lines {
				kind, sign := "Invoice", 1
				if o.Status == "returned" {
					kind, sign = "Credit Memo", -1
				}
				sum += sign * l.Amount()
				truth.Lines++
				if sign > 0 {
					truth.Completed += l.Amount()
				} else { // a credit memo is a return, and negative: it takes back what was sold
					truth.Returned -= l.Amount()
				}
				rows = append(rows, []string{"", s.date(o.At), kind, fmt.Sprint(1000 + o.No), goodsEN[l.Product], "", fmt.Sprint(sign * l.Quantity),
					s.money(Price(l.Product)), s.money(sign * l.Amount()), s.money(sum)})
			}
		}
		if !first {
			rows = append(rows, []string{"Total for " + latin[c] + " Ltd", "", "", "", "", "", "", "", "$" + s.money(sum), ""})
		}
		all += sum
	}
	rows = append(rows, []string{"TOTAL", "", "", "", "", "", "", "", "$" + s.money(all), ""})
	truth.Records = len(rows) - 5
	return s.encode(rows[0], rows[1:]), truth
}
