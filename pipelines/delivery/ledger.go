package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// ledger is what is known of an edition's messages: the journal folded, and written on.
type ledger struct {
	edition    *edition.Edition
	journalDir string
	writer     *journal.Writer

	mu       sync.Mutex
	states   *edition.MessageStates
	account  edition.Account
	due      map[string]time.Time // of messages that wait for their back-off
	finished bool                 // edition.finished is journalled
	torn     []journal.Damage     // unfinished last lines, as kills and power cuts leave them
}

// event is an event about a message of the edition.
func (l *ledger) event(kind journal.Kind, messageKey string) journal.Event {
	m := l.edition.Manifest
	return journal.Event{
		Kind: kind, Campaign: m.Campaign, Slot: string(m.Slot), MessageKey: messageKey, Channel: m.Channel,
	}
}

// detailed is an event with its reason.
func (l *ledger) detailed(kind journal.Kind, messageKey, detail string) journal.Event {
	e := l.event(kind, messageKey)
	e.Detail = detail
	return e
}

// write journals events durably, then counts them. What is being written is not cut short by a cancelled run.
func (l *ledger) write(ctx context.Context, events ...journal.Event) error {
	if err := l.writer.Append(context.WithoutCancel(ctx), events...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		if e.MessageKey == "" {
			continue
		}
		before := l.states.Of(e.MessageKey)
		l.states.Add(e)
		*l.count(before)--
		*l.count(l.states.Of(e.MessageKey))++
	}
	return nil
}

// count is the account's number of a state.
func (l *ledger) count(state string) *int {
	switch state {
	case edition.MessageAccepted:
		return &l.account.Accepted
	case edition.MessageFailed:
		return &l.account.Failed
	case edition.MessageWithheld:
		return &l.account.Withheld
	case edition.MessageUnconfirmed:
		return &l.account.Unconfirmed
	default:
		return &l.account.Pending
	}
}

// stateOf is a message's state now.
func (l *ledger) stateOf(messageKey string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.states.Of(messageKey)
}

// open says whether a message is still to be sent, and from when on.
func (l *ledger) open(messageKey string) (from time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.states.Of(messageKey) {
	case edition.MessagePending:
	case edition.MessageUnconfirmed:
		if !l.edition.Manifest.ResendUnconfirmed {
			return time.Time{}, false
		}
	default:
		return time.Time{}, false
	}
	return l.due[messageKey], true
}

// postpone makes a message wait for its back-off.
func (l *ledger) postpone(messageKey string, backoff []time.Duration, from time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, _ := l.states.Deferrals(messageKey)
	l.due[messageKey] = from.Add(backoff[min(max(n-1, 0), len(backoff)-1)])
}

// wait is when the first of the messages that wait for their back-off is due; zero where none waits.
func (l *ledger) wait() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first time.Time
	for key, at := range l.due {
		switch l.states.Of(key) {
		case edition.MessagePending:
		case edition.MessageUnconfirmed:
			if !l.edition.Manifest.ResendUnconfirmed {
				continue
			}
		default:
			delete(l.due, key)
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// snapshot is how the edition stands now.
func (l *ledger) snapshot() edition.Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account
	a.State = a.Describe(l.states.Begun())
	return a
}

// openLedger folds the journal of an edition. A damaged line may have told of an attempt: sending what then looks pending
// could send it twice, so with a channel that cannot be repeated nothing is sent until a person has looked. The unfinished
// last line that a kill leaves is no such damage: what it would have told had not been promised, so no dot followed it.
//
// What a killed process left unsynced is synced first: of a deferral and its attempt a power cut might otherwise keep the
// deferral alone, and the next attempt would look answered.
func openLedger(disk journal.Disk, e *edition.Edition, journalDir string, backoff []time.Duration, repeatable bool) (*ledger, error) {
	l := &ledger{edition: e, journalDir: journalDir, states: edition.NewMessageStates(), due: map[string]time.Time{}}
	if err := journal.SyncStream(disk, journalDir, e.ID().Stream()); err != nil {
		return nil, err
	}
	var deferred []string
	report, err := journal.Read(journalDir, e.ID().Stream(), func(event journal.Event, _ journal.Place) error {
		l.states.Add(event)
		switch event.Kind {
		case journal.EditionFinished:
			l.finished = true
		case journal.Deferred:
			deferred = append(deferred, event.MessageKey)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, damage := range report.Damaged {
		if damage.Torn {
			l.torn = append(l.torn, damage)
		}
		if !damage.Torn && !repeatable {
			return nil, fmt.Errorf("the edition's journal is damaged and may hide what was sent (%s); nothing is sent; "+
				"try: restore the segment from a backup", damage)
		}
	}
	for _, key := range deferred {
		_, at := l.states.Deferrals(key)
		l.postpone(key, backoff, at)
	}
	l.account, err = edition.Balance(e, l.states)
	return l, err
}

// close writes edition.finished where everything is accounted for, and seals the segment.
func (l *ledger) close(ctx context.Context) error {
	var err error
	if l.account.Pending == 0 && !l.finished && (l.account.Unconfirmed == 0 || !l.edition.Manifest.ResendUnconfirmed) {
		if err = l.audit(); err == nil {
			e := l.event(journal.EditionFinished, "")
			e.Rows = int64(l.account.Accepted)
			err = l.writer.Append(context.WithoutCancel(ctx), e)
		}
	}
	return errors.Join(err, l.writer.Close())
}

// audit balances the edition from what is on the disk, plan and journal, and holds it against the manifest and against
// what was counted while sending: counters that are moved in pairs always add up, whatever was written.
func (l *ledger) audit() error {
	states, _, err := edition.ReadStates(l.journalDir, l.edition.ID())
	if err != nil {
		return fmt.Errorf("balance accounts: %w", err)
	}
	disk, err := edition.Balance(l.edition, states)
	if err != nil {
		return fmt.Errorf("balance accounts: %w", err)
	}
	m := l.edition.Manifest
	if disk.Considered != m.Considered || disk.Excluded != m.Excluded || disk.HeldOut != m.HeldOut || disk.Planned != m.Planned {
		return fmt.Errorf("accounts: got %d considered = %d excluded + %d held out + %d planned in the plan, want %d = %d + %d + %d "+
			"as the manifest says; the edition is not finished; try: restore its folder from a backup", disk.Considered, disk.Excluded,
			disk.HeldOut, disk.Planned, m.Considered, m.Excluded, m.HeldOut, m.Planned)
	}
	if counted := l.snapshot(); disk != counted {
		return fmt.Errorf("accounts: got %d accepted, %d failed, %d withheld, %d unconfirmed, %d pending in the journal, "+
			"want %d, %d, %d, %d, %d as counted while sending; the edition is not finished; try: tokui status, then run again",
			disk.Accepted, disk.Failed, disk.Withheld, disk.Unconfirmed, disk.Pending,
			counted.Accepted, counted.Failed, counted.Withheld, counted.Unconfirmed, counted.Pending)
	}
	return nil
}
