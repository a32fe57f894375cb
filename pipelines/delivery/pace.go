package delivery

import "time"

// Rate is so many messages per time. The zero Rate is no limit.
type Rate struct {
	Count int
	Per   time.Duration
}

// interval is the time from one message to the next, 0 without a limit.
func (r Rate) interval() time.Duration {
	if r.Count <= 0 || r.Per <= 0 {
		return 0
	}
	return r.Per / time.Duration(r.Count)
}

// DomainLimit limits what one receiving domain gets. Zero values are no limits.
type DomainLimit struct {
	Connections int
	Rate        Rate
}

// Quiet is a daily span of local wall time in which nothing leaves, in minutes after midnight; it may pass midnight. The
// zero Quiet is none.
type Quiet struct {
	From, To int
	Location *time.Location
}

// until is the end of the quiet span that an instant lies in; the zero time where it lies in none. Where a clock change
// takes the end away, it is the first instant after it.
func (q Quiet) until(now time.Time) time.Time {
	if q.From == q.To || q.Location == nil {
		return time.Time{}
	}
	local := now.In(q.Location)
	minute := local.Hour()*60 + local.Minute()
	quiet := minute >= q.From && minute < q.To
	if q.From > q.To {
		quiet = minute >= q.From || minute < q.To
	}
	if !quiet {
		return time.Time{}
	}
	day := local.Day()
	if minute >= q.To {
		day++
	}
	end := time.Date(local.Year(), local.Month(), day, q.To/60, q.To%60, 0, 0, q.Location)
	if !end.After(now) { // an hour that comes twice
		end = now.Add(time.Minute)
	}
	return end
}

// meter spaces messages evenly: a message may go when due says so, and go notes it. A small burst makes up for late
// timers.
type meter struct {
	interval time.Duration
	next     time.Time
}

const burst = 20 * time.Millisecond

func (m *meter) due() time.Time {
	if m.interval == 0 {
		return time.Time{}
	}
	return m.next.Add(-burst)
}

func (m *meter) went(now time.Time) {
	if m.next.Before(now) {
		m.next = now
	}
	m.next = m.next.Add(m.interval)
}

// The bounds of a domain's slowing: refusals double the space between its messages, acceptances halve it. They are low,
// because every deferred message waits for its own back-off besides.
const (
	slowFirst = 100 * time.Millisecond
	slowMost  = 2 * time.Second
	pauseMost = 15 * time.Minute
	// pauseFirst is the rest a domain gets after a 421, doubled by the next.
	pauseFirst = 30 * time.Second
)

// lane is one receiving domain that is limited, by configuration or because it refuses. Others have none.
type lane struct {
	limit   DomainLimit
	meter   meter
	slow    time.Duration // added by refusals
	pause   time.Duration // of the last 421
	resting time.Time     // nothing before
	active  int
	queue   []item
}

func newLane(limit DomainLimit) *lane {
	return &lane{limit: limit, meter: meter{interval: limit.Rate.interval()}}
}

// ready says when the lane's next message may go; ok is false while only the end of another one can tell.
func (l *lane) ready() (at time.Time, ok bool) {
	if l.limit.Connections > 0 && l.active >= l.limit.Connections {
		return time.Time{}, false
	}
	at = l.meter.due()
	if l.resting.After(at) {
		at = l.resting
	}
	return at, true
}

// plain says that the lane limits nothing any more.
func (l *lane) plain() bool {
	return l.limit == DomainLimit{} && l.slow == 0 && len(l.queue) == 0 && l.active == 0
}

// refused slows the lane; a 421 makes it rest.
func (l *lane) refused(code int, now time.Time) {
	l.slow = min(max(2*l.slow, slowFirst), slowMost)
	l.meter.interval = max(l.limit.Rate.interval(), l.slow)
	l.meter.next = now.Add(l.meter.interval)
	if code == 421 {
		l.pause = min(max(2*l.pause, pauseFirst), pauseMost)
		l.resting = now.Add(l.pause)
	}
}

// accepted speeds the lane up again.
func (l *lane) accepted() {
	l.pause = 0
	if l.slow /= 2; l.slow < slowFirst/2 {
		l.slow = 0
	}
	l.meter.interval = max(l.limit.Rate.interval(), l.slow)
}
