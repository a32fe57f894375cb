package message_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

const markdownBody = `{{define "preheader"}}New this month{{end}}
# News for {{.contact_name}}

Dear {{.contact_name}},
thank you for **{{.company.name}}**. See [our range](https://www.example.com/range?c={{.campaign}}) & more.

{{if .perks}}
You have:

{{range .perks}}
- {{.text}}
{{end}}
{{end}}

[Look at the new season](https://www.example.com/new)
`

func markdownLayers(body string) []fs.FS {
	return []fs.FS{fstest.MapFS{"md/subject.txt": {Data: []byte("News for {{.contact_name}}")}, "md/body.md": {Data: []byte(body)}}, templates.FS()}
}

// TestMarkdown makes both parts of one body, with the shared header and footer: fields are escaped where they come to
// stand, and the rules of the inbox hold.
func TestMarkdown(t *testing.T) {
	for _, locale := range []string{"en", "ja"} {
		template := compile(t, markdownLayers(markdownBody), "md", settings(locale))
		r := recipient("newsletter-a", locale)
		r.Name, r.Campaign = `<b>"Al" & co</b>`, "a b"
		m, err := template.Render(r)
		if err != nil {
			t.Fatal(err)
		}
		checkMail(t, m)
		for _, want := range []string{`<h1 class="ink" style=`, `News for &lt;b&gt;&#34;Al&#34; &amp; co&lt;/b&gt;</h1>`, `href="https://www.example.com/range?c=a%20b"`,
			`<td class="button" align="center" style=`, "New this month", "</li>\n<li"} {
			if !strings.Contains(m.HTML, want) {
				t.Errorf("%s: no %s in the page", locale, want)
			}
		}
		for _, f := range template.Lint() {
			t.Error(f)
		}
		golden(t, "markdown."+locale+".txt", m.Text)
	}
}

// TestMarkdownFaults are found where their author wrote them.
func TestMarkdownFaults(t *testing.T) {
	s := settings("en")
	s.Fields = []string{"contact_id"}
	_, err := message.Compile(markdownLayers("Hello\n\n{{if .nobody}}\nyes {{.perks.x}}\n{{end}}\n"), "md", s)
	want := "md/body.md:3:6: got the unknown field .nobody"
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "md/body.md:4:13: got .perks.x") || strings.Contains(err.Error(), "(HTML)") {
		t.Errorf("got %v, want %s", err, want)
	}
	files, err := message.Files(markdownLayers(markdownBody), "md", "en")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(markdownBody, string(files["md/body.md"])); diff != "" {
		t.Errorf("the edition does not keep the source (-want +got):\n%s", diff)
	}
	for path := range files {
		if strings.Contains(path, "(") {
			t.Errorf("the edition keeps %s, which was made", path)
		}
	}
}
