package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// docsPage is the reference of config.yaml for people: made from the comments of config.go, so that it cannot drift.
const docsPage = "../../docs/config.md"

const docsIntro = `# Every key of config.yaml

This page is made from the comments in internal/config/config.go; a test holds it equal to them
(` + "`go test ./internal/config -run TestDocs -update`" + ` writes it anew). ` + "`tokui check --schema`" + ` prints the same for editors.

NAME stands for a name that you choose: letters, digits, - and _; of a source also the name of the table that it feeds.
A name of a campaign or report is a folder's name too. Paths are relative to the folder of config.yaml. An unknown key,
a key that stands twice, a wrong type and a value out of range are faults, all found by ` + "`tokui check`" + `.

How values are written:

| kind | examples |
| --- | --- |
| a time | ` + "`90s` `30m` `12h` `3d`" + ` |
| days | ` + "`365d`" + ` |
| a share | ` + "`80%` `0.8`" + ` |
| an amount | ` + "`300` `0.35`" + `: at most two decimals, in the company's currency |
| a rate | ` + "`50/s` `600/m` `1000/h`" + ` |
| so many per time | ` + "`2 per 7d`" + ` |
| what holds back | ` + "`60d` `until resolved` `off`" + ` |
| hours of the day | ` + "`\"20:00-08:00\"`" + `, local time; may pass midnight |

Every value may hold ` + "`${env:NAME}`" + ` (a variable of the environment) or ` + "`${file:PATH}`" + ` (the text of a file). What comes
from there is never printed. A plain ` + "`${` is written `$${`" + `.
`

