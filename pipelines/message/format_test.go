package message

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormats(t *testing.T) {
	en, ja := formats{"en", "£"}, formats{"ja", "¥"}
	for _, test := range []struct {
		name   string
		do     func(any) (string, error)
		in     any
		want   string
		failed bool
	}{
		{"date en", en.date, "2011-12-09", "9 December 2011", false},
		{"date ja", ja.date, "2025-04-01", "2025年4月1日", false},
		{"date of an instant", en.date, "2011-12-09 10:00:00+00", "9 December 2011", false},
		{"date of nothing", en.date, "", "", false},
		{"date of text", en.date, "soon", "", true},
		{"date of a number", en.date, int64(5), "", true},
		{"day en", en.day, "2011-12-09", "9 December", false},
		{"day ja", ja.day, "2025-04-01", "4月1日", false},
		{"money en", en.money, 1234567.5, "£1,234,567.50", false},
		{"money of text", en.money, "1234.505", "£1,234.51", false},
		{"money below zero", en.money, -12.3, "-£12.30", false},
		{"money ja", ja.money, int64(1234567), "¥1,234,567", false},
		{"money rounds to zero", ja.money, -0.4, "¥0", false},
		{"money of nothing", ja.money, "", "", false},
		{"money of text that is no number", ja.money, "高い", "", true},
		{"money of a huge exponent", ja.money, "1e999999999", "", true},
		{"number", en.number, 1234.50, "1,234.5", false},
		{"number whole", en.number, int64(100), "100", false},
		{"percent", en.percent, 0.534, "53%", false},
		{"percent of a list", en.percent, []any{}, "", true},
	} {
		got, err := test.do(test.in)
		if got != test.want || (err != nil) != test.failed {
			t.Errorf("%s: got %q, %v; want %q, error %v", test.name, got, err, test.want, test.failed)
		}
	}
	list, err := split("garden, kitchen and baking、,コーヒー ")
	if diff := cmp.Diff([]string{"garden", "kitchen and baking", "コーヒー"}, list); diff != "" || err != nil {
		t.Errorf("split: %v\n%s", err, diff)
	}
}
