package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"sync"
	"time"
)

// dotTimeout is how long the reply to the final dot is waited for: RFC 5321, 4.5.3.2.6, asks for at least 10 minutes.
const dotTimeout = 10 * time.Minute

// hangingUp is the reply of a relay that closes the connection after it (RFC 5321, 3.8).
const hangingUp = 421

// longLetter is the size in bytes from which a letter goes out before its attempt is written down, and only its dot after:
// a shorter one goes out with its dot in one write.
const longLetter = 64 << 10

// quitTimeout is how long the reply to QUIT is waited for: nothing depends on it.
const quitTimeout = 5 * time.Second

// SMTP sends through a relay. Connections are dialled, secured and authenticated by go-mail; the dialogue on them is ours,
// one recipient a message, since go-mail's Send can deliver half a letter and report a delivered one as failed. Where the
// relay offers PIPELINING, the end of one message and MAIL, RCPT and DATA of the next are one write.
type SMTP struct {
	Host               string
	Port               int
	Username, Password string
	// TLS is required, opportunistic or none (RFC 3207, STARTTLS), or implicit: TLS from the first byte (RFC 8314), which
	// port 465 speaks whatever is said here. "" is required.
	TLS string
	// Hello is the name given in EHLO; "" is the machine's.
	Hello string
	// Timeout of every reply but the one to the final dot; 0 is a minute.
	Timeout time.Duration
	// DotTimeout of the reply to the final dot; 0 is 10 minutes, and less only makes sense in tests.
	DotTimeout time.Duration
	// PerConnection is how many recipients one connection names; 0 is 100, the most that docomo takes (MB4).
	PerConnection int
	// TLSConfig is for relays with certificates of their own; nil checks against the machine's roots. An empty ServerName
	// is Host.
	TLSConfig *tls.Config

	mu   sync.Mutex
	idle []*connection
}

// Name returns smtp.
func (s *SMTP) Name() string { return "smtp" }

// Repeatable returns false: a message sent again is a second message.
func (s *SMTP) Repeatable() bool { return false }

// Close says goodbye on the idle connections, on all at once.
func (s *SMTP) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, c := range idle {
		all.Go(c.quit)
	}
	all.Wait()
	return nil
}

// Send sends one message: on the connection where it was announced, else on an idle one, else on a new one. A connection
// that breaks before the letter was an old one that the relay had given up, at the first time: the message goes on a fresh
// one.
func (s *SMTP) Send(ctx context.Context, e Envelope) Outcome {
	if c := e.Line.take(e.MessageKey); c != nil {
		if err := ctx.Err(); err != nil {
			c.drop() // the relay waits for the letter
			return Outcome{Result: Unsent, Err: err}
		}
		if out := s.dialogue(c, &e); !out.elsewhere() {
			return out
		}
	}
	if err := ctx.Err(); err != nil {
		return Outcome{Result: Unsent, Err: err}
	}
	if c := s.take(); c != nil {
		if out := s.dialogue(c, &e); !out.elsewhere() {
			return out
		}
	}
	if err := ctx.Err(); err != nil {
		return Outcome{Result: Unsent, Err: err}
	}
	c, err := s.dial(ctx)
	if err != nil {
		return Outcome{
			Result: Unsent, Err: fmt.Errorf("connect to %s:%d: %w", s.Host, s.Port, err), Connect: true, Stop: hopeless(err),
		}
	}
	return s.dialogue(c, &e)
}

// elsewhere says that a message may fare better on another connection.
func (o Outcome) elsewhere() bool {
	return o.Result == Unsent && !o.Stop && !errors.Is(o.Err, errWithdrawn)
}

// dialogue sends one message on a connection, which it gives back, keeps for the next message, or drops.
func (s *SMTP) dialogue(c *connection, e *Envelope) Outcome {
	c.watch(e.Abandon)
	out, keep := s.talk(c, e)
	if keep && c.begun {
		return out
	}
	c.watch(nil)
	c.taken = true
	switch {
	case !keep:
		e.Line.forget(c)
		c.drop()
	case c.recipients >= s.perConnection():
		c.quit()
	default:
		s.mu.Lock()
		s.idle = append(s.idle, c)
		s.mu.Unlock()
	}
	return out
}

