package delivery

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/tokui/tokui/internal/mailbox"
)

// dotTimeout is how long the reply to the final dot is waited for: RFC 5321, 4.5.3.2.6, asks for at least 10 minutes.
const dotTimeout = 10 * time.Minute

// hangingUp is the reply of a relay that closes the connection after it (RFC 5321, 3.8).
const hangingUp = 421

// quitTimeout is how long the reply to QUIT is waited for: nothing depends on it.
const quitTimeout = 5 * time.Second

// SMTP sends through a relay. Connections are dialled, secured and authenticated by go-mail; the dialogue on them is ours,
// one recipient a message, since go-mail's Send can deliver half a letter and report a delivered one as failed.
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
	// PerConnection is how many messages one connection carries; 0 is 100, which carriers ask for.
	PerConnection int
	// TLSConfig is for relays with certificates of their own; nil checks against the machine's roots. An empty ServerName
	// is Host.
	TLSConfig *tls.Config

	mu   sync.Mutex
	idle []*connection
}

// connection is one session with the relay.
type connection struct {
	client *smtp.Client
	// raw is below TLS. Closing it is how a connection is dropped at any moment: smtp.Client's Close waits for the step
	// that is waiting for the relay.
	raw  net.Conn
	sent int
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

// quit ends a connection politely. The relay may have hung up long ago.
func (c *connection) quit() {
	if say(c, quitTimeout, c.client.Quit) != nil {
		c.drop()
	}
}

// drop closes the TCP connection without a word: after an error inside DATA every further command would be taken for
// the letter, and end it.
func (c *connection) drop() { _ = c.raw.Close() }

// dropOn drops the connection when abandon is closed, unless stop is called before.
func (c *connection) dropOn(abandon <-chan struct{}) (stop func()) {
	if abandon == nil {
		return func() {}
	}
	over := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-abandon:
			c.drop()
		case <-over:
		}
	})
	return func() { close(over); waiting.Wait() }
}

// Send sends one message on an idle connection or a new one. A connection that breaks before DATA was an old one that
// the relay had given up, at the first time: the message goes on a fresh one.
func (s *SMTP) Send(ctx context.Context, e Envelope) Outcome {
	if c := s.take(); c != nil {
		if out := s.dialogue(c, e); out.Result != Unsent || out.Stop {
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
	return s.dialogue(c, e)
}

// dialogue sends one message on a connection, which it gives back or drops.
func (s *SMTP) dialogue(c *connection, e Envelope) Outcome {
	stop := c.dropOn(e.Abandon)
	out, keep := s.talk(c, e)
	stop()
	c.sent++
	switch {
	case !keep:
		c.drop()
	case c.sent >= s.perConnection():
		c.quit()
	default:
		s.mu.Lock()
		s.idle = append(s.idle, c)
		s.mu.Unlock()
	}
	return out
}

// talk says one message. keep says that the connection can carry another one.
func (s *SMTP) talk(c *connection, e Envelope) (out Outcome, keep bool) {
	// not unless needed: servers down the line bounce mail that claims it (5.6.7)
	c.client.SkipSMTPUTF8(!e.To.SMTPUTF8() && !e.From.SMTPUTF8())
	for _, step := range []struct {
		at  stage
		say func() error
	}{
		{stageMail, func() error { return c.client.Mail("<" + e.From.String() + ">") }},
		{stageRcpt, func() error { return c.client.Rcpt("<" + e.To.String() + ">") }},
	} {
		if err := say(c, s.timeout(), step.say); err != nil {
			return s.refused(c, err, step.at, e.To)
		}
	}
	var letter *smtp.DataCloser
	err := say(c, s.timeout(), func() error {
		w, err := c.client.Data()
		if err == nil {
			letter = w.(*smtp.DataCloser)
		}
		return err
	})
	if err != nil {
		return s.refused(c, err, stageData, e.To)
	}
	// From here on the letter is open. Only Close sends the dot; until then the relay holds half a letter and throws it
	// away when the connection ends.
	if err := say(c, s.timeout(), func() error { _, err := letter.Write(e.Raw); return err }); err != nil {
		return Outcome{Result: Unsent, Err: fmt.Errorf("send letter: %w", err)}, false
	}
	if err := e.Attempt(); err != nil {
		return Outcome{Result: Unsent, Err: err, Stop: true}, false
	}
	if err := say(c, s.dotTimeout(), letter.Close); err != nil {
		if out, ok := replied(err, stageDot, e.To); ok {
			return out, out.Code != hangingUp
		}
		return Outcome{Result: Unconfirmed, Detail: "no reply to the final dot: " + err.Error()}, false
	}
	reply := letter.ServerResponse()
	return Outcome{Result: Accepted, Code: 250, Enhanced: enhancedCode(reply), Detail: cleanReply(reply, e.To)}, true
}

// say does one step of the dialogue under its own deadline.
func say(c *connection, timeout time.Duration, step func() error) error {
	if err := c.client.UpdateDeadline(timeout); err != nil {
		return err
	}
	return step()
}

// refused is a message that ended before its letter was open.
func (s *SMTP) refused(c *connection, err error, at stage, to mailbox.Address) (out Outcome, keep bool) {
	out, ok := replied(err, at, to)
	if !ok {
		return Outcome{Result: Unsent, Err: fmt.Errorf("talk to %s: %w", s.Host, err)}, false
	}
	return out, out.Code != hangingUp && say(c, s.timeout(), c.client.Reset) == nil
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
