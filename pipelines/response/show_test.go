package response

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

const target = "https://shop.example.com/p?a=1&b=2#c"

// links are one of each kind, as a mail has them.
func (p *public) links(t testing.TB) map[token.Kind]string {
	t.Helper()
	all := map[token.Kind]string{}
	for _, kind := range []token.Kind{token.Unsubscribe, token.Preferences, token.Open, token.Trap} {
		text, err := p.Keys.Sign(kind, messageKey)
		if err != nil {
			t.Fatal(err)
		}
		all[kind] = kind.Path() + text
	}
	text, err := p.Keys.SignOptIn(messageKey, p.clock.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	all[token.OptIn] = token.OptIn.Path() + text
	if text, err = p.Keys.SignClick(messageKey, 3, target); err != nil {
		t.Fatal(err)
	}
	all[token.Click] = token.Click.Path() + text
	return all
}

// bodies are what the pages' forms send.
func bodies() []string {
	return []string{
		"List-Unsubscribe=One-Click", "confirm=yes", "confirm=yes&channels=all", "leave=yes",
		"save=yes&every=7&pause=30&shown=news&shown=offers&topic=news",
	}
}

// Show 5, P1: whatever is asked by GET, HEAD or OPTIONS, and by every other method but POST, no wish, consent or suppression
// comes of it; a HEAD leaves nothing but the sign that a program was there.
func TestP1NothingChangesWithoutPost(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "get"} {
		p := newPublic(t, "en")
		for kind, path := range p.links(t) {
			for _, body := range bodies() {
				p.clock = p.clock.Add(2 * time.Minute) // nothing is taken for a repeat
				res := p.do(method, path+"?"+body, form, body)
				if res.StatusCode >= 500 {
					t.Errorf("%s of %c: got %s", method, kind, res.Status)
				}
			}
		}
		for _, e := range p.events(t) {
			switch {
			case e.Kind == journal.Probe && method == "HEAD":
			case method == "GET" && (e.Kind == journal.Open || e.Kind == journal.Click || e.Kind == journal.Probe && e.Detail == "trap"):
			default:
				t.Errorf("%s: left %s (%s)", method, e.Kind, e.Detail)
			}
		}
	}
}

// Show 5: forged, cut off, changed and expired links, and links of another kind, do nothing by any method.
func TestBadLinksAreRefused(t *testing.T) {
	p := newPublic(t, "en")
	strangers, err := token.New([]byte("another key of at least thirty-two"))
	if err != nil {
		t.Fatal(err)
	}
	theirs := &public{Endpoint: &Endpoint{Keys: strangers}, clock: p.clock}
	bad := map[string]string{}
	good := p.links(t)
	for kind, path := range theirs.links(t) {
		bad["signed by another key: "+path] = path
		id, _ := base64.RawURLEncoding.DecodeString(good[kind][3:])
		raw, _ := base64.RawURLEncoding.DecodeString(path[3:])
		raw[0] = id[0]
		bad["and said to be ours: "+path] = path[:3] + base64.RawURLEncoding.EncodeToString(raw)
	}
	for kind, path := range good {
		bad["cut off: "+path] = path[:len(path)-1]
		bad["cut in half: "+path] = path[:len(path)/2]
		bad["with more: "+path] = path + "A"
		bad["changed: "+path] = path[:3] + flip(path[3:])
		for other := range good {
			if other != kind {
				bad["as another kind: "+other.Path()+path] = other.Path() + path[3:]
			}
		}
	}
	for name, path := range bad {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			for _, body := range bodies() {
				p.clock = p.clock.Add(time.Minute) // so that patience is not what refuses
				res := p.do(method, path, form, body)
				if res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
					t.Errorf("%s %s: got %s", method, name, res.Status)
				}
			}
		}
	}
	p.clock = p.clock.AddDate(0, 0, 8)
	for _, method := range []string{"GET", "POST"} {
		if res := p.do(method, good[token.OptIn], form, "confirm=yes"); res.StatusCode != http.StatusGone {
			t.Errorf("%s of an expired confirmation: got %s, want 410", method, res.Status)
		}
	}
	if events := p.events(t); len(events) != 0 {
		t.Errorf("got %d events, want none: %+v", len(events), events[0])
	}
	if res := p.do("GET", good[token.Unsubscribe], "", ""); res.StatusCode != http.StatusOK {
		t.Errorf("an unsubscribe link after a week: got %s, want it to work for ever", res.Status)
	}
}

