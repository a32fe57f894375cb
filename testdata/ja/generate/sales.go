package main

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"time"
)

// The window of the sales: two fiscal years.
var (
	firstDay = time.Date(2023, 4, 1, 0, 0, 0, 0, time.UTC)
	endDay   = time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)
)

const slashDate = "2006/01/02"

// order is one line of the export.
type order struct {
	on                                       time.Time
	number                                   string
	customer                                 customer
	item                                     item
	quantity                                 int
	kind                                     string // 受注 取消 返品
	spoiltDate, spoiltAmount, spoiltQuantity string
}

type orders []order

// makeOrders lets every customer use up its articles, each in a rhythm of its own, from its first day to its last.
func makeOrders(customers []customer) orders {
	var all orders
	for _, c := range customers {
		r := rand.New(rand.NewPCG(uint64(c.number), 0x6a75636875))
		for _, at := range r.Perm(len(items))[:3+r.IntN(5)] {
			all = append(all, c.purchases(r, items[at])...)
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if !a.on.Equal(b.on) {
			return a.on.Before(b.on)
		}
		if a.customer.number != b.customer.number {
			return a.customer.number < b.customer.number
		}
		return a.item.code < b.item.code
	})
	serial := 0
	for i := range all { // what one customer orders on one day is one slip
		if i == 0 || !all[i].on.Equal(all[i-1].on) || all[i].customer.number != all[i-1].customer.number {
			serial++
		}
		all[i].number = fmt.Sprintf("J%s%05d", all[i].on.Format("06"), serial)
	}
	return all.withReturns().spoil()
}

// purchases is one customer's orders of one article: gaps around the article's cycle, on business days, growing or
// shrinking with the customer. It reckons in whole numbers, which are the same on every processor.
func (c customer) purchases(r *rand.Rand, it item) orders {
	var lines orders
	cycle := it.cycle * (70 + r.IntN(31) + r.IntN(31)) / 100
	at := c.from.AddDate(0, 0, r.IntN(it.cycle+1))
	for !at.After(c.until) && at.Before(endDay) {
		day := at
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDate(0, 0, 1)
		}
		days := int(at.Sub(firstDay).Hours() / 24)
		size := c.size * (100 + (c.growth-100)*days/365) / 100 // in hundredths of a unit
		quantity := size * (60 + r.IntN(41) + r.IntN(41)) / 10000
		if it.price > 20000 {
			quantity /= 4
		}
		if day.Before(endDay) {
			lines = append(lines, order{on: day, customer: c, item: it, quantity: max(quantity, 1), kind: "受注"})
		}
		at = at.AddDate(0, 0, max(cycle*(60+r.IntN(41)+r.IntN(61))/100, 3))
	}
	return lines
}

// withReturns turns some lines into cancellations and adds returns: new slips, with negative quantity.
func (all orders) withReturns() orders {
	r := rand.New(rand.NewPCG(7, 0x68656e70696e))
	var out orders
	for _, line := range all {
		switch n := r.IntN(1000); {
		case n < 8:
			line.kind = "取消"
			out = append(out, line)
		case n < 18:
			out = append(out, line)
			back := line
			back.kind, back.quantity = "返品", -max(line.quantity/2, 1)
			back.number = "H" + line.number[1:]
			if back.on = line.on.AddDate(0, 0, 7); back.on.Before(endDay) {
				out = append(out, back)
			}
		default:
			out = append(out, line)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].on.Before(out[j].on) })
	return out
}

// spoil makes a few cells what a person in a hurry types.
func (all orders) spoil() orders {
	for i, text := range []string{"2024/02/30", "未定", "2024/13/05", "24年4月上旬"} {
		all[(i+1)*len(all)/5].spoiltDate = text
	}
	for i, text := range []string{"応相談", "別途見積", "#REF!"} {
		all[(i+1)*len(all)/4+11].spoiltAmount = text
	}
	for i, text := range []string{"1ケース", "一式", "?"} {
		all[(i+1)*len(all)/4+23].spoiltQuantity = text
	}
	return all
}

// rows are the lines of one file: those dated from from, before to.
func (all orders) rows(from, to string) [][]string {
	out := [][]string{{"受注番号", "受注日", "得意先コード", "得意先名", "商品コード", "商品名", "商品分類", "数量", "単価", "金額", "原価",
		"区分", "担当者"}}
	for _, o := range all {
		on := o.on.Format(slashDate)
		if on < from || on >= to {
			continue
		}
		quantity, amount := strconv.Itoa(o.quantity), yen(o.quantity*o.item.price)
		if o.spoiltDate != "" {
			on = o.spoiltDate
		}
		if o.spoiltAmount != "" {
			amount = o.spoiltAmount
		}
		if o.spoiltQuantity != "" {
			quantity = o.spoiltQuantity
		}
		out = append(out, []string{o.number, on, o.customer.code(), o.customer.name, o.item.code, o.item.name,
			o.item.category, quantity, yen(o.item.price), amount, yen(o.quantity * o.item.cost), o.kind, o.customer.rep})
	}
	return out
}

// productRows is the product master.
func productRows() [][]string {
	rows := [][]string{{"商品コード", "商品名", "商品分類", "標準売価", "標準原価", "推奨交換日数"}}
	for _, it := range items {
		rows = append(rows, []string{it.code, it.name, it.category, yen(it.price), yen(it.cost), strconv.Itoa(it.cycle)})
	}
	return rows
}

// yen writes an amount with thousands commas, as the system does.
func yen(n int) string {
	if n < 0 {
		return "-" + yen(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return yen(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
