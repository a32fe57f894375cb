package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// person is what the files about people's doings need of a line of 連絡先.
type person struct {
	number       int // of the random stream
	id, customer string
	industry     string
	met          time.Time
	bought       time.Time // first order of the customer; zero: none
	size         int       // of the customer, see customer
	until        time.Time // buys until
	weekday      time.Weekday
	hour         int // around which this person answers
	curious      bool
}

// seminars are the afternoons that the company invited to.
var seminars = []time.Time{
	time.Date(2023, 10, 18, 14, 0, 0, 0, time.UTC),
	time.Date(2024, 5, 22, 14, 0, 0, 0, time.UTC),
	time.Date(2024, 10, 16, 14, 0, 0, 0, time.UTC),
	time.Date(2025, 2, 19, 14, 0, 0, 0, time.UTC),
}

// hourByIndustry is when work leaves people of a trade time to read.
var hourByIndustry = map[string]int{"医療": 13, "宿泊業": 10, "小売業": 15, "運輸業": 8, "教育": 14, "建設業": 7}

// makePersons reads the contacts back, and gives each its habits.
func makePersons(contacts [][]string, customers []customer, all orders) []person {
	byCode := map[string]customer{}
	for _, c := range customers {
		byCode[c.code()] = c
	}
	bought := map[int]time.Time{}
	for _, o := range all {
		if at, ok := bought[o.customer.number]; o.kind == "受注" && (!ok || o.on.Before(at)) {
			bought[o.customer.number] = o.on
		}
	}
	var persons []person
	r := rand.New(rand.NewPCG(1, 0x736869756b616e)) // one for all: the habits of neighbours shall not be alike
	for i, row := range contacts[1:] {
		met, err := time.Parse(slashDate, row[8])
		if err != nil {
			panic(err) // we wrote it ourselves
		}
		p := person{number: i + 1, id: row[0], customer: row[1], met: met, until: endDay, size: 100}
		if c, ok := byCode[row[1]]; ok {
			p.industry, p.bought, p.size, p.until = c.industry, bought[c.number], c.size, c.until
		}
		usual, ok := hourByIndustry[p.industry]
		if !ok {
			usual = []int{9, 11, 16}[r.IntN(3)]
		}
		p.weekday, p.hour, p.curious = time.Weekday(1+r.IntN(5)), usual+r.IntN(2), r.IntN(3) == 0
		persons = append(persons, p)
	}
	return persons
}

// at is a moment of the day in this person's rhythm: three of four at the usual hour, half of them on the usual weekday.
func (p person) at(r *rand.Rand, day time.Time) time.Time {
	if r.IntN(2) == 0 || day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, (int(p.weekday)-int(day.Weekday())+7)%7)
	}
	hour := p.hour
	if r.IntN(4) == 0 {
		hour = 8 + r.IntN(10)
	}
	return day.Add(time.Duration(hour*60+r.IntN(60)) * time.Minute)
}

// doing is one line of 対応履歴.
type doing struct {
	at                                        time.Time
	customer, contact, kind, item, mark, note string
	resolved                                  time.Time // zero: open, or nothing to resolve
}

// interactionRows is 対応履歴: what passed between the company and these people apart from orders. Who came to buy had
// looked around before; complaints and repairs are mostly resolved, some forgotten, some open on the last day.
func interactionRows(persons []person) [][]string {
	var all []doing
	for _, p := range persons {
		r := rand.New(rand.NewPCG(uint64(p.number), 0x7461696f75))
		all = append(all, p.looking(r)...)
		all = append(all, p.dealing(r)...)
		all = append(all, p.trouble(r)...)
	}
	all = slices.DeleteFunc(all, func(d doing) bool { return !d.at.Before(endDay) })
	slices.SortStableFunc(all, func(a, b doing) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.contact, b.contact), strings.Compare(a.kind, b.kind))
	})
	rows := [][]string{{"対応番号", "対応日時", "得意先コード", "連絡先コード", "種別", "商品コード", "評価", "内容", "解決日"}}
	for i, d := range all {
		resolved := ""
		if !d.resolved.IsZero() && d.resolved.Before(endDay) {
			resolved = d.resolved.Format(slashDate)
		}
		rows = append(rows, []string{fmt.Sprintf("T%05d", i+1), d.at.Format("2006/01/02 15:04"), d.customer, d.contact, d.kind,
			d.item, d.mark, d.note, resolved})
	}
	return rows
}

