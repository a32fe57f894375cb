package message_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/token"
	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

const trackedHTML = `<html lang="en"><body>
<p>{{.company.name}}, {{.company.address}}, {{.company.contact}}</p>
<a class="b" href="https://shop.example.com/a?x=1&amp;y=2#top">one</a>
<A HREF='https://shop.example.com/b'>two</A>
<a href="{{.page}}">three</a>
<a href="https://shop.example.com/{{.campaign}}?q={{.page}}">four</a>
<!-- <a href="https://shop.example.com/comment">no</a> -->
<a href="mailto:info@example.com">mail</a> <a href="#top">top</a> <a name="x">x</a>
<a href="https://user:secret@example.com/">with a password</a>
<abbr title="a">a</abbr> <img src="https://shop.example.com/logo.png" alt="logo">
<a href="{{.unsubscribe_url}}">leave</a> <a href="{{.preferences_url}}">choose</a>
</body></html>`

func trackedTemplate(t testing.TB, change func(*message.Settings)) *message.Template {
	t.Helper()
	s := settings("en")
	s.Tracking = message.Tracking{Clicks: true, Opens: true}
	change(&s)
	files := fstest.MapFS{
		"x/subject.txt": {Data: []byte("s")},
		"x/body.txt":    {Data: []byte("{{.company.name}} {{.company.address}} {{.company.contact}} {{.unsubscribe_url}} https://shop.example.com/text")},
		"x/body.html":   {Data: []byte(trackedHTML)},
	}
	return compile(t, []fs.FS{files}, "x", s)
}

