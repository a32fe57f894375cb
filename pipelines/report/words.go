package report

import (
	"math"
	"strings"
)

// RankName is a rank as people say it: Rank A, Aランク; the names that the models give to what is no rank are said in words.
func (d Document) RankName(rank string) string {
	f := d.Format
	switch rank {
	case "":
		return f.say("no customer", "得意先なし")
	case "other":
		return f.say("other", "その他")
	case "new":
		return f.say("new", "新規")
	}
	if len([]rune(rank)) <= 4 {
		return f.say("Rank %s", "%sランク", rank)
	}
	return rank
}

// mailedRank is the rank that a message went to; a lead has none.
func (d Document) mailedRank(rank string) string {
	if rank == "" {
		return d.Format.say("no rank", "ランクなし")
	}
	return d.RankName(rank)
}

// Change is the relative change from before to now, with its sign; a dash where a ratio says nothing: an amount below
// zero, or nothing before.
func (d Document) Change(now float64, before *float64) string {
	if before == nil || *before <= 0 || now < 0 {
		return dash
	}
	return d.Format.SignedPercent((now - *before) / *before)
}

// Verdict is an effect in a few words.
func (d Document) Verdict(e Effect) string {
	f := d.Format
	switch e.Verdict {
	case Measured:
		if e.DrawSuspect {
			return f.say("draw looks not random", "抽選に偏りの疑い")
		}
		switch e.Gain() {
		case 1:
			return f.say("gain shown", "効果あり")
		case -1:
			return f.say("loss shown", "マイナスの効果")
		}
		return f.say("no effect shown", "効果は確認できず")
	case TooEarly:
		if e.DaysLeft != nil {
			if *e.DaysLeft == 1 && !f.japanese() {
				return "too early: 1 day to go"
			}
			return f.say("too early: %d days to go", "判定前（あと%d日）", *e.DaysLeft)
		}
		return f.say("too early", "判定前")
	case NotEnoughData:
		return f.say("not enough data", "データ不足")
	case NoHoldout:
		return f.say("no hold-out to compare with", "比較群なし（測定不可）")
	case NotMeasured, "":
		return f.say("not measured", "測定対象外")
	}
	return e.Verdict
}

// Outcome is what an effect is measured in.
func (d Document) Outcome(e Effect) string {
	f := d.Format
	if e.Outcome == nil {
		return ""
	}
	switch *e.Outcome {
	case "gross_profit":
		return f.say("gross profit", "粗利益")
	case "orders":
		return f.say("orders", "注文数")
	}
	return f.say("sales", "売上")
}

// Amount is a number in the unit of an effect's outcome.
func (d Document) Amount(e Effect, v *float64) string {
	if v == nil {
		return dash
	}
	if e.Outcome != nil && *e.Outcome == "orders" {
		return Format{Locale: d.Locale}.Fine(*v)
	}
	return d.Format.Fine(*v)
}

// Difference is an effect's difference with its sign.
func (d Document) Difference(e Effect) string {
	if e.Difference == nil {
		return dash
	}
	return signed(*e.Difference, d.Amount(e, e.Difference))
}

// Interval is an effect's interval: £0.49 to £1.05, 49円〜105円.
func (d Document) Interval(e Effect) string {
	if e.Low == nil || e.High == nil {
		return dash
	}
	return d.Format.say("%s to %s", "%s～%s", d.Amount(e, e.Low), d.Amount(e, e.High))
}

// Total is what a campaign brought in all; TotalInterval its interval.
func (d Document) Total(e Effect) string {
	if e.TotalDifference == nil {
		return dash
	}
	return d.totals(e).SignedBrief(*e.TotalDifference)
}

// TotalInterval is the interval of Total.
func (d Document) TotalInterval(e Effect) string {
	if e.TotalLow == nil || e.TotalHigh == nil {
		return dash
	}
	f := d.totals(e)
	return f.say("%s to %s", "%s～%s", f.Brief(*e.TotalLow), f.Brief(*e.TotalHigh))
}

// totals is the format of an effect's totals: orders have no currency.
func (d Document) totals(e Effect) Format {
	f := d.Format
	if e.Outcome != nil && *e.Outcome == "orders" {
		f.Currency = ""
	}
	return f
}

// Channel is a channel's name.
func (d Document) Channel(name string) string {
	f := d.Format
	switch name {
	case "email":
		return f.say("e-mail", "メール")
	case "postal":
		return f.say("post", "郵送")
	case "list":
		return f.say("staff list", "営業リスト")
	}
	return name
}

// State is an edition's state.
func (d Document) State(name string) string {
	f := d.Format
	switch name {
	case "planned":
		return f.say("planned", "計画済み")
	case "sending":
		return f.say("sending", "配信中")
	case "unconfirmed":
		return f.say("some unconfirmed", "一部未確認")
	case "finished":
		return f.say("finished", "完了")
	}
	return name
}

// Undelivered names what of an edition was planned and not delivered, by number; a dash where there is nothing.
func (d Document) Undelivered(e Edition) string {
	f := d.Format
	var parts []string
	for _, part := range []struct {
		n      int64
		en, ja string
	}{
		{e.Failed, "%s failed", "不達%s"},
		{e.Withheld, "%s withheld", "停止%s"},
		{e.Unconfirmed, "%s unconfirmed", "未確認%s"},
		{e.Pending, "%s to go", "残り%s"},
	} {
		if part.n > 0 {
			parts = append(parts, f.say(part.en, part.ja, f.Count(part.n)))
		}
	}
	if len(parts) == 0 {
		return dash
	}
	return strings.Join(parts, f.say(", ", "、"))
}

// Until is the last day of the window: sales are counted up to its end.
func (d Document) Until() string { return d.Format.Date(d.Headline.AsOf.AddDate(0, 0, -1)) }

// Period is the window in words.
func (d Document) Period() string {
	f := d.Format
	return f.say("%s to %s (%d days)", "%s～%s（%d日間）", f.Date(d.Headline.From), d.Until(), d.Headline.WindowDays)
}

// Before is the window that is compared with, in words.
func (d Document) Before() string {
	f := d.Format
	if d.Headline.ComparesLastYear {
		return f.say("the same %d days of last year", "前年同期の%d日間", d.Headline.WindowDays)
	}
	return f.say("the %d days before", "その前の%d日間", d.Headline.WindowDays)
}

// Against is the change from the window that is compared with to this one, in words.
func (d Document) Against(now float64, before *float64) string {
	f := d.Format
	if d.Headline.ComparesLastYear {
		return f.say("%s on last year", "前年同期比 %s", d.Change(now, before))
	}
	return f.say("%s on the %d days before", "前%[2]d日間比 %[1]s", d.Change(now, before), d.Headline.WindowDays)
}

// StaleDays is how many days before the end of the window the sales data end; 0 where they reach it.
func (d Document) StaleDays() int {
	if d.Headline.DataUntil == nil {
		return 0
	}
	return max(0, int(math.Round(d.Headline.AsOf.Sub(*d.Headline.DataUntil).Hours()/24))-1)
}

// Rejected is how many rows were set aside in all.
func (d Document) Rejected() int64 {
	var n int64
	for _, f := range d.Files {
		n += f.Rejected
	}
	return n
}

// RowsRead is how many rows were read in all.
func (d Document) RowsRead() int64 {
	var n int64
	for _, f := range d.Files {
		n += f.Rows
	}
	return n
}

// Comparable says whether there is a window before to compare with.
func (d Document) Comparable() bool { return d.Headline.PreviousSales != nil }

// More is how many other categories are due to the customer.
func (d Due) More() int64 { return d.Categories - 1 }
