package message

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/position"
)

// law is what a marketing message must show in both parts, as it stands there: the sender's name, postal address and
// contact for complaints, and the link by which one leaves (JP4: 特定電子メール法 Art. 4 and 規則 Art. 9; US1: CAN-SPAM
// 5(a)(5)(A)).
// That the words around them say so is up to the template. The zero law asks for nothing.
type law struct {
	demands []demand
	link    bool // the unsubscribe link is demanded too
}

type demand struct {
	what, text, html string
}

func lawOf(s Settings) (law, error) {
	if s.Purpose != Marketing {
		return law{}, nil
	}
	l := law{link: true}
	for _, d := range []demand{
		{what: "the company's name", text: s.Company.Name},
		{what: "the company's postal address", text: s.Company.Address},
		{what: "the company's contact", text: s.Company.Contact},
	} {
		var err error
		if d.html, err = escaped(d.text); err != nil {
			return law{}, err
		}
		l.demands = append(l.demands, d)
	}
	return l, nil
}

// escaped is how html/template writes a text between tags.
func escaped(s string) (string, error) {
	set, err := htmltemplate.New("").Parse("{{.}}")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = set.Execute(&b, s)
	return b.String(), err
}

// check costs one search for each demand and part.
func (l law) check(text, html, unsubscribe string) error {
	if !l.link {
		return nil
	}
	for _, d := range l.demands {
		if !strings.Contains(text, d.text) {
			return fmt.Errorf("body.txt does not show %s, which the law wants in every marketing mail (JP4, US1)", d.what)
		}
		if !strings.Contains(html, d.html) {
			return fmt.Errorf("body.html does not show %s, which the law wants in every marketing mail (JP4, US1)", d.what)
		}
	}
	if !strings.Contains(text, unsubscribe) {
		return errors.New("body.txt does not show .unsubscribe_url, which the law wants in every marketing mail (JP4, US1)")
	}
	if !strings.Contains(html, unsubscribe) {
		return errors.New("body.html does not link to .unsubscribe_url, which the law wants in every marketing mail (JP4, US1)")
	}
	return nil
}

// sample is what the message to nobody says, or where that cannot be rendered what it is made of.
type sample struct {
	text, html string
}

// trySample renders a message to nobody: it runs html/template's escaper over every part, and shows whether the legal
// parts are there. A sample value that a function or comparison does not take proves nothing, and is passed over: Render
// looks again at every real message.
func (t *Template) trySample(source sources, faults *position.Faults) {
	var err error
	if t.law, err = lawOf(t.settings); err != nil {
		faults.Add(position.Position{File: source.html.path}, "", "%v", err)
		return
	}
	t.sample = sample{source.text.text, source.html.text}
	t.samples = nil
	data := map[string]any{}
	for _, use := range t.uses {
		if old, ok := data[use.name]; !ok || old == "sample" {
			data[use.name] = use.sample
		}
	}
	const key = "00000000000000000000000000000000"
	unsubscribe, err := t.unsubscribeURL(key)
	if err != nil {
		faults.Add(position.Position{File: "config.yaml"}, "", "tracking.key: %v", err)
		return
	}
	t.fill(data, Recipient{MessageKey: key, Name: "sample", Campaign: t.name, Date: sampleDate,
		Slot: calendar.SlotAt(sampleDate), Perks: []edition.Perk{{Name: "sample", Text: "sample"}}},
		mailbox.Address{Local: "sample", Domain: "example.com"}, unsubscribe)
	var escape *htmltemplate.Error
	_, text, html, err := t.execute("", data)
	switch {
	case errors.As(err, &escape):
		*faults = append(*faults, t.escapeFault(escape))
	case err != nil: // only the sample's fault, as far as can be told
	default:
		t.sample = sample{text, html}
		t.samples = append(t.samples, t.sample)
		t.tryEmpty(data, unsubscribe)
		if err := t.law.check(text, html, unsubscribe); err != nil {
			file, _, _ := strings.Cut(err.Error(), " ")
			path := source.text.path
			if file == "body.html" {
				path = source.html.path
			}
			faults.Add(position.Position{File: path}, `end the file with {{template "footer" .}}`, "%v", err)
		}
	}
}

// tryEmpty renders the message to nobody without what its texts bring.
func (t *Template) tryEmpty(data map[string]any, unsubscribe string) {
	for name, v := range data {
		if _, ok := v.(string); ok && name != "unsubscribe_url" && name != "slot_date" {
			data[name] = ""
		}
	}
	data["perks"] = []map[string]any{}
	if _, text, html, err := t.execute("", data); err == nil {
		t.samples = append(t.samples, sample{text, html})
	}
}

func (t *Template) escapeFault(e *htmltemplate.Error) position.Fault {
	if e.Node == nil {
		f := position.Fault{Position: position.Position{File: e.Name}, Message: e.Description}
		if e.Line > 0 {
			f.Line = e.Line
		}
		return f
	}
	f := t.files.fault(e)
	f.Message, _, _ = strings.Cut(e.Description, ": {state") // html/template's inner state means nothing to an author
	f.Try = "open and close every tag and quotation mark in the same branch"
	return f
}
