package edition

import (
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/journal"
)

// The states of an edition.
const (
	StatePlanned     = "planned"     // frozen, nothing of it done yet
	StateSending     = "sending"     // begun, some messages pending
	StateUnconfirmed = "unconfirmed" // done, but some messages were attempted and never answered
	StateFinished    = "finished"    // done, everybody accounted for
)

// The states of a planned message.
const (
	MessagePending     = "pending" // nothing done, or deferred by the server
	MessageAccepted    = "accepted"
	MessageFailed      = "failed"
	MessageWithheld    = "withheld"
	MessageUnconfirmed = "unconfirmed"
)

// Account is how an edition stands:
//
//	considered = excluded + held out + planned
//	planned    = accepted + failed + withheld + unconfirmed + pending
type Account struct {
	Considered  int    `json:"considered"`
	Excluded    int    `json:"excluded"`
	HeldOut     int    `json:"held_out"`
	Planned     int    `json:"planned"`
	Accepted    int    `json:"accepted"`
	Failed      int    `json:"failed"`
	Withheld    int    `json:"withheld"`
	Unconfirmed int    `json:"unconfirmed"`
	Pending     int    `json:"pending"`
	State       string `json:"state"`
}

// Check is an error where the sums do not hold.
func (a Account) Check() error {
	if a.Considered != a.Excluded+a.HeldOut+a.Planned {
		return fmt.Errorf("accounts: got %d considered, want %d excluded + %d held out + %d planned",
			a.Considered, a.Excluded, a.HeldOut, a.Planned)
	}
	if a.Planned != a.Accepted+a.Failed+a.Withheld+a.Unconfirmed+a.Pending {
		return fmt.Errorf("accounts: got %d planned, want %d accepted + %d failed + %d withheld + %d unconfirmed + %d pending",
			a.Planned, a.Accepted, a.Failed, a.Withheld, a.Unconfirmed, a.Pending)
	}
	return nil
}

// MessageStates folds an edition's events into the state of each message. The order of the events does not matter, so
// that the SQL model ops.message can make the same:
//
//	accepted     it was ever accepted: whatever else happened, somebody has it
//	failed       else, it ever failed
//	withheld     else, it was ever withheld
//	unconfirmed  else, there are more attempts than deferrals and attempts settled by a resend: one was never answered
//	pending      else
//
// For this the sender journals an attempt before every deferral. Channels that can be repeated harmlessly journal no
// attempts.
type MessageStates struct {
	of map[string]*tally
}

// tally is what was journalled of one message.
type tally struct {
	accepted, failed, withheld bool
	attempts, deferrals        int
	resends                    int // unanswered attempts that count no more
	lastDeferred               time.Time
}

// NewMessageStates returns the fold of no events.
func NewMessageStates() *MessageStates { return &MessageStates{of: map[string]*tally{}} }

// Add folds one event in. Events of other kinds than delivery's change nothing.
func (s *MessageStates) Add(e journal.Event) {
	switch e.Kind {
	case journal.Attempt, journal.Accepted, journal.Deferred, journal.Failed, journal.Withheld, journal.Resend:
	default:
		return
	}
	t := s.of[e.MessageKey]
	if t == nil {
		t = &tally{}
		s.of[e.MessageKey] = t
	}
	switch e.Kind {
	case journal.Attempt:
		t.attempts++
	case journal.Accepted:
		t.accepted = true
	case journal.Failed:
		t.failed = true
	case journal.Withheld:
		t.withheld = true
	case journal.Resend:
		t.resends = max(t.resends, int(e.Rows))
	case journal.Deferred:
		t.deferrals++
		if e.At.After(t.lastDeferred) {
			t.lastDeferred = e.At
		}
	}
}

// Of is the state of a planned message.
func (s *MessageStates) Of(messageKey string) string {
	t := s.of[messageKey]
	switch {
	case t == nil:
		return MessagePending
	case t.accepted:
		return MessageAccepted
	case t.failed:
		return MessageFailed
	case t.withheld:
		return MessageWithheld
	case t.attempts > t.deferrals+t.resends:
		return MessageUnconfirmed
	default:
		return MessagePending
	}
}

// Begun says that something was journalled of any message.
func (s *MessageStates) Begun() bool { return len(s.of) > 0 }

// Unanswered is how many attempts were never answered, those that a resend has settled included.
func (s *MessageStates) Unanswered(messageKey string) int {
	if t := s.of[messageKey]; t != nil {
		return t.attempts - t.deferrals
	}
	return 0
}

// Deferrals are how often the message was deferred, and when it last was.
func (s *MessageStates) Deferrals(messageKey string) (int, time.Time) {
	if t := s.of[messageKey]; t != nil {
		return t.deferrals, t.lastDeferred
	}
	return 0, time.Time{}
}

// Balance counts an edition: its plan, and its journal events folded.
func Balance(e *Edition, states *MessageStates) (Account, error) {
	var a Account
	for row, err := range e.Plan() {
		if err != nil {
			return a, fmt.Errorf("balance %s: %w", e.ID(), err)
		}
		a.Considered++
		switch row.Arm {
		case ArmExcluded:
			a.Excluded++
			continue
		case ArmHeldOut:
			a.HeldOut++
			continue
		}
		a.Planned++
		switch states.Of(row.MessageKey) {
		case MessageAccepted:
			a.Accepted++
		case MessageFailed:
			a.Failed++
		case MessageWithheld:
			a.Withheld++
		case MessageUnconfirmed:
			a.Unconfirmed++
		default:
			a.Pending++
		}
	}
	a.State = a.Describe(states.Begun())
	return a, a.Check()
}

// Describe is the state of an edition with these counts; begun says that something was journalled of its messages.
func (a Account) Describe(begun bool) string {
	switch {
	case a.Pending > 0 && !begun:
		return StatePlanned
	case a.Pending > 0:
		return StateSending
	case a.Unconfirmed > 0:
		return StateUnconfirmed
	default:
		return StateFinished
	}
}

// Stream is the journal stream of an edition's delivery.
func (id ID) Stream() string { return "edition." + id.Campaign + "." + string(id.Slot) }

// ReadStates folds the edition's journal stream.
func ReadStates(journalDir string, id ID) (*MessageStates, journal.Report, error) {
	states := NewMessageStates()
	report, err := journal.Read(journalDir, id.Stream(), func(e journal.Event, _ journal.Place) error {
		states.Add(e)
		return nil
	})
	return states, report, err
}
