package config

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
)

// The scalar types below read themselves from YAML text (UnmarshalText) and write themselves back (String): what
// String returns reads back as the same value. Their errors say "got X, want Y"; the loader puts the place before them.
// What each accepts is one of these patterns, which the JSON Schema shows to editors too.
const (
	durationPattern = `0|[0-9]{1,9}(s|m|h|d)`
	daysPattern     = `[0-9]{1,5}d`
	windowPattern   = `[0-9]{1,5}d|[0-9]{1,4} months?`
	sharePattern    = `[0-9]{1,3}(\.[0-9]{1,12})?|[0-9]{1,3}(\.[0-9]{1,10})? ?%`
	decimalPattern  = `-?[0-9]{1,16}(\.[0-9]{1,2})?`
	sizePattern     = `[0-9]{1,15}(\.[0-9]{1,3})? ?([KMGT]i?)?B`
	ratePattern     = `[1-9][0-9]{0,8}/(s|m|h)`
	capPattern      = `[1-9][0-9]{0,8} per [1-9][0-9]{0,8}(s|m|h|d)`
	holdPattern     = `off|until resolved|0{0,4}[1-9][0-9]{0,4}d`
	hoursPattern    = `([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]`
)

// longest is the longest span that a Duration or a Cap may have: a hundred years.
const longest = 36_500 * 24 * time.Hour

// Duration is a time span written 90s, 30m, 12h or 3d.
type Duration time.Duration

// UnmarshalText reads a whole number and its unit.
func (d *Duration) UnmarshalText(text []byte) error {
	span, err := parseSpan(string(text))
	if err != nil {
		return err
	}
	*d = Duration(span)
	return nil
}

// String returns the span in the largest unit that it is a whole number of, "0" for none.
func (d Duration) String() string { return spanText(time.Duration(d)) }

// Std is the span as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Days is a whole number of days written 365d.
type Days int

// UnmarshalText reads a whole number of days.
func (d *Days) UnmarshalText(text []byte) error {
	s := string(text)
	number, isDays := strings.CutSuffix(s, "d")
	n, ok := wholeNumber(number)
	if !isDays || !ok || n > int64(longest/(24*time.Hour)) {
		return fmt.Errorf("got %q, want a whole number of days such as 365d", s)
	}
	*d = Days(n)
	return nil
}

// String returns the days with their unit.
func (d Days) String() string { return strconv.Itoa(int(d)) + "d" }

// Window is a period that ends at a date: days written 365d, or whole months written 6 months. One of the two is 0.
type Window struct{ Days, Months int }

// UnmarshalText reads days or months.
func (w *Window) UnmarshalText(text []byte) error {
	s := string(text)
	number, unit, isMonths := strings.Cut(s, " ")
	if !isMonths {
		var d Days
		if d.UnmarshalText(text) == nil {
			*w = Window{Days: int(d)}
			return nil
		}
	}
	n, ok := wholeNumber(number)
	if !isMonths || unit != "month" && unit != "months" || !ok || n > int64(longest/(24*time.Hour))/31 {
		return fmt.Errorf("got %q, want days such as 365d, or months such as 6 months", s)
	}
	*w = Window{Months: int(n)}
	return nil
}

// String returns the period as it is written.
func (w Window) String() string {
	switch w.Months {
	case 0:
		return Days(w.Days).String()
	case 1:
		return "1 month"
	default:
		return strconv.Itoa(w.Months) + " months"
	}
}

// DaysBefore is how many days the window before a date has. A month that has no such day begins with its last one.
func (w Window) DaysBefore(date calendar.Date) int {
	if w.Months == 0 {
		return w.Days
	}
	day := date.UTC().Day()
	first := date.MonthStart().UTC().AddDate(0, -w.Months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return date.Sub(calendar.DateOf(first.AddDate(0, 0, min(day, last)-1)))
}

// Share is a proportion from 0 to 1 written 0.8 or 80%. Set tells an explicit 0 from nothing.
type Share struct {
	Value float64
	Set   bool
}

// UnmarshalText reads a proportion or a percentage. 33.3% and 0.333 are the same number.
func (s *Share) UnmarshalText(text []byte) error {
	got := string(text)
	fault := fmt.Errorf("got %q, want a share from 0 to 1, such as 0.8 or 80%%", got)
	number, isPercent := strings.CutSuffix(got, "%")
	decimals := 12
	if isPercent {
		number = strings.TrimSuffix(number, " ")
		decimals -= 2 // so that the proportion has no more
	}
	if !isDecimal(number, 3, decimals) {
		return fault
	}
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return fault
	}
	if isPercent {
		value.Quo(value, big.NewRat(100, 1))
	}
	if value.Cmp(big.NewRat(1, 1)) > 0 {
		return fault
	}
	s.Value, _ = value.Float64()
	s.Set = true
	return nil
}

// String returns the proportion as a decimal number, "" where none was given.
func (s Share) String() string {
	if !s.Set {
		return ""
	}
	return strconv.FormatFloat(s.Value, 'f', -1, 64)
}

// Decimal is an exact amount of money, written 300 or 0.35. It is kept as text, "" where none was given.
type Decimal string

// UnmarshalText reads an amount of up to 16 digits and 2 decimals: what DECIMAL(18,2) holds.
func (d *Decimal) UnmarshalText(text []byte) error {
	s := string(text)
	if !isDecimal(strings.TrimPrefix(s, "-"), 16, 2) {
		return fmt.Errorf("got %q, want an amount such as 300 or 0.35, with at most 2 decimals", s)
	}
	*d = Decimal(s)
	return nil
}

// String returns the amount as it was written.
func (d Decimal) String() string { return string(d) }

// parseSpan reads 90s, 30m, 12h, 3d, or 0.
func parseSpan(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if s != "" {
		unit, known := unitOf(s[len(s)-1])
		n, ok := wholeNumber(s[:len(s)-1])
		if known && ok && n <= int64(longest/unit) {
			return time.Duration(n) * unit, nil
		}
	}
	return 0, fmt.Errorf("got %q, want a time such as 90s, 30m, 12h or 3d", s)
}

// spanText is the shortest text that parseSpan reads as span. Parts of a second are dropped: nothing writes them.
func spanText(span time.Duration) string {
	if span == 0 {
		return "0"
	}
	for _, letter := range []byte("dhm") {
		if unit, _ := unitOf(letter); span%unit == 0 {
			return strconv.FormatInt(int64(span/unit), 10) + string(letter)
		}
	}
	return strconv.FormatInt(int64(span/time.Second), 10) + "s"
}

func unitOf(letter byte) (time.Duration, bool) {
	switch letter {
	case 's':
		return time.Second, true
	case 'm':
		return time.Minute, true
	case 'h':
		return time.Hour, true
	case 'd':
		return 24 * time.Hour, true
	default:
		return 0, false
	}
}

// wholeNumber reads 1 to 9 digits and nothing else: no sign, no separators.
func wholeNumber(s string) (int64, bool) {
	if len(s) > 9 || !isDigits(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// isDecimal reports whether s is up to whole digits and, after a point, up to decimals more.
func isDecimal(s string, whole, decimals int) bool {
	before, after, hasPoint := strings.Cut(s, ".")
	if len(before) > whole || !isDigits(before) {
		return false
	}
	return !hasPoint || len(after) <= decimals && isDigits(after)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
