package pipelines

import (
	"time"

	"github.com/tokui/tokui/internal/calendar"
)

// Moment is the instant that by-hand runs look back from for their latest slot: the present, or in a replay the end of
// the replayed day, when everything scheduled for that day is due.
func (p *Program) Moment() time.Time {
	if p.Replay.IsZero() {
		return p.Now().In(p.Config.Location)
	}
	return p.Replay.AddDays(1).In(p.Config.Location).Add(-time.Second)
}

// Today is the date that models are given when a step has no slot of its own: data strictly before it.
func (p *Program) Today() calendar.Date {
	return calendar.DateOf(p.Moment())
}

// asOf is the date of a run: its slot's, unless the run replays a fixed date.
func (p *Program) asOf(slot calendar.Slot) calendar.Date {
	if !p.Replay.IsZero() {
		return p.Replay
	}
	if slot == "" {
		return p.Today()
	}
	return slot.Date()
}
