package report

import (
	"fmt"
	"html/template"
	"math"
)

// The figures are the document's charts. Each is an empty text where there is nothing to draw; the template then says so.

// MonthFigure shows sales month by month, beside the year before where there is one.
func (d Document) MonthFigure() template.HTML {
	if len(d.Months) < 2 {
		return ""
	}
	f := d.Format
	b := Bars{
		Title: f.say("Sales by month", "月別売上"),
		Desc: f.say("Bars of net sales from %s to %s, beside the same month a year before where it is known.",
			"%sから%sまでの純売上の棒グラフ。前年同月が分かる場合は並べて表示。", f.Month(d.Months[0].On), f.Month(d.Months[len(d.Months)-1].On)),
		Axis: f.Axis, Value: f.Money,
	}
	before := Series{Name: f.say("year before", "前年同月"), Colour: colourBefore}
	now := Series{Name: f.say("sales", "売上"), Colour: colourNow}
	known := false
	for i, m := range d.Months {
		b.Labels = append(b.Labels, f.AxisMonth(m.On, i == 0))
		b.Pale = append(b.Pale, m.Partial)
		if m.Partial {
			b.Note = f.say("paler: month not complete", "淡色：月の途中まで")
		}
		now.Values = append(now.Values, m.Sales)
		known = known || m.YearBefore != nil
		before.Values = append(before.Values, orNaN(m.YearBefore))
	}
	if known {
		b.Series = append(b.Series, before)
	}
	b.Series = append(b.Series, now)
	return template.HTML(b.Columns())
}

// RankFigure shows each rank's sales, beside what the same customers bought before.
func (d Document) RankFigure() template.HTML {
	if len(d.Ranks) == 0 {
		return ""
	}
	f := d.Format
	b := Bars{
		Title: f.say("Sales by rank", "ランク別売上"),
		Desc: f.say("Bars of net sales by rank in the last %d days, and of the same customers in %s.",
			"直近%d日間のランク別純売上と、同じ得意先の%sの売上の棒グラフ。", d.Headline.WindowDays, d.Before()),
		Axis: f.Axis, Value: f.Brief,
	}
	now := Series{Name: f.say("last %d days", "直近%d日間", d.Headline.WindowDays), Colour: colourNow}
	before := Series{Name: f.say("same customers in %s", "同じ得意先の%s", d.Before()), Colour: colourBefore}
	for _, r := range d.Ranks {
		b.Labels = append(b.Labels, d.RankName(r.Rank))
		now.Values = append(now.Values, r.Sales)
		before.Values = append(before.Values, r.Previous)
	}
	b.Series = []Series{now}
	if d.Headline.HasPrevious {
		b.Series = append(b.Series, before)
	}
	return template.HTML(b.Rows())
}

// ParetoFigure shows how few customers make how much.
func (d Document) ParetoFigure() template.HTML {
	if len(d.Pareto) < 2 {
		return ""
	}
	f := d.Format
	c := Curve{
		Title:  f.say("Pareto curve", "パレート曲線"),
		Desc:   f.say("Share of sales made by the largest customers, point by point.", "売上上位の得意先が占める売上の割合。"),
		Across: f.say("share of customers who bought, largest first", "購入した得意先の割合（売上の多い順）"),
		Up:     f.say("share of sales", "売上の割合"), Percent: f.Percent,
		EqualityLabel: f.say("if all bought alike", "全員が同額の場合"),
	}
	for _, p := range d.Pareto {
		c.X, c.Y = append(c.X, p.CustomerShare), append(c.Y, p.Share)
	}
	if p, ok := d.topFifth(); ok {
		c.Marks = []Mark{{X: p.CustomerShare, Y: p.Share, Label: f.say("%s of the customers make %s of the sales",
			"上位%sの得意先で売上の%s", f.Percent(p.CustomerShare), f.Percent(p.Share))}}
	}
	return template.HTML(c.SVG())
}

// topFifth is the curve's point at a fifth of the customers.
func (d Document) topFifth() (ParetoPoint, bool) {
	for _, p := range d.Pareto {
		if p.Position == 20 {
			return p, true
		}
	}
	return ParetoPoint{}, false
}