// Show 5: a confirmation works once, also after the server was started anew, so that an old mail does not undo an
// unsubscribe; who confirms is no longer suppressed.
func TestConfirmationIsNotReplayed(t *testing.T) {
	p := newPublic(t, "en")
	path := p.links(t)[token.OptIn]
	if res := p.do("GET", path, "", ""); res.StatusCode != http.StatusOK {
		t.Fatalf("the page: got %s", res.Status)
	}
	if res := p.do("POST", path, form, "confirm=no"); res.StatusCode != http.StatusBadRequest || len(p.optIns(t)) != 0 {
		t.Errorf("without the button: got %s", res.Status)
	}
	if res := p.do("POST", path, form, "confirm=yes"); res.StatusCode != http.StatusOK {
		t.Fatalf("got %s", res.Status)
	}
	want := []journal.Event{
		{Kind: journal.OptInConfirmed, At: p.clock, MessageKey: messageKey, Channel: "email", Basis: journal.BasisConsent,
			Method: "confirmation page", Wording: p.Pages.wording},
		{Kind: journal.Unsuppress, At: p.clock, MessageKey: messageKey, Channel: "email", Scope: "marketing", Detail: "opt-in confirmed"},
	}
	if diff := cmp.Diff(want, p.optIns(t)); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if len(p.Pages.wording) != 64 {
		t.Errorf("JP2: got wording %q, want the hash of what was agreed to", p.Pages.wording)
	}
	p.clock = p.clock.Add(time.Hour)
	for range 2 {
		for _, method := range []string{"GET", "POST"} {
			if res := p.do(method, path, form, "confirm=yes"); res.StatusCode != http.StatusGone {
				t.Errorf("%s again: got %s, want 410", method, res.Status)
			}
		}
		again, err := ReadConfirmations(p.dir, p.Confirmations.append)
		if err != nil {
			t.Fatal(err)
		}
		p.Confirmations = again
	}
	if n := len(p.optIns(t)); n != 2 {
		t.Errorf("got %d events, want the two of the first answer", n)
	}
}

func (p *public) optIns(t testing.TB) []journal.Event { return p.eventsOf(t, OptInStream) }

// Two answers at once are one; one that could not be written may come again.
func TestConfirmationAtOnceAndNotRecorded(t *testing.T) {
	p := newPublic(t, "en")
	path := p.links(t)[token.OptIn]
	real := p.Confirmations.append
	p.Confirmations.append = func(context.Context, ...journal.Event) error { return errors.New("no space left on device") }
	if res := p.do("POST", path, form, "confirm=yes"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("on a full disk: got %s, want 503", res.Status)
	}
	p.Confirmations.append = real
	done := make(chan int, 8)
	for range cap(done) {
		go func() { done <- p.do("POST", path, form, "confirm=yes").StatusCode }()
	}
	count := map[int]int{}
	for range cap(done) {
		count[<-done]++
	}
	if diff := cmp.Diff(map[int]int{200: 1, 410: 7}, count); diff != "" || len(p.optIns(t)) != 2 {
		t.Errorf("got %v and %d events, want one answer taken", count, len(p.optIns(t)))
	}
}

// A click is on the disk before anybody is led on, and says which link, by what sort of program, from which network; never
// from where.
func TestFollow(t *testing.T) {
	p := newPublic(t, "en")
	order := ""
	real := p.Append
	links := p.links(t)
	for _, c := range []struct {
		method string
		kind   token.Kind
		agent  string
		status int
		want   journal.Event
	}{
		{"GET", token.Click, "Mozilla/5.0 (iPhone) Safari", 302, journal.Event{Kind: journal.Click, Link: 3, Agent: AgentBrowser}},
		{"HEAD", token.Click, "curl/8", 302, journal.Event{Kind: journal.Probe, Link: 3, Agent: AgentLibrary, Detail: "head"}},
		{"GET", token.Open, "Mozilla/5.0", 200, journal.Event{Kind: journal.Open, Agent: AgentApple}},
		{"HEAD", token.Open, "", 200, journal.Event{Kind: journal.Probe, Agent: AgentNone, Detail: "head"}},
		{"GET", token.Trap, "Mozilla/5.0 (X11) Firefox", 200, journal.Event{Kind: journal.Probe, Agent: AgentBrowser, Detail: "trap"}},
	} {
		r := httptest.NewRequest(c.method, links[c.kind], nil)
		r.Header.Set("User-Agent", c.agent)
		r.RemoteAddr = "127.0.0.1:1000"
		r.Header.Set("X-Forwarded-For", "198.51.100.77")
		rec := httptest.NewRecorder()
		p.Append = func(ctx context.Context, events ...journal.Event) error {
			if len(rec.Header()) > 0 || rec.Body.Len() > 0 {
				t.Errorf("%s of %c: answered before it was durable", c.method, c.kind)
			}
			order += "w"
			return real(ctx, events...)
		}
		p.ServeHTTP(rec, r)
		if rec.Code != c.status {
			t.Errorf("%s of %c: got %d, want %d", c.method, c.kind, rec.Code, c.status)
		}
		if got := rec.Header().Get("Location"); c.kind == token.Click && got != target || c.kind != token.Click && got != "" {
			t.Errorf("%s of %c: led to %q", c.method, c.kind, got)
		}
		events := p.events(t)
		got := events[len(events)-1]
		c.want.At, c.want.MessageKey, c.want.Channel = p.clock, messageKey, "email"
		c.want.Network = got.Network
		if len(got.Network) != 12 || strings.Contains(got.Network, "198") {
			t.Errorf("network: got %q, want a hash", got.Network)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %c (-want +got):\n%s", c.method, c.kind, diff)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Set-Cookie": ""} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s of %c: %s is %q, want %q", c.method, c.kind, name, got, want)
			}
		}
	}
	if order != "wwwww" {
		t.Errorf("got %q, want five writes", order)
	}
	p.clock = p.clock.Add(10 * time.Second)
	r := httptest.NewRequest("GET", links[token.Click], nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) Safari")
	r.RemoteAddr, r.Header["X-Forwarded-For"] = "127.0.0.1:1000", []string{"198.51.100.77"}
	p.ServeHTTP(httptest.NewRecorder(), r)
	if order != "wwwww" {
		t.Error("a double click was written twice")
	}
}

