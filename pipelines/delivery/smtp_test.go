package delivery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// TestFaultsOfTheServer sends one edition to a server that does everything wrong once.
func TestFaultsOfTheServer(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	faults := map[string]fault{
		"greylist@example.com": greylist, "unknown@example.com": unknownUserHere, "bare@docomo.ne.jp": unknownBare,
		"policy@example.com": policy, "full@example.com": mailboxFull, "hangup@example.com": hangUpAtRcpt,
		"droprcpt@example.com": dropAtRcpt, "beforedot@example.com": dropBeforeDot, "afterdot@example.com": dropAfterDot,
		"stall@example.com": stall,
	}
	addresses := people(20, "example.com")
	for address := range faults {
		addresses = append(addresses, address)
	}
	f := newFixture(t, addresses, nil)
	r := newRecorder(t)
	r.rule = func(to string, n int) fault {
		if n == 0 {
			return faults[to]
		}
		return fine
	}
	c := r.channel()
	c.DotTimeout = 200 * time.Millisecond
	s := f.sender(c)
	s.Limits = Limits{Connections: 1, Backoff: []time.Duration{time.Millisecond}, MaxWait: 5 * time.Second}
	account := f.run(s)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// before the dot nothing was sent: beforedot may be told apart from afterdot only where the write fails; either way it
	// is accounted for
	states := map[string]string{}
	folded, _, err := edition.ReadStates(f.journalDir(), f.id)
	if err != nil {
		t.Fatal(err)
	}
	for address := range faults {
		states[address] = folded.Of(f.messageKey(address))
	}
	beforeDot := states["beforedot@example.com"]
	delete(states, "beforedot@example.com")
	want := map[string]string{
		"greylist@example.com": "accepted", "unknown@example.com": "failed", "bare@docomo.ne.jp": "failed", "policy@example.com": "failed",
		"full@example.com": "accepted", "hangup@example.com": "accepted", "droprcpt@example.com": "accepted",
		"afterdot@example.com": "unconfirmed", "stall@example.com": "unconfirmed",
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	if beforeDot != edition.MessageAccepted && beforeDot != edition.MessageUnconfirmed {
		t.Errorf("beforedot: got %s, want accepted or unconfirmed", beforeDot)
	}
	if err := account.Check(); err != nil || account.State != edition.StateUnconfirmed || account.Pending != 0 {
		t.Errorf("got %+v, %v", account, err)
	}
	for to, n := range r.got() {
		if n != 1 {
			t.Errorf("%s: got %d letters, want one", to, n)
		}
	}
	var suppressed []string
	for _, e := range f.events(journal.Suppress) {
		suppressed = append(suppressed, e.AddressKey)
	}
	wantSuppressed := map[string]bool{testKeys.Address("unknown@example.com"): true, testKeys.Address("bare@docomo.ne.jp"): true}
	for _, key := range suppressed {
		if !wantSuppressed[key] {
			t.Errorf("got %s suppressed", key)
		}
		delete(wantSuppressed, key)
	}
	if len(wantSuppressed) != 0 {
		t.Errorf("got %d suppressed, want both unknown addresses", len(suppressed))
	}
}

// TestJournalHoldsNoAddress looks for the recipients in the bytes of every segment, after replies that repeat them.
func TestJournalHoldsNoAddress(t *testing.T) {
	f := newFixture(t, []string{"tarou.yamada@example.com", "hanako@example.com"}, nil)
	r := newRecorder(t)
	r.rule = func(to string, _ int) fault {
		if to == "hanako@example.com" {
			return unknownBare
		}
		return unknownUserHere
	}
	c := r.channel()
	defer c.Close()
	f.run(f.sender(c))
	entries, err := os.ReadDir(f.journalDir())
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(f.journalDir() + "/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"tarou", "hanako", "@"} {
			if strings.Contains(string(text), word) {
				t.Errorf("got %q in the journal:\n%s", word, text)
			}
		}
	}
}

