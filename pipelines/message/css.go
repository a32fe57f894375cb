package message

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// rule is one selector of a style sheet with its declarations.
type rule struct {
	path         []element // from the outermost ancestor to the element itself
	child        []bool    // path[i] is directly in path[i-1]
	declarations []declaration
	weight       [3]int // ids, classes, names
	order        int
}

type declaration struct {
	name, value string
	important   bool
}

var cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// parseCSS takes the rules of a style sheet that can be written into the tags, and returns what must stay: rules for
// states, media and attributes. Line ends stay where they were.
func parseCSS(css string, order int) (rules []rule, rest string) {
	css = cssComment.ReplaceAllStringFunc(css, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
	var kept strings.Builder
	keep := func(s string) { kept.WriteString(s) }
	drop := func(s string) { kept.WriteString(strings.Repeat("\n", strings.Count(s, "\n"))) }
	for {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			keep(css)
			return rules, kept.String()
		}
		prelude := css[:open]
		end := blockEnd(css, open)
		block := css[:end]
		css = css[end:]
		if i := strings.LastIndexByte(prelude, ';'); i >= 0 { // @import and the like, before
			keep(block[:i+1])
			prelude, block = prelude[i+1:], block[i+1:]
			open -= i + 1
		}
		if strings.HasPrefix(strings.TrimSpace(prelude), "@") {
			keep(block)
			continue
		}
		declarations := parseDeclarations(strings.TrimSuffix(block[open+1:], "}"))
		var stay []string
		for _, selector := range strings.Split(prelude, ",") {
			if r, ok := parseSelector(strings.TrimSpace(selector)); ok {
				r.declarations, r.order = declarations, order+len(rules)
				rules = append(rules, r)
			} else {
				stay = append(stay, strings.TrimSpace(selector))
			}
		}
		switch {
		case len(stay) == 0:
			drop(block)
		case len(stay) == strings.Count(prelude, ",")+1:
			keep(block)
		default:
			drop(prelude)
			keep(strings.Join(stay, ", ") + " " + block[open:])
		}
	}
}

// blockEnd is the offset behind the brace that closes the one at open.
func blockEnd(css string, open int) int {
	depth := 0
	for i := open; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(css)
}

func parseDeclarations(text string) []declaration {
	var all []declaration
	for _, d := range splitCSS(text) {
		name, value, ok := strings.Cut(d, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		plain := strings.TrimSpace(strings.TrimSuffix(value, "!important"))
		all = append(all, declaration{strings.ToLower(strings.TrimSpace(name)), plain, plain != value})
	}
	return all
}

// splitCSS splits declarations at their semicolons, not at those within brackets and quotation marks.
func splitCSS(text string) []string {
	var (
		all   []string
		quote byte
		depth int
		from  int
	)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ';' && depth == 0:
			all = append(all, text[from:i])
			from = i + 1
		}
	}
	return append(all, text[from:])
}

var (
	compound = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9]*)?((?:[.#][-_a-zA-Z0-9]+)*)$`)
	simple   = regexp.MustCompile(`[.#][-_a-zA-Z0-9]+`)
)

// parseSelector reads names, classes, ids, descendants and children.
func parseSelector(s string) (rule, bool) {
	var r rule
	child := false
	for _, word := range strings.Fields(strings.ReplaceAll(s, ">", " > ")) {
		if word == ">" {
			child = true
			continue
		}
		m := compound.FindStringSubmatch(word)
		if m == nil || m[0] == "" || m[1] == "html" || m[1] == "head" {
			return rule{}, false
		}
		e := element{name: strings.ToLower(m[1])}
		if e.name != "" {
			r.weight[2]++
		}
		for _, part := range simple.FindAllString(m[2], -1) {
			if part[0] == '#' {
				e.id = part[1:]
				r.weight[0]++
			} else {
				e.classes = append(e.classes, part[1:])
				r.weight[1]++
			}
		}
		r.path, r.child = append(r.path, e), append(r.child, child)
		child = false
	}
	return r, len(r.path) > 0 && !child
}

// matches reports whether a rule is about the innermost of the open elements.
func (r rule) matches(open []element) bool {
	return matchPath(r.path, r.child, open)
}

func matchPath(path []element, child []bool, open []element) bool {
	if len(open) == 0 || !path[len(path)-1].fits(open[len(open)-1]) {
		return false
	}
	last := len(path) - 1
	if last == 0 {
		return true
	}
	for i := len(open) - 1; i > 0; i-- {
		if matchPath(path[:last], child[:last], open[:i]) {
			return true
		}
		if child[last] {
			return false
		}
	}
	return false
}

func (e element) fits(other element) bool {
	if e.name != "" && e.name != other.name || e.id != "" && e.id != other.id {
		return false
	}
	for _, class := range e.classes {
		if !slices.Contains(other.classes, class) {
			return false
		}
	}
	return true
}

// declarationsFor are what the rules say about the innermost of the open elements, the weaker first.
func declarationsFor(rules []rule, open []element) []declaration {
	var matching []rule
	for _, r := range rules {
		if r.matches(open) {
			matching = append(matching, r)
		}
	}
	sort.SliceStable(matching, func(i, j int) bool {
		if matching[i].weight != matching[j].weight {
			return slices.Compare(matching[i].weight[:], matching[j].weight[:]) < 0
		}
		return matching[i].order < matching[j].order
	})
	var all []declaration
	for _, r := range matching {
		for _, d := range r.declarations {
			all = cascade(all, d)
		}
	}
	return all
}

// cascade adds a declaration that is at least as strong as those before, unless one of them is more important.
func cascade(all []declaration, d declaration) []declaration {
	i := slices.IndexFunc(all, func(old declaration) bool { return old.name == d.name })
	if i >= 0 {
		if all[i].important && !d.important {
			return all
		}
		all = slices.Delete(all, i, i+1)
	}
	return append(all, d)
}

// inlined is the value of a style attribute: what the rules say, then what the tag says itself.
func inlined(rules []declaration, own string) string {
	var b strings.Builder
	ours := parseDeclarations(own)
	for _, d := range rules {
		if slices.ContainsFunc(ours, func(o declaration) bool { return o.name == d.name }) && !d.important {
			continue
		}
		b.WriteString(d.name + ":" + strings.ReplaceAll(d.value, `"`, "'") + ";")
	}
	b.WriteString(own)
	return b.String()
}
