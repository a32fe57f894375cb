package message

import (
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	texttemplate "text/template"
	"text/template/parse"

	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/token"
)

// Template is one edition's messages, ready to be rendered. It may be used by many goroutines at once.
type Template struct {
	name     string
	settings Settings

	fromName, replyToName string
	from, replyTo         mailbox.Address
	senderID              string
	keys                  token.Keys
	company               map[string]any

	markdown *texttemplate.Template // to find faults in
	subject  *texttemplate.Template
	subjects map[string]*texttemplate.Template // by variant
	text     *texttemplate.Template
	html     *htmltemplate.Template

	files files // by the name that parse errors give
	uses  uses  // every field of the recipient that is used
	law   law

	links              []Link
	sample             sample
	samples            []sample // for Lint
	textPath, htmlPath string
	fast               *programs    // nil where the template needs more than programs do
	machines           sync.Pool    // of *machine
	length             atomic.Int64 // of the last message
}

// Compile reads the template name from the first layer that has it, for the locale of the settings, and finds whatever can
// be found wrong without a recipient: files that are missing, syntax, names that nothing answers to, a marketing message
// without its legal parts. The error is position.Faults, all of them.
func Compile(layers []fs.FS, name string, s Settings) (*Template, error) {
	if s.Purpose == "" {
		s.Purpose = Marketing
	}
	s.BaseURL = strings.TrimRight(s.BaseURL, "/")
	t := &Template{name: name, settings: s, subjects: map[string]*texttemplate.Template{}, files: files{}, company: map[string]any{
		"name": s.Company.Name, "address": s.Company.Address, "contact": s.Company.Contact,
	}}
	faults := t.checkSettings()
	t.startTracking()
	source, err := find(layers, name, s.Locale)
	if err != nil {
		return nil, err
	}
	t.textPath, t.htmlPath = source.text.path, source.html.path
	t.parse(source, &faults)
	if len(faults) > 0 {
		return nil, faults
	}
	t.walk(&faults)
	t.wantConfirmLink(source, &faults)
	if s.Fields != nil {
		faults = append(faults, t.unknown(s.Fields)...)
	}
	if len(faults) == 0 {
		t.trySample(source, &faults)
	}
	faults.Sort()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if err := t.reparse(t.rewrite(source)); err != nil {
		return nil, err
	}
	t.assemble()
	return t, nil
}

// checkSettings reads the addresses and the signing key. Their places in config.yaml are not known here; the key is named.
func (t *Template) checkSettings() position.Faults {
	var (
		faults position.Faults
		at     = position.Position{File: "config.yaml"}
		err    error
		s      = t.settings
	)
	if t.fromName, t.from, err = mailbox.Parse(s.From); err != nil {
		faults.Add(at, "from: Company <news@example.com>", "mail.from: got %q: %v", s.From, err)
	} else if t.from.SMTPUTF8() {
		faults.Add(at, "", "mail.from: got %q, want an address in ASCII: not every server takes another", s.From)
	}
	t.senderID = senderID(t.from.Domain)
	if s.ReplyTo != "" {
		if t.replyToName, t.replyTo, err = mailbox.Parse(s.ReplyTo); err != nil {
			faults.Add(at, "", "mail.reply_to: got %q: %v", s.ReplyTo, err)
		}
	}
	if s.ConfirmWithin > 0 {
		t.checkLinks(&faults, "the link of a confirmation mail leads there")
	}
	if s.Purpose != Marketing {
		return faults
	}
	for _, field := range []struct{ name, value string }{
		{"company.name", s.Company.Name}, {"company.address", s.Company.Address}, {"company.contact", s.Company.Contact},
	} {
		if strings.TrimSpace(field.value) == "" {
			faults.Add(at, "", "%s: got nothing, and the law wants it in every marketing mail", field.name)
		}
	}
	t.checkLinks(&faults, "every marketing mail carries a one-click unsubscribe link (RFC 8058)")
	return faults
}

// checkLinks reads what links are made of.
func (t *Template) checkLinks(faults *position.Faults, why string) {
	at, s := position.Position{File: "config.yaml"}, t.settings
	if u, err := url.Parse(s.BaseURL); err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" ||
		u.Fragment != "" || strings.ContainsAny(s.BaseURL, "<>\"' ") || !isPlain(s.BaseURL) || len(s.BaseURL) > 900 {
		faults.Add(at, "base_url: https://r.example.com",
			"tracking.base_url: got %q, want an https URL: %s", s.BaseURL, why)
	}
	var err error
	if t.keys, err = token.New(s.TrackingKey); err != nil {
		faults.Add(at, `key: "${env:TOKUI_TRACKING_KEY}"`, "tracking.key: %v", err)
	}
}

