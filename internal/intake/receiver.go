package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/tokui/tokui/internal/mailbox"
)

// Receiver takes mail from a mail server, by LMTP (RFC 2033) or SMTP. It answers 250 after what a mail says is on the disk,
// and 451 where that fails, so that the server keeps the mail and comes again.
//
// By LMTP whoever hands mail over stands beside us, and any recipient is right. By SMTP only the addresses are that the
// company's return path makes, with a good signature, and the one without a token (for feedback loops).
type Receiver struct {
	Intake *Intake
	// SMTP speaks SMTP, not LMTP.
	SMTP bool
	// Domain is the name in the greeting.
	Domain string
}

// The receiver's limits.
const (
	mostRecipients = 50
	patience       = time.Minute
	drainFor       = 5 * time.Second
	// mostSessions at once: each may hold one mail in memory.
	mostSessions = 20
)

// Serve answers on a listener until ctx ends, and lets the sessions under way end.
func (r *Receiver) Serve(ctx context.Context, listener net.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{receiver: r, ctx: ctx}, nil }))
	server.LMTP = !r.SMTP
	server.Domain = r.Domain
	server.MaxRecipients = mostRecipients
	server.MaxMessageBytes = MaxSize
	server.MaxLineLength = 4096
	server.ReadTimeout, server.WriteTimeout = patience, patience
	server.EnableSMTPUTF8 = true
	server.ErrorLog = silent{} // its messages name who came
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(&limited{Listener: listener, free: make(chan struct{}, mostSessions)}) }()
	select {
	case err := <-ended:
		return fmt.Errorf("take mail in on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		_ = server.Close() // whoever is still there comes again
	}
	<-ended
	return nil
}

// session is one mail at a time.
type session struct {
	receiver *Receiver
	ctx      context.Context
	to       []string
}

func (s *session) Reset()                               { s.to = nil }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.receiver.SMTP && !s.receiver.ours(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such recipient here"}
	}
	s.to = append(s.to, to)
	return nil
}

// ours says whether an address is one that the company's mail was sent from.
func (r *Receiver) ours(to string) bool {
	a, err := mailbox.ParseAddress(to)
	if err != nil {
		return false
	}
	if bare, ok := r.Intake.Paths.Bare(); ok && strings.EqualFold(a.Local, bare.Local) && a.Domain == bare.Domain {
		return true
	}
	keys := r.Intake.Paths.Find(a.Local)
	if len(keys) != 1 {
		return false
	}
	want, err := r.Intake.Paths.Address(keys[0])
	return err == nil && strings.EqualFold(a.Local, want.Local) && a.Domain == want.Domain
}

// Data takes the mail in.
func (s *session) Data(body io.Reader) error {
	raw, err := ReadMail(body)
	if errors.Is(err, errTooLarge) || errors.Is(err, smtp.ErrDataTooLarge) {
		return smtp.ErrDataTooLarge
	}
	if err != nil {
		return err
	}
	// who has begun to hand a mail over is answered, also while we stop
	if _, err := s.receiver.Intake.Take(context.WithoutCancel(s.ctx), Mail{Raw: raw, Recipients: s.to}); err != nil {
		if s.receiver.Intake.Alert != nil {
			s.receiver.Intake.Alert(err.Error())
		}
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Could not be written down, come again"}
	}
	return nil
}

// silent is a logger that says nothing.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// limited is a listener that has so many connections at once; the next one waits.
type limited struct {
	net.Listener
	free chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	l.free <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: c, give: sync.OnceFunc(func() { <-l.free })}, nil
}

// counted gives its place back when it is closed.
type counted struct {
	net.Conn
	give func()
}

func (c *counted) Close() error {
	defer c.give()
	return c.Conn.Close()
}
