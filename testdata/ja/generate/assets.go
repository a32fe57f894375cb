package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// The makers of what customers own: ours under our name, the others invented.
const ourName = "とくい商会"

var rivals = []string{"オフィス満天屋", "みほん文具流通", "カクウ事務機"}

// assetRows is 保有機器: what sales representatives saw at customers, of ours (bought earlier or elsewhere, so not always in
// the sales) and of competitors. What is worn out is taken off, and its day noted.
func assetRows(customers []customer) [][]string {
	rows := [][]string{{"機器番号", "得意先コード", "商品コード", "分類", "販売元", "製造番号", "設置日", "撤去日"}}
	for _, c := range customers {
		r := rand.New(rand.NewPCG(uint64(c.number), 0x686f7975))
		if r.IntN(5) < 2 {
			continue
		}
		for range 1 + r.IntN(2) {
			it := items[pick(r, []int{3, 5, 8, 8, 9, 17, 17, 18, 19})]
			code, vendor := it.code, ourName
			if r.IntN(2) == 0 {
				code, vendor = "", pick(r, rivals)
			}
			installed := endDay.AddDate(0, 0, -1-r.IntN(it.cycle*5/4+30))
			retired := ""
			if gone := installed.AddDate(0, 0, it.cycle); r.IntN(10) == 0 && gone.Before(endDay) {
				retired = gone.Format(slashDate)
			}
			rows = append(rows, []string{fmt.Sprintf("K%05d", len(rows)), c.code(), code, it.category, vendor,
				fmt.Sprintf("SN%06d", r.IntN(1000000)), installed.Format(slashDate), retired})
		}
	}
	return rows
}

// surveyRows is アンケート: what the contacts of customers said they were interested in when they were met, or at a seminar.
func surveyRows(persons []person) [][]string {
	rows := [][]string{{"連絡先コード", "興味分野", "記録日", "記録元"}}
	for _, p := range persons {
		r := rand.New(rand.NewPCG(uint64(p.number), 0x616e6b657474))
		if p.customer == "" || r.IntN(30) == 0 {
			continue
		}
		on, in := p.met, "初回アンケート"
		if at := seminars[r.IntN(len(seminars))]; at.After(p.met) && r.IntN(12) == 0 {
			on, in = at, "セミナーアンケート"
		}
		for _, at := range r.Perm(len(topics))[:2+r.IntN(3)] {
			rows = append(rows, []string{p.id, topics[at], on.Format(slashDate), in})
		}
	}
	return rows
}

// responseRows is what a mail service that was used before kept of the last year's answers, in the form that
// `tokui import events` reads.
func responseRows(persons []person) [][]string {
	rows := [][]string{{"kind", "at", "contact_id", "channel", "detail"}}
	for month := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC); month.Before(endDay); month = month.AddDate(0, 1, 0) {
		for _, p := range persons {
			if p.met.After(month) {
				continue
			}
			r := rand.New(rand.NewPCG(uint64(p.number), 0x68616e6e6f75+uint64(month.Unix())))
			odds := 40
			if p.curious {
				odds = 9
			}
			if r.IntN(odds) > 0 {
				continue
			}
			kind, text := "click", "新商品のご案内"
			if r.IntN(6) == 0 {
				kind, text = "reply", "ご案内への返信"
			}
			at := p.at(r, month.AddDate(0, 0, r.IntN(20)))
			rows = append(rows, []string{kind, at.Format("2006-01-02 15:04"), p.id, "email", text})
		}
	}
	return rows
}
