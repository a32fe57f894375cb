package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// dealRows is 商談: offers to customers and to leads; half of the closed ones were won, about a third are still open.
func dealRows(persons []person) [][]string {
	type deal struct {
		opened time.Time
		id     string
		row    []string
	}
	var all []deal
	for _, p := range persons {
		r := rand.New(rand.NewPCG(uint64(p.number), 0x73686f64616e))
		odds := 5
		if p.bought.IsZero() {
			odds = 4
		}
		if r.IntN(odds) > 0 {
			continue
		}
		from := p.met
		if !p.bought.IsZero() {
			from = p.bought
		}
		days := int(endDay.Sub(from).Hours() / 24)
		if days < 2 {
			continue
		}
		opened := from.AddDate(0, 0, r.IntN(days))
		if r.IntN(3) == 0 {
			opened = endDay.AddDate(0, 0, -1-r.IntN(min(days, 75)))
		}
		it := pick(r, items)
		closed, stage, won := opened.AddDate(0, 0, 10+r.IntN(80)), "失注", "×"
		if !p.bought.IsZero() && r.IntN(2) == 0 { // what a lead won would be a sale
			stage, won = "受注", "○"
		}
		expected, closing := opened.AddDate(0, 0, 30+r.IntN(60)).Format(slashDate), closed.Format(slashDate)
		if !closed.Before(endDay) {
			stage, won, closing = pick(r, []string{"引合", "提案", "見積提出", "最終交渉"}), "", ""
		}
		amount := max(it.price*p.size/100*(6+r.IntN(12))/1000, 20) * 1000
		all = append(all, deal{opened, p.id, []string{p.customer, p.id, opened.Format(slashDate), stage, yen(amount), expected,
			closing, won, it.name + "の年間契約"}})
	}
	slices.SortStableFunc(all, func(a, b deal) int { return cmp.Or(a.opened.Compare(b.opened), strings.Compare(a.id, b.id)) })
	rows := [][]string{{"商談番号", "得意先コード", "連絡先コード", "開始日", "段階", "見込金額", "受注予定日", "終了日", "結果", "件名"}}
	for i, d := range all {
		rows = append(rows, append([]string{fmt.Sprintf("N%04d", i+1)}, d.row...))
	}
	return rows
}
