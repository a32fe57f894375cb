package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/templates"
)

func oracleSettings(locale string) Settings {
	return Settings{
		Company: Company{Name: "Larch & Lantern's <Ltd>", Address: "1 Sample + Street, 見本", Contact: "\"care\" care@example.com"},
		Locale:  locale, Currency: "£", From: "Larch <news@example.com>", BaseURL: "https://r.example.com",
		TrackingKey: []byte("example-only-not-a-secret-0123456789abcdef"),
	}
}

func oracleRecipient(fields string) Recipient {
	return Recipient{MessageKey: "00112233445566778899aabbccddeeff", Address: "laura@example.com", Name: "Laura <b>&</b> 髙橋",
		Fields: json.RawMessage(fields), Perks: []edition.Perk{{Name: "a&b", Text: "5% \"off\""}, {Name: "送料", Text: "無料+"}},
		Campaign: "news", Variant: "v", Slot: "20111210T0900", Date: time.Date(2011, 12, 10, 9, 0, 0, 0, time.UTC)}
}

func oracleLayer(html, text, subject string) fs.FS {
	return fstest.MapFS{
		"x/subject.txt":      {Data: []byte(subject)},
		"x/body.txt":         {Data: []byte(text + `{{template "footer" .}}`)},
		"x/body.html":        {Data: []byte("<!doctype html><title>{{.a}}</title>" + html + `{{template "footer" .}}`)},
		"shared/footer.txt":  {Data: []byte("{{.company.name}}\n{{.company.address}}\n{{$.company.contact}}\n{{.unsubscribe_url}}\n")},
		"shared/footer.html": {Data: []byte(`<p>{{.company.name}}<br>{{.company.address}} {{.company.contact}} <a href="{{.unsubscribe_url}}">out</a></p>`)},
		"shared/row.html":    {Data: []byte(`<i title="{{.}}">{{.}}{{$}}</i> `)},
		"shared/row.txt":     {Data: []byte(" * {{.}} {{$}}\n")},
	}
}

// sameAsOracle renders one recipient by programs and by the template packages: the same parts, or both refuse.
func sameAsOracle(t interface {
	Helper()
	Fatalf(string, ...any)
}, template *Template, r Recipient) bool {
	t.Helper()
	to, err := mailbox.ParseAddress(r.Address)
	if err != nil {
		t.Fatalf("%v", err)
	}
	unsubscribe, err := template.unsubscribeURL(r.MessageKey)
	if err != nil {
		t.Fatalf("%v", err)
	}
	want, wantErr := template.byTemplates(nil, r, to, unsubscribe)
	got, ok := template.run(nil, r, to, unsubscribe, true)
	if !ok {
		return false // the template packages' word stands
	}
	if wantErr != nil {
		t.Fatalf("got a message, want %v\n%s", wantErr, got.HTML)
	}
	if got.Subject != want.Subject || got.Text != want.Text || got.HTML != want.HTML {
		t.Fatalf("got  %q\n     %q\n     %q\nwant %q\n     %q\n     %q", got.Subject, got.Text, got.HTML, want.Subject, want.Text, want.HTML)
	}
	parts := decode(t, got.Raw)
	if len(parts) != 2 || parts[0] != lf(got.Text) || parts[1] != lf(got.HTML) {
		t.Fatalf("sent %q\nwant %q\n     %q", parts, got.Text, got.HTML)
	}
	for _, line := range bytes.Split(got.Raw[bytes.Index(got.Raw, []byte("\r\n\r\n")):], []byte("\r\n")) {
		if len(line) > 76 || bytes.ContainsAny(line, "\r\n") || bytes.HasPrefix(line, []byte(".")) ||
			bytes.HasSuffix(line, []byte(" ")) || bytes.HasSuffix(line, []byte("\t")) {
			t.Fatalf("illegal line %q", line)
		}
	}
	return true
}

func lf(s string) string {
	return strings.ReplaceAll(string(canonicalLines(s)), "\r\n", "\n")
}

