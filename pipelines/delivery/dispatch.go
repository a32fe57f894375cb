package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/edition"
)

const (
	// queued bounds the messages in memory that no lane holds; laneQueued those of one lane.
	queued     = 512
	laneQueued = 128
	// tries is how often a message is put back because its connection broke, before it is deferred like one that the
	// server refused: it may be the message.
	tries = 3
	// breakAfter is how many messages in a row may fail through our own fault before the run ends: they stay pending,
	// while failed ones would be lost.
	breakAfter = 20
	// reconnectMost bounds the pause after a failed connection, which doubles from reconnectFirst.
	reconnectFirst = time.Second
	reconnectMost  = time.Minute
)

// item is one message on its way through a pass.
type item struct {
	entry  edition.Entry
	draft  *draft
	domain string // that it is paced by: the receiving domain's, or its family's name
	tries  int
	early  bool      // given to those who make drafts ahead
	lane   *lane     // that it was handed out of, nil for none
	handed time.Time // to the workers
}

// done is what became of an item.
type done struct {
	item    item
	outcome Outcome
	// err ends the run: the journal failed, the disk is full.
	err error
	// skipped says that nothing was tried, again that it is still to be tried.
	skipped, again bool
	// ours says that the message failed through our own fault.
	ours bool
}

// dispatcher hands messages to the workers, each when its domain and the whole may send. One goroutine owns it, so it
// needs no locks. A message whose lane is full is left for the next pass: a slow domain never holds up the others.
type dispatcher struct {
	limits  Limits
	ahead   func(item) bool // takes a message that will wait, to render and sign it meanwhile; false where it cannot
	took    func()          // is told of every message that is handed out
	early   int             // how many of those that wait were taken
	stop    func() bool     // the pass must end: expired, quiet
	patient func(failingFor time.Duration) bool

	fast    []item
	lanes   map[string]*lane
	all     meter
	active  int
	waiting int // in fast and in lanes

	rest       time.Time     // nothing before: the relay could not be reached
	pause      time.Duration // of the last failed connection
	failing    time.Time     // since when no connection could be made
	broken     int           // failures in a row through our own fault
	brokenText string
	left       bool // some messages were left for the next pass
	err        error
}

func newDispatcher(limits Limits, stop func() bool, patient func(time.Duration) bool) *dispatcher {
	d := &dispatcher{limits: limits, stop: stop, patient: patient, lanes: map[string]*lane{}}
	d.all.interval = limits.Rate.interval()
	for domain, limit := range limits.Domains {
		d.lanes[domain] = newLane(limit)
	}
	for _, family := range limits.Families {
		d.lanes[familyLane(family.Name)] = newLane(family.Limit)
	}
	return d
}

// run passes items from in to work until both in is closed and every item is done, or the pass has to end; then it
// returns once the items with the workers are done.
func (d *dispatcher) run(ctx context.Context, in <-chan item, work chan<- item, results <-chan done) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ending := ctx.Done()
	d.left = false
	for {
		if ctx.Err() != nil || d.err != nil || d.stop() {
			d.abandon()
			d.left = d.left || in != nil // the reader may have more
			in = nil
			ending = nil
		}
		if in == nil && d.waiting == 0 && d.active == 0 {
			return
		}
		now := time.Now()
		next, from, at := d.pick(now)
		out := work
		if next == nil {
			out = nil
			next = &item{}
		}
		timer.Reset(d.wait(now, at, out != nil))
		accept := in
		if len(d.fast) >= queued {
			accept = nil
		}
		select {
		case it, ok := <-accept:
			if !ok {
				in = nil
				continue
			}
			d.add(it)
		case out <- next.handedOut(from, now):
			d.hand(from, now)
		case r := <-results:
			d.finish(r, time.Now())
		case <-timer.C:
		case <-ending:
		}
	}
}

// wait is how long the loop may sleep: until the next message may go, and never so long that an expiry passes unseen.
func (d *dispatcher) wait(now, at time.Time, handing bool) time.Duration {
	const most = time.Second
	if handing || at.IsZero() {
		return most
	}
	return min(max(at.Sub(now), 0), most)
}

// abandon forgets what has not been handed out; it is still pending.
func (d *dispatcher) abandon() {
	if d.waiting > 0 {
		d.left = true
	}
	d.fast, d.early = nil, 0
	for _, l := range d.lanes {
		l.queue = nil
	}
	d.waiting = 0
}

func (d *dispatcher) add(it item) {
	l := d.lanes[it.domain]
	if (l != nil || d.all.interval > 0) && !it.early && d.early < queued && (l == nil || len(l.queue) < laneQueued) {
		if it.early = d.ahead(it); it.early {
			d.early++
		}
	}
	switch {
	case l == nil:
		d.fast = append(d.fast, it)
	case len(l.queue) >= laneQueued:
		d.left = true
		if it.early {
			d.early--
		}
		return
	default:
		l.queue = append(l.queue, it)
	}
	d.waiting++
}