// TestJournalSyncPrecedesTheFinalDot watches both ends: the syncs of the journal, and the bytes as they come in at the
// relay. Every sync takes a while, so that a dot sent without waiting for it would be seen first. On one connection a dot
// has its own attempt and the answers to all the dots before it on the disk.
func TestJournalSyncPrecedesTheFinalDot(t *testing.T) {
	const letters = 8
	f := newFixture(t, people(letters, "example.com"), nil)
	r := newRecorder(t)
	var mu sync.Mutex
	dots := 0
	synced := map[journal.Kind]int{}
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	go watchDots(proxy, fmt.Sprintf("%s:%d", r.host, r.port), func() {
		mu.Lock()
		defer mu.Unlock()
		dots++
		if synced[journal.Attempt] < dots || synced[journal.Accepted] < dots-1 {
			t.Errorf("dot %d: got %v synced, want as many attempts and at most one answer less", dots, synced)
		}
	})
	c := r.channel()
	c.Port = proxy.Addr().(*net.TCPAddr).Port
	defer c.Close()
	s := f.sender(c)
	s.Limits.Connections = 1
	s.disk = journal.Disk{SyncFile: func(file *os.File) error {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			return err
		}
		<-time.After(20 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		for _, kind := range []journal.Kind{journal.Attempt, journal.Accepted, journal.EditionFinished} {
			synced[kind] = strings.Count(string(text), `"kind":"`+string(kind)+`"`)
		}
		return nil
	}}
	wantAccount(t, f.run(s), counts(letters, letters, 0, 0, 0, 0, edition.StateFinished))
	mu.Lock()
	defer mu.Unlock()
	want := map[journal.Kind]int{journal.Attempt: letters, journal.Accepted: letters, journal.EditionFinished: 1}
	if diff := cmp.Diff(want, synced); dots != letters || diff != "" {
		t.Errorf("got %d dots, %s", dots, diff)
	}
}

// watchDots passes one connection at a time on to address, and tells of every end of a letter on its way.
func watchDots(l net.Listener, address string, dot func()) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", address)
		if err != nil {
			in.Close()
			return
		}
		go func() {
			defer in.Close()
			buffer := make([]byte, 64<<10)
			for {
				n, err := out.Read(buffer)
				if err != nil {
					return
				}
				if _, err := in.Write(buffer[:n]); err != nil {
					return
				}
			}
		}()
		tail := ""
		buffer := make([]byte, 64<<10)
		for {
			n, err := in.Read(buffer)
			if err != nil {
				out.Close()
				break
			}
			tail += string(buffer[:n])
			for range strings.Count(tail, "\r\n.\r\n") { // more may stand behind it
				dot()
			}
			tail = tail[max(0, len(tail)-4):]
			if _, err := out.Write(buffer[:n]); err != nil {
				break
			}
		}
	}
}

// TestStalledReplyIsDroppedAfterDraining: a relay that never answers the dot must not hold a cancelled run for as long as
// the dot may take. The letter is there, and nobody knows: the attempt stays without an answer, and is not sent again.
func TestStalledReplyIsDroppedAfterDraining(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	f := newFixture(t, people(5, "example.com"), nil)
	r := newRecorder(t)
	var calm atomic.Bool
	r.rule = func(string, int) fault {
		if calm.Load() {
			return fine
		}
		return stall
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var stalled sync.WaitGroup
	stalled.Add(2)
	r.taken = func(l letter) {
		if l.fault == stall {
			stalled.Done()
		}
	}
	go func() {
		stalled.Wait()
		cancel()
	}()
	c := r.channel()
	s := f.sender(c)
	s.Limits = Limits{Connections: 2, Drain: 100 * time.Millisecond}
	start := time.Now()
	account, err := s.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("got back after %v, want it soon after 100 ms of draining", took)
	}
	if account.Unconfirmed != 2 || account.Pending != 3 || account.Check() != nil {
		t.Errorf("got %+v, want the letter of each connection unconfirmed, and what was announced behind them pending", account)
	}
	if got := len(f.events(journal.Accepted, journal.Deferred, journal.Failed)); got != 0 {
		t.Errorf("got %d answers, want none: nothing was answered", got)
	}
	calm.Store(true)
	wantAccount(t, f.run(s), counts(5, 3, 0, 0, 2, 0, edition.StateUnconfirmed))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for to, n := range r.got() {
		if n != 1 {
			t.Errorf("%s: got %d letters, want one", to, n)
		}
	}
}