// TestProgramsAgainstTemplates makes templates and rows at random: what programs write is what html/template and
// text/template write, in lines that SMTP may carry. It counts how many the programs made, lest they give up on all.
func TestProgramsAgainstTemplates(t *testing.T) {
	made, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "n", "f", "yes", "list", "contact_name", "email", "campaign", "slot_date"})
		texts := rapid.SampledFrom([]string{"Hello ", "\n", " . ", "...", "=", "日本語。", "x\n.y", "\t", " \n", strings.Repeat("long ", 30),
			"🌱", "a=b", "\n\n"})
		var node func(depth int, html bool) string
		list := func(depth int, html bool) string {
			var b strings.Builder
			for range rapid.IntRange(0, 4).Draw(t, "nodes") {
				b.WriteString(node(depth, html))
			}
			return b.String()
		}
		node = func(depth int, html bool) string {
			choice := rapid.IntRange(0, 15).Draw(t, "kind")
			if depth == 0 && choice > 6 {
				choice -= 9
			}
			name := word.Draw(t, "field")
			switch choice {
			case 0, 1:
				return texts.Draw(t, "text")
			case 2:
				if html {
					return `<a href="{{.` + name + `}}" title='{{.b}}'>{{.a}}</a>`
				}
				return "{{.a}}{{.b}}"
			case 3:
				if html {
					return `<a href="https://example.com/{{.` + name + `}}?q={{.b}}&amp;r={{.n}}#{{.a}}">x</a>`
				}
				return "{{.n}} {{.f}} {{.yes}}"
			case 4:
				return "{{number .n}} {{money .f}} {{percent .f}} {{.n | number}}"
			case 5:
				return `{{printf "%s-%v" .a .n}} {{len .a}} {{.company.name}}`
			case 6:
				return "{{." + name + "}}"
			case 7:
				return "{{if ." + name + "}}" + list(depth-1, html) + "{{else}}" + list(depth-1, html) + "{{end}}"
			case 8:
				return "{{with ." + name + "}}<{{.}}>{{$.a}}{{else}}" + list(depth-1, html) + "{{end}}"
			case 9:
				return "{{range split .topics}}{{.}}, {{$.n}}" + "{{else}}none{{end}}"
			case 10:
				return "{{range $i, $p := .perks}}{{$i}} {{$p.text}} {{.name}}{{end}}"
			case 11:
				return `{{if and .a (ne .a "x") (or .yes (gt .n 3))}}` + list(depth-1, html) + `{{else if eq .a "x" .b}}2{{end}}`
			case 12:
				return `{{template "row" .` + name + `}}`
			case 13:
				return "{{$v := .a}}{{if .yes}}{{$v = .b}}{{end}}{{$v}}"
			case 14:
				return "{{range .list}}({{.}}){{end}}{{range .perks}}{{template \"row\" .text}}{{end}}"
			default:
				return "{{- /* note */ -}}"
			}
		}
		template, err := Compile([]fs.FS{oracleLayer(list(2, true), list(2, false), "S {{.a}} {{.n}}")}, "x", oracleSettings("en"))
		if err != nil {
			t.Skip(err.Error())
		}
		value := rapid.SampledFrom([]string{"", "x", "<b>&\"'+", "日本 語", "javascript:alert(1)", "https://example.com/?a=b&c=%20%zz",
			" lead", "trail ", "a\nb\r\n.c", ".", "\\ \u0000 \u2028", "🌱", strings.Repeat("w", 90), strings.Repeat("語", 40)})
		fields, err := json.Marshal(map[string]any{"a": value.Draw(t, "a"), "b": value.Draw(t, "b"),
			"n": rapid.IntRange(-5, 5000000).Draw(t, "n"), "f": rapid.Float64Range(-10, 1e9).Draw(t, "f"),
			"yes": rapid.Bool().Draw(t, "yes"), "topics": rapid.SampledFrom([]string{"", "a, b", "庭、台所"}).Draw(t, "topics"),
			"list": []any{"p<", 1, true}})
		if err != nil {
			t.Fatal(err)
		}
		all++
		if template.fast != nil && sameAsOracle(t, template, oracleRecipient(string(fields))) {
			made++
		}
	})
	t.Logf("programs made %d of %d", made, all)
	if 2*made < all {
		t.Errorf("programs made %d of %d messages, want at least half: the test compares too little", made, all)
	}
}

// TestBuiltInTemplatesAreFast holds that programs make the mails of every built-in campaign.
func TestBuiltInTemplatesAreFast(t *testing.T) {
	for _, name := range []string{"newsletter-leads", "newsletter-a", "revive", "replace-soon"} {
		for _, locale := range []string{"en", "ja"} {
			template, err := Compile([]fs.FS{templates.FS()}, name, oracleSettings(locale))
			if err != nil {
				t.Fatal(err)
			}
			for _, fields := range []string{
				`{"topics": "a, b", "customer_name": "A <b>", "last_ordered_on": "2011-12-07", "sales_rep": "Ben", "product_name": "T-Light"}`,
				`{"topics": "", "customer_name": "株式会社", "last_ordered_on": null, "sales_rep": "", "product_name": "+"}`,
			} {
				if template.fast == nil || !sameAsOracle(t, template, oracleRecipient(fields)) {
					t.Errorf("%s.%s is left to the template packages", name, locale)
				}
			}
		}
	}
}

