package delivery

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// worker delivers one message after the other: may it still go, render, send, write down. A channel that can begin the
// next message together with the end of the one before is offered it, and then the result of the one and the attempt of
// the other are written down together: one sync a message, and never two messages of a worker without an answer.
type worker struct {
	s       *Sender
	l       *ledger
	sup     *suppressions
	work    <-chan item
	results chan<- done
	abandon <-chan struct{}

	trouble *trouble // of the whole pass
	line    Line
	owed    *result // of the message before, not written down yet
}

// trouble is what workers tell each other, so that the messages that were handed out already are not tried in vain.
type trouble struct {
	mu   sync.Mutex
	over bool      // the run is ending
	down time.Time // when the relay last could not be reached
	err  error     // why
}

// note learns from an outcome.
func (t *trouble) note(out Outcome, err error) {
	if err == nil && (out.Result != Unsent || !out.Stop && !out.Connect) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil || out.Stop {
		t.over = true
	}
	if out.Connect {
		t.down, t.err = time.Now(), out.Err
	}
}

// spares says that a message need not be tried, and what is said of it instead.
func (t *trouble) spares(it item) (instead done, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		return done{item: it, skipped: true, again: true}, true
	case !it.handed.After(t.down):
		return done{item: it, outcome: Outcome{Result: Unsent, Connect: true, Err: t.err}}, true
	default:
		return done{}, false
	}
}

// ready is a message that may be sent.
type ready struct {
	item   item
	letter Letter
}

// result is what became of a message, with the events that say so.
type result struct {
	done      done
	events    []journal.Event
	postponed bool
}

func (w *worker) run(ctx context.Context) {
	defer w.line.close()
	for it := range w.work {
		r, ok := w.prepare(ctx, it)
		for ok {
			r, ok = w.send(ctx, r)
		}
	}
}

// prepare finds out whether a message may go, and renders it; a message that may not is settled.
func (w *worker) prepare(ctx context.Context, it item) (r ready, ok bool) {
	s, entry := w.s, it.entry
	if ctx.Err() != nil || s.expired(w.l) || !s.Limits.Quiet.until(s.now()).IsZero() {
		w.results <- done{item: it, skipped: true, again: true}
		return ready{}, false
	}
	if instead, ok := w.trouble.spares(it); ok {
		w.results <- instead
		return ready{}, false
	}
	reason, err := w.withheld(entry)
	switch {
	case err != nil:
		w.trouble.note(Outcome{}, err)
		w.results <- done{item: it, err: err}
		return ready{}, false
	case reason != "":
		w.withhold(ctx, it, reason)
		return ready{}, false
	}
	letter, err := it.draft.of(s, entry)
	if err != nil {
		s.alert(fmt.Sprintf("%s: a message could not be rendered: %v", w.l.edition.ID(), err))
		w.settle(ctx, w.answer(it, Outcome{Result: Failed, Detail: "render: " + err.Error()}, false, true))
		return ready{}, false
	}
	return ready{item: it, letter: letter}, true
}

// withheld says why a planned message does not go, "" where it may. The suppressions are those of the last second.
func (w *worker) withheld(entry edition.Entry) (reason string, err error) {
	switch {
	case entry.Forgotten:
		return "forgotten", nil
	case entry.Reason != "": // planned, so that it keeps its arm, and not to be sent
		return strings.TrimPrefix(entry.Reason, "withheld: "), nil
	}
	m := w.l.edition.Manifest
	reason, suppressed, err := w.sup.reason(entry.ContactKey, entry.Recipient.AddressKey, m)
	if err != nil || !suppressed {
		return "", err
	}
	return "suppressed: " + reason, nil
}

// withhold writes down why a planned message does not go.
func (w *worker) withhold(ctx context.Context, it item, reason string) {
	e := w.l.detailed(journal.Withheld, it.entry.MessageKey, reason)
	w.settle(ctx, result{done: done{item: it, skipped: true}, events: []journal.Event{e}})
}

