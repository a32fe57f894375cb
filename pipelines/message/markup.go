package message

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// action matches what stands between braces in a template, strings within it included.
var action = regexp.MustCompile("(?s)\\{\\{(?:\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`|/\\*.*?\\*/|[^\"`])*?\\}\\}")

// including matches {{template "name" …}}.
var including = regexp.MustCompile(`^\{\{-?\s*template\s+"([^"]+)"`)

// controlling matches what opens, divides and closes a branch.
var controlling = regexp.MustCompile(`^\{\{-?\s*(if|range|with|define|block|else|end)\b`)

// protect puts letters in the place of actions, so that a reader of HTML goes by them without a change of any offset.
func protect(source string) string {
	return action.ReplaceAllStringFunc(source, func(s string) string { return strings.Repeat("x", len(s)) })
}

// attribute is one of a start tag, by where its value stands in the source.
type attribute struct {
	name     string
	from, to int
}

// element is an open tag with what selectors look at.
type element struct {
	name    string
	id      string
	classes []string
}

// reader goes through a page in the order in which its parts are put together, whatever file they stand in, and leaves
// every byte where it is.
type reader struct {
	parts map[string]*page // by the name that they are included by
	open  []element
	seen  map[*page]bool
	start func(p *page, tag element, attributes []attribute, end int) // end is where the tag ends, behind its >
	style func(p *page, from, to int)
}

// page is a file of HTML with its changes.
type page struct {
	file
	edits []edit
}

// edit puts a text in the place of source[from:to].
type edit struct {
	from, to int
	text     string
}

func (p *page) edited() string {
	slices.SortStableFunc(p.edits, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, e := range p.edits {
		b.WriteString(p.text[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(p.text[at:])
	return b.String()
}

// read goes through one page, and through those that it includes where it does.
func (r *reader) read(p *page) {
	if r.seen[p] {
		return
	}
	r.seen[p] = true
	z := html.NewTokenizer(strings.NewReader(protect(p.text)))
	actions := action.FindAllStringIndex(p.text, -1)
	var branches [][]element
	at, inStyle := 0, false
	for z.Next() != html.ErrorToken {
		raw := len(z.Raw())
		from := at
		at += raw
		token := z.Token()
		for len(actions) > 0 && actions[0][0] < at {
			branches = r.act(p.text[actions[0][0]:actions[0][1]], branches)
			actions = actions[1:]
		}
		switch token.Type {
		case html.StartTagToken, html.SelfClosingTagToken:
			attributes := attributesIn(protect(p.text)[from:at], from)
			e := element{name: token.Data}
			for _, a := range attributes {
				switch value := p.text[a.from:a.to]; a.name {
				case "id":
					e.id = value
				case "class":
					e.classes = strings.Fields(action.ReplaceAllString(value, " "))
				}
			}
			r.open = append(r.open, e)
			if r.start != nil {
				r.start(p, e, attributes, at)
			}
			if token.Type == html.SelfClosingTagToken || void[e.name] {
				r.open = r.open[:len(r.open)-1]
			}
			inStyle = e.name == "style"
		case html.EndTagToken:
			for i := len(r.open) - 1; i >= 0; i-- {
				if r.open[i].name == token.Data {
					r.open = r.open[:i]
					break
				}
			}
			inStyle = false
		case html.TextToken:
			if inStyle && r.style != nil {
				r.style(p, from, at)
			}
		}
	}
}

// act follows an action: into a part, or into another branch, which begins with the tags that the first began with.
func (r *reader) act(text string, branches [][]element) [][]element {
	if m := including.FindStringSubmatch(text); m != nil {
		if part := r.parts[m[1]]; part != nil {
			r.read(part)
		}
		return branches
	}
	m := controlling.FindStringSubmatch(text)
	switch {
	case m == nil:
	case m[1] == "else" && len(branches) > 0:
		r.open = slices.Clone(branches[len(branches)-1])
	case m[1] == "end" && len(branches) > 0:
		branches = branches[:len(branches)-1]
	case m[1] != "else" && m[1] != "end":
		branches = append(branches, slices.Clone(r.open))
	}
	return branches
}

// void are the elements that have no end tag.
var void = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true,
	"input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true}

// oneAttribute matches a name with a quoted value.
var oneAttribute = regexp.MustCompile(`\s([a-zA-Z_:][-a-zA-Z0-9_:.]*)\s*=\s*(?:"([^"]*)"|'([^']*)')`)

// attributesIn finds the quoted attributes of a tag that begins at an offset.
func attributesIn(tag string, offset int) []attribute {
	var found []attribute
	for _, m := range oneAttribute.FindAllStringSubmatchIndex(tag, -1) {
		from, to := m[4], m[5]
		if from < 0 {
			from, to = m[6], m[7]
		}
		found = append(found, attribute{strings.ToLower(tag[m[2]:m[3]]), offset + from, offset + to})
	}
	return found
}
