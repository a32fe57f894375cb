package delivery

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// plainServer is an SMTP server of a few lines, so that every reply can be said otherwise. It keeps what it is told, by
// session.
type plainServer struct {
	listener net.Listener
	// reply gives the answer to a command, or to a letter as "."; "" takes it, "hang up" closes the connection.
	reply func(session int, command string) string
	// offers are the lines of EHLO's reply.
	offers []string

	mu       sync.Mutex
	sessions [][]string
	took     []string // recipients of letters that were taken
	letters  []string
}

func startPlainServer(t *testing.T, reply func(session int, command string) string) *plainServer {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &plainServer{listener: listener, reply: reply, offers: []string{"PIPELINING", "8BITMIME"}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.sessions = append(p.sessions, nil)
			p.mu.Unlock()
			serving.Go(func() { p.session(conn, n) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
		goleak.VerifyNone(t, leaks)
	})
	return p
}

func (p *plainServer) channel() *SMTP {
	return &SMTP{Host: "127.0.0.1", Port: p.listener.Addr().(*net.TCPAddr).Port, TLS: "none", Hello: "sender.example.com"}
}

func (p *plainServer) session(conn net.Conn, n int) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 plain.example.com")
	to := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		p.mu.Lock()
		p.sessions[n] = append(p.sessions[n], line)
		p.mu.Unlock()
		verb, _, _ := strings.Cut(line, " ")
		answer := ""
		if p.reply != nil {
			answer = p.reply(n, line)
		}
		if answer == "hang up" {
			return
		}
		switch {
		case verb == "EHLO":
			say("250-plain.example.com")
			for _, offer := range p.offers {
				say("250-" + offer)
			}
			say("250 HELP")
			continue
		case verb == "QUIT":
			say("221 bye")
			return
		case verb == "RCPT":
			to = strings.TrimPrefix(line, "RCPT TO:")
		}
		if answer == "" && verb == "DATA" {
			answer = "354 go ahead"
		}
		if answer == "" {
			answer = "250 2.0.0 ok"
		}
		say(answer)
		if verb != "DATA" || !strings.HasPrefix(answer, "354") {
			continue
		}
		var letter strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return // no dot came: nothing was sent
			}
			if line == ".\r\n" {
				break
			}
			letter.WriteString(strings.TrimPrefix(line, "."))
		}
		answer = ""
		if p.reply != nil {
			answer = p.reply(n, ".")
		}
		if answer == "" || answer == "hang up" || strings.HasPrefix(answer, "2") {
			p.mu.Lock()
			p.took = append(p.took, to)
			p.letters = append(p.letters, letter.String())
			p.mu.Unlock()
		}
		if answer == "hang up" {
			return
		}
		if answer == "" {
			answer = "250 2.0.0 ok"
		}
		say(answer)
	}
}

// got is what was said, by session, without EHLO and QUIT.
func (p *plainServer) got() [][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all [][]string
	for _, session := range p.sessions {
		var said []string
		for _, line := range session {
			if !strings.HasPrefix(line, "EHLO") && line != "QUIT" {
				said = append(said, line)
			}
		}
		all = append(all, said)
	}
	return all
}

// queue sends messages on one line as a worker does, each announced behind the one before.
func queue(c *SMTP, to ...string) []Outcome {
	var line Line
	defer line.close()
	var all []Outcome
	var envelope func(i int) Envelope
	envelope = func(i int) Envelope {
		e := letterTo(to[i])
		e.Line = &line
		e.Next = func() (Envelope, bool) {
			if i+1 == len(to) {
				return Envelope{}, false
			}
			return envelope(i + 1), true
		}
		return e
	}
	for i := range to {
		all = append(all, c.Send(context.Background(), envelope(i)))
	}
	return all
}

func results(all []Outcome) []Result {
	var got []Result
	for _, out := range all {
		got = append(got, out.Result)
	}
	return got
}

