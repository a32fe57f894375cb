package delivery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// Limits is how much may leave at a time.
type Limits struct {
	// Connections is how many messages are on their way at once; 0 is 4, for a repeatable channel 16.
	Connections int
	// Rate over all connections.
	Rate Rate
	// Domains limits single receiving domains, by their names in lower case.
	Domains map[string]DomainLimit
	// Families limits sets of domains that share servers. A domain with limits of its own is in none.
	Families []Family
	// WarmUp bounds what all editions send in a day and in an hour.
	WarmUp WarmUp
	// Quiet is when nothing leaves. It is measured on Sender.Now; a replay of history leaves it empty.
	Quiet Quiet
	// Backoff is how long a deferred message waits after its first, second, … deferral; the last one repeats. Empty is
	// 1m 5m 15m 30m 1h 2h 4h.
	Backoff []time.Duration
	// MaxWait ends the run when there is nothing to do for longer, or the relay cannot be reached for longer; what is
	// pending is left to the next run. 0: stay until the edition expires.
	MaxWait time.Duration
	// Drain is how long messages on their way are waited for after ctx was cancelled; then their connections are dropped.
	// One whose final dot had been sent is unconfirmed, the others stay pending. 0 is 30 s.
	Drain time.Duration
}

// Sender sends one edition. Exactly one of Channel and Lists is set.
type Sender struct {
	DataDir, JournalDir string
	ID                  edition.ID
	Channel             Channel
	Lists               *Lists
	// Render makes the finished message of a planned row. An error fails that message, with its text as the reason.
	// Several are made at once.
	// The message may be appended to b, which is empty and has the room of one before it.
	Render func(b []byte, e edition.Entry) (Letter, error)
	// Sign gives the fields to stand before a finished message: its signatures. nil signs nothing.
	Sign func(message []byte) ([]byte, error)
	// Now is the clock that the edition expires by, and quiet hours. It may stand in the past, in a replay. Rates and
	// back-off run on the machine's own clock. nil is time.Now.
	Now    func() time.Time
	Limits Limits
	// Progress is told how the edition stands, about once a second and at the end. Alert is told what a person should
	// look at; the same text comes once a run. Either may be nil.
	Progress func(edition.Account)
	Alert    func(text string)

	// LookupMX finds the servers of a domain; nil asks the name servers. It is needed for families by server only.
	LookupMX func(ctx context.Context, domain string) ([]*net.MX, error)

	alerts  sync.Map
	buffers sync.Pool    // of *[]byte: messages that are done
	disk    journal.Disk // for tests that watch the journal's order
}

// Run sends what is pending and returns how the edition stands. It may be called again at any time, whatever happened to
// the calls before: what is done stays done. The error is nil also when messages failed, were withheld or wait for their
// back-off; it is not when the run had to stop before its end: ctx was cancelled (messages on their way are finished first,
// within Limits.Drain), the relay refuses us, the journal or the disk failed. A *edition.LockedError says that another
// process sends.
func (s *Sender) Run(ctx context.Context) (account edition.Account, err error) {
	dir := edition.Dir(s.DataDir, s.ID)
	e, err := edition.Open(dir)
	if err != nil {
		return edition.Account{}, fmt.Errorf("send %s: %w", s.ID, err)
	}
	release, err := edition.LockSender(dir)
	if err != nil {
		return edition.Account{}, fmt.Errorf("send %s: %w", s.ID, err)
	}
	defer func() { err = errors.Join(err, release()) }()
	s.alerts.Clear()
	l, err := openLedger(s.disk, e, s.JournalDir, s.backoff(), s.Lists != nil || s.Channel.Repeatable())
	if err != nil {
		return edition.Account{}, fmt.Errorf("send %s: %w", s.ID, err)
	}
	for _, damage := range l.torn {
		s.alert(fmt.Sprintf("%s: %s; it is kept, and promised nothing", s.ID, damage))
	}
	if l.finished && (l.account.Pending == 0 && (l.account.Unconfirmed == 0 || !e.Manifest.ResendUnconfirmed)) {
		return l.account, nil
	}
	l.writer, err = journal.OpenWriterOn(s.disk, s.JournalDir, e.ID().Stream(), time.Now)
	if err != nil {
		return l.account, fmt.Errorf("send %s: %w", s.ID, err)
	}
	if s.Lists != nil {
		err = s.writeLists(ctx, l)
	} else {
		err = s.send(ctx, l)
	}
	err = errors.Join(err, l.close(ctx))
	account = l.snapshot()
	if s.Progress != nil {
		s.Progress(account)
	}
	if err != nil {
		return account, fmt.Errorf("send %s: %w", s.ID, err)
	}
	return account, nil
}

