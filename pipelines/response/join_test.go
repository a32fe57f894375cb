package response

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// withForm adds the form to an endpoint.
func withForm(t *testing.T) (*public, string) {
	t.Helper()
	p := newPublic(t, "en")
	dir := filepath.Join(t.TempDir(), "requests")
	book := &OptInBook{Dir: dir, Keys: edition.NewKeys("a seed"), Within: 7 * 24 * time.Hour, Location: time.UTC, Append: p.Append}
	t.Cleanup(func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	p.Form = NewForm(book, "https://r.example.com/join")
	return p, dir
}

func (p *public) ask(from string, fields ...string) int {
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", "/mail/join", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", form)
	r.RemoteAddr = from + ":1"
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, r)
	return rec.Code
}

// Who asks is taken down with the text they saw (JP2), the address in the folder of requests and nowhere else; the answer is
// the same whoever asks again.
func TestJoin(t *testing.T) {
	p, dir := withForm(t)
	if res := p.do("GET", "/join", "", ""); res.StatusCode != http.StatusOK {
		t.Fatalf("the form: got %s", res.Status)
	}
	for range 2 {
		if got := p.ask("198.51.100.7", "ask", "yes", "email", "Hanako@example.jp", "name", "花子"); got != http.StatusOK {
			t.Errorf("got %d, want 200", got)
		}
	}
	events := p.events(t)
	if len(events) != 1 {
		t.Fatalf("got %d events, want one for the two requests", len(events))
	}
	want := journal.Event{
		Kind: journal.OptInRequested, At: p.clock, Channel: "email", Basis: journal.BasisConsent, Method: "web form",
		Source: "https://r.example.com/join", Wording: journal.WordingHash(p.Pages.joinText), Until: p.clock.AddDate(0, 0, 7),
		AddressKey: edition.NewKeys("a seed").Address("hanako@example.jp"), ContactKey: events[0].ContactKey,
	}
	if diff := cmp.Diff(want, events[0]); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got files %v, %v", files, err)
	}
	if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), "Hanako@example.jp,花子") {
		t.Errorf("got %q, %v, want the person", text, err)
	}
	p.clock = p.clock.Add(25 * time.Hour)
	if p.ask("198.51.100.7", "ask", "yes", "email", "hanako@EXAMPLE.jp"); len(p.events(t)) != 2 {
		t.Error("the next day: got no second request")
	}
}

// Programs, rubbish, and whoever would have others written to, get nothing taken down.
func TestJoinRefuses(t *testing.T) {
	p, dir := withForm(t)
	for name, c := range map[string]struct {
		status int
		fields []string
	}{
		"a program that fills in everything": {200, []string{"ask", "yes", "email", "a@example.com", "website", "x"}},
		"no address":                         {400, []string{"ask", "yes", "email", "nobody"}},
		"a header in it":                     {400, []string{"ask", "yes", "email", "a@example.com\r\nBcc: b@example.com"}},
		"an endless one":                     {400, []string{"ask", "yes", "email", strings.Repeat("a", 300) + "@example.com"}},
		"no button":                          {400, []string{"email", "a@example.com"}},
	} {
		if got := p.ask("198.51.100."+string(rune('1'+len(name)%9)), c.fields...); got != c.status {
			t.Errorf("%s: got %d, want %d", name, got, c.status)
		}
		p.clock = p.clock.Add(joinRefill)
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT"} {
		p.do(method, "/join?ask=yes&email=a@example.com", form, "ask=yes&email=a@example.com")
	}
	if n := len(p.events(t)); n != 0 {
		t.Errorf("got %d events, want none", n)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of requests: got %v, want none", err)
	}
	codes := map[int]int{}
	for i := range 2 * joinPatience {
		codes[p.ask("203.0.113.9", "ask", "yes", "email", string(rune('a'+i))+"@example.com")]++
	}
	if codes[429] < joinPatience-1 {
		t.Errorf("one caller, many addresses: got %v, want all but about %d refused", codes, joinPatience)
	}
	p.Form = nil
	if got := p.ask("198.51.100.77", "ask", "yes", "email", "a@example.com"); got != http.StatusNotFound {
		t.Errorf("without a form: got %d, want 404", got)
	}
}