// send sends one message, and gives the next one where the channel has begun it. What it began it finishes, also when ctx
// is cancelled meanwhile, until abandon.
func (w *worker) send(ctx context.Context, r ready) (next ready, given bool) {
	m, entry := w.l.edition.Manifest, r.item.entry
	attempted, withdrawn := false, ""
	e := w.envelope(r)
	e.Next = func() (Envelope, bool) {
		if next, given = w.next(ctx); !given {
			return Envelope{}, false
		}
		return w.envelope(next), true
	}
	e.Attempt = func() (err error) {
		// it may have waited long behind the one before
		if withdrawn, err = w.withheld(entry); err != nil {
			return err
		}
		if withdrawn == "" && w.s.expired(w.l) {
			withdrawn = "expired"
		}
		if withdrawn != "" {
			return errWithdrawn
		}
		attempted = true
		return w.write(ctx, w.l.event(journal.Attempt, entry.MessageKey))
	}
	out := w.s.Channel.Send(ctx, e)
	w.trouble.note(out, nil)
	if out.Result != Unsent {
		r.item.draft.free(w.s)
	}
	if withdrawn != "" {
		w.withhold(ctx, r.item, withdrawn)
		return next, given
	}
	if out.Result == Unsent && !out.Connect && !out.Stop && ctx.Err() == nil && r.item.tries+1 >= tries {
		out = Outcome{Result: Deferred, Blame: Mailbox, Detail: "connection lost: " + out.Err.Error()}
	}
	if out.Blame == Ourselves {
		w.s.alert(fmt.Sprintf("%s: the server refuses us: %d %s %s", m.Campaign+"/"+string(m.Slot), out.Code, out.Enhanced, out.Detail))
	}
	answer := w.answer(r.item, out, attempted, false)
	if given && out.Ready && w.owed == nil {
		w.owed = &answer
	} else {
		w.settle(ctx, answer)
	}
	return next, given
}

// envelope is a message for the channel, but for its functions.
func (w *worker) envelope(r ready) Envelope {
	m := w.l.edition.Manifest
	return Envelope{
		Campaign: m.Campaign, Slot: m.Slot, MessageKey: r.item.entry.MessageKey,
		From: r.letter.From, To: r.letter.To, Head: r.letter.Head, Raw: r.letter.Raw, form: r.letter.form,
		Abandon: w.abandon, Line: &w.line,
	}
}

// next gives a message that may be sent and that waits for nothing.
func (w *worker) next(ctx context.Context) (ready, bool) {
	for {
		select {
		case it, ok := <-w.work:
			if !ok {
				return ready{}, false
			}
			if r, ok := w.prepare(ctx, it); ok {
				return r, true
			}
		default:
			return ready{}, false
		}
	}
}

// answer says what is written down of an outcome. What the server refused before the attempt was journalled gets its
// attempt now, in the same write: the fold of the states counts them against each other.
func (w *worker) answer(it item, out Outcome, attempted, ours bool) result {
	l, key := w.l, it.entry.MessageKey
	r := result{done: done{item: it, outcome: out, ours: ours}}
	var kind journal.Kind
	switch out.Result {
	case Accepted:
		kind = journal.Accepted
	case Deferred:
		kind = journal.Deferred
	case Failed:
		kind = journal.Failed
	default:
		r.postponed = out.Result == Unconfirmed
		return r
	}
	if !attempted && (out.Result == Deferred || out.Result == Failed && out.Code != 0) {
		r.events = append(r.events, l.event(journal.Attempt, key))
	}
	e := l.event(kind, key)
	e.Code, e.Enhanced, e.Detail = out.Code, out.Enhanced, out.Detail
	r.events = append(r.events, e)
	if out.Blame == Address && it.entry.Recipient.AddressKey != "" && out.Result == Failed {
		r.events = append(r.events, w.s.suppression(l, it, out))
	}
	r.postponed = out.Result == Deferred
	return r
}

// settle writes down what became of a message, and tells the dispatcher.
func (w *worker) settle(ctx context.Context, r result) {
	err := w.write(ctx, r.events...)
	r.done.err = err
	if err == nil && r.postponed {
		w.l.postpone(r.done.item.entry.MessageKey, w.s.backoff(), time.Now())
	}
	w.results <- r.done
}

// write journals events durably, with those that are owed.
func (w *worker) write(ctx context.Context, events ...journal.Event) error {
	owed := w.owed
	if owed == nil {
		err := w.l.write(ctx, events...)
		w.trouble.note(Outcome{}, err)
		return err
	}
	w.owed = nil
	err := w.l.write(ctx, append(owed.events, events...)...)
	w.trouble.note(Outcome{}, err)
	owed.done.err = err
	if err == nil && owed.postponed {
		w.l.postpone(owed.done.item.entry.MessageKey, w.s.backoff(), time.Now())
	}
	w.results <- owed.done
	return err
}