// send makes passes over the edition until nothing is pending or nothing can be done.
func (s *Sender) send(ctx context.Context, l *ledger) error {
	sup := newSuppressions(s.DataDir, s.JournalDir, s.alert)
	patient := func(failingFor time.Duration) bool { return s.Limits.MaxWait == 0 || failingFor <= s.Limits.MaxWait }
	lookup := s.LookupMX
	if lookup == nil {
		lookup = net.DefaultResolver.LookupMX
	}
	lanes := newFamilies(s.Limits.Families, s.Limits.Domains, lookup)
	warm := newWarmUp(s.Limits.WarmUp, s.JournalDir, s.ID, s.now)
	var closedErr error
	closed := func() time.Time {
		var warmUntil time.Time
		warmUntil, closedErr = warm.until()
		if end := s.Limits.Quiet.until(s.now()); end.After(warmUntil) {
			return end
		}
		return warmUntil
	}
	d := newDispatcher(s.Limits, func() bool { return s.expired(l) || !closed().IsZero() || closedErr != nil }, patient)
	d.took = warm.took
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.expired(l) {
			return s.withholdRest(ctx, l, "expired")
		}
		end := closed()
		if closedErr != nil {
			return closedErr
		}
		if !end.IsZero() {
			if more, err := s.pause(ctx, end.Sub(s.now())); err != nil || !more {
				return err
			}
			continue
		}
		if err := s.pass(ctx, l, d, sup, lanes); err != nil {
			return err
		}
		if d.left { // the pass ended early, or a lane was full
			continue
		}
		next := l.wait()
		if next.IsZero() {
			return nil
		}
		if more, err := s.pause(ctx, time.Until(next)); err != nil || !more {
			return err
		}
	}
}

// pause waits, at most until the edition expires; more is false where that would be longer than MaxWait.
func (s *Sender) pause(ctx context.Context, d time.Duration) (more bool, err error) {
	if s.Limits.MaxWait > 0 && d > s.Limits.MaxWait {
		return false, nil
	}
	// in short turns, since Now may run at another speed than the timer
	timer := time.NewTimer(min(max(d, 0), time.Minute))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (s *Sender) expired(l *ledger) bool {
	at := l.edition.Manifest.ExpiresAt
	return !at.IsZero() && !s.now().Before(at)
}

// withholdRest gives up what is pending.
func (s *Sender) withholdRest(ctx context.Context, l *ledger, reason string) error {
	var batch []journal.Event
	for entry, err := range l.edition.Planned() {
		if err != nil {
			return err
		}
		if l.stateOf(entry.MessageKey) != edition.MessagePending {
			continue
		}
		e := l.event(journal.Withheld, entry.MessageKey)
		e.Detail = reason
		if batch = append(batch, e); len(batch) == 1000 {
			if err := l.write(ctx, batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return l.write(ctx, batch...)
}

func (s *Sender) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Sender) backoff() []time.Duration {
	if len(s.Limits.Backoff) > 0 {
		return s.Limits.Backoff
	}
	return []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
	}
}

func (s *Sender) connections() int {
	switch {
	case s.Limits.Connections > 0:
		return s.Limits.Connections
	case s.Channel.Repeatable():
		return 16
	default:
		return 4
	}
}

// alert tells a person, once a run for the same text.
func (s *Sender) alert(text string) {
	if s.Alert == nil {
		return
	}
	if _, told := s.alerts.LoadOrStore(text, true); !told {
		s.Alert(text)
	}
}
