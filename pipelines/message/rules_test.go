package message_test

import (
	"bytes"
	"io/fs"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

// parsedHeaders reads the header block with the standard library.
func parsedHeaders(t *testing.T, m message.Message) mail.Header {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header
}

// TestHeadersOfMarketing holds P1 (one https URI, one-click), P2 (<…>, a List-Id that is the same for every recipient and
// edition), P7 (Feedback-ID: at most four fields, nothing of a person, a SenderId of 5 to 15 characters), P8 (bulk,
// auto-generated, no automatic answers), MB6 (UTF-8, no name of a program) and JP5 (the From is the company's own,
// whatever the row holds).
func TestHeadersOfMarketing(t *testing.T) {
	for _, locale := range []string{"en", "ja"} {
		template := compile(t, []fs.FS{templates.FS()}, "newsletter-a", settings(locale))
		r := recipient("newsletter-a", locale)
		first, err := template.Render(r)
		if err != nil {
			t.Fatal(err)
		}
		r.MessageKey, r.Address, r.Name, r.Slot = "ffeeddccbbaa99887766554433221100", "other@example.org", "From: x@example.net", "20260105T0900"
		second, err := template.Render(r)
		if err != nil {
			t.Fatal(err)
		}
		a, b := parsedHeaders(t, first), parsedHeaders(t, second)
		if !regexp.MustCompile(`^<https://[^<>,\s]+>$`).MatchString(a.Get("List-Unsubscribe")) || a.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("P1: %q %q", a.Get("List-Unsubscribe"), a.Get("List-Unsubscribe-Post"))
		}
		if id := a.Get("List-Id"); id != b.Get("List-Id") || !regexp.MustCompile(`^<[a-z0-9.-]+>$`).MatchString(id) {
			t.Errorf("P2: %q, then %q", id, b.Get("List-Id"))
		}
		fa, fb := strings.Split(a.Get("Feedback-ID"), ":"), strings.Split(b.Get("Feedback-ID"), ":")
		if len(fa) != 4 || len(fb) != 4 || fa[3] != fb[3] || fa[0] != fb[0] || len(fa[3]) < 5 || len(fa[3]) > 15 || strings.Contains(a.Get("Feedback-ID"), r.MessageKey[:8]) {
			t.Errorf("P7: %q, then %q", fa, fb)
		}
		if a.Get("Precedence") != "bulk" || a.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(a.Get("X-Auto-Response-Suppress"), "OOF") {
			t.Errorf("P8: %v", a)
		}
		if a.Get("User-Agent") != "" || a.Get("X-Mailer") != "" || bytes.Contains(first.Raw, []byte("iso-2022")) || bytes.Count(first.Raw, []byte("charset=utf-8")) != 2 {
			t.Errorf("MB6: %v", a)
		}
		if a.Get("From") != b.Get("From") || second.From != first.From || !strings.Contains(a.Get("From"), "news@example.") {
			t.Errorf("JP5: %q, then %q", a.Get("From"), b.Get("From"))
		}
	}
}

// TestSubjectIsFolded holds that a long subject in plain ASCII is folded and not encoded: filters take that for disguise.
func TestSubjectIsFolded(t *testing.T) {
	s := settings("en")
	s.Subjects = map[string]string{"long": strings.Repeat("a long subject ", 12) + "{{.contact_name}}"}
	r := recipient("newsletter-a", "en")
	r.Variant = "long"
	m, err := compile(t, []fs.FS{layer(nil)}, "x", s).Render(r)
	if err != nil {
		t.Fatal(err)
	}
	checkMail(t, m)
	head, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
	if bytes.Contains(head, []byte("=?")) {
		t.Errorf("got encoded words in %s", head)
	}
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		if len(line) > 76 && bytes.HasPrefix(line, []byte("Subject")) {
			t.Errorf("got a line of %d columns: %s", len(line), line)
		}
	}
}

// TestRenderRefusesWhatMustNotLeave holds IN1 and IN7 for each message: a page that mail programs would cut off, and a
// link to a script that a row brought.
func TestRenderRefusesWhatMustNotLeave(t *testing.T) {
	template := compile(t, []fs.FS{layer(map[string]string{"x/body.html": `<p><a href="{{.link}}">{{.text}}</a></p>{{template "footer" .}}`})}, "x", settings("en"))
	r := recipient("newsletter-a", "en")
	for fields, want := range map[string]string{
		`{"link": "https://www.example.com/", "text": "x"}`:                                       "",
		`{"link": "https://www.example.com/", "text": "` + strings.Repeat("long ", 20_000) + `"}`: "IN1: the page has 100",
		`{"link": "javascript:alert(1)", "text": "x"}`:                                            "IN7: a field brought what cannot stand in a link",
	} {
		r.Fields = []byte(fields)
		_, err := template.Append(nil, r)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
