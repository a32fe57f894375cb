package delivery

import (
	"bytes"
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
	// Head is what was put before it once it was finished: the fields of its signatures. It ends with CRLF, or is empty.
	Head []byte

	form form
}

// form is what is known of a letter's bytes once they have been looked at, so that it need not be found out again.
type form struct {
	known    bool
	dots     bool // a line begins with one
	eightBit bool
}

// check refuses what no channel may see: half or malformed messages.
func (l *Letter) check() error {
	if l.From == (mailbox.Address{}) || l.To == (mailbox.Address{}) {
		return errors.New("render message: got no address for the envelope, want a sender and a recipient")
	}
	if len(l.Raw) == 0 {
		return errors.New("render message: got no bytes, want a complete message")
	}
	if !strings.HasSuffix(string(l.Raw[max(0, len(l.Raw)-2):]), "\r\n") {
		return errors.New("render message: got no line end at the end, want CRLF")
	}
	if i := bytes.IndexByte(l.Raw, 0); i >= 0 {
		return fmt.Errorf("render message: got a NUL at byte %d", i)
	}
	l.form = form{known: true, eightBit: !isSevenBit(l.Raw)}
	for start := 0; start < len(l.Raw); {
		l.form.dots = l.form.dots || l.Raw[start] == '.'
		n := bytes.IndexByte(l.Raw[start:], '\n')
		if n == 0 || l.Raw[start+n-1] != '\r' {
			return fmt.Errorf("render message: got a bare LF at byte %d, want CRLF", start+n)
		}
		line := l.Raw[start : start+n-1]
		if len(line) > 998 {
			return fmt.Errorf("render message: got a line of %d bytes, want at most 998 (RFC 5322, 2.1.1)", len(line))
		}
		if i := bytes.IndexByte(line, '\r'); i >= 0 {
			return fmt.Errorf("render message: got a bare CR at byte %d, want CRLF", start+i)
		}
		start += n + 1
	}
	return nil
}

// Envelope is one message on its way.
type Envelope struct {
	Campaign   string
	Slot       calendar.Slot
	MessageKey string
	From, To   mailbox.Address
	// Raw is the letter, and Head the fields that stand before it.
	Head, Raw []byte
	form      form
	// Attempt makes it durable that the message is about to leave. errWithdrawn says that it must not leave any more: it
	// is Unsent, and another one may fare better.
	Attempt func() error
	// Next gives the message that will be sent next on this line, where there is one at hand already: a channel may begin
	// it together with the end of this one. Whoever is given one can rely on it that Send is called with it next, on the
	// same Line. Both may be nil.
	Next func() (Envelope, bool)
	// Line is what the messages that follow each other have in common.
	Line *Line
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
	// Ready says that the channel can go on at once with the message that it was given by Envelope.Next, so that what
	// became of this one may be written down together with the attempt of that one.
	Ready bool
}

// errWithdrawn is what Envelope.Attempt returns for a message that was withdrawn before its point of no return.
var errWithdrawn = errors.New("withdrawn before it left")

// Line is one worker's place in a channel: between two messages it holds the connection on which the second was announced.
type Line struct {
	connection *connection
	key        string // of the announced message
}

// hold keeps a connection for the message that was announced on it.
func (l *Line) hold(c *connection, messageKey string) { l.connection, l.key = c, messageKey }

// take gives the connection that a message was announced on, nil where it was not. A connection on which another one was
// announced is dropped: nothing may follow there.
func (l *Line) take(messageKey string) *connection {
	if l == nil || l.connection == nil {
		return nil
	}
	c := l.connection
	announced := l.key == messageKey
	l.connection = nil
	if !announced {
		c.watch(nil)
		c.drop()
		return nil
	}
	return c
}

// forget lets go of a connection that is lost.
func (l *Line) forget(c *connection) {
	if l != nil && l.connection == c {
		l.connection = nil
	}
}

// close drops what an announced message was not sent on.
func (l *Line) close() { l.take("") }
