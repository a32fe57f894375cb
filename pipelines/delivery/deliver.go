package delivery

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/mailbox"
)

// pass reads the edition once and sends what is due. When it returns, nothing is in flight.
func (s *Sender) pass(ctx context.Context, l *ledger, d *dispatcher, sup *suppressions) error {
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	in, work, results := make(chan item), make(chan item), make(chan done)
	abandon, stopDraining := s.drain(ctx)
	defer stopDraining()
	var workers sync.WaitGroup
	for range s.connections() {
		workers.Go(func() {
			for it := range work {
				results <- s.deliver(ctx, l, sup, it, abandon)
			}
		})
	}
	var reader sync.WaitGroup
	var readErr error
	reader.Go(func() {
		defer close(in)
		readErr = s.read(reading, l, in)
	})
	stopProgress := s.reportProgress(l)
	d.run(ctx, in, work, results)
	stopReading()
	close(work)
	workers.Wait()
	reader.Wait()
	stopProgress()
	if d.err != nil {
		return d.err
	}
	return readErr
}

// drain returns a channel that is closed when ctx has been over for as long as messages on their way are waited for, and
// what takes the wait back.
func (s *Sender) drain(ctx context.Context) (abandon <-chan struct{}, stop func()) {
	most := s.Limits.Drain
	if most == 0 {
		most = 30 * time.Second
	}
	draining, end := context.WithCancel(context.WithoutCancel(ctx))
	stopWaiting := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(most)
		defer timer.Stop()
		select {
		case <-timer.C:
			end()
		case <-draining.Done():
		}
	})
	return draining.Done(), func() {
		stopWaiting()
		end()
	}
}

// read gives the messages that are due to the dispatcher.
func (s *Sender) read(ctx context.Context, l *ledger, in chan<- item) error {
	for entry, err := range l.edition.Planned() {
		if err != nil {
			return err
		}
		from, ok := l.open(entry.MessageKey)
		if !ok || from.After(time.Now()) {
			continue
		}
		select {
		case in <- item{entry: entry, domain: domainOf(entry)}:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// domainOf is the domain that a message is paced by, "" where it has no address that can be read: such a message is
// failed when it is rendered.
func domainOf(entry edition.Entry) string {
	a, err := mailbox.ParseAddress(entry.Recipient.Address)
	if err != nil {
		return ""
	}
	return a.Domain
}

// reportProgress tells Progress about once a second, until stop is called.
func (s *Sender) reportProgress(l *ledger) (stop func()) {
	if s.Progress == nil {
		return func() {}
	}
	quit := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.Progress(l.snapshot())
			case <-quit:
				return
			}
		}
	})
	return func() { close(quit); running.Wait() }
}

// deliver does everything for one message: may it still go, render, send, write down. What it began it finishes, also
// when ctx is cancelled meanwhile, until abandon.
func (s *Sender) deliver(ctx context.Context, l *ledger, sup *suppressions, it item, abandon <-chan struct{}) done {
	m, entry := l.edition.Manifest, it.entry
	if ctx.Err() != nil || s.expired(l) {
		return done{item: it, skipped: true}
	}
	if entry.Forgotten {
		return s.withhold(ctx, l, it, "forgotten")
	}
	if entry.Reason != "" { // planned, so that it keeps its arm, and not to be sent
		return s.withhold(ctx, l, it, strings.TrimPrefix(entry.Reason, "withheld: "))
	}
	reason, suppressed, err := sup.reason(entry.ContactKey, entry.Recipient.AddressKey, m)
	if err != nil {
		return done{item: it, err: err}
	}
	if suppressed {
		return s.withhold(ctx, l, it, "suppressed: "+reason)
	}
	letter, err := s.Render(entry)
	if err == nil {
		err = letter.check()
	}
	if err != nil {
		out := Outcome{Result: Failed, Detail: "render: " + err.Error()}
		s.alert(fmt.Sprintf("%s: a message could not be rendered: %v", l.edition.ID(), err))
		return done{item: it, outcome: out, ours: true, err: s.record(ctx, l, it, out, false)}
	}
	attempted := false
	out := s.Channel.Send(ctx, Envelope{
		Campaign: m.Campaign, Slot: m.Slot, MessageKey: entry.MessageKey,
		From: letter.From, To: letter.To, Raw: letter.Raw, Abandon: abandon,
		Attempt: func() error {
			attempted = true
			return l.write(ctx, l.event(journal.Attempt, entry.MessageKey))
		},
	})
	if out.Result == Unsent && !out.Connect && !out.Stop && ctx.Err() == nil && it.tries+1 >= tries {
		out = Outcome{Result: Deferred, Blame: Mailbox, Detail: "connection lost: " + out.Err.Error()}
	}
	return done{item: it, outcome: out, err: s.record(ctx, l, it, out, attempted)}
}

// withhold writes down why a planned message does not go.
func (s *Sender) withhold(ctx context.Context, l *ledger, it item, reason string) done {
	e := l.event(journal.Withheld, it.entry.MessageKey)
	e.Detail = reason
	return done{item: it, skipped: true, err: l.write(ctx, e)}
}

// record writes an outcome down. What the server refused before the attempt was journalled gets its attempt now, in the
// same write: the fold of the states counts them against each other.
func (s *Sender) record(ctx context.Context, l *ledger, it item, out Outcome, attempted bool) error {
	key := it.entry.MessageKey
	var events []journal.Event
	answer := func(kind journal.Kind) {
		e := l.event(kind, key)
		e.Code, e.Enhanced, e.Detail = out.Code, out.Enhanced, out.Detail
		events = append(events, e)
	}
	if !attempted && (out.Result == Deferred || out.Result == Failed && out.Code != 0) {
		events = append(events, l.event(journal.Attempt, key))
	}
	switch out.Result {
	case Accepted:
		answer(journal.Accepted)
	case Deferred:
		answer(journal.Deferred)
	case Failed:
		answer(journal.Failed)
	case Unconfirmed:
		l.postpone(key, s.backoff(), time.Now())
		return nil
	case Unsent:
		return nil
	}
	switch out.Blame {
	case Address:
		if it.entry.Recipient.AddressKey != "" && out.Result == Failed {
			events = append(events, s.suppression(l, it, out))
		}
	case Ourselves:
		s.alert(fmt.Sprintf("%s: the server refuses us: %d %s %s", l.edition.ID(), out.Code, out.Enhanced, out.Detail))
	}
	if err := l.write(ctx, events...); err != nil {
		return err
	}
	if out.Result == Deferred {
		l.postpone(key, s.backoff(), time.Now())
	}
	return nil
}

// suppression is the word that an address does not exist. It names no message: that would suppress the person, who may
// get a new address.
func (s *Sender) suppression(l *ledger, it item, out Outcome) journal.Event {
	e := l.event(journal.Suppress, "")
	e.AddressKey, e.Scope = it.entry.Recipient.AddressKey, journal.ScopeAll
	e.Code, e.Enhanced, e.Detail = out.Code, out.Enhanced, out.Detail
	return e
}
