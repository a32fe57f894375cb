package message

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// Link is a link of a template that leads to the same page for everybody, so that it can be counted: those with fields of
// the recipient in them stay as they are.
type Link struct {
	// Number counts from 0 in the order of the page, then of the text; the same URL has one number.
	Number int
	URL    string
}

// Links are the links that Settings.Track is asked for.
func (t *Template) Links() []Link { return t.links }

// rewrite changes the sources of a template that has been found right: style sheets are written into the tags, and links
// that can be counted become {{link N}}. No line moves.
func (t *Template) rewrite(source sources) sources {
	pages := map[string]*page{}
	for _, f := range source.sharedHTML {
		pages[f.name] = &page{file: f}
	}
	body := &page{file: source.html}
	t.inline(body, pages)
	if t.countsLinks() {
		t.linkHTML(body, pages)
		source.text.text = t.linkText(source.text.text)
		source.sharedText = append([]file(nil), source.sharedText...)
		for i := range source.sharedText {
			source.sharedText[i].text = t.linkText(source.sharedText[i].text)
		}
	}
	t.addTail(body, pages) // after the links that people see, which are numbered without a gap
	source.html.text = body.edited()
	shared := make([]file, len(source.sharedHTML))
	for i, f := range source.sharedHTML {
		shared[i] = f
		shared[i].text = pages[f.name].edited()
	}
	source.sharedHTML = shared
	return source
}

// inline writes the rules of style sheets into the tags that they are about: mail programs that drop <style> show the mail
// all the same. It goes by the source's tokens and changes nothing else, so that no action is moved.
func (t *Template) inline(body *page, pages map[string]*page) {
	var rules []rule
	collect := reader{parts: pages, seen: map[*page]bool{}, style: func(p *page, from, to int) {
		if action.MatchString(p.text[from:to]) {
			return
		}
		found, rest := parseCSS(p.text[from:to], len(rules))
		rules = append(rules, found...)
		if len(found) > 0 {
			p.edits = append(p.edits, edit{from, to, rest})
		}
	}}
	collect.read(body)
	if len(rules) == 0 {
		return
	}
	apply := reader{parts: pages, seen: map[*page]bool{}}
	apply.start = func(p *page, tag element, attributes []attribute, end int) {
		found := declarationsFor(rules, apply.open)
		if len(found) == 0 {
			return
		}
		for _, a := range attributes {
			if a.name == "style" {
				p.edits = append(p.edits, edit{a.from, a.to, inlined(found, p.text[a.from:a.to])})
				return
			}
		}
		end--
		if p.text[end-1] == '/' {
			end--
		}
		p.edits = append(p.edits, edit{end, end, ` style="` + inlined(found, "") + `"`})
	}
	apply.read(body)
}

func (t *Template) linkHTML(body *page, pages map[string]*page) {
	r := reader{parts: pages, seen: map[*page]bool{}}
	r.start = func(p *page, tag element, attributes []attribute, _ int) {
		if tag.name != "a" && tag.name != "area" {
			return
		}
		for _, a := range attributes {
			target := strings.TrimSpace(p.text[a.from:a.to])
			if a.name == "href" && isWeb(target) && !action.MatchString(target) && t.follows(html.UnescapeString(target)) {
				p.edits = append(p.edits, edit{a.from, a.to, t.link(html.UnescapeString(target))})
			}
		}
	}
	r.read(body)
}

// webAddress matches a URL in a text; what ends a sentence is no part of it.
var webAddress = regexp.MustCompile(`https?://[!#$%&()*+,\-./0-9:;=?@A-Z_a-z~]*[#$%&*+\-/0-9=@A-Z_a-z~]`)

func (t *Template) linkText(text string) string {
	guarded := protect(text)
	var b strings.Builder
	at := 0
	for _, m := range webAddress.FindAllStringIndex(guarded, -1) {
		if action.MatchString(text[m[0]:m[1]]) || strings.HasPrefix(text[m[1]:], "{{") || !t.follows(text[m[0]:m[1]]) {
			continue
		}
		b.WriteString(text[at:m[0]])
		b.WriteString(t.link(text[m[0]:m[1]]))
		at = m[1]
	}
	b.WriteString(text[at:])
	return b.String()
}

func isWeb(target string) bool {
	return strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://")
}

// link is the action that stands for a link.
func (t *Template) link(target string) string {
	for _, l := range t.links {
		if l.URL == target {
			return fmt.Sprintf("{{link %d}}", l.Number)
		}
	}
	l := Link{Number: len(t.links), URL: target}
	t.links = append(t.links, l)
	return fmt.Sprintf("{{link %d}}", l.Number)
}

// linkMark is what the template packages write for a link, before the message's own URL is put there.
func linkMark(n int) string { return fmt.Sprintf("https://link-%d.tokui.invalid/", n) }

// track puts the message's own URLs into what the template packages wrote.
func (t *Template) track(key, s string) string {
	for _, l := range t.links {
		s = strings.ReplaceAll(s, linkMark(l.Number), string(t.settings.Track(nil, key, l)))
	}
	return s
}
