package response

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

var update = flag.Bool("update", false, "renew the golden files")

const messageKey = "0123456789abcdef0123456789abcdef"

// public is an endpoint on a real journal.
type public struct {
	*Endpoint
	dir   string
	token string
	log   bytes.Buffer
	clock time.Time
}

func newClock() time.Time { return time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC) }

func newPublic(t testing.TB, locale string) *public {
	t.Helper()
	p := &public{dir: t.TempDir(), clock: newClock()}
	now := func() time.Time { return p.clock }
	w, err := journal.OpenWriter(p.dir, Stream, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := token.New([]byte("a key of at least thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	if p.token, err = keys.Sign(token.Unsubscribe, messageKey); err != nil {
		t.Fatal(err)
	}
	sender := Sender{Company: "Example & Sons", Contact: "info@example.com", Locale: locale,
		Topics: []Topic{{"offers", "Offers"}, {"news", "News about products"}}}
	if locale == "ja" {
		sender = Sender{Company: "とくい商会", Contact: "info@example.jp", Locale: locale,
			Topics: []Topic{{"offers", "お得な情報"}, {"news", "新製品のご案内"}}}
	}
	pages, err := NewPages(sender)
	if err != nil {
		t.Fatal(err)
	}
	optIns, err := OpenRecorder(p.dir, OptInStream, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := optIns.Close(); err != nil {
			t.Error(err)
		}
	})
	confirmations, err := ReadConfirmations(p.dir, optIns.Append)
	if err != nil {
		t.Fatal(err)
	}
	p.Endpoint = &Endpoint{
		Keys: keys, Append: w.Append, Confirmations: confirmations, Pages: pages, Now: now,
		Callers: NewCallers([]byte("secret"), netip.MustParsePrefix("127.0.0.0/8")),
		Log:     slog.New(slog.NewTextHandler(&p.log, nil)),
	}
	return p
}

func (p *public) do(method, path, contentType, body string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, r)
	return rec.Result()
}

func (p *public) events(t testing.TB) []journal.Event { return p.eventsOf(t, Stream) }