// TestNextMessageIsBegunWithTheDot: the server does not answer the dot before it has seen the DATA of the next message, so
// only a sender that says them at once gets on.
func TestNextMessageIsBegunWithTheDot(t *testing.T) {
	p := startPlainServer(t, nil)
	c := p.channel()
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	dots := 0
	go watchDots(proxy, p.listener.Addr().String(), func() { dots++ })
	all := queue(c, "a@example.com", "b@example.com", "c@example.com")
	if diff := cmp.Diff([]Result{Accepted, Accepted, Accepted}, results(all)); diff != "" {
		t.Error(diff)
	}
	if !all[0].Ready || !all[1].Ready || all[2].Ready {
		t.Errorf("got ready %v %v %v, want the first two", all[0].Ready, all[1].Ready, all[2].Ready)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	want := []string{"MAIL FROM:<news@example.com>", "RCPT TO:<a@example.com>", "DATA", "MAIL FROM:<news@example.com>",
		"RCPT TO:<b@example.com>", "DATA", "MAIL FROM:<news@example.com>", "RCPT TO:<c@example.com>", "DATA"}
	if diff := cmp.Diff([][]string{want}, p.got()); diff != "" {
		t.Error(diff)
	}
}

// TestWithoutPipelining: a server that does not offer it gets one command at a time.
func TestWithoutPipelining(t *testing.T) {
	var p *plainServer
	p = startPlainServer(t, nil)
	p.offers = []string{"8BITMIME"}
	c := p.channel()
	defer c.Close()
	all := queue(c, "a@example.com", "b@example.com")
	if diff := cmp.Diff([]Result{Accepted, Accepted}, results(all)); diff != "" {
		t.Error(diff)
	}
	if all[0].Ready {
		t.Error("got a message announced to a server that does not pipeline")
	}
}

// TestRefusalsOfAnnouncedMessages: whatever is refused of a message that was begun behind another, the one before and the
// one after are delivered, each once, and nothing ends a letter that nobody is to get.
func TestRefusalsOfAnnouncedMessages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply map[string]string // to the nth time that a command is said, such as "2 MAIL"
		want  []Result
		took  string
		said  int // sessions
	}{
		{"unknown user", map[string]string{"2 RCPT": "550 5.1.1 no such user", "2 DATA": "554 5.5.1 no valid recipients"},
			[]Result{Accepted, Failed, Accepted}, "ac", 1},
		{"unknown user, and DATA taken", map[string]string{"2 RCPT": "550 5.1.1 no such user"}, []Result{Accepted, Failed, Accepted}, "ac", 2},
		{"sender refused", map[string]string{"2 MAIL": "451 4.3.0 later", "2 RCPT": "503 MAIL first", "2 DATA": "503 MAIL first"},
			[]Result{Accepted, Deferred, Accepted}, "ac", 1},
		{"DATA refused", map[string]string{"2 DATA": "451 4.3.0 later"}, []Result{Accepted, Deferred, Accepted}, "ac", 1},
		{"first letter refused", map[string]string{"1 .": "550 5.7.1 policy"}, []Result{Failed, Accepted, Accepted}, "bc", 1},
		{"first letter deferred", map[string]string{"1 .": "452 4.2.2 full"}, []Result{Deferred, Accepted, Accepted}, "bc", 1},
		{"421 instead of MAIL's reply", map[string]string{"2 MAIL": "421 4.7.0 enough for one session"},
			[]Result{Accepted, Accepted, Accepted}, "abc", 2},
		{"421 at RCPT", map[string]string{"2 RCPT": "421 4.7.0 slow down"}, []Result{Accepted, Deferred, Accepted}, "ac", 2},
		{"421 after the dot", map[string]string{"1 .": "421 4.3.2 going down"}, []Result{Deferred, Accepted, Accepted}, "bc", 2},
		{"lost after the dot", map[string]string{"1 .": "hang up"}, []Result{Unconfirmed, Accepted, Accepted}, "abc", 2},
		{"lost at RCPT", map[string]string{"2 RCPT": "hang up"}, []Result{Accepted, Accepted, Accepted}, "abc", 2},
		{"lines of replies", map[string]string{"1 .": "250-2.0.0 queued\r\n250-as\r\n250 1234", "2 RCPT": "250-one\r\n250 two"},
			[]Result{Accepted, Accepted, Accepted}, "abc", 1},
		{"not SMTP", map[string]string{"1 .": "hello"}, []Result{Unconfirmed, Accepted, Accepted}, "bc", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			seen := map[string]int{}
			p := startPlainServer(t, func(_ int, command string) string {
				mu.Lock()
				defer mu.Unlock()
				verb, _, _ := strings.Cut(command, " ")
				seen[verb]++
				return tt.reply[fmt.Sprint(seen[verb], " ", verb)]
			})
			c := p.channel()
			all := queue(c, "a@example.com", "b@example.com", "c@example.com")
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.want, results(all)); diff != "" {
				t.Errorf("%s\n%+v", diff, all)
			}
			p.mu.Lock()
			took := strings.NewReplacer("<", "", "@example.com>", "").Replace(strings.Join(p.took, ""))
			p.mu.Unlock()
			if took != tt.took {
				t.Errorf("got letters for %q, want %q", took, tt.took)
			}
			if got := p.got(); len(got) != tt.said {
				t.Errorf("got %d sessions, want %d: %q", len(got), tt.said, got)
			}
		})
	}
}

