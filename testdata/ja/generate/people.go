package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	customerCount = 300
	leadCount     = 60
)

// customer is a line of 得意先マスタ with how it buys.
type customer struct {
	number                            int
	name, kana, kind, industry, place string
	rep, approach, rank               string
	employees                         int
	from, until                       time.Time // buys between these
	size, growth                      int       // hundredths of a unit an order; what becomes of 100 in a year
}

// code has leading zeros, which must survive.
func (c customer) code() string { return fmt.Sprintf("%06d", c.number) }

// makeCustomers draws who buys: a few large, some new, some that stopped.
func makeCustomers() []customer {
	var all []customer
	for n := 1; n <= customerCount; n++ {
		r := rand.New(rand.NewPCG(uint64(n), 0x746f6b7569))
		c := customer{number: n, kind: "法人", rep: pick(r, salesReps), place: pick(r, prefectures), from: firstDay,
			until: endDay, size: 100 + r.IntN(1+r.IntN(600)), growth: 70 + r.IntN(70)}
		if n%12 == 0 {
			family, given := pick(r, familyNames), pick(r, givenNames)
			c.kind, c.name, c.kana = "個人", family.kanji+" "+given.kanji, family.kana+" "+given.kana
			c.size = 100
		} else {
			tail := pick(r, companyTail)
			c.name = pick(r, []string{"株式会社", "㈱", "有限会社", ""}) + pick(r, companyHead) + tail
			c.industry, c.employees = industryByTail[tail], 3+r.IntN(1+r.IntN(200))
		}
		switch k := r.IntN(10); {
		case k == 0: // came in the second year
			c.from = firstDay.AddDate(0, 0, 365+r.IntN(330))
		case k == 1: // stopped
			c.until = firstDay.AddDate(0, 0, 120+r.IntN(500))
		}
		if r.IntN(12) == 0 {
			c.size *= 6 // the few that make most of the sales
		}
		if r.IntN(15) == 0 {
			c.approach = pick(r, []string{"重点", "維持", "育成", "復活"})
		}
		if r.IntN(100) == 0 {
			c.rank = "A"
		}
		all = append(all, c)
	}
	return all
}

func customerRows(customers []customer) [][]string {
	rows := [][]string{{"得意先コード", "得意先名", "フリガナ", "区分", "業種", "郵便番号", "都道府県", "住所", "電話番号", "従業員数", "担当者",
		"対応方針", "指定ランク"}}
	for _, c := range customers {
		employees := ""
		if c.employees > 0 {
			employees = strconv.Itoa(c.employees)
		}
		rows = append(rows, []string{c.code(), c.name, c.kana, c.kind, c.industry, "000-0000", c.place,
			fmt.Sprintf("見本市架空町%d-%d", c.number%9+1, c.number%30+1), fmt.Sprintf("00-0000-%04d", c.number), employees,
			c.rep, c.approach, c.rank})
	}
	return rows
}

// people collects the contact manager's exports.
type people struct{ contacts, interests, consents [][]string }

// makePeople gives every customer a contact or two, and adds visitors of a fair who have not bought.
func makePeople(customers []customer) people {
	p := people{
		contacts: [][]string{{"連絡先コード", "得意先コード", "氏名", "役職", "部署", "決裁者", "メールアドレス", "取得経路",
			"取得日"}},
		interests: [][]string{{"連絡先コード", "興味分野", "記録日"}},
		consents:  [][]string{{"連絡先コード", "手段", "日時", "同意", "根拠", "取得方法", "証跡"}},
	}
	for _, c := range customers {
		r := rand.New(rand.NewPCG(uint64(c.number), 0x70656f706c65))
		count := 1 + r.IntN(10)/7
		if r.IntN(60) == 0 {
			count = 0
		}
		for n := 1; n <= count; n++ {
			p.add(r, fmt.Sprintf("R%s-%d", c.code(), n), c.code(), c.name, c.kind == "個人", c.from.AddDate(0, 0, r.IntN(40)))
		}
	}
	for n := 1; n <= leadCount; n++ {
		r := rand.New(rand.NewPCG(uint64(n), 0x6c656164))
		id, met := fmt.Sprintf("M%04d", n), endDay.AddDate(0, 0, -1-r.IntN(300))
		p.add(r, id, "", "", false, met)
		for _, at := range r.Perm(len(topics))[:1+r.IntN(3)] {
			p.interests = append(p.interests, []string{id, topics[at], met.Format(slashDate)})
		}
	}
	return p
}

// add writes one contact and what it agreed to.
func (p *people) add(r *rand.Rand, id, customer, customerName string, person bool, met time.Time) {
	family, given := pick(r, familyNames), pick(r, givenNames)
	name, title, department, decides := family.kanji+" "+given.kanji, pick(r, jobTitles), "総務部", "○"
	if person {
		name, title, department = customerName, "", ""
	}
	if r.IntN(3) == 0 {
		decides = "×"
	}
	email := fmt.Sprintf("%s.%s.%s@example.jp", given.roman, family.roman, id[1:])
	switch r.IntN(60) {
	case 0:
		email = ""
	case 1: // a form that carriers gave out until 2009: it breaks the rules, and it works
		email = fmt.Sprintf("%s..%s.@example.jp", given.roman, id[1:])
	}
	p.contacts = append(p.contacts, []string{id, customer, name, title, department, decides, email, pick(r, acquiredVia),
		met.Format(slashDate)})
	if email == "" {
		return
	}
	at := met.Add(time.Duration(9*60+r.IntN(480)) * time.Minute)
	row := func(at time.Time, granted, basis, method, proof string) {
		p.consents = append(p.consents, []string{id, "メール", at.Format("2006-01-02 15:04:05+09"), granted, basis, method, proof})
	}
	switch n := r.IntN(100); {
	case n < 45:
		row(at, "同意", "同意", "申込書", fmt.Sprintf("申込書スキャン No.%05d", r.IntN(90000)+10000))
	case n < 65:
		row(at, "同意", "名刺交換", "名刺", "名刺スキャン "+met.Format("060102"))
	case n < 82:
		row(at, "同意", "取引関係", "受注", "継続取引、請求書に配信停止の案内あり")
	case n < 87:
		row(at, "拒否", "同意", "申込書", "「希望しない」に印")
	default:
		return
	}
	if left := int(endDay.Sub(met).Hours()/24) - 1; left > 40 && r.IntN(14) == 0 {
		row(at.AddDate(0, 0, 20+r.IntN(left-20)), "拒否", "同意", "返信メール", "受信メール保管")
	}
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