func TestSMTPUTF8OnlyWhereNeeded(t *testing.T) {
	r := newRecorder(t)
	c := r.channel()
	defer c.Close()
	for i, to := range []string{"a@example.com", "太郎@example.com", "b@例え.jp"} {
		out := c.Send(context.Background(), Envelope{
			MessageKey: fmt.Sprint(i), From: sender, To: mustParse(to), Raw: []byte("Subject: x\r\n\r\nx\r\n"), Attempt: func() error { return nil },
		})
		if out.Result != Accepted {
			t.Fatalf("%s: got %+v", to, out)
		}
	}
	var utf8 []bool
	for _, options := range r.froms {
		utf8 = append(utf8, options.UTF8)
	}
	if diff := cmp.Diff([]bool{false, true, false}, utf8); diff != "" {
		t.Error(diff)
	}
	if got := r.got(); got["b@xn--r8jz45g.jp"] != 1 {
		t.Errorf("got %v, want the domain in ASCII", got)
	}
}

func TestConnectionsAreKeptAndRenewed(t *testing.T) {
	f := newFixture(t, people(25, "example.com"), nil)
	r := newRecorder(t)
	c := r.channel()
	c.PerConnection = 10
	s := f.sender(c)
	s.Limits.Connections = 1
	wantAccount(t, f.run(s), counts(25, 25, 0, 0, 0, 0, edition.StateFinished))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if r.sessions != 3 {
		t.Errorf("got %d sessions for 25 messages of at most 10, want 3", r.sessions)
	}
}

// TestStaleConnection: the relay hangs up between two messages, and nobody notices but us.
func TestStaleConnection(t *testing.T) {
	r := newRecorder(t)
	c := r.channel()
	defer c.Close()
	send := func(i int) Outcome {
		return c.Send(context.Background(), Envelope{
			MessageKey: fmt.Sprint(i), From: sender, To: mustParse(fmt.Sprintf("p%d@example.com", i)), Raw: []byte("Subject: x\r\n\r\nx\r\n"),
			Attempt: func() error { return nil },
		})
	}
	if out := send(0); out.Result != Accepted {
		t.Fatalf("got %+v", out)
	}
	r.hangUp()
	if out := send(1); out.Result != Accepted {
		t.Errorf("got %+v, want accepted on a new connection", out)
	}
	if got := r.got(); got["p1@example.com"] != 1 {
		t.Errorf("got %v, want it once", got)
	}
}

func TestRelayThatCannotBeUsed(t *testing.T) {
	r := newRecorder(t)
	for _, tt := range []struct {
		name   string
		change func(*SMTP)
		want   string
	}{
		{"no STARTTLS", func(c *SMTP) { c.TLS = "required" }, "STARTTLS"},
		{"wrong tls", func(c *SMTP) { c.TLS = "maybe" }, "want required, opportunistic, implicit or none"},
		{"no AUTH", func(c *SMTP) { c.Username, c.Password = "u", "secret-password" }, "AUTH"},
		{"nobody listens", func(c *SMTP) { c.Port = 1 }, "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := r.channel()
			tt.change(c)
			out := c.Send(context.Background(), Envelope{From: sender, To: mustParse("b@example.com"), Raw: []byte("x\r\n")})
			if out.Result != Unsent || !out.Connect || out.Err == nil || !strings.Contains(out.Err.Error(), tt.want) {
				t.Errorf("got %+v, want unsent with %q", out, tt.want)
			}
			if strings.Contains(fmt.Sprint(out), "secret-password") {
				t.Error("got the password in an error")
			}
		})
	}
}
