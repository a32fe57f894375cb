package calendar

import (
	"testing"
	"time"
)

func TestSlotIn(t *testing.T) {
	for _, c := range []struct{ zone, slot, want string }{
		{"Asia/Tokyo", "20260308T0230", "2026-03-08T02:30:00+09:00"},
		{"UTC", "20260308T0230", "2026-03-08T02:30:00Z"},
		// New York: 02:00 to 03:00 is missing on 8 March 2026; 01:00 to 02:00 comes twice on 1 November.
		{"America/New_York", "20260308T0159", "2026-03-08T01:59:00-05:00"},
		{"America/New_York", "20260308T0200", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "20260308T0230", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "20260308T0300", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "20260308T0301", "2026-03-08T03:01:00-04:00"},
		{"America/New_York", "20261101T0059", "2026-11-01T00:59:00-04:00"},
		{"America/New_York", "20261101T0100", "2026-11-01T01:00:00-04:00"},
		{"America/New_York", "20261101T0159", "2026-11-01T01:59:00-04:00"},
		{"America/New_York", "20261101T0200", "2026-11-01T02:00:00-05:00"},
		// London changes at 01:00 UTC, where Go says the time after the gap, not the one before it.
		{"Europe/London", "20260329T0130", "2026-03-29T02:00:00+01:00"},
		{"Europe/London", "20261025T0130", "2026-10-25T01:30:00+01:00"},
		{"Europe/London", "20261025T0200", "2026-10-25T02:00:00Z"},
		// Lord Howe moves by half an hour.
		{"Australia/Lord_Howe", "20261004T0215", "2026-10-04T02:30:00+11:00"},
		{"Australia/Lord_Howe", "20260405T0145", "2026-04-05T01:45:00+11:00"},
		// São Paulo lost midnights; Samoa lost a day.
		{"America/Sao_Paulo", "20181104T0000", "2018-11-04T01:00:00-02:00"},
		{"Pacific/Apia", "20111230T1000", "2011-12-31T00:00:00+14:00"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := Slot(c.slot).In(loc).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.slot, c.zone, got, c.want)
		}
	}
}

func TestSlotInNeverGoesBack(t *testing.T) {
	for _, zone := range []string{"America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Tokyo", "Africa/Casablanca"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		last := time.Time{}
		for wall := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); wall.Year() == 2026; wall = wall.Add(10 * time.Minute) {
			at := SlotAt(wall).In(loc)
			if at.Before(last) {
				t.Fatalf("%s: slot %s is at %s, before the slot before it at %s", zone, SlotAt(wall), at, last)
			}
			last = at
		}
	}
}

func TestSlotText(t *testing.T) {
	for _, bad := range []string{"", "2011-12-06", "20111206T2500", "20111306T1000", "20111206T1000 "} {
		if s, err := ParseSlot(bad); err == nil {
			t.Errorf("ParseSlot(%q) = %q, want an error", bad, s)
		}
		if at := Slot(bad).In(time.UTC); !at.IsZero() {
			t.Errorf("Slot(%q).In = %s, want the zero time", bad, at)
		}
	}
	s, err := ParseSlot("20111206T1000")
	if err != nil || s.Date().String() != "2011-12-06" {
		t.Errorf("got %q of %s, %v", s, s.Date(), err)
	}
}
