package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// fault is what the server does with a message instead of taking it.
type fault int

const (
	fine        fault = iota
	greylisted        // 450 4.2.0 at RCPT
	slowDown          // 451 4.7.1 at RCPT
	resetBefore       // the connection reset instead of the reply to DATA: certainly nothing was delivered
	resetInside       // the connection reset inside the letter: the dot may be on its way already
	resetAfter        // the letter taken, the connection reset without a reply
	stallBefore       // no reply to RCPT, ever
	stallAfter        // the letter taken, and no reply ever
)

// receipt is what the server knows of one recipient.
type receipt struct {
	tried, received int
	lastAt          time.Time
}

// server is a recording SMTP server with PIPELINING. It records a letter at the moment its final dot was read, which is
// before the reply leaves.
type server struct {
	listener net.Listener
	port     int
	serving  sync.WaitGroup

	mu       sync.Mutex
	rule     func(to string, n int) fault
	pause    time.Duration // before the reply to a letter
	people   map[string]*receipt
	named    int // recipients named, with or without success
	total    int // letters taken
	half     int // letters without their end
	silent   int // letters taken whose reply was never sent, through a fault
	cut      int // letters that were cut off by a reset
	accepted int // connections, ever
	open     map[net.Conn]bool
	log      bytes.Buffer // as Postfix writes it
}

func newServer() (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{listener: listener, port: listener.Addr().(*net.TCPAddr).Port, open: map[net.Conn]bool{}}
	s.begin(nil, 0)
	s.serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.accepted++
			s.open[conn] = true
			s.mu.Unlock()
			s.serving.Go(func() { s.serve(conn) })
		}
	})
	return s, nil
}

func (s *server) close() {
	s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
}

// begin forgets everything and sets the rule of a scene: what to do with a recipient's nth message, counted from 0, and how
// long to think about a letter.
func (s *server) begin(rule func(to string, n int) fault, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rule, s.pause, s.people, s.named, s.total, s.half, s.silent, s.cut = rule, pause, map[string]*receipt{}, 0, 0, 0, 0, 0
	s.log.Reset()
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// tries is how many recipients were named to the server, with or without success.
func (s *server) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named
}

// connections are those that are open now, and all that ever were.
func (s *server) connections() (open, ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.accepted
}

// of is what is known of a recipient.
func (s *server) of(to string) receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.people[to]; r != nil {
		return *r
	}
	return receipt{}
}

func (s *server) serve(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
	}()
	d := &dialogue{s: s, conn: conn, in: bufio.NewReaderSize(conn, 64<<10), out: bufio.NewWriterSize(conn, 4<<10)}
	d.say("220 relay.example.com ESMTP")
	for d.step() == nil {
	}
}

// dialogue is one session.
type dialogue struct {
	s    *server
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	to   string
	what fault
}

var errOver = errors.New("over")

// say replies; replies to pipelined commands leave together.
func (d *dialogue) say(lines ...string) {
	for _, line := range lines {
		d.out.WriteString(line + "\r\n")
	}
	if d.in.Buffered() == 0 {
		d.out.Flush()
	}
}

// reset closes the connection so that the other side gets an error at once, whatever it is doing.
func (d *dialogue) reset() error {
	if tcp, ok := d.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	return errOver
}

// stall reads on and never answers, until the other side has gone.
func (d *dialogue) stall() error {
	d.out.Flush()
	io.Copy(io.Discard, d.in)
	return errOver
}

func (d *dialogue) step() error {
	line, err := d.in.ReadString('\n')
	if err != nil {
		return err
	}
	verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		d.say("250-relay.example.com", "250-PIPELINING", "250-8BITMIME", "250-ENHANCEDSTATUSCODES", "250 SMTPUTF8")
	case "HELO", "NOOP", "RSET", "MAIL":
		d.to = ""
		d.say("250 2.0.0 ok")
	case "RCPT":
		return d.rcpt(rest)
	case "DATA":
		if d.to == "" {
			d.say("554 5.5.1 no recipients")
			return nil
		}
		if d.what == resetBefore {
			return d.reset()
		}
		d.say("354 go on")
		d.out.Flush()
		return d.data()
	case "QUIT":
		d.say("221 2.0.0 bye")
		d.out.Flush()
		return errOver
	default:
		d.say("502 5.5.1 what?")
	}
	return nil
}

func (d *dialogue) rcpt(rest string) error {
	_, address, _ := strings.Cut(rest, "<")
	address, _, _ = strings.Cut(address, ">")
	address = strings.ToLower(address)
	s := d.s
	s.mu.Lock()
	r := s.people[address]
	if r == nil {
		r = &receipt{}
		s.people[address] = r
	}
	d.what = fine
	if s.rule != nil {
		d.what = s.rule(address, r.tried)
	}
	r.tried++
	s.named++
	s.mu.Unlock()
	switch d.what {
	case greylisted:
		d.say("450 4.2.0 greylisted, try again later")
	case slowDown:
		d.say("451 4.7.1 too many at once, try again later")
	case stallBefore:
		return d.stall()
	default:
		d.to = address
		d.say("250 2.1.5 ok")
	}
	return nil
}

func (d *dialogue) data() error {
	var id string
	var last []byte
	size := 0
	for {
		line, err := d.in.ReadSlice('\n')
		if err != nil { // the other side died before its dot: nothing was delivered
			return err
		}
		if string(line) == ".\r\n" {
			break
		}
		size += len(line)
		if text, ok := bytes.CutPrefix(line, []byte("Message-ID: ")); ok && id == "" {
			id = strings.TrimSpace(string(text))
		}
		if len(line) > 2 {
			last = append(last[:0], line...)
		}
		if d.what == resetInside && size > 500 {
			d.s.mu.Lock()
			d.s.cut++
			d.s.mu.Unlock()
			return d.reset()
		}
	}
	pause := d.s.take(d.to, id, size, bytes.HasSuffix(last, []byte("--\r\n")), d.what)
	d.to = ""
	switch d.what {
	case resetAfter:
		return d.reset()
	case stallAfter:
		return d.stall()
	}
	if pause > 0 {
		<-time.After(pause)
	}
	d.say("250 2.0.0 queued")
	return nil
}

// take records a letter, and logs it as Postfix does. The reply is to come after a pause.
func (s *server) take(to, id string, size int, whole bool, what fault) (pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	r := s.people[to]
	if r == nil { // of the scene before
		return s.pause
	}
	r.received++
	r.lastAt = now
	s.total++
	if !whole {
		s.half++
	}
	if what == resetAfter || what == stallAfter {
		s.silent++
	}
	at, queue := now.Format("2006-01-02T15:04:05.000000-07:00"), fmt.Sprintf("%010X", s.total)
	for _, line := range []string{
		"cleanup[411]: " + queue + ": message-id=" + id,
		fmt.Sprintf("qmgr[402]: %s: from=<news@example.com>, size=%d, nrcpt=1 (queue active)", queue, size),
		"smtp[413]: " + queue + ": to=<" + to + ">, relay=mx.example.com[192.0.2.1]:25, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, " +
			"status=sent (250 2.0.0 ok)",
		"qmgr[402]: " + queue + ": removed",
	} {
		fmt.Fprintf(&s.log, "%s relay postfix/%s\n", at, line)
	}
	return s.pause
}

// postfixLog is the log so far.
func (s *server) postfixLog() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.log.Bytes())
}
