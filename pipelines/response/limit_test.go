package response

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

// Whoever guesses tokens is told to wait after patience requests, and others are not; links that are ours and new go on.
func TestGuessingIsLimited(t *testing.T) {
	p := newPublic(t, "en")
	ask := func(from, path string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = from + ":1"
		rec := httptest.NewRecorder()
		p.ServeHTTP(rec, r)
		if rec.Code == http.StatusTooManyRequests && rec.Header().Get("Retry-After") == "" {
			t.Error("got 429 without Retry-After")
		}
		return rec.Code
	}
	for i := range patience {
		if got := ask("198.51.100.7", "/u/guess"); got != http.StatusNotFound {
			t.Fatalf("guess %d: got %d", i, got)
		}
	}
	ask("198.51.100.7", "/u/guess")
	if got := ask("198.51.100.7", "/u/guess"); got != http.StatusTooManyRequests {
		t.Errorf("after %d guesses: got %d, want 429", patience, got)
	}
	if got := ask("198.51.100.8", "/u/guess"); got != http.StatusNotFound {
		t.Errorf("a neighbour: got %d, want 404", got)
	}
	links := p.links(t)
	for kind, want := range map[token.Kind]int{token.Unsubscribe: 200, token.Click: 302, token.Open: 200} {
		if got := ask("198.51.100.7", links[kind]); got != want {
			t.Errorf("a new link of kind %c behind the same address: got %d, want %d", kind, got, want)
		}
	}
	if got := ask("198.51.100.7", links[token.Unsubscribe]); got != http.StatusTooManyRequests {
		t.Errorf("the same link again: got %d, want 429", got)
	}
	if got := ask("198.51.100.7", links[token.Click]); got != http.StatusFound {
		t.Errorf("a click again: got %d, want to be led on whatever the limit", got)
	}
	p.clock = p.clock.Add(refill * (patience + 2))
	if got := ask("198.51.100.7", "/u/guess"); got != http.StatusNotFound {
		t.Errorf("later: got %d, want 404", got)
	}
}

func TestLimiterIsBounded(t *testing.T) {
	var l limiter
	now := newClock()
	address := netip.MustParseAddr("2001:db8::")
	for i := range 2 * mostCallers {
		bytes := address.As16()
		bytes[1], bytes[2], bytes[3] = byte(i), byte(i>>8), byte(i>>16)
		l.allow(netip.AddrFrom16(bytes), now)
	}
	if n := len(l.busy); n > mostCallers {
		t.Errorf("got %d callers remembered, want at most %d", n, mostCallers)
	}
	one, two := netip.MustParseAddr("2001:db8:1::1"), netip.MustParseAddr("2001:db8:1::2")
	for range patience + 1 {
		l.allow(one, now)
	}
	if l.allow(two, now) {
		t.Error("another address of the same /64: got allowed, want one caller")
	}
}

// A caller who dribbles its request is cut off, and keeps nobody else waiting.
func TestSlowCallerIsCutOff(t *testing.T) {
	p := newPublic(t, "en")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer("", p)
	if server.ReadHeaderTimeout <= 0 || server.ReadTimeout <= 0 || server.WriteTimeout <= 0 || server.IdleTimeout <= 0 || server.MaxHeaderBytes <= 0 {
		t.Errorf("got a server without a limit: %+v", server)
	}
	server.ReadHeaderTimeout = 50 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, server, listener) }()
	slow, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /u/x HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get("http://" + listener.Addr().String() + "/u/" + p.token)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("another caller meanwhile: got %s", res.Status)
	}
	if err := slow.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(slow); err != nil || strings.Contains(string(answer), " 200 ") {
		t.Errorf("the slow caller: got %q, %v, want to be cut off", answer, err)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A disk that is full for a while costs what comes meanwhile, and not the server.
func TestRecorderComesBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	full := false
	disk := journal.Disk{SyncFile: nil}
	r, err := openRecorder(func() (*journal.Writer, error) {
		if full {
			return nil, errors.New("no space left on device")
		}
		return journal.OpenWriterOn(disk, dir, Stream, newClock)
	})
	if err != nil {
		t.Fatal(err)
	}
	event := func(id string) journal.Event {
		return journal.Event{ID: id, Kind: journal.Click, MessageKey: messageKey}
	}
	if err := r.Append(t.Context(), event("1")); err != nil {
		t.Fatal(err)
	}
	if err := r.writer.Close(); err != nil { // as after an error: this writer takes nothing any more
		t.Fatal(err)
	}
	full = true
	for range 2 {
		if err := r.Append(t.Context(), event("2")); err == nil {
			t.Error("got no error on a full disk")
		}
	}
	full = false
	if err := r.Append(t.Context(), event("3")); err != nil {
		t.Errorf("after the disk has room: got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Append(t.Context(), event("4")); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("after Close: got %v, want ErrClosed", err)
	}
	var ids string
	if _, err := journal.Read(dir, Stream, func(e journal.Event, _ journal.Place) error { ids += e.ID; return nil }); err != nil || ids != "13" {
		t.Errorf("got events %q, %v, want 1 and 3", ids, err)
	}
}
