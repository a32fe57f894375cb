package delivery

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// fault is what the recording server does with a message instead of taking it.
type fault int

const (
	fine            fault = iota
	greylist              // 451 at RCPT
	unknownUserHere       // 550 5.1.1 at RCPT
	unknownBare           // 550 without an enhanced code at RCPT
	policy                // 550 5.7.1 after the dot
	mailboxFull           // 452 4.2.2 after the dot
	hangUpAtRcpt          // 421 at RCPT, and the connection closed
	dropAtRcpt            // the connection closed at RCPT without a reply
	dropBeforeDot         // the connection closed in DATA, before the dot
	dropAfterDot          // the letter taken, the connection closed without a reply
	stall                 // the letter taken, and no reply ever
)

// letter is what the server took.
type letter struct {
	from, to string
	raw      string
	fault    fault
	secured  bool // it came by TLS
	user     string
}

// recorder is a real SMTP server in this process that keeps what it takes.
type recorder struct {
	host string
	port int
	// rule says what to do with a recipient's nth message, counted from 0; nil takes all.
	rule func(to string, n int) fault
	// taken is told of every letter at the moment it is complete, before the reply.
	taken func(letter)
	// login is the user and password that the server wants before MAIL, "" where it knows no AUTH.
	login string

	server *gosmtp.Server
	quit   chan struct{}

	mu       sync.Mutex
	letters  []letter
	tried    map[string]int
	sessions int
	conns    []*gosmtp.Conn
	froms    []*gosmtp.MailOptions
}

func newRecorder(t testing.TB) *recorder {
	t.Helper()
	return startRecorder(t, nil, false)
}

// startRecorder starts a recorder that offers STARTTLS where there is a TLS configuration, or speaks TLS from the first
// byte.
func startRecorder(t testing.TB, config *tls.Config, implicit bool) *recorder {
	t.Helper()
	r := &recorder{tried: map[string]int{}, quit: make(chan struct{})}
	r.server = gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sessions++
		r.conns = append(r.conns, c)
		return &session{r: r, conn: c}, nil
	}))
	r.server.Domain = "relay.example.com"
	r.server.EnableSMTPUTF8 = true
	r.server.ErrorLog = silent{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	r.server.TLSConfig = config
	r.host, r.port = "127.0.0.1", address.Port
	var serving sync.WaitGroup
	serving.Go(func() { _ = r.server.Serve(listener) })
	t.Cleanup(func() {
		close(r.quit)
		_ = r.server.Close()
		_ = listener.Close() // Serve may not have begun, and Close not have known of it
		serving.Wait()
	})
	return r
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// channel is an SMTP channel to the recorder.
func (r *recorder) channel() *SMTP {
	return &SMTP{Host: r.host, Port: r.port, TLS: "none", Hello: "sender.example.com"}
}

// got is how many letters the server took for each recipient.
func (r *recorder) got() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := map[string]int{}
	for _, l := range r.letters {
		got[l.to]++
	}
	return got
}

// hangUp closes every connection without a word.
func (r *recorder) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Conn().Close()
	}
}

type session struct {
	r        *recorder
	conn     *gosmtp.Conn
	from, to string
	user     string
	fault    fault
}

func (s *session) Reset()        { s.from, s.to = "", "" }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.r.login == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user+":"+password != s.r.login {
			return gosmtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, options *gosmtp.MailOptions) error {
	if s.r.login != "" && s.user == "" {
		return gosmtp.ErrAuthRequired
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.froms = append(s.r.froms, options)
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.r.mu.Lock()
	n := s.r.tried[to]
	s.r.tried[to]++
	s.r.mu.Unlock()
	s.to, s.fault = to, fine
	if s.r.rule != nil {
		s.fault = s.r.rule(to, n)
	}
	switch s.fault {
	case greylist:
		return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try again"}
	case unknownUserHere:
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: no such user " + strings.Split(to, "@")[0]}
	case unknownBare:
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.NoEnhancedCode, Message: "Unknown user " + to}
	case hangUpAtRcpt:
		defer s.conn.Conn().Close()
		return &gosmtp.SMTPError{Code: 421, EnhancedCode: gosmtp.EnhancedCode{4, 3, 2}, Message: "shutting down"}
	case dropAtRcpt:
		_ = s.conn.Conn().Close()
	}
	return nil
}

var errDropped = errors.New("dropped")

func (s *session) Data(body io.Reader) error {
	if s.fault == dropBeforeDot {
		_ = s.conn.Conn().Close()
		return errDropped
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err // no dot came: nothing was sent
	}
	switch s.fault {
	case policy:
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 7, 1}, Message: "poor reputation"}
	case mailboxFull:
		return &gosmtp.SMTPError{Code: 452, EnhancedCode: gosmtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	}
	_, secured := s.conn.TLSConnectionState()
	l := letter{from: s.from, to: s.to, raw: string(raw), fault: s.fault, secured: secured, user: s.user}
	s.r.mu.Lock()
	s.r.letters = append(s.r.letters, l)
	s.r.mu.Unlock()
	if s.r.taken != nil {
		s.r.taken(l)
	}
	switch s.fault {
	case dropAfterDot:
		_ = s.conn.Conn().Close()
	case stall:
		<-s.r.quit
	}
	return nil
}