// MigrationFigure shows who moved from which rank to which.
func (d Document) MigrationFigure() template.HTML {
	if len(d.Migration) == 0 {
		return ""
	}
	f := d.Format
	m := Matrix{
		Title: f.say("Rank migration", "ランク推移"),
		Desc: f.say("Customers by their rank on %s (rows) and on %s (columns).", "%s時点（行）と%s時点（列）のランク別得意先数。",
			f.Date(d.Migration[0].FromOn), f.Date(d.Migration[0].ToOn)),
		RowName: f.Date(d.Migration[0].FromOn), ColName: f.Date(d.Migration[0].ToOn),
		Value:      func(v float64) string { return f.Count(int64(v)) },
		BetterText: f.say("moved up", "ランクアップ"), WorseText: f.say("moved down", "ランクダウン"),
	}
	var rows, cols []string
	column := map[string]int{}
	for _, move := range d.Migration {
		if len(rows) == 0 || rows[len(rows)-1] != move.From {
			rows = append(rows, move.From)
			m.Rows = append(m.Rows, d.RankName(move.From))
			m.Values = append(m.Values, nil)
		}
		if len(rows) == 1 {
			column[move.To] = len(cols)
			cols = append(cols, move.To)
			m.Cols = append(m.Cols, d.RankName(move.To))
		}
		last := len(m.Values) - 1
		m.Values[last] = append(m.Values[last], float64(move.Customers))
	}
	at := func(row int) (int, bool) { i, ok := column[rows[row]]; return i, ok }
	m.Diagonal = func(row, col int) bool { i, ok := at(row); return ok && i == col }
	m.Better = func(row, col int) bool { i, ok := at(row); return ok && col < i }
	m.Worse = func(row, col int) bool { i, ok := at(row); return ok && col > i }
	m.Tip = func(row, col int) string {
		return fmt.Sprintf("%s → %s: %s", m.Rows[row], m.Cols[col], m.Value(m.Values[row][col]))
	}
	return template.HTML(m.SVG())
}

// moves counts the customers whose rank went up, and down, between the two dates of the migration.
func (d Document) moves() (up, down int64) {
	position := map[string]int{}
	for i, move := range d.Migration {
		if i > 0 && move.From != d.Migration[0].From {
			break
		}
		position[move.To] = i
	}
	for _, move := range d.Migration {
		from, ok := position[move.From]
		switch {
		case !ok:
		case position[move.To] < from:
			up += move.Customers
		case position[move.To] > from:
			down += move.Customers
		}
	}
	return up, down
}

// DormancyFigure shows who fell dormant and who came back, month by month.
func (d Document) DormancyFigure() template.HTML {
	if len(d.Dormancy) < 2 {
		return ""
	}
	f := d.Format
	b := Bars{
		Title: f.say("Customers lost and won back", "休眠入り・復活の得意先数"),
		Desc: f.say("Customers who reached %d days without an order, and customers who ordered again after as long, by month.",
			"%d日間購入のなくなった得意先数と、その後に購入が復活した得意先数（月別）。", d.Headline.DormantDays),
		Axis: f.AxisCount, Value: func(v float64) string { return f.Count(int64(v)) },
	}
	fell := Series{Name: f.say("fell dormant", "休眠入り"), Colour: colourAccent}
	back := Series{Name: f.say("came back", "復活"), Colour: colourNow}
	for i, m := range d.Dormancy {
		b.Labels = append(b.Labels, f.AxisMonth(m.On, i == 0))
		b.Pale = append(b.Pale, m.Partial)
		if m.Partial {
			b.Note = f.say("paler: month not complete", "淡色：月の途中まで")
		}
		fell.Values = append(fell.Values, float64(m.Dormant))
		back.Values = append(back.Values, float64(m.Revived))
	}
	b.Series = []Series{fell, back}
	return template.HTML(b.Columns())
}

// EffectFigure shows every campaign's effect with its interval, ranks below it, or why there is none. Where none is
// measured there is no figure: the table says why.
func (d Document) EffectFigure() template.HTML {
	f := d.Format
	p := Intervals{
		Title: f.say("What the campaigns brought", "施策の効果"),
		Desc: f.say("For each campaign the difference per customer between those planned and those held out, with its 95% interval.",
			"施策ごとの、配信群と比較群の得意先1件あたりの差と95%信頼区間。"),
		Axis:     f.Axis,
		AxisName: f.say("difference per customer, mailed less held out", "得意先1件あたりの差（配信群−比較群）"),
	}
	drawn := false
	for _, c := range d.Campaigns {
		if c.Effect.Verdict == NotMeasured {
			continue
		}
		// one axis has one unit: campaigns measured in orders stand in the table only
		if c.Effect.Outcome != nil && *c.Effect.Outcome == "orders" {
			continue
		}
		p.Rows = append(p.Rows, d.intervalRow(c.Title, c.Effect, false))
		if c.Effect.Verdict != Measured {
			continue
		}
		drawn = true
		for _, r := range c.Ranks {
			p.Rows = append(p.Rows, d.intervalRow(d.mailedRank(r.Rank), r.Effect, true))
		}
	}
	if !drawn {
		return ""
	}
	return template.HTML(p.SVG())
}

func (d Document) intervalRow(label string, e Effect, sub bool) IntervalRow {
	row := IntervalRow{Label: label, Sub: sub, Say: d.Verdict(e)}
	if e.Verdict != Measured || e.Difference == nil || e.Low == nil || e.High == nil {
		return row
	}
	row.Known, row.Value, row.Low, row.High = true, *e.Difference, *e.Low, *e.High
	row.Colour = colourMuted
	switch e.Gain() {
	case 1:
		row.Colour = colourNow
	case -1:
		row.Colour = colourAccent
	}
	row.Tip = label + ": " + d.Format.SignedFine(row.Value) + " (" + d.Interval(e) + ")"
	row.Say = d.Format.SignedFine(row.Value) + " · " + d.Verdict(e)
	return row
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