func (p *public) eventsOf(t testing.TB, stream string) []journal.Event {
	t.Helper()
	var events []journal.Event
	if _, err := journal.Read(p.dir, stream, func(e journal.Event, _ journal.Place) error {
		e.ID = ""
		events = append(events, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return events
}

const form = "application/x-www-form-urlencoded"

// multi is a body of multipart/form-data with its content type.
func multi(t testing.TB, name, value string) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField(name, value); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func TestUnsubscribe(t *testing.T) {
	multiType, multiBody := multi(t, "List-Unsubscribe", "One-Click")
	for _, c := range []struct {
		name, contentType, body string
		channel, detail         string
	}{
		{"one click, urlencoded", form, "List-Unsubscribe=One-Click", "email", "one-click"},
		{"one click, with a charset", form + "; charset=UTF-8", "List-Unsubscribe=One-Click", "email", "one-click"},
		{"one click, multipart", multiType, multiBody, "email", "one-click"},
		{"the page's button", form, "confirm=yes", "email", "page"},
		{"the page's button, every channel", form, "confirm=yes&channels=all", "", "page, every channel"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPublic(t, "en")
			res := p.do("POST", "/u/"+p.token, c.contentType, c.body)
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != 200 || res.Header.Get("Location") != "" || len(res.Cookies()) != 0 || !strings.Contains(string(body), "You are unsubscribed") {
				t.Errorf("got %s\n%s", res.Status, body)
			}
			want := []journal.Event{{
				Kind: journal.Unsubscribe, At: p.clock, MessageKey: messageKey,
				Channel: c.channel, Scope: journal.ScopeMarketing, Detail: c.detail,
			}}
			if d := cmp.Diff(want, p.events(t)); d != "" {
				t.Errorf("journal (-want +got):\n%s", d)
			}
		})
	}
}

func TestUnsubscribeAgain(t *testing.T) {
	p := newPublic(t, "en")
	post := func(body string) {
		t.Helper()
		if res := p.do("POST", "/u/"+p.token, form, body); res.StatusCode != 200 {
			t.Errorf("got %s", res.Status)
		}
	}
	post("List-Unsubscribe=One-Click")
	post("List-Unsubscribe=One-Click")
	post("confirm=yes")
	if n := len(p.events(t)); n != 1 {
		t.Errorf("three times within a minute: got %d events, want 1", n)
	}
	post("confirm=yes&channels=all") // more than before
	p.clock = p.clock.Add(time.Hour)
	post("List-Unsubscribe=One-Click") // the person may have subscribed again meanwhile
	if n := len(p.events(t)); n != 3 {
		t.Errorf("got %d events, want 3", n)
	}
	s := journal.NewSuppressions()
	for _, e := range p.events(t) {
		s.Add(e)
	}
	s.Resolve(map[string]journal.Person{messageKey: {ContactKey: "contact"}})
	if reason, ok := s.Suppressed("contact", "", "email", "marketing"); !ok || reason != "unsubscribe" {
		t.Errorf("the fold does not hold it: %q %t", reason, ok)
	}
	if _, ok := s.Suppressed("contact", "", "email", "service"); ok {
		t.Error("service mail is stopped too")
	}
}

func TestNothingElseUnsubscribes(t *testing.T) {
	p := newPublic(t, "en")
	open, err := p.Keys.Sign(token.Open, messageKey)
	if err != nil {
		t.Fatal(err)
	}
	strangers, err := token.New([]byte("another key of at least thirty-two"))
	if err != nil {
		t.Fatal(err)
	}
	forged, err := strangers.Sign(token.Unsubscribe, messageKey)
	if err != nil {
		t.Fatal(err)
	}
	good := "/u/" + p.token
	click := "List-Unsubscribe=One-Click"
	bigType, bigBody := multi(t, "List-Unsubscribe", strings.Repeat("x", maxBody))
	otherType, otherBody := multi(t, "List-Unsubscribe", "Two-Clicks")
	for _, c := range []struct {
		name, method, path, contentType, body string
		status                                int
	}{
		{"GET", "GET", good, "", "", 200},
		{"GET that looks like it", "GET", good + "?List-Unsubscribe=One-Click&confirm=yes", form, click, 200},
		{"HEAD", "HEAD", good, "", "", 200},
		{"OPTIONS", "OPTIONS", good, "", "", 204},
		{"PUT", "PUT", good, form, click, 405},
		{"DELETE", "DELETE", good, "", "", 405},
		{"PATCH", "PATCH", good, form, click, 405},
		{"POST of nothing", "POST", good, form, "", 400},
		{"POST with the word in the URL only", "POST", good + "?List-Unsubscribe=One-Click", form, "", 400},
		{"POST of another word", "POST", good, form, "List-Unsubscribe=Two-Clicks", 400},
		{"POST of another word, multipart", "POST", good, otherType, otherBody, 400},
		{"POST of broken escapes", "POST", good, form, "List-Unsubscribe=%zz", 400},
		{"POST of a broken multipart", "POST", good, "multipart/form-data; boundary=x", "--y", 400},
		{"POST without a boundary", "POST", good, "multipart/form-data", "--y", 400},
		{"POST without a type", "POST", good, "", click, 415},
		{"POST of text", "POST", good, "text/plain", click, 415},
		{"POST of JSON", "POST", good, "application/json", `{"List-Unsubscribe":"One-Click"}`, 415},
		{"POST too large", "POST", good, form, click + "&x=" + strings.Repeat("x", maxBody), 413},
		{"multipart too large", "POST", good, bigType, bigBody, 413},
		{"no token", "POST", "/u/", form, click, 404},
		{"cut token", "POST", good[:len(good)-1], form, click, 404},
		{"longer token", "POST", good + "A", form, click, 404},
		{"with a slash after it", "POST", good + "/", form, click, 404},
		{"changed token", "POST", "/u/" + flip(p.token), form, click, 404},
		{"another's token", "POST", "/u/" + forged, form, click, 404},
		{"token of another link", "POST", "/u/" + open, form, click, 404},
		{"another path", "POST", "/x/" + p.token, form, click, 404},
		{"root", "GET", "/", "", "", 404},
		{"a path that climbs", "GET", "/u/../../etc/passwd", "", "", 404},
	} {
		res := p.do(c.method, c.path, c.contentType, c.body)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != c.status {
			t.Errorf("%s: got %s, want %d", c.name, res.Status, c.status)
		}
		if c.status >= 404 && c.status <= 405 && (strings.Contains(string(body), "<form") || strings.Contains(string(body), p.token)) {
			t.Errorf("%s: the answer says too much: %s", c.name, body)
		}
		if (c.method == "HEAD" || c.method == "OPTIONS") && len(body) > 0 {
			t.Errorf("%s: got a body", c.name)
		}
		if c.status == 405 && res.Header.Get("Allow") != allowed(token.Unsubscribe) {
			t.Errorf("%s: Allow is %q", c.name, res.Header.Get("Allow"))
		}
	}
	if events := p.events(t); len(events) != 0 {
		t.Errorf("got events %+v, want none", events)
	}
	if p.log.Len() > 0 {
		t.Errorf("the log holds %s", &p.log)
	}
}

// flip changes the last character of a token's body.
func flip(token string) string {
	b := []byte(token)
	if b[20]++; b[20] > 'z' || b[20] == ':' || b[20] == '[' || b[20] == '`' {
		b[20] = 'a'
	}
	return string(b)
}

func TestUnsubscribeBehindAProxyPath(t *testing.T) {
	p := newPublic(t, "en")
	if res := p.do("POST", "/mail/u/"+p.token, form, "confirm=yes"); res.StatusCode != 200 || len(p.events(t)) != 1 {
		t.Errorf("got %s and %d events", res.Status, len(p.events(t)))
	}
}

func TestUnsubscribeNotRecorded(t *testing.T) {
	p := newPublic(t, "en")
	p.Append = func(context.Context, ...journal.Event) error {
		return errors.New("append to journal: no space left on device")
	}
	for range 2 { // the failure is not taken for a repeat either
		res := p.do("POST", "/u/"+p.token, form, "List-Unsubscribe=One-Click")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || strings.Contains(string(body), "space") || strings.Contains(string(body), "are unsubscribed") {
			t.Errorf("got %s\n%s", res.Status, body)
		}
	}
	if log := p.log.String(); !strings.Contains(log, "no space left") || strings.Contains(log, p.token) || strings.Contains(log, messageKey) {
		t.Errorf("log: %s", log)
	}
	p.Append = func(context.Context, ...journal.Event) error { panic("at once") }
	if res := p.do("POST", "/u/"+p.token, form, "confirm=yes"); res.StatusCode != 500 || !strings.Contains(p.log.String(), "at once") {
		t.Errorf("panic: got %s, log %s", res.Status, &p.log)
	}
}

// A mail program that hangs up before the answer has still unsubscribed.
func TestUnsubscribeAfterHangingUp(t *testing.T) {
	p := newPublic(t, "en")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", "/u/"+p.token, strings.NewReader("List-Unsubscribe=One-Click"))
	r.Header.Set("Content-Type", form)
	p.ServeHTTP(httptest.NewRecorder(), r)
	if n := len(p.events(t)); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
}

func TestHeadersOfEveryPage(t *testing.T) {
	p := newPublic(t, "en")
	for _, path := range []string{"/u/" + p.token, "/u/x", "/"} {
		res := p.do("GET", path, "", "")
		body, _ := io.ReadAll(res.Body)
		h := res.Header
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Set-Cookie": "",
			"Content-Length": fmt.Sprint(len(body)),
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(string(body))
		if style == nil {
			t.Fatalf("%s: no style in %s", path, body)
		}
		sum := sha256.Sum256([]byte(style[1]))
		want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, want) || !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q does not let the page's own style pass, want %s", path, csp, want)
		}
		if strings.Contains(string(body), "<script") || strings.Contains(string(body), "http://") || strings.Contains(string(body), "https://") {
			t.Errorf("%s: the page loads something", path)
		}
	}
}

