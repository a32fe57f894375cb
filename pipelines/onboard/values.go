package onboard

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// These readings say of a value what num() and day() of the loader would say, so that a column is called a number or a
// date only where the load will read it as one.

var (
	plainNumber  = regexp.MustCompile(`^(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?$|^\.[0-9]+$`)
	yearFirst    = regexp.MustCompile(`^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?` + timeOfDay)
	solidDate    = regexp.MustCompile(`^([0-9]{4})([0-9]{2})([0-9]{2})` + timeOfDay)
	eraDate      = regexp.MustCompile(`^(令和|平成|昭和|大正|明治|[RHSTMrhstm])([0-9]{1,2}|元)[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?` + timeOfDay)
	shortDate    = regexp.MustCompile(`^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})` + timeOfDay)
	yearLast     = regexp.MustCompile(`^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})` + timeOfDay)
	heiseiDate   = regexp.MustCompile(`^([0-9]{2})([ 0-9][0-9])([0-9]{2})$`)
	emailValue   = regexp.MustCompile(`^[^@\s,;<>"]+@[^@\s,;<>"]+\.[A-Za-z]{2,}$`)
	postalValue  = regexp.MustCompile(`^〒?[0-9]{3}-?[0-9]{4}$`)
	phoneValue   = regexp.MustCompile(`^(?:\+81|0)[0-9()-]{8,14}$`)
	exponentForm = regexp.MustCompile(`^[0-9](?:\.[0-9]+)?[eE]\+[0-9]{2,}$`)
)

const timeOfDay = `(?:[T ]+[0-9]{1,2}:[0-9]{2}.*)?$`

// fold brings a value into the form in which it is compared: NFKC, trimmed.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if !ascii {
		s = norm.NFKC.String(s)
	}
	return strings.TrimSpace(s)
}

// number reads what num() reads; NaN where it is none.
func number(s string) float64 {
	f := fold(s)
	if f == "" {
		return math.NaN()
	}
	sign := 1.0
	strip := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if rest, ok := strings.CutPrefix(f, p); ok {
				f = strings.TrimSpace(rest)
				return true
			}
		}
		return false
	}
	if strings.HasPrefix(f, "(") && strings.HasSuffix(f, ")") {
		sign, f = -1, strings.TrimSpace(f[1:len(f)-1])
	}
	negative := strip("-", "△", "▲", "−", "–")
	if !negative {
		strip("+")
	}
	strip("¥", "$", "£", "€", `\`)
	if !negative {
		negative = strip("-", "△", "▲", "−", "–")
	}
	f = strings.TrimSpace(strings.TrimSuffix(f, "円"))
	if rest, ok := strings.CutSuffix(f, "-"); ok && !negative {
		negative, f = true, strings.TrimSpace(rest)
	}
	if negative {
		sign = -sign
	}
	if !plainNumber.MatchString(f) {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(f, ",", ""), 64)
	if err != nil {
		return math.NaN()
	}
	return sign * v
}

// The forms of a date. Those that day() reads come first.
const (
	formYMD    = "year first"
	formSolid  = "8 digits"
	formEra    = "era"
	formMDY    = "month/day/year"
	formDMY    = "day/month/year"
	formYY     = "yy/mm/dd"
	formEraYY  = "era year/mm/dd"
	formHeisei = "Heisei year and mmdd"
	formSerial = "Excel serial"
)

// dateForms are all forms with their readings, in the order of preference.
func dateForms() []dateForm {
	return []dateForm{
		{formYMD, true, func(f string) (time.Time, bool) { return civilParts(yearFirst.FindStringSubmatch(f), 1, 2, 3, 0) }},
		{formSolid, true, func(f string) (time.Time, bool) { return civilParts(solidDate.FindStringSubmatch(f), 1, 2, 3, 0) }},
		{formEra, true, readEra},
		{formMDY, false, func(f string) (time.Time, bool) { return civilParts(yearLast.FindStringSubmatch(f), 3, 1, 2, 0) }},
		{formDMY, false, func(f string) (time.Time, bool) { return civilParts(yearLast.FindStringSubmatch(f), 3, 2, 1, 0) }},
		{formYY, false, func(f string) (time.Time, bool) { return civilParts(shortDate.FindStringSubmatch(f), 1, 2, 3, 2000) }},
		{formEraYY, false, func(f string) (time.Time, bool) { return civilParts(shortDate.FindStringSubmatch(f), 1, 2, 3, 2018) }},
		{formHeisei, false, func(f string) (time.Time, bool) { return civilParts(heiseiDate.FindStringSubmatch(f), 1, 2, 3, 1988) }},
		{formSerial, false, readSerial},
	}
}

type dateForm struct {
	name string
	// plain: day() reads it.
	plain bool
	read  func(folded string) (time.Time, bool)
}

func civilParts(m []string, year, month, day, add int) (time.Time, bool) {
	if m == nil {
		return time.Time{}, false
	}
	part := func(i int) int {
		n, err := strconv.Atoi(strings.TrimSpace(m[i]))
		if err != nil {
			return -1
		}
		return n
	}
	y, mo, d := part(year)+add, part(month), part(day)
	t := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
	return t, mo >= 1 && mo <= 12 && t.Day() == d && y >= 1000 && y <= 2999
}

func readEra(f string) (time.Time, bool) {
	m := eraDate.FindStringSubmatch(f)
	if m == nil {
		return time.Time{}, false
	}
	if m[2] == "元" {
		m[2] = "1"
	}
	first := map[string]int{"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911, "t": 1911, "明治": 1867, "m": 1867}
	return civilParts(m, 2, 3, 4, first[strings.ToLower(m[1])])
}

func readSerial(f string) (time.Time, bool) {
	n, err := strconv.Atoi(f)
	if err != nil || n < 20000 || n > 80000 {
		return time.Time{}, false
	}
	return time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC), true
}

// filler reports a date that stands for none: what spreadsheets and databases make of an empty cell.
func filler(t time.Time) bool {
	return !t.After(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) || t.Year() >= 2900 || t.Equal(time.Unix(0, 0).UTC())
}
