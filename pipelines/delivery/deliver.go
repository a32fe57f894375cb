package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/mailbox"
)

// pass reads the edition once and sends what is due. When it returns, nothing is in flight.
func (s *Sender) pass(ctx context.Context, l *ledger, d *dispatcher, sup *suppressions, lanes *families) error {
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	// What is in work counts as being on its way, and a worker that has a message to end finds there the one to begin with
	// it.
	in, work, results := make(chan item, 64), make(chan item, s.connections()), make(chan done, s.connections())
	abandon, stopDraining := s.drain(ctx)
	defer stopDraining()
	var workers sync.WaitGroup
	var troubles trouble
	for range s.connections() {
		w := &worker{s: s, l: l, sup: sup, work: work, results: results, abandon: abandon, trouble: &troubles}
		workers.Go(func() { w.run(ctx) })
	}
	var reader sync.WaitGroup
	var readErr error
	reader.Go(func() {
		defer close(in)
		readErr = s.read(reading, l, lanes, in)
	})
	stopProgress := s.reportProgress(l)
	stopDrafting := s.draftAhead(d)
	d.run(ctx, in, work, results)
	stopDrafting()
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

// read gives the messages that are due to the dispatcher. Those whose domain's servers are not known yet come when they
// are: a slow name server holds up nobody else.
func (s *Sender) read(ctx context.Context, l *ledger, lanes *families, in chan<- item) error {
	give := func(it item) bool {
		select {
		case in <- it:
			return true
		case <-ctx.Done():
			return false
		}
	}
	unknown := make(chan item)
	var lookups sync.WaitGroup
	defer lookups.Wait()
	defer close(unknown)
	finding := 0
	for entry, err := range l.edition.Planned() {
		if err != nil {
			return err
		}
		from, ok := l.open(entry.MessageKey)
		if !ok || from.After(time.Now()) {
			continue
		}
		it := item{entry: entry, draft: &draft{}, domain: domainOf(entry)}
		if it.domain, ok = lanes.lane(it.domain); ok {
			if !give(it) {
				return nil
			}
			continue
		}
		if finding < mxLookups {
			finding++
			lookups.Go(func() {
				for it := range unknown {
					it.domain = lanes.find(ctx, it.domain)
					if !give(it) {
						return
					}
				}
			})
		}
		select {
		case unknown <- it:
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

// suppression is the word that an address does not exist. It names no message: that would suppress the person, who may
// get a new address.
func (s *Sender) suppression(l *ledger, it item, out Outcome) journal.Event {
	e := l.event(journal.Suppress, "")
	e.AddressKey, e.Scope = it.entry.Recipient.AddressKey, journal.ScopeAll
	e.Code, e.Enhanced, e.Detail = out.Code, out.Enhanced, out.Detail
	return e
}
