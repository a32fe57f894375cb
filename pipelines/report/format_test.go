package report

import (
	"math"
	"testing"
	"time"
)

func TestFormat(t *testing.T) {
	en, ja := Format{Locale: "en", Currency: "£"}, Format{Locale: "ja", Currency: "¥"}
	tests := []struct{ got, want string }{
		{en.Money(8300065.81), "£8,300,066"},
		{en.Money(-0.4), "£0"},
		{en.Money(math.NaN()), "–"},
		{ja.Money(8300065), "8,300,065円"},
		{en.Fine(1.4), "£1.40"},
		{en.Fine(-12345.6), "−£12,346"},
		{ja.Fine(49.26), "49.3円"},
		{ja.Fine(20147), "20,147円"},
		{en.SignedFine(.769827), "+£0.77"},
		{en.SignedFine(-.769827), "−£0.77"},
		{en.SignedFine(0), "£0.00"},
		{en.Brief(8300065), "£8.30M"},
		{en.Brief(999949), "£1.00M"},
		{en.Brief(250600), "£251k"},
		{en.Brief(12.3), "£12"},
		{en.Brief(0), "£0"},
		{ja.Brief(123456789), "1.23億円"},
		{ja.Brief(830000000), "8.3億円"},
		{ja.Brief(99999999), "1億円"},
		{ja.Brief(32130000), "3,213万円"},
		{ja.Brief(123000), "12.3万円"},
		{ja.Brief(9999), "1万円"},
		{ja.Brief(9900), "9,900円"},
		{ja.Axis(2500000), "250万円"},
		{en.Axis(2500000), "£2.5M"},
		{en.Axis(0), "0"},
		{en.AxisCount(1500), "1.5k"},
		{en.Count(-1234567), "−1,234,567"},
		{en.Percent(.034), "3.4%"},
		{en.Percent(.0999), "10%"},
		{en.Percent(.746), "75%"},
		{en.Percent(0), "0%"},
		{en.SignedPercent(-.00002), "0%"},
		{en.SignedPercent(12.5), "+1,250%"},
		{en.Percent(math.Inf(1)), "–"},
		{en.Date(time.Date(2011, 12, 9, 0, 0, 0, 0, time.UTC)), "9 Dec 2011"},
		{ja.Date(time.Date(2011, 12, 9, 0, 0, 0, 0, time.UTC)), "2011年12月9日"},
		{ja.AxisMonth(time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC), false), "1月\n2011年"},
		{en.AxisMonth(time.Date(2011, 2, 1, 0, 0, 0, 0, time.UTC), false), "Feb"},
		{en.Date(time.Time{}), "–"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	value := func(v float64) *float64 { return &v }
	days := func(n int64) *int64 { return &n }
	interval := func(low, high float64) Effect {
		return Effect{Verdict: Measured, Difference: value((low + high) / 2), Low: value(low), High: value(high)}
	}
	suspect := interval(1, 2)
	suspect.DrawSuspect = true
	tests := []struct {
		effect Effect
		en, ja string
		gain   int
	}{
		{interval(1, 2), "gain shown", "効果あり", 1},
		{interval(-1, 2), "no effect shown", "効果は確認できず", 0},
		{interval(-2, -1), "loss shown", "マイナスの効果", -1},
		{interval(0, 2), "no effect shown", "効果は確認できず", 0},
		{suspect, "draw looks not random", "抽選に偏りの疑い", 1},
		{Effect{Verdict: TooEarly, DaysLeft: days(3)}, "too early: 3 days to go", "判定前（あと3日）", 0},
		{Effect{Verdict: TooEarly, DaysLeft: days(1)}, "too early: 1 day to go", "判定前（あと1日）", 0},
		{Effect{Verdict: NotEnoughData}, "not enough data", "データ不足", 0},
		{Effect{Verdict: NoHoldout}, "no hold-out to compare with", "比較群なし（測定不可）", 0},
		{Effect{Verdict: NotMeasured}, "not measured", "測定対象外", 0},
	}
	for _, test := range tests {
		en, ja := Document{Format: Format{Locale: "en"}}, Document{Format: Format{Locale: "ja"}}
		if got := en.Verdict(test.effect); got != test.en {
			t.Errorf("got %q, want %q", got, test.en)
		}
		if got := ja.Verdict(test.effect); got != test.ja {
			t.Errorf("got %q, want %q", got, test.ja)
		}
		if got := test.effect.Gain(); got != test.gain {
			t.Errorf("%s: got gain %d, want %d", test.en, got, test.gain)
		}
	}
}
