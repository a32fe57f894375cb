package calendar

import (
	"testing"
	"time"
)

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDateArithmetic(t *testing.T) {
	for _, c := range []struct {
		from string
		days int
		want string
	}{
		{"2011-12-10", 0, "2011-12-10"},
		{"2011-12-31", 1, "2012-01-01"},
		{"2012-02-28", 1, "2012-02-29"},
		{"2011-02-28", 1, "2011-03-01"},
		{"2011-12-10", -180, "2011-06-13"},
		{"1600-01-01", 220_000, "2202-05-05"}, // more nanoseconds than an int64 has
	} {
		from := date(t, c.from)
		got := from.AddDays(c.days)
		if got.String() != c.want {
			t.Errorf("%s + %d days: got %s, want %s", c.from, c.days, got, c.want)
		}
		if n := got.Sub(from); n != c.days {
			t.Errorf("%s - %s: got %d days, want %d", got, from, n, c.days)
		}
		if got.Before(from) != (c.days < 0) {
			t.Errorf("%s before %s: got %t", got, from, got.Before(from))
		}
	}
	if got := date(t, "2012-02-29").MonthStart().String(); got != "2012-02-01" {
		t.Errorf("got the month's start %s", got)
	}
}

func TestDateOfAnInstantIsThatOfItsPlace(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2011, 12, 9, 20, 0, 0, 0, time.UTC)
	if got := DateOf(at).String(); got != "2011-12-09" {
		t.Errorf("in UTC: got %s", got)
	}
	if got := DateOf(at.In(tokyo)).String(); got != "2011-12-10" {
		t.Errorf("in Tokyo: got %s", got)
	}
	if got := date(t, "2011-12-10").UTC(); !got.Equal(time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %s to bind", got)
	}
}

func TestDateIn(t *testing.T) {
	for _, c := range []struct{ zone, date, want string }{
		{"Asia/Tokyo", "2011-12-10", "2011-12-10T00:00:00+09:00"},
		{"UTC", "2011-12-10", "2011-12-10T00:00:00Z"},
		// Days that do not begin at midnight, because the clock was put forward there.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"},
		{"Asia/Beirut", "2022-03-27", "2022-03-27T01:00:00+03:00"},
		// A day that has its midnight twice: the first.
		{"America/Havana", "2024-11-03", "2024-11-03T00:00:00-04:00"},
		// A day that there was not.
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := date(t, c.date).In(loc).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.date, c.zone, got, c.want)
		}
	}
}

func TestZeroDate(t *testing.T) {
	if d := (Date{}); !d.IsZero() || d.String() != "" {
		t.Errorf("got %q", d)
	}
	if date(t, "2011-12-10").IsZero() {
		t.Error("a date is no date")
	}
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"2011-12-10", "2012-02-29", "2011-02-29", "2011-13-01", "0001-01-01", "9999-12-31", "today", "2011-12-10T00:00", "２０１１-12-10", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDate(text)
		if err != nil {
			return
		}
		if !d.IsZero() && d.String() != text {
			t.Errorf("%q reads as %s", text, d)
		}
		if next := d.AddDays(1); next.Sub(d) != 1 || !d.Before(next) || d.MonthStart().Sub(d) > 0 {
			t.Errorf("%s: the day after is %s", d, next)
		}
	})
}

func FuzzSlot(f *testing.F) {
	for _, seed := range []string{"20111206T1000", "20260308T0230", "00010101T0000", "20111206T1000.5", "2011126T1000", ""} {
		f.Add(seed)
	}
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSlot(text)
		if err != nil {
			return
		}
		if len(text) != len(SlotLayout) {
			t.Errorf("%q is a slot", text)
		}
		if at := SlotAt(s.In(loc)); at < s {
			t.Errorf("%s happens earlier, at %s", s, at)
		}
	})
}
