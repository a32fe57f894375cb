package jobs

import (
	"time"

	"github.com/tokui/tokui/internal/calendar"
)

// Next is the first slot due after an instant; false if there is none.
func (s Schedule) Next(after time.Time) (calendar.Slot, bool) {
	if s.IsZero() {
		return "", false
	}
	return s.nextSlot(s.wall(after), after)
}

// Latest is the last slot due at an instant or before it; false if there was none in the eleven years before.
func (s Schedule) Latest(atOrBefore time.Time) (calendar.Slot, bool) {
	if s.IsZero() {
		return "", false
	}
	// Cron only looks forward, so look forward from further and further back. The widest step spans 2100, the leap year
	// that is none.
	for _, days := range []int{1, 32, 367, 11 * 366} {
		from := atOrBefore.AddDate(0, 0, -days)
		var latest calendar.Slot
		for slot, ok := s.Next(from); ok; slot, ok = s.Next(from) {
			if from = s.Instant(slot); from.After(atOrBefore) {
				break
			}
			latest = slot
		}
		if latest != "" {
			return latest, true
		}
	}
	return "", false
}

// Between is the slots due after one instant and at another or before it, oldest first: at most the last max of them,
// and how many there are in all.
func (s Schedule) Between(after, atOrBefore time.Time, max int) (slots []calendar.Slot, count int) {
	if s.IsZero() || !after.Before(atOrBefore) {
		return nil, 0
	}
	for {
		slot, ok := s.Next(after)
		if !ok || s.Instant(slot).After(atOrBefore) {
			return slots, count
		}
		count++
		slots = append(slots, slot)
		if len(slots) > max {
			slots = slots[1:]
		}
		after = s.Instant(slot)
	}
}

// nextSlot is the first slot after a wall time, itself excluded, that is due after an instant.
func (s Schedule) nextSlot(wall, after time.Time) (calendar.Slot, bool) {
	for {
		wall = s.next(wall)
		if wall.IsZero() {
			return "", false
		}
		slot := calendar.SlotAt(wall)
		at := slot.In(s.loc)
		if !at.After(after) { // the second pass through an hour that comes twice
			continue
		}
		for { // of those that a gap moved to one instant, the last
			wall = s.next(wall)
			if wall.IsZero() || !calendar.SlotAt(wall).In(s.loc).Equal(at) {
				return slot, true
			}
			slot = calendar.SlotAt(wall)
		}
	}
}

// next is the first wall time after another that the fields name, both written as if they were UTC; zero if there is
// none. The library gives up after five years, but 29 February has been eight away.
func (s Schedule) next(wall time.Time) time.Time {
	for range 3 {
		if at := s.cron.Next(wall); !at.IsZero() {
			return at
		}
		wall = wall.AddDate(4, 0, 0)
	}
	return time.Time{}
}

// wall is what the clock on the wall says at an instant, written as if it were UTC.
func (s Schedule) wall(at time.Time) time.Time {
	at = at.In(s.loc)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}
