package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// invoiceFrom is the month of the first invoice: the accounting system gives out one fiscal year.
var invoiceFrom = time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)

// invoiceRows is 請求: each customer's month, closed at its end, due at the end of the next, tax included. Most pay on the
// day; a few are late as a habit, one in thirty leaves an invoice unpaid or half paid. What was not paid before the end
// of the data is still open.
func invoiceRows(all orders) [][]string {
	type month struct {
		customer int
		on       time.Time
	}
	sums, order := map[month]int{}, []month(nil)
	for _, o := range all {
		on := time.Date(o.on.Year(), o.on.Month(), 1, 0, 0, 0, 0, time.UTC)
		if o.kind == "取消" || on.Before(invoiceFrom) {
			continue
		}
		key := month{o.customer.number, on}
		if _, ok := sums[key]; !ok {
			order = append(order, key)
		}
		sums[key] += o.quantity * o.item.price * 110 / 100
	}
	rows := [][]string{{"請求番号", "得意先コード", "請求日", "支払期限", "請求金額", "入金日", "入金額"}}
	for _, key := range order {
		amount := sums[key]
		if amount <= 0 {
			continue // more came back than was bought: a credit note
		}
		habit := rand.New(rand.NewPCG(uint64(key.customer), 0x686162697400)) // the customer's, the same every month
		slow := habit.IntN(12) == 0
		r := rand.New(rand.NewPCG(uint64(key.customer), 0x7365696b7975+uint64(key.on.Unix())))
		invoiced, due := key.on.AddDate(0, 1, -1), key.on.AddDate(0, 2, -1)
		late := -r.IntN(3)
		switch n := r.IntN(100); {
		case slow && n < 70:
			late = 5 + r.IntN(45)
		case n < 6:
			late = 1 + r.IntN(10)
		}
		paid := due.AddDate(0, 0, late)
		on, got := paid.Format(slashDate), yen(amount)
		switch n := r.IntN(100); {
		case !paid.Before(endDay) || slow && n < 8:
			on, got = "", ""
		case n < 1: // half of it
			on, got = "", yen(amount/2)
		}
		rows = append(rows, []string{fmt.Sprintf("S%s%06d", key.on.Format("0601"), key.customer), fmt.Sprintf("%06d", key.customer),
			invoiced.Format(slashDate), due.Format(slashDate), yen(amount), on, got})
	}
	return rows
}