// pick finds the message to hand out next, and the lane it is in; or, without one, when to look again (zero: when
// something else happens).
func (d *dispatcher) pick(now time.Time) (next *item, from *lane, at time.Time) {
	global := d.rest
	if due := d.all.due(); due.After(global) {
		global = due
	}
	if d.waiting == 0 {
		return nil, nil, time.Time{}
	}
	if global.After(now) {
		return nil, nil, global
	}
	// the lane that has been due the longest; names break ties, so that the order is total
	var name string
	for candidate, l := range d.lanes {
		if len(l.queue) == 0 {
			continue
		}
		due, ok := l.ready()
		if !ok {
			continue
		}
		if due.After(now) {
			if at.IsZero() || due.Before(at) {
				at = due
			}
			continue
		}
		if from == nil || l.meter.next.Before(from.meter.next) || l.meter.next.Equal(from.meter.next) && candidate < name {
			from, name = l, candidate
		}
	}
	if from != nil {
		return &from.queue[0], from, time.Time{}
	}
	for len(d.fast) > 0 {
		head := d.fast[0]
		if d.lanes[head.domain] == nil {
			return &d.fast[0], nil, time.Time{}
		}
		// its domain was slowed after it had been queued
		d.fast = d.fast[1:]
		d.waiting--
		d.add(head)
		if at.IsZero() {
			at = now
		}
	}
	return nil, nil, at
}

// handedOut is the item as a worker gets it.
func (it *item) handedOut(from *lane, now time.Time) item {
	out := *it
	out.lane, out.handed, out.early = from, now, false
	return out
}

// hand notes that the picked message is with a worker.
func (d *dispatcher) hand(from *lane, now time.Time) {
	if from == nil && d.fast[0].early || from != nil && from.queue[0].early {
		d.early--
	}
	d.waiting--
	d.active++
	d.all.went(now)
	d.took()
	if from == nil {
		d.fast = d.fast[1:]
		return
	}
	from.queue = from.queue[1:]
	from.active++
	from.meter.went(now)
}

// finish learns from what became of a message.
func (d *dispatcher) finish(r done, now time.Time) {
	d.active--
	if r.item.lane != nil {
		r.item.lane.active--
	}
	l := d.lanes[r.item.domain]
	if r.err != nil {
		d.fail(r.err)
		return
	}
	if r.skipped {
		d.left = d.left || r.again
		return
	}
	d.count(r)
	switch r.outcome.Result {
	case Unsent:
		d.unsent(r, now)
		return
	case Accepted:
		if l != nil {
			l.accepted()
		}
	case Deferred:
		if r.outcome.Blame == Ourselves {
			d.slowDown(now)
			return
		}
		if r.outcome.Blame == Domain {
			if l == nil {
				l = newLane(DomainLimit{})
				d.lanes[r.item.domain] = l
			}
			l.refused(r.outcome.Code, now)
		}
	}
	d.pause, d.failing = 0, time.Time{}
	if l != nil && l.plain() {
		delete(d.lanes, r.item.domain)
	}
}

// count ends the run after too many failures in a row through our own fault.
func (d *dispatcher) count(r done) {
	switch {
	case r.ours || r.outcome.Result == Failed && r.outcome.Blame == Ourselves:
		d.broken++
		d.brokenText = r.outcome.Detail
	case r.outcome.Result == Accepted:
		d.broken = 0
	}
	if d.broken >= breakAfter {
		d.fail(fmt.Errorf("send messages: %d in a row failed through no fault of their recipients, the last one: %s; "+
			"the others stay pending; try: mend the cause, then run again", d.broken, d.brokenText))
	}
}

// unsent puts a message back, and rests where no connection could be made.
func (d *dispatcher) unsent(r done, now time.Time) {
	if r.outcome.Stop {
		d.fail(r.outcome.Err)
		return
	}
	d.slowDown(now)
	if d.failing.IsZero() {
		d.failing = now
	}
	if r.outcome.Connect && !d.patient(now.Sub(d.failing)) {
		d.fail(r.outcome.Err)
		return
	}
	it := r.item
	if !r.outcome.Connect {
		it.tries++
	}
	d.waiting++
	if l := d.lanes[it.domain]; l != nil {
		l.queue = append([]item{it}, l.queue...)
		return
	}
	d.fast = append([]item{it}, d.fast...)
}

// slowDown rests everything: the relay, or what is between, has trouble of its own.
func (d *dispatcher) slowDown(now time.Time) {
	if d.rest.After(now) { // the other connections of the same moment
		return
	}
	d.pause = min(max(2*d.pause, reconnectFirst), reconnectMost)
	d.rest = now.Add(d.pause)
}

func (d *dispatcher) fail(err error) {
	if d.err == nil && err != nil {
		d.err = err
	} else if d.err == nil {
		d.err = errors.New("send messages: stopped without a reason")
	}
}
