package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"sync"
	"time"

	mail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// dotTimeout is how long the reply to the final dot is waited for: RFC 5321, 4.5.3.2.6, asks for at least 10 minutes.
const dotTimeout = 10 * time.Minute

// SMTP sends through a relay. Connections are dialled, secured and authenticated by go-mail; the dialogue on them is ours,
// one recipient a message, since go-mail's Send can deliver half a letter and report a delivered one as failed.
type SMTP struct {
	Host               string
	Port               int
	Username, Password string
	// TLS is required, opportunistic or none; port 465 speaks TLS from the first byte. "" is required.
	TLS string
	// Hello is the name given in EHLO; "" is the machine's.
	Hello string
	// Timeout of every reply but the one to the final dot; 0 is a minute.
	Timeout time.Duration
	// DotTimeout of the reply to the final dot; 0 is 10 minutes, and less only makes sense in tests.
	DotTimeout time.Duration
	// PerConnection is how many messages one connection carries; 0 is 100, which carriers ask for.
	PerConnection int
	// TLSConfig is for relays with certificates of their own; nil checks against the machine's roots.
	TLSConfig *tls.Config

	mu   sync.Mutex
	idle []*connection
}

// connection is one session with the relay.
type connection struct {
	client *smtp.Client
	sent   int
}

// Name returns smtp.
func (s *SMTP) Name() string { return "smtp" }

// Repeatable returns false: a message sent again is a second message.
func (s *SMTP) Repeatable() bool { return false }

// Close says goodbye on the idle connections.
func (s *SMTP) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, c := range idle {
		// the relay may have hung up long ago, and nothing depends on its answer
		if c.client.UpdateDeadline(s.timeout()) != nil || c.client.Quit() != nil {
			c.drop()
		}
	}
	return nil
}

// drop closes the TCP connection without a word: after an error inside DATA every further command would be taken for
// the letter, and end it.
func (c *connection) drop() { _ = c.client.Close() }

// Send sends one message on an idle connection or a new one. A connection that breaks before DATA was an old one that
// the relay had given up, at the first time: the message goes on a fresh one.
func (s *SMTP) Send(ctx context.Context, e Envelope) Outcome {
	to, err := parseMailbox(e.To)
	if err != nil {
		return Outcome{Result: Failed, Detail: err.Error()}
	}
	from, err := parseMailbox(e.From)
	if err != nil {
		return Outcome{Result: Unsent, Err: fmt.Errorf("envelope sender: %w", err), Stop: true}
	}
	if c := s.take(); c != nil {
		if out := s.dialogue(c, e, from, to); out.Result != Unsent || out.Stop {
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
	return s.dialogue(c, e, from, to)
}

// dialogue sends one message on a connection, which it gives back or drops.
func (s *SMTP) dialogue(c *connection, e Envelope, from, to mailbox) Outcome {
	// WithoutSMTPUTF8 unless needed: servers down the line bounce mail that claims it (5.6.7)
	c.client.SkipSMTPUTF8(!to.utf8 && !from.utf8)
	for _, step := range []struct {
		at  stage
		say func() error
	}{
		{stageMail, func() error { return c.client.Mail(from.path()) }},
		{stageRcpt, func() error { return c.client.Rcpt(to.path()) }},
	} {
		if err := s.say(c, s.timeout(), step.say); err != nil {
			return s.refused(c, err, step.at, to)
		}
	}
	var letter *smtp.DataCloser
	err := s.say(c, s.timeout(), func() error {
		w, err := c.client.Data()
		if err == nil {
			letter = w.(*smtp.DataCloser)
		}
		return err
	})
	if err != nil {
		return s.refused(c, err, stageData, to)
	}
	// From here on the letter is open. Only Close sends the dot; until then the relay holds half a letter and throws it
	// away when the connection ends.
	if err := s.say(c, s.timeout(), func() error { _, err := letter.Write(e.Raw); return err }); err != nil {
		c.drop()
		return Outcome{Result: Unsent, Err: fmt.Errorf("send letter: %w", err)}
	}
	if err := e.Attempt(); err != nil {
		c.drop()
		return Outcome{Result: Unsent, Err: err, Stop: true}
	}
	if err := s.say(c, s.dotTimeout(), letter.Close); err != nil {
		if out, ok := replied(err, stageDot, to); ok {
			s.giveBack(c, out.Code)
			return out
		}
		c.drop()
		return Outcome{Result: Unconfirmed, Detail: "no reply to the final dot: " + err.Error()}
	}
	s.giveBack(c, 250)
	reply := letter.ServerResponse()
	return Outcome{Result: Accepted, Code: 250, Enhanced: enhancedCode(reply), Detail: cleanReply(reply, to)}
}

// say does one step of the dialogue under its own deadline.
func (s *SMTP) say(c *connection, timeout time.Duration, step func() error) error {
	if err := c.client.UpdateDeadline(timeout); err != nil {
		return err
	}
	return step()
}

// refused is a message that ended before its letter was open.
func (s *SMTP) refused(c *connection, err error, at stage, to mailbox) Outcome {
	out, ok := replied(err, at, to)
	if !ok {
		c.drop()
		return Outcome{Result: Unsent, Err: fmt.Errorf("talk to %s: %w", s.Host, err)}
	}
	if out.Code == 421 { // the relay hangs up
		c.drop()
		return out
	}
	if err := s.say(c, s.timeout(), c.client.Reset); err != nil {
		c.drop()
		return out
	}
	s.giveBack(c, out.Code)
	return out
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

// giveBack keeps a connection for the next message, unless it has carried enough or the relay is hanging up.
func (s *SMTP) giveBack(c *connection, code int) {
	c.sent++
	limit := s.PerConnection
	if limit == 0 {
		limit = 100
	}
	if code == 421 {
		c.drop()
		return
	}
	if c.sent >= limit {
		if s.say(c, s.timeout(), c.client.Quit) != nil {
			c.drop()
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
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

func (s *SMTP) dial(ctx context.Context) (*connection, error) {
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(s.timeout()), mail.WithoutSMTPUTF8(),
	}
	var opened net.Conn // go-mail forgets it where the greeting, TLS or the password fails
	switch {
	case s.Port == 465:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			opened = conn
			return conn, err
		}))
		policies := map[string]mail.TLSPolicy{
			"": mail.TLSMandatory, "required": mail.TLSMandatory, "opportunistic": mail.TLSOpportunistic, "none": mail.NoTLS,
		}
		policy, ok := policies[s.TLS]
		if !ok {
			return nil, fmt.Errorf("got tls %q, want required, opportunistic or none", s.TLS)
		}
		options = append(options, mail.WithTLSPolicy(policy))
	}
	if s.Hello != "" {
		options = append(options, mail.WithHELO(s.Hello))
	}
	if s.TLSConfig != nil {
		options = append(options, mail.WithTLSConfig(s.TLSConfig))
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(s.Password))
	}
	dialler, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, err
	}
	client, err := dialler.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if opened != nil {
			return nil, errors.Join(err, opened.Close())
		}
		return nil, err
	}
	return &connection{client: client}, nil
}

// hopeless says that dialling again would end alike: a refused password, a certificate that does not hold.
func hopeless(err error) bool {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code >= 500
	}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid)
}