// looking is what people do who have not bought yet: the web site, seminars, inquiries. Who is to buy does more of it.
func (p person) looking(r *rand.Rand) []doing {
	var all []doing
	note := func(at time.Time, kind, item, mark, text string) {
		all = append(all, doing{at: at, customer: p.customer, contact: p.id, kind: kind, item: item, mark: mark, note: text})
	}
	end, web, asks := p.bought, 1+r.IntN(4), 1+r.IntN(2)
	if p.bought.IsZero() { // still a lead
		end, web, asks = endDay, r.IntN(3), r.IntN(6)/5
		if r.IntN(5) == 0 {
			web, asks = 3+r.IntN(5), 1
		}
	}
	if days := int(end.Sub(p.met).Hours() / 24); days > 3 {
		for range web {
			note(p.at(r, p.met.AddDate(0, 0, r.IntN(min(days, 60)))), "ウェブ", pick(r, items).code, "", "商品ページを閲覧")
		}
		for range asks {
			note(p.at(r, p.met.AddDate(0, 0, 1+r.IntN(min(days, 60)))), "問合せ", pick(r, items).code, strconv.Itoa(2+r.IntN(4)), pick(r, []string{"見積の依頼", "在庫の問合せ", "カタログの請求"}))
		}
	}
	for _, at := range seminars {
		if at.After(p.met) && r.IntN(100) < 9 {
			note(at, "セミナー", "", strconv.Itoa(1+r.IntN(5)), "「オフィスの省コスト」セミナー参加")
		}
	}
	return all
}

// dealing is the daily business with people who buy.
func (p person) dealing(r *rand.Rand) []doing {
	if p.bought.IsZero() {
		return nil
	}
	var all []doing
	note := func(at time.Time, kind, item, mark, text string) {
		if at.Before(p.until.AddDate(0, 2, 0)) {
			all = append(all, doing{at: at, customer: p.customer, contact: p.id, kind: kind, item: item, mark: mark, note: text})
		}
	}
	gap := 260
	if p.size > 400 {
		gap = 75
	}
	for day := p.bought.AddDate(0, 0, r.IntN(gap)); day.Before(endDay); day = day.AddDate(0, 0, gap*(60+r.IntN(80))/100) {
		note(p.at(r, day), "訪問", "", strconv.Itoa(2+r.IntN(4)), pick(r, []string{"定期訪問", "新商品のご紹介", "価格のご相談"}))
	}
	days := int(endDay.Sub(p.bought).Hours() / 24)
	if p.curious && days > 0 {
		for range 3 + r.IntN(8) {
			note(p.at(r, p.bought.AddDate(0, 0, r.IntN(days))), "ウェブ", pick(r, items).code, "", "商品ページを閲覧")
		}
	}
	if days > 0 && r.IntN(3) > 0 {
		note(p.at(r, p.bought.AddDate(0, 0, r.IntN(days))), "問合せ", pick(r, items).code, "", pick(r, []string{"納期の確認", "請求書の再発行", "見積の依頼"}))
	}
	if days > 0 && r.IntN(5) == 0 {
		note(p.at(r, p.bought.AddDate(0, 0, r.IntN(days))), "返信", "", "", "ご案内メールへの返信")
	}
	return all
}

// trouble is complaints and repairs. One in eight was never closed in the system, though nobody speaks of it any more.
func (p person) trouble(r *rand.Rand) []doing {
	days := int(endDay.Sub(p.bought).Hours() / 24)
	if p.bought.IsZero() || days <= 0 {
		return nil
	}
	var all []doing
	for _, t := range []struct {
		kind  string
		odds  int
		items []int // of items
		notes []string
	}{
		{"クレーム", 9, []int{0, 3, 5, 10, 13}, []string{"納品数の不足", "納期の遅れ", "品質の不良", "請求金額の誤り"}},
		{"修理", 11, []int{8, 17, 18, 19}, []string{"水漏れ", "点灯不良", "昇降の不良"}},
	} {
		if r.IntN(t.odds) > 0 {
			continue
		}
		at := p.at(r, p.bought.AddDate(0, 0, r.IntN(days)))
		if r.IntN(4) == 0 { // the last weeks
			at = p.at(r, endDay.AddDate(0, 0, -1-r.IntN(30)))
		}
		d := doing{at: at, customer: p.customer, contact: p.id, kind: t.kind, item: items[pick(r, t.items)].code, note: pick(r, t.notes)}
		if r.IntN(3) == 0 {
			d.contact = "" // taken by the telephone, nobody noted from whom
		}
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
		d.resolved = day.AddDate(0, 0, 1+r.IntN(25))
		if r.IntN(8) == 0 {
			d.resolved = time.Time{}
		}
		all = append(all, d)
	}
	return all
}
