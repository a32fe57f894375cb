package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// Resolver settles the unconfirmed messages of an edition: by what the journal has heard of them since, by the relay's log,
// and by hand. What shows that the relay had a message always wins: nobody gets it twice because of a slip of the pen.
type Resolver struct {
	DataDir, JournalDir string
	ID                  edition.ID
	// Log is the relay's, read; nil is none. LoggedUntil is when it was last written.
	Log         *RelayLog
	LoggedUntil time.Time
	// ResendAbsent sends again what the log never names. The log must name everything else of the edition that the relay
	// accepted, and have been written after the last attempt: else it is not the whole log, and nothing is settled by it.
	ResendAbsent bool
	// Accepted and Resend are message keys that a person has looked up.
	Accepted, Resend []string
	// Dry only tells what would be settled.
	Dry bool

	disk journal.Disk
}

// How a message was settled.
const (
	ByResponse = "response" // a bounce, open, click, reply … that names it
	ByLog      = "log"
	ByHand     = "hand"
)

// Settled is one message and what was decided of it.
type Settled struct {
	MessageKey string `json:"message_key"`
	ContactID  string `json:"contact_id"`
	// Verdict is accepted, resend, or unconfirmed where nothing is known.
	Verdict string `json:"verdict"`
	// By is response, log or hand; "" where nothing is known.
	By string `json:"by"`
	// Why is the evidence.
	Why         string    `json:"why"`
	AttemptedAt time.Time `json:"attempted_at"`
}

// The verdicts beside unconfirmed.
const (
	verdictAccepted = edition.MessageAccepted
	verdictResend   = "resend"
)

