package message

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// formats are the functions of templates: they write a value as the locale does. An empty value gives an empty text, so
// that a template can ask {{with date .last_ordered_on}}; a value of the wrong kind is an error, which does not repeat the
// value: errors end up in logs, and the value may be somebody's name.
type formats struct {
	locale, currency string
}

func (f formats) funcs() map[string]any {
	return map[string]any{
		"date":    f.date,
		"day":     f.day,
		"money":   f.money,
		"number":  f.number,
		"percent": f.percent,
		"split":   split,
	}
}

// date writes a date with its year: 9 December 2011, 2011年12月9日.
func (f formats) date(v any) (string, error) { return f.dateAs(v, "2 January 2006", "2006年1月2日") }

// day writes a date without its year: 9 December, 12月9日.
func (f formats) day(v any) (string, error) { return f.dateAs(v, "2 January", "1月2日") }

func (f formats) dateAs(v any, en, ja string) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("got a %s, want a date", kindOf(v))
	}
	if text == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
	if err != nil {
		return "", fmt.Errorf("got a text of %d characters, want a date such as 2011-12-09", len(text))
	}
	if f.locale == "ja" {
		return t.Format(ja), nil
	}
	return t.Format(en), nil
}

// money writes an amount with the company's currency: £1,234.50, ¥1,234. Yen have no hundredths.
func (f formats) money(v any) (string, error) {
	places := 2
	if f.currency == "¥" || f.currency == "￥" || f.currency == "JPY" {
		places = 0
	}
	text, err := decimal(v, places)
	if err != nil || text == "" {
		return "", err
	}
	if digits, negative := strings.CutPrefix(text, "-"); negative {
		return "-" + f.currency + digits, nil
	}
	return f.currency + text, nil
}

// number writes a count or a quantity with thousands separators, without needless decimals.
func (f formats) number(v any) (string, error) {
	text, err := decimal(v, 2)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text, err
}

// percent writes a share from 0 to 1 in whole per cent: 53%.
func (f formats) percent(v any) (string, error) {
	r, err := rational(v)
	if err != nil || r == nil {
		return "", err
	}
	return r.Mul(r, big.NewRat(100, 1)).FloatString(0) + "%", nil
}

// decimal rounds half away from zero and groups the digits by three.
func decimal(v any, places int) (string, error) {
	text, err := digits(v, places)
	if err != nil || text == "" {
		return "", err
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
		if strings.Trim(text, "0.") == "" {
			sign = ""
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	b := make([]byte, 0, len(text)+len(whole)/3+1)
	b = append(b, sign...)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, whole[i])
	}
	if fraction != "" {
		b = append(append(b, '.'), fraction...)
	}
	return string(b), nil
}

// digits writes a number with so many places. The usual one has no more than that, and is not calculated with.
func digits(v any, places int) (string, error) {
	var text string
	switch v := v.(type) {
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	_, fraction, _ := strings.Cut(text, ".")
	if missing := places - len(fraction); text != "" && len(text) <= 64 && missing >= 0 && strings.Trim(text, "-.0123456789") == "" {
		if fraction == "" && places > 0 {
			text += "."
		}
		return text + "0000000000"[:missing], nil
	}
	r, err := rational(v)
	if err != nil || r == nil {
		return "", err
	}
	return r.FloatString(places), nil
}

// rational is v's exact value, nil for nothing.
func rational(v any) (*big.Rat, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case int:
		text = strconv.Itoa(v)
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64) // the shortest that reads back: the digits the row was written with
	default:
		return nil, fmt.Errorf("got a %s, want a number", kindOf(v))
	}
	if text == "" {
		return nil, nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 64 || strings.ContainsAny(text, "eE/") {
		return nil, fmt.Errorf("got a text of %d characters, want a number", len(text))
	}
	return r, nil
}

// split takes a list that SQL wrote as one text: "garden, kitchen" or 「庭、台所」.
func split(v any) ([]string, error) {
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("got a %s, want a text with commas", kindOf(v))
	}
	var list []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '、' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list, nil
}

// kindOf names a value's kind in the words of a template's author.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case int, int64, float64:
		return "number"
	case []any, []string, []map[string]any:
		return "list"
	default:
		return "group of fields"
	}
}
