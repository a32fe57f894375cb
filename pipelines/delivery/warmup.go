package delivery

import (
	"fmt"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// WarmUp lets a new sender's volume grow day by day, since receivers distrust much mail from where there was none. It
// counts what every edition has sent, by the journal. The zero WarmUp is none.
type WarmUp struct {
	// From is 00:00 of the first day. Before it the first day's numbers hold.
	From time.Time
	// Daily is how many messages may leave on the first day, the second, …; after the last there is no limit. Hourly is the
	// same for each hour of these days; it may be shorter, or empty.
	Daily, Hourly []int
	Location      *time.Location
}

// countEvery is how old the count of other senders' messages may be.
const countEvery = 10 * time.Second

// day is the number of a day counted from the first, and its bounds.
func (w WarmUp) day(now time.Time) (n int, start, end time.Time) {
	local := now.In(w.Location)
	start = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, w.Location)
	end = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, w.Location)
	first := w.From.In(w.Location)
	civil := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	n = int(civil(local).Sub(civil(first)) / (24 * time.Hour))
	return max(n, 0), start, end
}

// warmUp is a WarmUp at work.
type warmUp struct {
	WarmUp
	now      func() time.Time
	follower *journal.Follower

	own edition.ID

	mu    sync.Mutex
	at    time.Time     // of the last count
	hours map[int64]int // attempts by hour, Unix time / 3600: all before the run, then those of other editions
	here  map[int64]int // handed out by this run, by hour
}

// newWarmUp begins to count; nil where there is nothing to.
func newWarmUp(w WarmUp, journalDir string, own edition.ID, now func() time.Time) *warmUp {
	if len(w.Daily) == 0 || w.Location == nil {
		return nil
	}
	return &warmUp{
		WarmUp: w, now: now, own: own, hours: map[int64]int{}, here: map[int64]int{},
		follower: journal.NewFollower(journalDir, "", func(k journal.Kind) bool { return k == journal.Attempt }),
	}
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// took notes a message that was handed out.
func (w *warmUp) took() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.here[hourOf(w.now())]++
}

// until says when the next message may leave: the zero time for now.
func (w *warmUp) until() (time.Time, error) {
	if w == nil {
		return time.Time{}, nil
	}
	now := w.now()
	n, start, end := w.day(now)
	if n >= len(w.Daily) {
		return time.Time{}, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.count(start); err != nil {
		return time.Time{}, err
	}
	today := 0
	for _, of := range []map[int64]int{w.hours, w.here} {
		for hour, count := range of {
			if at := time.Unix(hour*3600, 0); !at.Before(start) && at.Before(end) {
				today += count
			}
		}
	}
	if today >= w.Daily[n] {
		return end, nil
	}
	hour := hourOf(now)
	if n < len(w.Hourly) && w.hours[hour]+w.here[hour] >= w.Hourly[n] {
		return time.Unix((hour+1)*3600, 0), nil
	}
	return time.Time{}, nil
}

// count brings the attempts of all editions up to date; those of former days are not kept. Once the run has begun, its own
// are counted as they are handed out.
func (w *warmUp) count(start time.Time) error {
	if now := time.Now(); !w.at.IsZero() && now.Sub(w.at) < countEvery {
		return nil
	}
	_, err := w.follower.Next(func(e journal.Event, _ journal.Place) error {
		own := e.Campaign == w.own.Campaign && e.Slot == string(w.own.Slot)
		if !e.At.Before(start) && (!own || w.at.IsZero()) {
			w.hours[hourOf(e.At)]++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("count what was sent today: %w", err)
	}
	w.at = time.Now()
	return nil
}