// A disk that is full leads people on, and their mail program on the pixel, all the same.
func TestFollowOnAFullDisk(t *testing.T) {
	p := newPublic(t, "en")
	p.Append = func(context.Context, ...journal.Event) error { return errors.New("no space left on device") }
	if res := p.do("GET", p.links(t)[token.Click], "", ""); res.StatusCode != 302 || res.Header.Get("Location") != target {
		t.Errorf("got %s to %q", res.Status, res.Header.Get("Location"))
	}
	res := p.do("GET", p.links(t)[token.Open], "", "")
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 200 || string(body) != pixel || res.Header.Get("Content-Type") != "image/gif" {
		t.Errorf("got %s", res.Status)
	}
	if !strings.Contains(p.log.String(), "click not recorded") || strings.Contains(p.log.String(), messageKey) {
		t.Errorf("log: %s", &p.log)
	}
}

func TestPreferences(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		body   string
		status int
		want   []journal.Event
	}{
		"everything": {"save=yes&every=0&pause=0&shown=news&shown=offers&topic=news&topic=offers", 200,
			[]journal.Event{{Kind: journal.Preference, Detail: "preference page"}}},
		"one topic, seldom, after a break": {"save=yes&every=14&pause=30&shown=news&shown=offers&topic=news", 200,
			[]journal.Event{{Kind: journal.Preference, Refused: []string{"offers"}, EveryDays: 14, Until: newClock().Add(30 * day), Detail: "preference page"}}},
		"no topic": {"save=yes&every=0&pause=0&shown=offers&shown=news", 200,
			[]journal.Event{{Kind: journal.Preference, Refused: []string{"news", "offers"}, Detail: "preference page"}}},
		"a page from before a topic was added": {"save=yes&every=0&pause=0&shown=news&topic=news", 200,
			[]journal.Event{{Kind: journal.Preference, Detail: "preference page"}}},
		"a topic that is none": {"save=yes&every=0&pause=0&shown=x&shown=news&topic=news&topic=y", 200,
			[]journal.Event{{Kind: journal.Preference, Detail: "preference page"}}},
		"leave": {"leave=yes", 200,
			[]journal.Event{{Kind: journal.Unsubscribe, Scope: "marketing", Detail: "preference page"}}},
		"another pace":               {"save=yes&every=3&pause=0", 400, nil},
		"a pause for ever":           {"save=yes&every=0&pause=36500", 400, nil},
		"no pace":                    {"save=yes&pause=0", 400, nil},
		"no button":                  {"every=0&pause=0", 400, nil},
		"one click is no preference": {"List-Unsubscribe=One-Click", 400, nil},
	} {
		p := newPublic(t, "en")
		res := p.do("POST", p.links(t)[token.Preferences], form, c.body)
		if res.StatusCode != c.status {
			t.Errorf("%s: got %s, want %d", name, res.Status, c.status)
		}
		for i := range c.want {
			c.want[i].At, c.want[i].MessageKey, c.want[i].Channel = p.clock, messageKey, "email"
		}
		if diff := cmp.Diff(c.want, p.events(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