// parse makes the templates out of the files.
func (t *Template) parse(source sources, faults *position.Faults) {
	functions := formats{t.settings.Locale, t.settings.Currency}.funcs()
	if len(t.links) > 0 {
		functions["link"] = linkMark
	}
	text := func(f file) *texttemplate.Template {
		t.files[f.path] = f
		set, err := texttemplate.New(f.path).Funcs(functions).Option("missingkey=error").Parse(f.text)
		t.addError(faults, err)
		return set
	}
	t.subject = text(source.subject)
	if source.markdown.path != "" {
		t.markdown = text(source.markdown)
	}
	// A shared part is parsed under its path, for the sake of places in errors, and then put under its name. What a
	// template defines itself replaces the part of the same name.
	t.text = texttemplate.New(source.text.path).Funcs(functions).Option("missingkey=error")
	for _, f := range source.sharedText {
		t.files[f.path] = f
		part, err := t.text.New(f.path).Parse(f.text)
		t.addError(faults, err)
		if err == nil {
			_, err = t.text.AddParseTree(f.name, part.Tree)
			t.addError(faults, err)
		}
	}
	t.files[source.text.path] = source.text
	_, err := t.text.Parse(source.text.text)
	t.addError(faults, err)
	t.html = htmltemplate.New(source.html.path).Funcs(functions).Option("missingkey=error")
	for _, f := range source.sharedHTML {
		t.files[f.path] = f
		part, err := t.html.New(f.path).Parse(f.text)
		t.addError(faults, err)
		if err == nil {
			_, err = t.html.AddParseTree(f.name, part.Tree)
			t.addError(faults, err)
		}
	}
	t.files[source.html.path] = source.html
	_, err = t.html.Parse(source.html.text)
	t.addError(faults, err)
	for variant, subject := range t.settings.Subjects {
		if subject == "" {
			continue
		}
		t.subjects[variant] = text(file{path: "subject of variant " + variant, text: subject})
	}
}

// reparse takes the rewritten files in the place of those that have been checked, which messages about them still show.
func (t *Template) reparse(source sources) error {
	var faults position.Faults
	shown := t.files
	t.files, t.subjects = files{}, map[string]*texttemplate.Template{}
	t.parse(source, &faults)
	for path, f := range shown {
		f.changed = t.files[path].text != f.text
		shown[path] = f
	}
	t.files = shown
	if len(faults) == 0 {
		t.trySample(source, &faults)
	}
	return faults.Err()
}

// roots are the trees that a message starts from, with the set that their {{template}} calls look into.
func (t *Template) roots() []root {
	var all []root
	textSet := func(set *texttemplate.Template) func(string) *parse.Tree {
		return func(name string) *parse.Tree {
			if found := set.Lookup(name); found != nil {
				return found.Tree
			}
			return nil
		}
	}
	all = append(all, root{t.subject.Tree, textSet(t.subject)}, root{t.text.Tree, textSet(t.text)})
	for _, subject := range t.subjects {
		all = append(all, root{subject.Tree, textSet(subject)})
	}
	if t.markdown != nil { // includes what the page does
		all = append(all, root{t.markdown.Tree, func(name string) *parse.Tree {
			if own := t.markdown.Lookup(name); own != nil {
				return own.Tree
			}
			return textSet(t.text)(name)
		}})
	}
	return append(all, root{t.html.Tree, func(name string) *parse.Tree {
		if found := t.html.Lookup(name); found != nil {
			return found.Tree
		}
		return nil
	}})
}

// Name returns the template's name.
func (t *Template) Name() string { return t.name }

func (t *Template) addError(faults *position.Faults, err error) {
	if err != nil {
		*faults = append(*faults, t.files.fault(err))
	}
}

// Check reports every field that the template uses and that is neither one of the audience's nor one that every message
// has. The error is position.Faults.
func (t *Template) Check(fields []string) error {
	faults := t.unknown(fields)
	faults.Sort()
	return faults.Err()
}

func (t *Template) unknown(fields []string) position.Faults {
	var faults position.Faults
	known := map[string]bool{}
	for _, name := range append(append([]string(nil), builtIn...), fields...) {
		known[name] = true
	}
	for _, use := range t.uses {
		if known[use.name] || t.files[use.at.File].made {
			continue
		}
		try := "select it in the campaign's audience"
		if near := position.Nearest(use.name, sortedKeys(known)); near != "" {
			try = fmt.Sprintf("did you mean .%s?", near)
		}
		faults = append(faults, position.Fault{Position: use.at, Excerpt: use.excerpt, Try: try,
			Message: fmt.Sprintf("got the unknown field .%s, want one of %s", use.name, listed(known))})
	}
	return faults
}
