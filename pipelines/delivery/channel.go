package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/mailbox"
)

// Channel takes finished messages to people. Send is called by several goroutines at once, for different messages.
type Channel interface {
	// Name is shown to people: outbox, smtp.
	Name() string
	// Repeatable says that sending a message again leaves the same as sending it once.
	Repeatable() bool
	// Send sends one message and returns what became of it. A channel that is not repeatable calls Envelope.Attempt
	// before its point of no return, goes on only if that returns nil, and calls it at most once. Cancelling ctx may
	// stop it before the attempt (Unsent), never after; what ends it then is Envelope.Abandon.
	Send(ctx context.Context, e Envelope) Outcome
	// Close gives everything back; no Send is running.
	Close() error
}

// Letter is a rendered message.
type Letter struct {
	// From and To are the addresses of the envelope. To is the one in the message's header; From may be a return path that
	// names the message.
	From, To mailbox.Address
	// Raw is the complete RFC 5322 message with CRLF line ends.
	Raw []byte
}

// check refuses what no channel may see: half or malformed messages.
func (l Letter) check() error {
	if l.From == (mailbox.Address{}) || l.To == (mailbox.Address{}) {
		return errors.New("render message: got no address for the envelope, want a sender and a recipient")
	}
	if len(l.Raw) == 0 {
		return errors.New("render message: got no bytes, want a complete message")
	}
	if !strings.HasSuffix(string(l.Raw[max(0, len(l.Raw)-2):]), "\r\n") {
		return errors.New("render message: got no line end at the end, want CRLF")
	}
	start := 0
	for i, b := range l.Raw {
		switch {
		case b == 0:
			return fmt.Errorf("render message: got a NUL at byte %d", i)
		case b == '\n':
			if i == 0 || l.Raw[i-1] != '\r' {
				return fmt.Errorf("render message: got a bare LF at byte %d, want CRLF", i)
			}
			if i-1-start > 998 {
				return fmt.Errorf("render message: got a line of %d bytes, want at most 998 (RFC 5322, 2.1.1)", i-1-start)
			}
			start = i + 1
		case b == '\r' && (i+1 == len(l.Raw) || l.Raw[i+1] != '\n'):
			return fmt.Errorf("render message: got a bare CR at byte %d, want CRLF", i)
		}
	}
	return nil
}

// Envelope is one message on its way.
type Envelope struct {
	Campaign   string
	Slot       calendar.Slot
	MessageKey string
	From, To   mailbox.Address
	Raw        []byte
	// Attempt makes it durable that the message is about to leave.
	Attempt func() error
	// Abandon is closed when nobody waits for this message any more: the run was cancelled, and Limits.Drain has passed. A
	// channel that waits for others gives up at once: Unsent before the attempt, Unconfirmed after. nil is never.
	Abandon <-chan struct{}
}

// Result is what became of one Send.
type Result int

// The results.
const (
	// Unsent: certainly not delivered, through no fault of the message; Err says why. It stays pending.
	Unsent Result = iota
	// Accepted: somebody else is responsible now, durably.
	Accepted
	// Deferred: refused for now (4xx).
	Deferred
	// Failed: refused for good (5xx).
	Failed
	// Unconfirmed: it may have been delivered, and nobody knows.
	Unconfirmed
)

// Blame is whom a refusal is about.
type Blame int

// Whom a refusal can be about.
const (
	Nobody    Blame = iota
	Address         // the address does not exist: it is suppressed
	Mailbox         // this mailbox only: full, locked
	Domain          // the receiving domain: it is slowed
	Ourselves       // us: an alert, nobody is suppressed
)

// Outcome is the result of one Send with its evidence.
type Outcome struct {
	Result Result
	Blame  Blame
	// Code, Enhanced and Detail are the server's reply.
	Code             int
	Enhanced, Detail string
	// Err is why a message is Unsent.
	Err error
	// Stop says that no other message would fare better: wrong password, full disk. The run ends.
	Stop bool
	// Connect says that it is Unsent because no connection could be made.
	Connect bool
}
