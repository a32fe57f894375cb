package message

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func inlineOnly(body string, parts map[string]string) string {
	pages := map[string]*page{}
	for name, text := range parts {
		pages[name] = &page{file: file{text: text}}
	}
	p := &page{file: file{text: body}}
	(&Template{}).inline(p, pages)
	out := p.edited()
	for _, name := range sortedKeys(pages) {
		out += "\n--" + name + "--\n" + pages[name].edited()
	}
	return out
}

func TestInline(t *testing.T) {
	for _, test := range []struct {
		name, body string
		parts      map[string]string
		want       string
	}{
		{"names, classes, ids, weight and order", `<style>p{color:red;margin:0}.a{color:blue}#i{color:green}p{margin:1px}</style><p>1</p><p class="b a">2</p><p id="i" class=a>3</p>`, nil,
			`<style></style><p style="color:red;margin:1px;">1</p><p class="b a" style="margin:1px;color:blue;">2</p><p id="i" class=a style="margin:1px;color:green;">3</p>`},
		{"the tag's own style is stronger, but not than what is important", `<style>td{color:red!important;padding:0}</style><td style="color:blue;padding:{{.n}}px">`, nil,
			`<style></style><td style="color:red;color:blue;padding:{{.n}}px">`},
		{"descendants and children across actions", `<style>.card td{top:1px}ul>li{left:2px}</style><table class="card">{{range .rows}}<tr><td>{{.}}</td></tr>{{end}}</table><td>x</td><ul><li><b><li></ul>`, nil,
			`<style></style><table class="card">{{range .rows}}<tr><td style="top:1px;">{{.}}</td></tr>{{end}}</table><td>x</td><ul><li style="left:2px;"><b><li></ul>`},
		{"media, states and attributes stay", "<style>\n@media (max-width:600px){.a{color:red!important}}\na:hover{color:red}\np,a:visited{color:blue}\n</style><p><a>", nil,
			"<style>\n@media (max-width:600px){.a{color:red!important}}\na:hover{color:red}\na:visited {color:blue}\n</style><p style=\"color:blue;\"><a>"},
		{"quotation marks in an action and in a font's name", `<style>p{font-family:"Segoe UI",sans-serif}</style><a href="{{index .M "k>"}}"><p title='{{"}}"}}'>`, nil,
			`<style></style><a href="{{index .M "k>"}}"><p title='{{"}}"}}' style="font-family:'Segoe UI',sans-serif;">`},
		{"through parts, in the order of the page", `{{template "head" .}}<p>x</p><br/>{{template "foot" .}}`,
			map[string]string{"head": `<style>.c p{top:0}p,br{left:0}</style><div class="c">`, "foot": `<p>y</p></div><p>z</p>`},
			`{{template "head" .}}<p style="left:0;top:0;">x</p><br style="left:0;"/>{{template "foot" .}}` +
				"\n--foot--\n" + `<p style="left:0;top:0;">y</p></div><p style="left:0;">z</p>` + "\n--head--\n" + `<style></style><div class="c">`},
		{"both branches of an else begin alike", `<style>.a p{top:0}</style><div class="x">{{if .y}}<div class="a"><p>1</p>{{else}}<p>2</p>{{end}}`, nil,
			`<style></style><div class="x">{{if .y}}<div class="a"><p style="top:0;">1</p>{{else}}<p>2</p>{{end}}`},
	} {
		if diff := cmp.Diff(test.want, inlineOnly(test.body, test.parts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestInlineLeavesTheRest holds that nothing but style attributes changes, whatever the page: without rules that match, not
// a byte.
func TestInlineLeavesTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := []string{"<p>", "</p>", "<td class=\"{{if .a}}x{{else}}y{{end}}\">", "</td>", "<br>", "<!-- <p> -->", "{{if .a}}", "{{else}}", "{{end}}",
			"{{range .b}}", "{{/* <p> */}}", "{{\"<p>\"}}", "<a href='{{.u}}'>", "text &amp; <", "<img src=x alt=\"\"/>", "\n", "<title>a</title>", "日本"}
		body := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), "")
		none := "<style>.nowhere{color:red}@media print{p{top:0}}</style>" + body
		if got, want := inlineOnly(none, nil), "<style>@media print{p{top:0}}</style>"+body; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		got := inlineOnly("<style>p{color:red}td{top:0}</style>"+body, nil)
		got = strings.NewReplacer(` style="color:red;"`, "", ` style="top:0;"`, "", "<style></style>", "").Replace(got)
		if got != body {
			t.Fatalf("got %q, want %q", got, body)
		}
	})
}

func TestLinks(t *testing.T) {
	s := oracleSettings("en")
	s.Track = func(b []byte, key string, l Link) []byte {
		return fmt.Appendf(b, "https://r.example.com/c/%s-%d", key[:4], l.Number)
	}
	layer := oracleLayer(`<a href="https://www.example.com/a?b=1&amp;c=2">1</a><a href="https://www.example.com/{{.a}}">2</a><a href='https://www.example.com/z'>3</a>`,
		"See https://www.example.com/a?b=1&c=2, or\nhttps://www.example.com/t. https://www.example.com/{{.a}}\n", "S")
	template, err := Compile([]fs.FS{layer}, "x", s)
	if err != nil {
		t.Fatal(err)
	}
	want := []Link{{0, "https://www.example.com/a?b=1&c=2"}, {1, "https://www.example.com/z"}, {2, "https://www.example.com/t"}}
	if diff := cmp.Diff(want, template.Links()); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	r := oracleRecipient(`{"a": "x"}`)
	if template.fast == nil || !sameAsOracle(t, template, r) {
		t.Error("left to the template packages")
	}
	m, err := template.Render(r)
	if err != nil {
		t.Fatal(err)
	}
	var hrefs []string
	z := html.NewTokenizer(strings.NewReader(m.HTML))
	for z.Next() != html.ErrorToken {
		for _, a := range z.Token().Attr {
			if a.Key == "href" {
				hrefs = append(hrefs, a.Val)
			}
		}
	}
	hrefs[len(hrefs)-1] = hrefs[len(hrefs)-1][:24]
	if diff := cmp.Diff([]string{"https://r.example.com/c/0011-0", "https://www.example.com/x", "https://r.example.com/c/0011-1", "https://r.example.com/u/"}, hrefs); diff != "" {
		t.Errorf("hrefs (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(m.Text, "See https://r.example.com/c/0011-0, or\nhttps://r.example.com/c/0011-2. https://www.example.com/x\n") {
		t.Errorf("text: %s", m.Text)
	}
	s.Preview = true
	if template, err = Compile([]fs.FS{layer}, "x", s); err != nil || len(template.Links()) > 0 {
		t.Errorf("a preview has links that count: %v %v", template.Links(), err)
	}
	s.Preview = false
	_, err = Compile([]fs.FS{fstest.MapFS{}, oracleLayer("{{link 0}}", "", "S")}, "x", s)
	if err == nil || !strings.Contains(err.Error(), `function "link" not defined`) {
		t.Errorf("got %v", err)
	}
}
