package message

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/templates"
)

// TestBuiltInTemplatesKeepTheRules holds IN1 to IN9 for every built-in campaign in both languages.
func TestBuiltInTemplatesKeepTheRules(t *testing.T) {
	for _, name := range []string{"newsletter-leads", "newsletter-a", "revive", "replace-soon"} {
		for _, locale := range []string{"en", "ja"} {
			s := oracleSettings(locale)
			s.Tracking = Tracking{Opens: true, Clicks: true} // what is counted changes nothing
			template, err := Compile([]fs.FS{templates.FS()}, name, s)
			if err != nil {
				t.Fatal(err)
			}
			if len(template.samples) != 2 {
				t.Errorf("%s.%s: got %d samples to look at, want 2", name, locale, len(template.samples))
			}
			for _, fault := range template.Lint() {
				t.Errorf("%s.%s: %v", name, locale, fault)
			}
		}
	}
}

// TestLint holds what an author reads, rule by rule.
func TestLint(t *testing.T) {
	const good = `<!doctype html><html lang="en"><head><meta name="color-scheme" content="light dark"><title>x</title><style>
p{color:#333333} @media (prefers-color-scheme:dark){ body{background-color:#111111!important} p,a{color:#eeeeee!important} }</style></head>
<body style="background-color:#ffffff"><p>Hello {{.contact_name}}, this is new: <a href="https://www.example.com/new" style="color:#1f6b4c">see it</a></p>{{template "footer" .}}</body></html>`
	const text = "Hello {{.contact_name}}, this is new:\nsee it https://www.example.com/new\nout\n"
	for _, test := range []struct {
		name, html, text, subject string
		want                      []string
	}{
		{"nothing to say", good, text, "News for you", nil},
		{"IN1", strings.Replace(good, "Hello", strings.Repeat("Hello ", 20000), 1), text, "S",
			[]string{"x/body.html: IN1: the page has 120"}},
		{"IN2", strings.Replace(good, `lang="en"`, "", 1), text, "S", []string{`x/body.html: IN2: got the language "" of the page, want "en"`}},
		{"IN3", strings.Replace(good, "Hello", `<img src="https://www.example.com/a.png">Hello`, 1), text, "S",
			[]string{"x/body.html: IN3: the picture https://www.example.com/a.png has no alt text"}},
		{"IN4 by day", strings.Replace(good, "#333333", "#999999", 1), text, "S", []string{`x/body.html: IN4: "Hello sample, this i…" has a contrast of 2.8 in light mode (#999999 on #ffffff), want at least 4.5`}},
		{"IN4 by night", strings.Replace(good, "#eeeeee", "#333333", 1), text, "S", []string{`x/body.html: IN4: "Hello sample, this i…" has a contrast of 1.5 in dark mode (#333333 on #111111), want at least 4.5`}},
		{"IN4 tiny, JP4", strings.Replace(good, "p{", "p{font-size:9px;", 1), text, "S", []string{`x/body.html: IN4: "Hello sample, this i…" is 9px high, want at least 12`}},
		{"IN5", strings.Replace(good, `<meta name="color-scheme" content="light dark">`, "", 1), text, "S",
			[]string{"x/body.html: IN5: the page does not say which colour schemes"}},
		{"IN6 links", good, strings.Replace(text, "/new", "/old", 1), "S", []string{
			"x/body.txt: IN6: https://www.example.com/old stands in the text, but not in the page",
			"x/body.txt: IN6: https://www.example.com/new stands in the page, but not in the text"}},
		{"IN6 words", good, text + strings.Repeat("something else that nobody would find over there in any case, ever, since it was forgotten when it was written by those whose job that was and who left out every sentence of it ", 2), "S",
			[]string{"x/body.txt: IN6: only "}},
		{"IN7", strings.Replace(good, "Hello", "Hello *|FNAME|*", 1), text, "S", []string{`x/body.html: IN7: "*|FNAME|*" looks like a field that nothing will fill`}},
		{"IN8", good, text, "50% OFF {{.contact_name}}", []string{"x/subject.txt: IN8: the subject's ASCII letters are all capitals (50% OFF)"}},
		{"IN8, not of a name", good, text, "日本語 {{.contact_name}}", nil},
		{"IN9", strings.Replace(good, "https://www.example.com/new", "http://www.example.com/new", 1), strings.Replace(text, "https://w", "http://w", 1), "S",
			[]string{`x/body.html: IN9: got a link to "http://www.example.com/new"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			template, err := Compile([]fs.FS{oracleLayer(test.html, test.text, test.subject)}, "x", oracleSettings("en"))
			if err != nil {
				t.Fatal(err)
			}
			found := template.Lint()
			for _, want := range test.want { // each of them, and nothing of another rule
				if !slices.ContainsFunc(found, func(f position.Fault) bool { return strings.HasPrefix(f.Error(), want) }) {
					t.Errorf("got %v, want %s", found, want)
				}
			}
			for _, f := range found {
				if id, _, _ := strings.Cut(f.Message, ":"); len(test.want) == 0 || !strings.Contains(test.want[0], id) {
					t.Errorf("got also %v", f)
				}
			}
		})
	}
}