func renderTracked(t testing.TB, change func(*message.Settings), page string) message.Message {
	t.Helper()
	r := recipient("newsletter-a", "en")
	r.Fields = []byte(`{"page":"` + page + `"}`)
	m, err := trackedTemplate(t, change).Render(r)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var hrefs = regexp.MustCompile(`(?i)(?:href|src)=["']([^"']*)["']`)

func linksOf(html string) []string {
	var all []string
	for _, found := range hrefs.FindAllStringSubmatch(html, -1) {
		all = append(all, found[1])
	}
	return all
}

// Each link of the web that is the same for everybody is replaced by one that leads there and nowhere else; the ways out,
// mail links and comments are not.
func TestTrackedLinks(t *testing.T) {
	m := renderTracked(t, func(*message.Settings) {}, "https://shop.example.com/p?a=1&b=2")
	s := settings("en")
	keys, err := token.New(s.TrackingKey)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	links := 0
	for _, link := range linksOf(m.HTML) {
		rest, ours := strings.CutPrefix(link, s.BaseURL+"/")
		if !ours {
			got = append(got, link)
			continue
		}
		read, err := keys.Read(rest[2:])
		if err != nil || "/"+rest[:2] != read.Kind.Path() || read.MessageKey != m.Key {
			t.Errorf("%s: got %+v, %v, want a token of the message for its path", link, read, err)
		}
		if read.Kind == token.Click {
			if links++; read.Link != links {
				t.Errorf("%s: got number %d, want %d", link, read.Link, links)
			}
		}
		got = append(got, string(rune(read.Kind))+" "+read.Target)
	}
	want := []string{
		"c https://shop.example.com/a?x=1&y=2#top", "c https://shop.example.com/b",
		// what differs from person to person is left: it may name them
		"https://shop.example.com/p?a=1&amp;b=2", "https://shop.example.com/newsletter-a?q=https%3a%2f%2fshop.example.com%2fp%3fa%3d1%26b%3d2",
		"mailto:info@example.com", "#top", "https://user:secret@example.com/",
		"https://shop.example.com/logo.png", "u ", "p ", "h ", "o ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("links (-want +got):\n%s\n%s", diff, m.HTML)
	}
	signed := regexp.MustCompile(`https://r\.example\.com/c/(\S+)`).FindStringSubmatch(m.Text)
	if signed == nil {
		t.Fatalf("the text part has no tracked link:\n%s", m.Text)
	}
	if read, err := keys.Read(signed[1]); err != nil || read.Target != "https://shop.example.com/text" || read.Link != 3 {
		t.Errorf("the text part's link: got %+v, %v, want number 3 to its page", read, err)
	}
	if strings.Contains(m.HTML, "taro") || strings.Count(m.HTML, "</body>") != 1 || !strings.HasSuffix(strings.TrimSpace(m.HTML), "</body></html>") {
		t.Errorf("the end of the part is broken: %q", m.HTML[len(m.HTML)-300:])
	}
}

// What the settings do not ask for is not there; service mail and previews are never tracked (EU4: a pixel needs a basis).
func TestUntracked(t *testing.T) {
	for name, c := range map[string]struct {
		change       func(*message.Settings)
		kinds, clean bool
	}{
		"off":     {func(s *message.Settings) { s.Tracking = message.Tracking{} }, false, true},
		"service": {func(s *message.Settings) { s.Purpose = message.Service }, false, true},
		"preview": {func(s *message.Settings) { s.Preview = true }, false, true},
	} {
		m := renderTracked(t, c.change, "https://shop.example.com/p")
		for _, path := range []token.Kind{token.Open, token.Click, token.Trap} {
			if strings.Contains(m.HTML, settings("en").BaseURL+path.Path()) {
				t.Errorf("%s: got a link of kind %c, want none", name, path)
			}
		}
	}
	m := renderTracked(t, func(s *message.Settings) { s.Tracking.Clicks = false }, "https://shop.example.com/p")
	if strings.Contains(m.HTML, token.Click.Path()) || !strings.Contains(m.HTML, token.Open.Path()) {
		t.Error("opens without clicks: got links, or no pixel")
	}
}

// The way to our own pages is never counted, however it stands in a template, nor is what a redirect cannot name.
func TestLinksThatAreLeft(t *testing.T) {
	s := settings("en")
	s.Tracking.Clicks = true
	left := []string{s.BaseURL, s.BaseURL + "/u/x", "https://", "https://shop.example.com/商品", "https://shop.example.com/a b",
		"https://shop.example.com/" + strings.Repeat("x", token.MaxTarget)}
	var body strings.Builder
	for _, target := range left {
		body.WriteString(`<a href="` + target + `">x</a>`)
	}
	files := fstest.MapFS{
		"x/subject.txt": {Data: []byte("s")},
		"x/body.txt":    {Data: []byte(`{{template "footer" .}}`)},
		"x/body.html":   {Data: []byte(body.String() + `{{template "footer" .}}`)},
	}
	m, err := compile(t, []fs.FS{files, templates.FS()}, "x", s).Render(recipient("newsletter-a", "en"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(m.HTML, s.BaseURL+token.Click.Path()) || !strings.Contains(m.HTML, s.BaseURL+token.Trap.Path()) {
		t.Errorf("got a tracked link or no trap in %s", m.HTML)
	}
	if end := strings.Index(m.HTML, "</body>"); end < strings.Index(m.HTML, token.Trap.Path()) {
		t.Error("the trap stands behind the page's end")
	}
}

// A confirmation mail without its link cannot be answered, so it is refused; with it, the link says until when.
func TestConfirmationMail(t *testing.T) {
	s := settings("en")
	s.Purpose, s.ConfirmWithin = message.Service, 7*24*3600e9
	files := fstest.MapFS{"x/subject.txt": {Data: []byte("s")}, "x/body.txt": {Data: []byte("t")}, "x/body.html": {Data: []byte("h")}}
	if _, err := message.Compile([]fs.FS{files}, "x", s); err == nil || !strings.Contains(err.Error(), "confirm_url") {
		t.Errorf("got %v, want a fault about .confirm_url", err)
	}
	files["x/body.txt"].Data = []byte("{{.confirm_url}}")
	m, err := compile(t, []fs.FS{files}, "x", s).Render(recipient("newsletter-a", "en"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.New(s.TrackingKey)
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := strings.CutPrefix(strings.TrimSpace(m.Text), s.BaseURL+token.OptIn.Path())
	read, err := keys.Read(signed)
	if want := recipient("newsletter-a", "en").Date.AddDate(0, 0, 7); err != nil || read.MessageKey != m.Key || !read.Expires.Equal(want) {
		t.Errorf("got %+v, %v, want message %s until %v", read, err, m.Key, want)
	}
}