// talk says one message. keep says that the connection can carry another one.
func (s *SMTP) talk(c *connection, e *Envelope) (out Outcome, keep bool) {
	out, open, keep := s.begin(c, e)
	if !open {
		return out, keep
	}
	// From here on the letter is open. Only the dot ends it; until then the relay holds half a letter at most, and throws
	// it away when the connection ends.
	announced := s.announce(c, e)
	b := appendLetter(c.out[:0], e)
	if len(b) > longLetter { // takes its time, in which nothing need be uncertain
		if _, err := c.write(b, s.dotTimeout()); err != nil {
			return Outcome{Result: Unsent, Err: fmt.Errorf("send letter: %w", err)}, false
		}
		b = b[:0]
	}
	if err := e.Attempt(); err != nil {
		return Outcome{Result: Unsent, Err: err, Stop: !errors.Is(err, errWithdrawn)}, false
	}
	b = append(b, ".\r\n"...)
	dot := len(b)
	if announced != nil {
		b = c.appendBegin(b, announced)
	}
	c.out = b
	if took, err := c.write(b, s.dotTimeout()); err != nil && took < dot {
		// the dot never left, and the journal has the attempt: the answer to it is ours
		return Outcome{Result: Deferred, Blame: Mailbox, Detail: "connection lost before the final dot: " + err.Error()}, false
	}
	c.taken = true
	text, err := c.reply(250, s.dotTimeout())
	if err != nil {
		if out, ok := replied(err, stageDot, e.To); ok {
			out.Ready = announced != nil && c.waiting()
			return out, out.Code != hangingUp
		}
		return Outcome{Result: Unconfirmed, Detail: "no reply to the final dot: " + err.Error()}, false
	}
	return Outcome{
		Result: Accepted, Code: 250, Enhanced: enhancedCode(text), Detail: cleanReply(text, e.To),
		Ready: announced != nil && c.waiting(),
	}, true
}

// begin says MAIL, RCPT and DATA, at once where the relay takes that, unless they have been said behind the message
// before; open says that the relay waits for the letter.
func (s *SMTP) begin(c *connection, e *Envelope) (out Outcome, open, keep bool) {
	steps := [...]struct {
		at   stage
		want int
		say  func([]byte) []byte
	}{
		{stageMail, 250, func(b []byte) []byte { return c.appendMail(b, e) }},
		{stageRcpt, 250, func(b []byte) []byte { return c.appendRcpt(b, e) }},
		{stageData, 354, func(b []byte) []byte { return append(b, "DATA\r\n"...) }},
	}
	broken := func(err error) (Outcome, bool, bool) {
		return Outcome{Result: Unsent, Err: fmt.Errorf("talk to %s: %w", s.Host, err)}, false, false
	}
	reset := c.refused
	if !c.begun {
		c.recipients++
		b := c.out[:0]
		switch {
		case c.pipelining:
			b = c.appendBegin(b, e)
		case reset:
			b = append(b, "RSET\r\n"...)
		}
		c.out = b
		if _, err := c.write(b, s.timeout()); err != nil {
			return broken(err)
		}
	}
	c.begun, c.refused = false, false
	if reset {
		if _, err := c.reply(250, s.timeout()); err != nil {
			return broken(err)
		}
	}
	refused := false
	for _, step := range steps {
		if !c.pipelining {
			c.out = step.say(c.out[:0])
			if _, err := c.write(c.out, s.timeout()); err != nil {
				return broken(err)
			}
		}
		_, err := c.reply(step.want, s.timeout())
		switch {
		case refused && step.at == stageData && err == nil:
			return out, false, false // a letter without a recipient is open: nothing may end it (RFC 2920, 3.1)
		case refused && !isReply(err):
			return out, false, false
		case refused || err == nil:
			continue
		}
		if out = c.refusal(err, step.at, e.To, s.Host); out.Result == Unsent || out.Code == hangingUp {
			return out, false, false
		}
		refused = true
		if !c.pipelining {
			break
		}
	}
	c.refused = refused
	return out, !refused, true
}

// isReply says that an error is a reply that was not wanted, not the loss of the connection.
func isReply(err error) bool {
	var reply *textproto.Error
	return err == nil || errors.As(err, &reply)
}

// announce takes the message that will follow on this connection, so that its beginning is said in one write with the end
// of this one: one round trip a message. No session names more than PerConnection recipients.
func (s *SMTP) announce(c *connection, e *Envelope) *Envelope {
	if !c.pipelining || e.Next == nil || e.Line == nil || c.recipients >= s.perConnection() {
		return nil
	}
	next, ok := e.Next()
	if !ok {
		return nil
	}
	c.recipients++
	c.begun = true
	e.Line.hold(c, next.MessageKey)
	return &next
}

func (s *SMTP) take() *connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	c := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	return c
}

func (s *SMTP) perConnection() int {
	if s.PerConnection > 0 {
		return s.PerConnection
	}
	return 100
}

func (s *SMTP) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return time.Minute
}

func (s *SMTP) dotTimeout() time.Duration {
	if s.DotTimeout > 0 {
		return s.DotTimeout
	}
	return dotTimeout
}