// FuzzScan holds that the scanner of rows takes what encoding/json takes, or gives up.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{}`, `null`, ` {"a": "b", "n": -1.5e3, "t": true, "z": null} `, `{"a":"\u65e5\n\"", "a": "2"}`,
		`{"l": [1, {"m": []}], "a": 007}`, `{"a" : 1,}`, `[]`, "{\"a\": \"\xff\"}", `{"a": 1} x`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, row string) {
		into := make([]value, 1)
		if !scan([]byte(row), map[string]int{"a": 0}, into) {
			return
		}
		fields, err := fieldsOf(json.RawMessage(row))
		if err != nil {
			t.Fatalf("took %q: %v", row, err)
		}
		want, found := fields["a"]
		got, ok := into[0].plain()
		if found != ok || found && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: got %v, want %v", row, got, want)
		}
	})
}

// bigTemplate is a personalised newsletter of 20 KB on the wire, with eight links.
func bigTemplate(tb testing.TB, locale string) (*Template, Recipient) {
	words := "A sentence about a product that somebody may want to buy again, with its price and what it is good for. "
	repeat := 16
	if locale == "ja" {
		words, repeat = "お客様のこれまでのご注文から、そろそろ交換の時期と思われる商品をご案内いたします。", 9
	}
	var html, text strings.Builder
	html.WriteString("<h1>{{.a}}</h1><p>Dear {{.contact_name}},</p>\n")
	text.WriteString("{{.a}}\n\nDear {{.contact_name}},\n\n")
	for i := range 8 {
		fmt.Fprintf(&html, "<table role=\"presentation\"><tr><td style=\"padding:10px 20px;color:#22302a;\">{{.b}} %s</td>"+
			"<td><a href=\"https://www.example.com/products/%d\" style=\"color:#1f6b4c;font-weight:bold;\">%d {{money .f}}</a></td></tr></table>\n",
			strings.Repeat(words, repeat), i, i)
		fmt.Fprintf(&text, "{{.b}} %s\nhttps://www.example.com/products/%d\n\n", words, i)
	}
	template, err := Compile([]fs.FS{oracleLayer(html.String(), text.String(), "For {{.a}}: news")}, "x", oracleSettings(locale))
	if err != nil {
		tb.Fatal(err)
	}
	return template, oracleRecipient(`{"a": "Apple Tree Corner Ltd", "b": "White Hanging Heart", "f": 1234.5, "contact_id": "1234-1", ` +
		`"last_ordered_on": "2011-12-07", "sales_rep": "Ben Whitlock"}`)
}

// BenchmarkMessage is one unsigned message of 20 KB with eight links: by programs, into one buffer, and by the template
// packages.
func BenchmarkMessage(b *testing.B) {
	for _, locale := range []string{"en", "ja"} {
		template, r := bigTemplate(b, locale)
		to, err := mailbox.ParseAddress(r.Address)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(locale+"/programs", func(b *testing.B) {
			var buffer []byte
			for b.Loop() {
				m, err := template.Append(buffer[:0], r)
				if err != nil {
					b.Fatal(err)
				}
				buffer = m.Raw
			}
			b.SetBytes(int64(len(buffer)))
			b.ReportAllocs()
		})
		b.Run(locale+"/templates", func(b *testing.B) {
			for b.Loop() {
				unsubscribe, err := template.unsubscribeURL(r.MessageKey)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := template.byTemplates(nil, r, to, unsubscribe); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
		})
	}
}

// TestAppendAllocates bounds what a message costs the garbage collector.
func TestAppendAllocates(t *testing.T) {
	for _, locale := range []string{"en", "ja"} {
		template, r := bigTemplate(t, locale)
		var buffer []byte
		n := testing.AllocsPerRun(200, func() {
			m, err := template.Append(buffer[:0], r)
			if err != nil {
				t.Fatal(err)
			}
			buffer = m.Raw
		})
		t.Logf("%s: %d bytes, %.0f allocations", locale, len(buffer), n)
		if n > 130 {
			t.Errorf("%s: %.0f allocations a message, want at most 130", locale, n)
		}
	}
}