// TestDocs holds docs/config.md equal to what the comments give.
func TestDocs(t *testing.T) {
	comments, err := readComments()
	if err != nil {
		t.Fatal(err)
	}
	w := docsWriter{t: t, comments: comments, standard: standardConfig(t)}
	w.b.WriteString(docsIntro)
	w.section(reflect.TypeFor[Config](), nil)
	got := w.b.String()
	if *update {
		if err := os.WriteFile(docsPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs from the comments; run with -update and look at it (-want +got):\n%s", docsPage, diff)
	}
}

// standardConfig is a configuration that leaves out all it can: the defaults as the program has them.
func standardConfig(t *testing.T) reflect.Value {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	err := os.WriteFile(path, []byte(`
company: {name: n, address: a, contact: c}
sources: {sales: {path: x.csv, columns: {order_id: a, customer_id: b, ordered_on: c, amount: d}}}
campaigns: {news: {channel: email, audience: select 1}}
reports: {management: {}}
jobs: {nightly: {steps: [load]}}
mail: {from: news@example.com}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, environment)
	if err != nil {
		t.Fatal(err)
	}
	return reflect.ValueOf(*c)
}

// docsWriter writes one section for each mapping of the file.
type docsWriter struct {
	t        *testing.T
	b        strings.Builder
	comments map[string]string
	standard reflect.Value
}

// docsDefault is the sentence of a comment that says what stands where the key is left out.
var docsDefault = regexp.MustCompile(`(?:^[a-z_]+ defaults|Defaults) to ((?:[^.]|\.\S)+)(?:\.\s*|$)`)

func (w *docsWriter) section(t reflect.Type, path []string) {
	if len(path) > 0 {
		about := []rune(meaning(t.Name(), w.names(t, w.comments[t.Name()])))
		fmt.Fprintf(&w.b, "\n## %s\n\n", strings.Join(path, "."))
		w.paragraph("", strings.ToUpper(string(about[:1]))+string(about[1:]))
	} else {
		w.b.WriteString("\n## The top level\n")
	}
	w.b.WriteString("\n")
	comment := ""
	for _, f := range fieldsOf(t) {
		if own := w.comments[t.Name()+"."+t.Field(f.index).Name]; own != "" {
			comment = own // a key without a comment shares the one before it
		}
		w.key(t, f, path, w.names(t, comment))
	}
	for _, f := range fieldsOf(t) {
		inner, at := f.typ, below(path, f.name)
		for inner.Kind() == reflect.Map || inner.Kind() == reflect.Slice {
			if inner.Kind() == reflect.Map {
				at = below(at, "NAME")
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && !isScalar(inner) {
			w.section(inner, at)
		}
	}
}

// key writes one key: how it is written, its default and what it means.
func (w *docsWriter) key(t reflect.Type, f field, path []string, comment string) {
	at := below(path, f.name)
	kind := wanted(f.typ)
	inner, home := f.typ, at
	for inner.Kind() == reflect.Map || inner.Kind() == reflect.Slice {
		if inner.Kind() == reflect.Map {
			home = below(home, "NAME")
		}
		inner = inner.Elem()
	}
	if isMapping(inner) {
		kind = "see [" + strings.Join(home, ".") + "](#" + strings.ToLower(strings.Join(home, "")) + ")"
		if f.typ.Kind() == reflect.Slice {
			kind = "a list, " + kind
		}
	}
	words := choices(strings.Join(at, "."))
	if words != nil {
		kind = "`" + strings.Join(words, "`, `") + "`"
	}
	if strings.Contains(t.Field(f.index).Tag.Get("jsonschema"), "required") {
		kind += "; required"
	}
	said := comment
	if found := docsDefault.FindAllStringSubmatch(comment, -1); found != nil {
		last := found[len(found)-1]
		kind += "; default: " + last[1]
		comment = strings.TrimSpace(strings.Replace(comment, last[0], "", 1))
	}
	w.holdDefault(at, said)
	text := meaning(f.name, comment)
	if strings.Trim(text, ".") == strings.Trim(oneOf(words), ".") || text == "" {
		w.paragraph("- ", "`"+f.name+"` ("+kind+")")
		return
	}
	w.paragraph("- ", "`"+f.name+"` ("+kind+"): "+text)
}

// holdDefault compares what a comment says with what the program does. Names and words that depend on other keys are
// left out.
func (w *docsWriter) holdDefault(path []string, said string) {
	v := w.standard
	for _, name := range path {
		switch v.Kind() {
		case reflect.Map:
			if v.Len() == 0 {
				return
			}
			v = v.MapIndex(v.MapKeys()[0])
		case reflect.Slice:
			if v.Len() == 0 {
				return
			}
			v = v.Index(0)
		}
		if name == "NAME" {
			continue
		}
		for _, f := range fieldsOf(v.Type()) {
			if f.name == name {
				v = v.Field(f.index)
				break
			}
		}
	}
	switch strings.Join(path, ".") {
	case "sources.NAME.table", "sources.NAME.path", "campaigns.NAME.title", "campaigns.NAME.template", "campaigns.NAME.channel",
		"campaigns.NAME.audience", "reports.NAME.title", "reports.NAME.template", "sources.NAME.delimiter", "mail.from",
		"company.name", "company.address", "company.contact", "ranks.rules.rank", "ranks.rules.when", "approaches.rules.approach",
		"approaches.rules.when":
		return
	}
	if v.IsZero() || v.Kind() == reflect.Map || v.Kind() == reflect.Slice || v.Kind() == reflect.Struct && isMapping(v.Type()) {
		return
	}
	text := fmt.Sprint(v.Interface())
	if share, ok := v.Interface().(Share); ok {
		text = strconv.FormatFloat(100*share.Value, 'f', -1, 64) + "%"
		if strings.Contains(said, share.String()) {
			return
		}
	}
	if !strings.Contains(said, text) {
		w.t.Errorf("%s: the comment says %q, and the default is %s", strings.Join(path, "."), said, text)
	}
}

// names writes the fields that a comment names as the file does.
func (w *docsWriter) names(t reflect.Type, comment string) string {
	for _, f := range fieldsOf(t) {
		name := t.Field(f.index).Name
		plainWord := strings.ToLower(name[1:]) == name[1:] || strings.ToUpper(name) == name
		if !plainWord || name == "When" {
			comment = regexp.MustCompile(`\b`+name+`\b`).ReplaceAllString(comment, "`"+f.name+"`")
		}
	}
	return comment
}

func isMapping(t reflect.Type) bool { return t.Kind() == reflect.Struct && !isScalar(t) }

// meaning is a comment without the name of what it is about, which stands before it already.
func meaning(name, comment string) string {
	rest, found := strings.CutPrefix(comment, name+" ")
	if !found || strings.HasPrefix(rest, "and ") {
		return comment
	}
	for _, verb := range []string{"is ", "are "} {
		if after, ok := strings.CutPrefix(rest, verb); ok {
			return after
		}
	}
	return rest
}

// paragraph wraps a text at 120 columns.
func (w *docsWriter) paragraph(bullet, text string) {
	const width = 120
	indent := strings.Repeat(" ", len(bullet))
	line := bullet
	for _, word := range strings.Fields(strings.ReplaceAll(text, " - ", "\x00- ")) { // a line that began with - would be a list
		word = strings.ReplaceAll(word, "\x00", " ")
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			w.b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		if strings.TrimSpace(line) != "" && line != bullet {
			line += " "
		}
		line += word
	}
	w.b.WriteString(line + "\n")
}
