package message_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-message/mail"

	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

// headerNames of a marketing message are these, in this order, whatever the data holds.
const headerNames = "From To Reply-To Subject Date Message-ID List-Id List-Unsubscribe List-Unsubscribe-Post Precedence " +
	"Feedback-ID Auto-Submitted X-Auto-Response-Suppress MIME-Version Content-Type"

func namesOf(raw []byte) string {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	var names []string
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		if name, _, ok := strings.Cut(string(line), ":"); ok && line[0] != ' ' {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// FuzzRender feeds hostile records to a real template: whatever they hold, the message has exactly its own headers and
// two parts.
func FuzzRender(f *testing.F) {
	template := compile(f, []fs.FS{templates.FS()}, "newsletter-a", settings("ja"))
	f.Add("髙橋", "株式会社", "newsletter-a")
	f.Add("a\r\nBcc: x@example.com", "b\r\n\r\n<script>alert(1)</script>", "c\r\nX: y")
	f.Add("=?UTF-8?B?DQpCY2M6?=", "{{.company}}", "日本語")
	f.Fuzz(func(t *testing.T, name, customer, campaign string) {
		r := recipient("newsletter-a", "ja")
		fields, err := json.Marshal(map[string]string{"customer_name": customer, "sales_rep": name})
		if err != nil {
			t.Fatal(err)
		}
		r.Name, r.Fields, r.Campaign = name, fields, campaign
		m, err := template.Render(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := namesOf(m.Raw); got != headerNames {
			t.Errorf("headers: %s", got)
		}
		for _, line := range bytes.Split(m.Raw, []byte("\r\n")) {
			if bytes.ContainsAny(line, "\r\n\x00") || len(line) > 998 {
				t.Errorf("line %q", line)
			}
		}
		if _, err := mail.CreateReader(bytes.NewReader(m.Raw)); err != nil {
			t.Error(err)
		}
		if strings.Contains(m.HTML, "<script") {
			t.Error("markup of the data came through")
		}
	})
}

func TestRenderRefuses(t *testing.T) {
	template := compile(t, []fs.FS{templates.FS()}, "newsletter-a", settings("en"))
	for _, test := range []struct {
		name   string
		change func(*message.Recipient)
		want   string
	}{
		{"missing field", func(r *message.Recipient) { r.Fields = json.RawMessage(`{"contact_id": "1"}`) },
			`newsletter-a/subject.txt:1:`},
		{"no JSON", func(r *message.Recipient) { r.Fields = json.RawMessage(`[]`) }, "fields: got no JSON object"},
		{"two addresses", func(r *message.Recipient) { r.Address = "a@example.com,b@example.com" }, "address: got"},
		{"header in the address", func(r *message.Recipient) { r.Address = "a@example.com\r\nBcc: b@example.com" }, "control character"},
		{"bad key", func(r *message.Recipient) { r.MessageKey = "x\r\nX: y" }, "message key"},
	} {
		r := recipient("newsletter-a", "en")
		test.change(&r)
		m, err := template.Render(r)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), "@example") || strings.Contains(err.Error(), "Laura")) {
			t.Errorf("%s: the error names the person: %v", test.name, err)
		}
		if m.Raw != nil {
			t.Errorf("%s: got a message beside the error", test.name)
		}
	}
}

// TestLawIsCheckedForEveryMessage has a template that hides its footer from some.
func TestLawIsCheckedForEveryMessage(t *testing.T) {
	hiding := layer(map[string]string{"x/body.txt": `{{if ne .contact_name "Nobody"}}{{template "footer" .}}{{end}}`})
	template := compile(t, []fs.FS{hiding}, "x", settings("en"))
	r := recipient("newsletter-leads", "en")
	if _, err := template.Render(r); err != nil {
		t.Fatal(err)
	}
	r.Name = "Nobody"
	if _, err := template.Render(r); err == nil || !strings.Contains(err.Error(), "body.txt does not show the company's name") {
		t.Errorf("got %v", err)
	}
}

func TestVariantSubject(t *testing.T) {
	s := settings("en")
	s.Subjects = map[string]string{"plain": "", "warm": "For {{.customer_name}}"}
	template := compile(t, []fs.FS{templates.FS()}, "newsletter-a", s)
	r := recipient("newsletter-a", "en")
	for variant, want := range map[string]string{"": "Thank you: what", "plain": "Thank you: what", "warm": "For Apple Tree Corner Ltd"} {
		r.Variant = variant
		m, err := template.Render(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(m.Subject, want) {
			t.Errorf("variant %q: got %q, want %q", variant, m.Subject, want)
		}
	}
	s.Subjects["warm"] = "For {{.custmer_name}}"
	template = compile(t, []fs.FS{templates.FS()}, "newsletter-a", s)
	err := template.Check([]string{"customer_name", "sales_rep"})
	if err == nil || !strings.Contains(err.Error(), "subject of variant warm:1:7: got the unknown field .custmer_name") ||
		!strings.Contains(err.Error(), "did you mean .customer_name?") {
		t.Errorf("got %v", err)
	}
}

func TestServiceMailIsNoList(t *testing.T) {
	s := settings("en")
	s.Purpose, s.BaseURL, s.TrackingKey = message.Service, "", nil
	m, err := compile(t, []fs.FS{templates.FS()}, "newsletter-a", s).Render(recipient("newsletter-a", "en"))
	if err != nil {
		t.Fatal(err)
	}
	if names := namesOf(m.Raw); strings.Contains(names, "List-") || strings.Contains(names, "Precedence") {
		t.Errorf("headers: %s", names)
	}
	if strings.Contains(m.HTML, "unsubscribe") || !strings.Contains(m.HTML, "Larch &amp; Lantern") {
		t.Error("a service mail shows who sends it, and no way to leave")
	}
}

func TestInternationalAddress(t *testing.T) {
	template := compile(t, []fs.FS{templates.FS()}, "newsletter-a", settings("ja"))
	r := recipient("newsletter-a", "ja")
	r.Address = "陽子@日本語.example.jp"
	m, err := template.Render(r)
	if err != nil {
		t.Fatal(err)
	}
	if !m.To.SMTPUTF8() || m.To.String() != "陽子@xn--wgv71a119e.example.jp" {
		t.Errorf("got %q", m.To)
	}
	r.Address = "y..t@日本語.example.jp"
	if m, err = template.Render(r); err != nil || m.To.SMTPUTF8() || m.To.String() != `"y..t"@xn--wgv71a119e.example.jp` {
		t.Errorf("got %q %v", m.To, err)
	}
}

// TestRenderIsDeterministic renders the same message from many goroutines: same bytes, and nothing shared that changes.
func TestRenderIsDeterministic(t *testing.T) {
	template := compile(t, []fs.FS{templates.FS()}, "replace-soon", settings("ja"))
	want, err := template.Render(recipient("replace-soon", "ja"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				got, err := template.Render(recipient("replace-soon", "ja"))
				if err != nil || !bytes.Equal(got.Raw, want.Raw) {
					t.Errorf("got another message, %v", err)
					return
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkRender(b *testing.B) {
	for _, locale := range []string{"en", "ja"} {
		b.Run(locale, func(b *testing.B) {
			template := compile(b, []fs.FS{templates.FS()}, "newsletter-a", settings(locale))
			r := recipient("newsletter-a", locale)
			m, err := template.Render(r)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(m.Raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := template.Render(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