// pageNames are the golden files.
func pageNames() map[string]page {
	return map[string]page{
		"ask": askPage, "done": donePage, "done_all": doneAllPage, "preferences": preferencesPage, "preferred": preferredPage,
		"join": joinPage, "joined": joinedPage, "confirm": confirmPage, "confirmed": confirmedPage, "used": usedPage, "expired": expiredPage, "nothing": nothingPage,
		"unknown": unknownPage, "busy": busyPage, "failed": failedPage,
	}
}

func TestPagesGolden(t *testing.T) {
	for _, locale := range []string{"en", "ja"} {
		p := newPublic(t, locale)
		for name, one := range pageNames() {
			path := filepath.Join("testdata", "page_"+name+"_"+locale+".html")
			got := p.Pages.bodies[one]
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("%s (-want +got):\n%s", path, d)
			}
		}
	}
	pages, err := NewPages(Sender{Company: `<script>alert("x")</script>`, Locale: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	if body := string(pages.bodies[askPage]); strings.Contains(body, "<script>") || !strings.Contains(body, `<html lang="en">`) {
		t.Errorf("got %s", body)
	}
}

func TestServe(t *testing.T) {
	p := newPublic(t, "en")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	under := make(chan struct{})
	finish := make(chan struct{})
	record := p.Append
	p.Append = func(ctx context.Context, events ...journal.Event) error {
		close(under)
		<-finish
		return record(ctx, events...)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, NewServer("", p), listener) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var wait sync.WaitGroup
	wait.Go(func() {
		res, err := client.PostForm("http://"+listener.Addr().String()+"/u/"+p.token, url.Values{"List-Unsubscribe": {"One-Click"}})
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("got %s", res.Status)
		}
	})
	<-under
	cancel() // while the request is under way
	close(finish)
	wait.Wait()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
	if n := len(p.events(t)); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
	if err := Serve(t.Context(), NewServer("", p), listener); err == nil {
		t.Error("serving on a closed listener gave no error")
	}
}

// BenchmarkUnsubscribe is the whole hit but for the network, 64 at once: durable before the answer.
func BenchmarkUnsubscribe(b *testing.B) {
	p := newPublic(b, "en")
	p.clock = time.Now()
	p.Now = time.Now
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			text, err := p.Keys.Sign(token.Unsubscribe, fmt.Sprintf("%032x", n.Add(1)))
			if err != nil {
				b.Error(err)
			}
			if res := p.do("POST", "/u/"+text, form, "List-Unsubscribe=One-Click"); res.StatusCode != 200 {
				b.Errorf("got %s", res.Status)
			}
		}
	})
}
