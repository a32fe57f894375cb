package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Format writes numbers and dates as the readers of a locale (ja or en) expect them. A nil pointer, or NaN, is a dash:
// not known.
type Format struct {
	Locale   string
	Currency string // put before amounts: ¥, £; in ja, ¥ becomes 円 behind the number
}

// dash stands for what is not known.
const dash = "–"

func (f Format) japanese() bool { return f.Locale == "ja" }

// yen says whether amounts are written with 円 and never have a part behind the point.
func (f Format) yen() bool { return f.Currency == "¥" || f.Currency == "￥" || f.Currency == "円" }

// Count is a whole number with separators: 12,345.
func (f Format) Count(n int64) string { return group(strconv.FormatInt(n, 10)) }

// Money is an amount to the whole unit: £8,300,066, 8,300,066円.
func (f Format) Money(v float64) string { return f.money(v, 0) }

// Fine is an amount per customer: to two digits behind the point where it is small and the currency has them.
func (f Format) Fine(v float64) string {
	switch {
	case f.yen() && math.Abs(v) < 100:
		return f.money(v, 1)
	case !f.yen() && math.Abs(v) < 1000:
		return f.money(v, 2)
	}
	return f.money(v, 0)
}

// SignedFine is Fine with its sign, + included.
func (f Format) SignedFine(v float64) string { return signed(v, f.Fine(v)) }

// Brief is an amount to three figures with a unit: £8.30M, 8.3億円.
func (f Format) Brief(v float64) string {
	if math.IsNaN(v) {
		return dash
	}
	return f.currency(v, f.scaled(math.Abs(v), 3))
}

// SignedBrief is Brief with its sign.
func (f Format) SignedBrief(v float64) string { return signed(v, f.Brief(v)) }

// Axis is a round amount on an axis: £2M, 200万円, 0.
func (f Format) Axis(v float64) string {
	if v == 0 {
		return "0"
	}
	return f.currency(v, f.scaled(math.Abs(v), 0))
}

// AxisCount is a round number of things on an axis.
func (f Format) AxisCount(v float64) string {
	if v == 0 {
		return "0"
	}
	return sign(v) + f.scaled(math.Abs(v), 0)
}

// Percent is a share to a digit behind the point below 10 %, else to the whole: 3.4%, 75%.
func (f Format) Percent(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dash
	}
	digits := 0
	if math.Abs(v) < .0995 && v != 0 {
		digits = 1
	}
	text := strconv.FormatFloat(math.Abs(v)*100, 'f', digits, 64)
	if strings.Trim(text, "0.") == "" {
		return "0%"
	}
	return sign(v) + group(text) + "%"
}

// Ratio is a ratio to two digits behind the point: 0.87.
func (f Format) Ratio(v *float64) string { return f.decimal(v, 2) }

// Times is how many times as much, to one digit behind the point: 3.6.
func (f Format) Times(v *float64) string { return f.decimal(v, 1) }

// Score is a measure between 0 and 1, to three digits behind the point: 0.751.
func (f Format) Score(v *float64) string { return f.decimal(v, 3) }

func (f Format) decimal(v *float64, digits int) string {
	if v == nil || math.IsNaN(*v) {
		return dash
	}
	return strconv.FormatFloat(*v, 'f', digits, 64)
}

// SignedPercent is Percent with its sign: +41%.
func (f Format) SignedPercent(v float64) string { return signed(v, f.Percent(v)) }

// Date is a day: 9 Dec 2011, 2011年12月9日.
func (f Format) Date(t time.Time) string {
	if t.IsZero() {
		return dash
	}
	if f.japanese() {
		return t.Format("2006年1月2日")
	}
	return t.Format("2 Jan 2006")
}

// ShortDate is a day in a table: 2011-12-09, 2011/12/09.
func (f Format) ShortDate(t time.Time) string {
	if t.IsZero() {
		return dash
	}
	if f.japanese() {
		return t.Format("2006/01/02")
	}
	return t.Format("2006-01-02")
}

// Month is a month: Dec 2011, 2011年12月.
func (f Format) Month(t time.Time) string {
	if f.japanese() {
		return t.Format("2006年1月")
	}
	return t.Format("Jan 2006")
}

// AxisMonth is a month below an axis, its year on a second line where it begins or is the first.
func (f Format) AxisMonth(t time.Time, first bool) string {
	name, year := t.Format("Jan"), t.Format("2006")
	if f.japanese() {
		name, year = t.Format("1月"), t.Format("2006年")
	}
	if first || t.Month() == time.January {
		return name + "\n" + year
	}
	return name
}

// money writes an amount with a fixed number of digits behind the point.
func (f Format) money(v float64, digits int) string {
	if math.IsNaN(v) {
		return dash
	}
	text := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	if strings.Trim(text, "0.") == "" {
		v = 0
	}
	return f.currency(v, group(text))
}

// currency puts sign and currency around a number.
func (f Format) currency(v float64, text string) string {
	if f.yen() && f.japanese() {
		return sign(v) + text + "円"
	}
	return sign(v) + f.Currency + text
}

// scaled is a number to so many figures with its unit; 0 figures is for round numbers, written without padding.
func (f Format) scaled(v float64, figures int) string {
	type unit struct {
		size float64
		name string
	}
	units := []unit{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}, {1, ""}}
	if f.japanese() {
		units = []unit{{1e12, "兆"}, {1e8, "億"}, {1e4, "万"}, {1, ""}}
	}
	for _, u := range units {
		// 999,999 rounded to three figures is 1.00M, not 1000k
		if v < u.size*.9995 && u.size > 1 {
			continue
		}
		scaled := v / u.size
		if figures == 0 {
			return group(strconv.FormatFloat(round(scaled, 6), 'f', -1, 64)) + u.name
		}
		digits := max(0, figures-1-int(math.Floor(math.Log10(max(scaled, 1)*1.0005))))
		if u.size == 1 {
			digits = 0
		}
		text := strconv.FormatFloat(scaled, 'f', digits, 64)
		if f.japanese() && strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return group(text) + u.name
	}
	return "0"
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

// group puts a comma between every three digits before the point.
func group(text string) string {
	whole, rest, found := strings.Cut(text, ".")
	lead := ""
	if strings.HasPrefix(whole, "-") {
		lead, whole = "−", whole[1:]
	}
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if found {
		return lead + b.String() + "." + rest
	}
	return lead + b.String()
}

// sign is a minus sign (not a hyphen) before what is negative.
func sign(v float64) string {
	if v < 0 {
		return "−"
	}
	return ""
}

// signed adds + to a text that has no sign, unless it is nought or a dash.
func signed(v float64, text string) string {
	if v > 0 && text != dash && strings.ContainsAny(text, "123456789") {
		return "+" + text
	}
	return text
}

// say is the English or the Japanese text, with its arguments; templates and charts keep both side by side, so that one
// is not changed without the other.
func (f Format) say(en, ja string, args ...any) string {
	text := en
	if f.japanese() {
		text = ja
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}
