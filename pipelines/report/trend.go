package report

import (
	"context"
	"html/template"

	"github.com/tokui/tokui/internal/warehouse"
)

// The sections of reports.management_trend.
const (
	sectionCompany = "company"
	trendRising    = "rising"
	trendFalling   = "falling"
)

// Trend is a row of reports.management_trend. Growth is a rate a year, nil where it is not known.
type Trend struct {
	Section, Level, Node, Name string
	ProductName                *string // one product of the category
	Verdict                    string
	Growth, Low, High          *float64
	Sales                      float64 // of the last 12 complete months
	Reason, ReasonJa           string
	LookedAt, All              int64 // categories, or products: with a verdict on their growth, and in all
}

func (d *Document) readTrends(ctx context.Context, db warehouse.Querier) (err error) {
	d.Trends, err = warehouse.Collect(ctx, db, `
		select
			section, level, node, name, product_name, verdict, growth_rate, growth_rate_low, growth_rate_high,
			year_sales_amount::double, reason, reason_ja, looked_at_count, all_count,
		from reports.management_trend
		order by list_position(['company', 'rising', 'falling', 'largest'], section), position`,
		func(t *Trend) []any {
			return []any{
				&t.Section, &t.Level, &t.Node, &t.Name, &t.ProductName, &t.Verdict, &t.Growth, &t.Low, &t.High, &t.Sales, &t.Reason,
				&t.ReasonJa, &t.LookedAt, &t.All,
			}
		})
	return err
}

// trendMost is the growth at which bars are cut: beyond it their ends say only "much".
const trendMost = 2.0

// TrendFigure shows the growth of the company and of the categories that gain and lose most, each with its interval.
func (d Document) TrendFigure() template.HTML {
	f := d.Format
	p := Intervals{
		Title: f.say("Growth by category, season taken out", "カテゴリ別の成長率（季節変動を除く）"),
		Desc: f.say("Growth a year with its 95% interval, for the company and for the categories that gain, lose and sell most.",
			"全社および増加・減少・売上上位カテゴリの年間成長率と95%信頼区間。"),
		Axis: f.SignedPercent, AxisName: f.say("growth a year, season taken out", "年間成長率（季節変動を除く）"),
	}
	for _, t := range d.Trends {
		if t.Growth == nil || t.Low == nil || t.High == nil {
			continue
		}
		row := IntervalRow{
			Label: d.TrendName(t), Sub: t.Section != sectionCompany, Known: true, Colour: colourMuted,
			Value: min(*t.Growth, trendMost), Low: min(*t.Low, trendMost), High: min(*t.High, trendMost),
			Say: f.SignedPercent(*t.Growth) + " · " + d.TrendVerdict(t), Tip: d.TrendName(t) + ": " + d.TrendReason(t),
		}
		switch t.Verdict {
		case trendRising:
			row.Colour = colourNow
		case trendFalling:
			row.Colour = colourAccent
		}
		p.Rows = append(p.Rows, row)
	}
	if len(p.Rows) == 0 {
		return ""
	}
	return template.HTML(p.SVG())
}

// TrendName is what a row is about: the company, or the category, with a product of it where it is a bare number.
func (d Document) TrendName(t Trend) string {
	if t.Section == sectionCompany {
		return d.Format.say("All sales", "全社売上")
	}
	return named(t.Name, t.ProductName)
}

// named is a category by its name, and where that is a bare number, by one of its products too.
func named(name string, product *string) string {
	for _, r := range name {
		if r > '9' {
			return name
		}
	}
	if product == nil {
		return name
	}
	return *product + " " + name
}

// TrendVerdict is a verdict in a word or two.
func (d Document) TrendVerdict(t Trend) string {
	f := d.Format
	switch t.Verdict {
	case trendRising:
		return f.say("rising", "増加")
	case trendFalling:
		return f.say("falling", "減少")
	case "steady":
		return f.say("steady", "横ばい")
	case "unclear":
		return f.say("no trend shown", "傾向は確認できず")
	}
	return d.TrendReason(t)
}

// TrendReason is the row's sentence in the report's language.
func (d Document) TrendReason(t Trend) string {
	return d.Format.say("%[1]s", "%[2]s", t.Reason, t.ReasonJa)
}

// TrendInterval is a growth's interval: +7% to +31%.
func (d Document) TrendInterval(t Trend) string {
	f := d.Format
	if t.Low == nil || t.High == nil {
		return dash
	}
	high := f.SignedPercent(*t.High)
	if *t.High > 10 {
		high = f.say("over tenfold", "10倍超")
	}
	return f.say("%s to %s", "%s～%s", f.SignedPercent(*t.Low), high)
}

// TrendSentence says how many categories have a trend, or why none can be told.
func (d Document) TrendSentence() string {
	f := d.Format
	var rising, falling int
	for _, t := range d.Trends {
		switch t.Section {
		case trendRising:
			rising++
		case trendFalling:
			falling++
		}
	}
	switch {
	case len(d.Trends) == 0:
		return ""
	case d.Trends[0].LookedAt == 0:
		return f.say("No growth yet: %s.", "成長率はまだ示せません。%s。", d.TrendReason(d.Trends[0]))
	case rising+falling == 0:
		return f.say("Of %s categories or products looked at, none rises or falls beyond what chance explains.",
			"対象%s件のうち、偶然では説明できない増減を示すものはありません。", f.Count(d.Trends[0].LookedAt))
	}
	return f.say("Complete months only, each against the same month of other years; of %s looked at, those that gain and lose most, and the largest of the others.",
		"完了した月のみを対象に、各月を他の年の同じ月と比較。対象%s件のうち、増減額の大きいものと、それ以外で売上の大きいものを表示しています。", f.Count(d.Trends[0].LookedAt))
}

// TrendRows are the rows below the company's that have a growth.
func (d Document) TrendRows() []Trend {
	var rows []Trend
	for _, t := range d.Trends {
		if t.Growth != nil {
			rows = append(rows, t)
		}
	}
	return rows
}
