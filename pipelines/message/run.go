package message

import (
	"text/template/parse"

	"github.com/tokui/tokui/internal/mailbox"
)

// programs are a template's, one for each part.
type programs struct {
	subject      program
	subjects     map[string]program // by variant
	text, html   program
	textEncoding encoding
	htmlEncoding encoding
	slots        map[string]int
	locals       int
	demanded     marks
}

// assemble makes the programs of a template whose parts have been escaped, which rendering the sample did.
func (t *Template) assemble() {
	p := &programs{slots: map[string]int{}, subjects: map[string]program{}, textEncoding: encodingFor(t.sample.text),
		htmlEncoding: encodingFor(t.sample.html)}
	var textDemands, htmlDemands []string
	for _, d := range t.law.demands {
		textDemands, htmlDemands = append(textDemands, d.text), append(htmlDemands, d.html)
	}
	link := marks(1) << len(textDemands)
	if t.law.link {
		p.demanded = link<<1 - 1
	}
	functions := formats{t.settings.Locale, t.settings.Currency}.functions()
	constants := map[string]string{"name": t.settings.Company.Name, "address": t.settings.Company.Address,
		"contact": t.settings.Company.Contact}
	compiled := func(r root, demands []string, e encoding) (program, error) {
		a := assembler{lookup: r.lookup, functions: functions, slots: p.slots, constants: constants, demands: demands, link: link,
			encoding: e}
		made, err := a.assemble(r.tree)
		p.locals = max(p.locals, a.locals)
		return made, err
	}
	var err error
	if p.subject, err = compiled(root{t.subject.Tree, noParts}, nil, unencoded); err != nil {
		return
	}
	for variant, subject := range t.subjects {
		if p.subjects[variant], err = compiled(root{subject.Tree, noParts}, nil, unencoded); err != nil {
			return
		}
	}
	roots := t.roots()
	if p.text, err = compiled(roots[1], textDemands, p.textEncoding); err != nil {
		return
	}
	if p.html, err = compiled(roots[len(roots)-1], htmlDemands, p.htmlEncoding); err != nil {
		return
	}
	t.fast = p
}

func noParts(string) *parse.Tree { return nil }

// run makes a message by programs; false gives up.
func (t *Template) run(b []byte, r Recipient, to mailbox.Address, unsubscribe string, parts bool) (Message, bool) {
	p := t.fast
	m, _ := t.machines.Get().(*machine)
	if m == nil {
		m = &machine{fields: make([]value, len(p.slots)), locals: make([]value, p.locals)}
	}
	defer func() {
		clear(m.fields) // nothing of a person stays
		clear(m.locals)
		m.out.b, m.track = nil, nil
		t.machines.Put(m)
	}()
	if !scan(r.Fields, p.slots, m.fields) {
		return Message{}, false
	}
	if t.settings.Track != nil {
		m.track = func(n int64) (string, bool) {
			if n < 0 || n >= int64(len(t.links)) {
				return "", false
			}
			return string(t.settings.Track(nil, r.MessageKey, t.links[n])), true
		}
	}
	m.fixed(p.slots, r, to.String(), unsubscribe, r.Perks)
	if slot, used := p.slots["preferences_url"]; used { // signing costs something: only where it is shown
		m.fields[slot] = textValue(t.preferencesURL(r))
	}
	if slot, used := p.slots["confirm_url"]; used {
		m.fields[slot] = textValue(t.confirmURL(r))
	}

	subjects := p.subject
	if own, ok := p.subjects[r.Variant]; ok {
		subjects = own
	}
	m.out.reset(m.line[:0], unencoded)
	if !subjects.run(m) {
		return Message{}, false
	}
	m.line = m.out.b
	subject := clean(string(m.line))
	if subject == "" {
		return Message{}, false
	}
	made := t.message(r, to, subject)
	b = t.head(b, r, to, subject, unsubscribe)
	for _, part := range []struct {
		mediaType string
		program   program
		encoding  encoding
		show      *string
	}{{"text/plain", p.text, p.textEncoding, &made.Text}, {"text/html", p.html, p.htmlEncoding, &made.HTML}} {
		m.out.reset(openPart(b, r.MessageKey, part.mediaType, part.encoding), part.encoding)
		if !part.program.run(m) || m.out.shows != p.demanded || m.out.size > largestPage {
			return Message{}, false
		}
		m.out.end()
		b = m.out.b
		if parts {
			m.out.reset(nil, unencoded)
			if !part.program.run(m) {
				return Message{}, false
			}
			m.out.end()
			*part.show = string(m.out.b)
		}
	}
	made.Raw = closeParts(b, r.MessageKey)
	return made, true
}