// TestMB4RecipientsOfASession: no session names more than 100 recipients, refused ones and announced ones counted, which
// is the most that docomo takes.
func TestMB4RecipientsOfASession(t *testing.T) {
	p := startPlainServer(t, func(_ int, command string) string {
		if strings.HasPrefix(command, "RCPT TO:<p0000") {
			return "550 5.1.1 no such user"
		}
		return ""
	})
	f := newFixture(t, people(250, "docomo.ne.jp"), nil)
	c := p.channel()
	s := f.sender(c)
	s.Limits.Connections = 1
	wantAccount(t, f.run(s), counts(250, 240, 10, 0, 0, 0, edition.StateFinished))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	named := 0
	for _, session := range p.got() {
		n := 0
		for _, line := range session {
			if strings.HasPrefix(line, "RCPT") {
				n++
			}
		}
		if n > 100 {
			t.Errorf("got %d recipients in a session, want at most 100", n)
		}
		named += n
	}
	if named < 250 {
		t.Errorf("got %d recipients named, want each of 250", named)
	}
}

// TestMB5CarrierAddresses: local parts that Japanese carriers gave out and that RFC 5321 has no place for are quoted.
func TestMB5CarrierAddresses(t *testing.T) {
	p := startPlainServer(t, nil)
	c := p.channel()
	all := queue(c, "a..b@docomo.ne.jp", "a.@ezweb.ne.jp", "plain@例え.jp")
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]Result{Accepted, Accepted, Accepted}, results(all)); diff != "" {
		t.Error(diff)
	}
	want := []string{`<"a..b"@docomo.ne.jp>`, `<"a."@ezweb.ne.jp>`, "<plain@xn--r8jz45g.jp>"}
	if diff := cmp.Diff(want, p.took); diff != "" {
		t.Error(diff)
	}
}

// TestP4DotTimeout: the reply to the final dot is waited for as long as RFC 5321 asks.
func TestP4DotTimeout(t *testing.T) {
	if got := (&SMTP{}).dotTimeout(); got < 10*time.Minute {
		t.Errorf("got %v, want at least 10 minutes (RFC 5321, 4.5.3.2.6)", got)
	}
}

// TestLongLetters go out before their attempt is written down, but for the dot; dots at the beginnings of lines are
// doubled in both kinds.
func TestLongLetters(t *testing.T) {
	p := startPlainServer(t, nil)
	c := p.channel()
	defer c.Close()
	for _, lines := range []int{2, 3000} {
		e := letterTo("a@example.com")
		e.Head = []byte("DKIM-Signature: x\r\n")
		e.Raw = []byte("Subject: x\r\n\r\n" + strings.Repeat(".a line that begins with a dot\r\n..\r\n", lines))
		attempts := 0
		e.Attempt = func() error {
			attempts++
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.took) != 0 {
				t.Error("got the letter taken before its attempt")
			}
			return nil
		}
		if out := c.Send(context.Background(), e); out.Result != Accepted || attempts != 1 {
			t.Errorf("got %+v after %d attempts", out, attempts)
		}
		p.mu.Lock()
		if want := string(e.Head) + string(e.Raw); len(p.letters) != 1 || p.letters[0] != want {
			t.Errorf("%d lines: got another letter than was sent", lines)
		}
		p.letters, p.took = nil, nil
		p.mu.Unlock()
	}
}

// TestWithdrawnAtTheLastMoment: a message that was begun and must not leave any more is not ended, not even politely, and
// the one announced behind it goes on another connection.
func TestWithdrawnAtTheLastMoment(t *testing.T) {
	p := startPlainServer(t, nil)
	c := p.channel()
	var line Line
	next := letterTo("b@example.com")
	next.Line = &line
	e := letterTo("a@example.com")
	e.Line = &line
	e.Next = func() (Envelope, bool) { return next, true }
	e.Attempt = func() error { return errWithdrawn }
	if out := c.Send(context.Background(), e); out.Result != Unsent || out.Stop || !errors.Is(out.Err, errWithdrawn) {
		t.Errorf("got %+v, want unsent", out)
	}
	if out := c.Send(context.Background(), next); out.Result != Accepted {
		t.Errorf("got %+v, want accepted", out)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"<b@example.com>"}, p.took); diff != "" {
		t.Error(diff)
	}
}

// TestUnsubscribedWhileWaiting: somebody unsubscribes while the message waits behind one that the server is slow to take.
// It is withheld although it was begun.
func TestUnsubscribedWhileWaiting(t *testing.T) {
	f := newFixture(t, people(2, "example.com"), nil)
	var once sync.Once
	p := startPlainServer(t, func(_ int, command string) string {
		if command == "." {
			once.Do(func() {
				waiting := f.events(journal.Attempt)[0].MessageKey
				for _, address := range people(2, "example.com") {
					if f.messageKey(address) != waiting {
						f.note(journal.Event{Kind: journal.Unsubscribe, ContactKey: testKeys.Contact(address), Scope: journal.ScopeMarketing})
					}
				}
				<-time.After(refreshEvery + 100*time.Millisecond) // what is known may be so old
			})
		}
		return ""
	})
	c := p.channel()
	s := f.sender(c)
	s.Limits.Connections = 1
	wantAccount(t, f.run(s), counts(2, 1, 0, 1, 0, 0, edition.StateFinished))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if len(p.took) != 1 {
		t.Errorf("got letters for %v, want one", p.took)
	}
}
