package calendar

import (
	"fmt"
	"time"
)

// SlotLayout is how a slot is written: it sorts as text and is a legal folder name everywhere.
const SlotLayout = "20060102T1504"

// Slot is a scheduled local wall time, "20111206T1000". With a campaign's name it names an edition.
type Slot string

// SlotAt is the slot of an instant's wall time in its own location.
func SlotAt(t time.Time) Slot { return Slot(t.Format(SlotLayout)) }

// ParseSlot checks the form.
func ParseSlot(s string) (Slot, error) {
	if _, err := time.Parse(SlotLayout, s); err != nil {
		return "", fmt.Errorf("slot: got %q, want YYYYMMDDTHHMM such as 20111206T1000", s)
	}
	return Slot(s), nil
}

// Date is the slot's civil day: the `today` of everything that belongs to the slot.
func (s Slot) Date() Date {
	t, err := time.Parse(SlotLayout, string(s))
	if err != nil {
		return Date{}
	}
	return DateOf(t)
}

// In is the instant of the slot's wall time in a location: where a clock change skips that time, the first instant
// after the gap; where it comes twice, the first one. The zero time for text that is no slot.
//
// So the instants of growing slots never go back, and of several slots in one gap all fall on its end.
func (s Slot) In(loc *time.Location) time.Time {
	wall, err := time.Parse(SlotLayout, string(s))
	if err != nil {
		return time.Time{}
	}
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, loc)
	start, end := at.ZoneBounds() // in the gap, Go says a time on either side of it
	switch got := at.Format(SlotLayout); {
	case got < string(s):
		return end
	case got > string(s):
		return start
	}
	if !start.IsZero() {
		_, offset := start.Add(-time.Second).Zone()
		if first := wall.Add(time.Duration(-offset) * time.Second).In(loc); first.Before(start) {
			return first
		}
	}
	return at
}