// Resolution is what became of an edition's unconfirmed messages.
type Resolution struct {
	// Messages are all that were unconfirmed, in the plan's order.
	Messages []Settled `json:"messages"`
	// Refused are keys given by hand that nothing was done about, with the reason.
	Refused []string `json:"refused"`
	// Account is how the edition stands afterwards.
	Account edition.Account `json:"account"`
	// ExpiresAt is until when what is to be sent again may be sent; zero: for ever.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Count is how many messages got a verdict, "" for by is by whatever.
func (r Resolution) Count(verdict, by string) int {
	n := 0
	for _, m := range r.Messages {
		if m.Verdict == verdict && (by == "" || m.By == by) {
			n++
		}
	}
	return n
}

// Run settles what can be settled. It may be repeated with more evidence. While the edition is being sent the error is an
// *edition.LockedError.
func (r *Resolver) Run(ctx context.Context) (done Resolution, err error) {
	done = Resolution{Messages: []Settled{}, Refused: []string{}}
	dir := edition.Dir(r.DataDir, r.ID)
	e, err := edition.Open(dir)
	if err != nil {
		return done, fmt.Errorf("resolve %s: %w", r.ID, err)
	}
	done.ExpiresAt = e.Manifest.ExpiresAt
	release, err := edition.LockSender(dir)
	if err != nil {
		return done, fmt.Errorf("resolve %s: %w", r.ID, err)
	}
	defer func() { err = errors.Join(err, release()) }()
	l, err := openLedger(r.disk, e, r.JournalDir, []time.Duration{0}, true) // a damaged line keeps from sending, not from looking
	if err != nil {
		return done, fmt.Errorf("resolve %s: %w", r.ID, err)
	}
	if err := r.decide(e, l, &done); err != nil {
		return done, fmt.Errorf("resolve %s: %w", r.ID, err)
	}
	if r.Dry || done.Count(edition.MessageUnconfirmed, "") == len(done.Messages) {
		done.Account = l.snapshot()
		return done, nil
	}
	if l.writer, err = journal.OpenWriterOn(r.disk, r.JournalDir, e.ID().Stream(), time.Now); err != nil {
		return done, fmt.Errorf("resolve %s: %w", r.ID, err)
	}
	err = errors.Join(r.write(ctx, l, done.Messages), l.close(ctx))
	done.Account = l.snapshot()
	if err != nil {
		return done, fmt.Errorf("resolve %s: %w", r.ID, err)
	}
	return done, nil
}

// decide finds a verdict for every unconfirmed message.
func (r *Resolver) decide(e *edition.Edition, l *ledger, done *Resolution) error {
	at := map[string]int{} // of the unconfirmed
	var unlogged, logged int
	var last time.Time
	attempted, err := r.attempts()
	if err != nil {
		return err
	}
	for entry, err := range e.Planned() {
		if err != nil {
			return err
		}
		key := entry.MessageKey
		switch l.states.Of(key) {
		case edition.MessageUnconfirmed:
			at[key] = len(done.Messages)
			tried := attempted[key].at
			done.Messages = append(done.Messages, Settled{
				MessageKey: key, ContactID: entry.Recipient.ContactID, Verdict: edition.MessageUnconfirmed, AttemptedAt: tried,
			})
			if tried.After(last) {
				last = tried
			}
		case edition.MessageAccepted:
			if r.Log == nil || !attempted[key].replied {
				continue
			}
			if fate, _ := r.Log.Fate(key); fate.Taken {
				logged++
			} else {
				unlogged++
			}
		}
	}
	heard, err := r.heard(at)
	if err != nil {
		return err
	}
	for i := range done.Messages {
		r.judge(&done.Messages[i], heard)
	}
	if r.ResendAbsent {
		if err := r.whole(logged, unlogged, last); err != nil {
			return err
		}
		for i := range done.Messages {
			m := &done.Messages[i]
			if _, named := r.Log.Fate(m.MessageKey); !named && m.Verdict == edition.MessageUnconfirmed {
				m.Verdict, m.By, m.Why = verdictResend, ByLog, "the relay's log never names it"
			}
		}
	}
	r.byHand(l, at, done)
	return nil
}

// judge settles a message by what shows that the relay had it.
func (r *Resolver) judge(m *Settled, heard map[string]string) {
	if why, ok := heard[m.MessageKey]; ok {
		m.Verdict, m.By, m.Why = verdictAccepted, ByResponse, why
		return
	}
	if r.Log == nil {
		return
	}
	fate, named := r.Log.Fate(m.MessageKey)
	switch {
	case fate.Taken && fate.Status != "":
		m.Verdict, m.By, m.Why = verdictAccepted, ByLog, "status="+fate.Status
	case fate.Taken:
		m.Verdict, m.By, m.Why = verdictAccepted, ByLog, "in the relay's queue"
	case named:
		m.Why = "the relay read its header, and its log does not say whether it took the message"
	}
}

// whole is an error where the log is not known to be the whole one.
func (r *Resolver) whole(logged, unlogged int, last time.Time) error {
	switch {
	case r.Log == nil:
		return errors.New("what is absent from a log: got no log; try: --log FILE")
	case unlogged > 0:
		return fmt.Errorf("the log does not name %d of %d messages that the relay accepted, so it is not the whole log of this edition, "+
			"and what it lacks may have been delivered; try: give every file of it, oldest first, or settle by hand", unlogged, logged+unlogged)
	case logged == 0:
		return errors.New("the log names no message of this edition, so nothing shows that it is this edition's; " +
			"try: settle by hand, --resend KEY")
	case r.LoggedUntil.Before(last):
		return fmt.Errorf("the log ends at %s, before the last unconfirmed attempt at %s; try: take the log again",
			r.LoggedUntil.Format(time.DateTime), last.Format(time.DateTime))
	}
	return nil
}

// byHand settles what a person has looked up.
func (r *Resolver) byHand(l *ledger, at map[string]int, done *Resolution) {
	for _, word := range []struct {
		keys    []string
		verdict string
	}{{r.Accepted, verdictAccepted}, {r.Resend, verdictResend}} {
		for _, key := range word.keys {
			i, ok := at[key]
			switch {
			case !ok && l.states.Of(key) == edition.MessagePending:
				done.Refused = append(done.Refused, key+": not unconfirmed: it is pending, or no message of this edition")
			case !ok:
				done.Refused = append(done.Refused, key+": not unconfirmed: it is "+l.states.Of(key))
			case word.verdict == verdictResend && done.Messages[i].Verdict == verdictAccepted:
				m := done.Messages[i]
				done.Refused = append(done.Refused, key+": not sent again: by "+m.By+" the relay had it ("+m.Why+")")
			case word.verdict == verdictResend && slices.Contains(r.Accepted, key):
				done.Refused = append(done.Refused, key+": both accepted and to be sent again")
			default:
				m := &done.Messages[i]
				if m.By != ByResponse && m.By != ByLog || m.Verdict != word.verdict {
					m.Verdict, m.By, m.Why = word.verdict, ByHand, "by hand"
				}
			}
		}
	}
}

// write journals the verdicts, each as what it means for the fold of the states.
func (r *Resolver) write(ctx context.Context, l *ledger, messages []Settled) error {
	var batch []journal.Event
	for _, m := range messages {
		switch m.Verdict {
		case verdictAccepted:
			e := l.event(journal.Accepted, m.MessageKey)
			e.Detail = "resolved by " + m.By + ": " + m.Why
			batch = append(batch, e)
		case verdictResend:
			e := l.event(journal.Resend, m.MessageKey)
			e.Detail = "resolved by " + m.By + ": " + m.Why
			e.Rows = int64(l.states.Unanswered(m.MessageKey))
			batch = append(batch, e)
		}
	}
	for part := range slices.Chunk(batch, 1000) {
		if err := l.write(ctx, part...); err != nil {
			return err
		}
	}
	return nil
}

// tried is when a message was last attempted, and whether a reply of the relay accepted it.
type tried struct {
	at      time.Time
	replied bool
}

func (r *Resolver) attempts() (map[string]tried, error) {
	all := map[string]tried{}
	_, err := journal.Read(r.JournalDir, r.ID.Stream(), func(e journal.Event, _ journal.Place) error {
		t := all[e.MessageKey]
		switch e.Kind {
		case journal.Attempt:
			if e.At.After(t.at) {
				t.at = e.At
			}
		case journal.Accepted:
			t.replied = t.replied || e.Code != 0
		default:
			return nil
		}
		all[e.MessageKey] = t
		return nil
	})
	return all, err
}

// heard is what shows that a message arrived, or was at least taken by the relay: whatever names it came from the message
// itself, or from a server that had it.
func (r *Resolver) heard(of map[string]int) (map[string]string, error) {
	heard := map[string]string{}
	if len(of) == 0 {
		return heard, nil
	}
	follower := journal.NewFollower(r.JournalDir, "", func(kind journal.Kind) bool {
		switch kind {
		case journal.Bounce, journal.Complaint, journal.Reply, journal.Open, journal.Click, journal.Unsubscribe, journal.Preference,
			journal.OptInConfirmed:
			return true
		}
		return false
	})
	_, err := follower.Next(func(e journal.Event, _ journal.Place) error {
		if _, ok := of[e.MessageKey]; ok && heard[e.MessageKey] == "" {
			heard[e.MessageKey] = string(e.Kind)
			if e.Enhanced != "" {
				heard[e.MessageKey] += " " + e.Enhanced
			}
		}
		return nil
	})
	return heard, err
}
