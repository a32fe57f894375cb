// Package calendar holds civil dates and slots: the two kinds of time that Tokui's rules are written in.
//
// A Date is a day in the company's time zone without an instant. A Slot is a scheduled local wall time; it names an
// edition, so it is text that sorts, never an instant that a time zone could move. The package never reads the clock.
package calendar

import (
	"fmt"
	"time"
)

// Date is a civil day. The zero Date is no date.
type Date struct{ t time.Time }

// DateOf is the civil day of an instant in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date: got %q, want YYYY-MM-DD", s)
	}
	return Date{t}, nil
}

// String returns 2006-01-02, or "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d.t.IsZero() }

// AddDays is the day n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return Date{d.t.AddDate(0, 0, n)} }

// Sub is the number of days from e to d.
func (d Date) Sub(e Date) int { return int((d.t.Unix() - e.t.Unix()) / (24 * 60 * 60)) }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.t.Before(e.t) }

// MonthStart is the first day of d's month.
func (d Date) MonthStart() Date {
	return Date{time.Date(d.t.Year(), d.t.Month(), 1, 0, 0, 0, 0, time.UTC)}
}

// UTC is 00:00 of the day in UTC: the form in which a date is bound to a SQL parameter (`$as_of::date`).
func (d Date) UTC() time.Time { return d.t }

// In is the first instant of the day in a location. Where a clock change skips midnight, the day begins after the gap.
func (d Date) In(loc *time.Location) time.Time { return SlotAt(d.t).In(loc) }
