package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tokui/tokui/internal/position"
)

// places knows where everything stands in the file, and what of it must not be shown.
type places struct {
	file  string
	lines []string
	at    map[string]place // by joined path: everything that the file names
	// broken are the paths that could not be read: the checks that follow say nothing more about them. faulty are all
	// paths with a fault.
	broken, faulty map[string]bool
	// secrets are the spans of secret values, in the order in which they were found.
	secrets []span
}

// place is where one key and its value stand.
type place struct {
	key, value position.Position
	node       *yaml.Node
	// literal is the value's text in the file where ${…} was expanded in it, "" elsewhere.
	literal string
	// isEmpty says that the key stands there without a value.
	isEmpty bool
}

// span is a run of text: from a place to just before another. A zero end line is the end of the file.
type span struct{ startLine, startColumn, endLine int }

// joinPath is the key of a path in the index; no YAML key holds a NUL.
func joinPath(path []string) string { return strings.Join(path, "\x00") }

// pathText writes a path as messages have it: campaigns.x.variants[2].name, list items counted from 1.
func (p *places) pathText(path []string) string {
	var b strings.Builder
	for i, element := range path {
		if above, ok := p.at[joinPath(path[:i])]; ok && above.node.Kind == yaml.SequenceNode {
			if n, err := strconv.Atoi(element); err == nil {
				fmt.Fprintf(&b, "[%d]", n+1)
				continue
			}
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(element)
	}
	return b.String()
}

// given reports whether the file says something at a path.
func (p *places) given(path ...string) bool {
	found, ok := p.at[joinPath(path)]
	return ok && !found.isEmpty
}

// At returns where a path of the file stands: a scalar's value, or the key of a mapping or list. List items are named by
// their number from 0. Where the file says nothing there, it is the nearest thing above it.
func (c *Config) At(path ...string) position.Position { return c.places.find(path) }

// KeyAt returns where the key of a path stands, or the nearest thing above it.
func (c *Config) KeyAt(path ...string) position.Position {
	if found, ok := c.places.at[joinPath(path)]; ok {
		return found.key
	}
	return c.places.find(path)
}

// Given reports whether the file itself says something at a path, rather than a default.
func (c *Config) Given(path ...string) bool { return c.places.given(path...) }

func (p *places) find(path []string) position.Position {
	for ; len(path) > 0; path = path[:len(path)-1] {
		found, ok := p.at[joinPath(path)]
		switch {
		case !ok:
			continue
		case found.node.Kind == yaml.ScalarNode && !found.isEmpty:
			return found.value
		default:
			return found.key
		}
	}
	return position.Position{File: p.file}
}

// Within returns the place of a line and column, from 1, of the text at a path: of an audience's SQL, for example. Where
// the text does not stand in the file as it reads (folded, or with escapes), it is the place of the whole.
func (c *Config) Within(line, column int, path ...string) position.Position {
	found, ok := c.places.at[joinPath(path)]
	if !ok || line < 1 || column < 1 || found.literal != "" {
		return c.places.find(path)
	}
	whole, lines := found.value, strings.Split(found.node.Value, "\n")
	if line > len(lines) {
		return whole
	}
	var shown position.Position
	switch node := found.node; {
	case node.Style&yaml.LiteralStyle != 0:
		shown = position.Position{File: whole.File, Line: whole.Line + line, Column: column}
		if shown.Line <= len(c.places.lines) && lines[line-1] != "" {
			before, _, _ := strings.Cut(c.places.lines[shown.Line-1], lines[line-1])
			shown.Column += len([]rune(before))
		}
	case line == 1 && node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		shown = position.Position{File: whole.File, Line: whole.Line, Column: whole.Column + column}
	case line == 1 && node.Style&yaml.FoldedStyle == 0:
		shown = position.Position{File: whole.File, Line: whole.Line, Column: whole.Column + column - 1}
	}
	if shown.Line < 1 || shown.Line > len(c.places.lines) || !strings.Contains(c.places.lines[shown.Line-1], lines[line-1]) {
		return whole
	}
	return shown
}

// Fault is a fault in this file, with the line that it stands on. No secret is in that line.
func (c *Config) Fault(pos position.Position, try, format string, args ...any) position.Fault {
	return position.Fault{
		Position: pos,
		Message:  fmt.Sprintf(format, args...),
		Try:      try,
		Excerpt:  c.places.excerpt(pos),
	}
}

// excerpt is the line at a position, cut before what must not be shown; "" where the position is not before it.
func (p *places) excerpt(pos position.Position) string {
	if pos.File != p.file || pos.Line < 1 || pos.Line > len(p.lines) {
		return ""
	}
	line := p.lines[pos.Line-1]
	cut := -1
	for _, s := range p.secrets {
		switch {
		case s.startLine == pos.Line && (cut < 0 || s.startColumn-1 < cut):
			cut = s.startColumn - 1
		case s.startLine < pos.Line && (s.endLine == 0 || pos.Line < s.endLine):
			return ""
		}
	}
	if cut < 0 {
		return line
	}
	if pos.Column-1 > cut {
		return ""
	}
	runes := []rune(line)
	return string(runes[:min(cut, len(runes))]) + "(hidden)"
}

// hide marks the value of a node, and whatever it names by an alias, as a secret. The nodes are those of the whole file
// in order: a value ends where the next node begins.
func (p *places) hide(secret *yaml.Node, nodes []*yaml.Node) {
	if secret.Kind == yaml.AliasNode {
		p.hide(secret.Alias, nodes)
		return
	}
	start := slices.Index(nodes, secret)
	if start < 0 {
		return
	}
	end := start + 1 + countBelow(secret)
	s := span{startLine: secret.Line, startColumn: secret.Column}
	if end < len(nodes) {
		s.endLine = nodes[end].Line
		before := []rune(p.lines[s.endLine-1])
		before = before[:min(nodes[end].Column-1, len(before))]
		if strings.Trim(string(before), " -?") != "" { // the secret's end stands before it on the same line
			s.endLine++
		}
	}
	p.secrets = append(p.secrets, s)
}

// inOrder lists a tree's nodes as they stand in the file, not following aliases.
func inOrder(node *yaml.Node, into []*yaml.Node) []*yaml.Node {
	into = append(into, node)
	for _, child := range node.Content {
		into = inOrder(child, into)
	}
	return into
}

func countBelow(node *yaml.Node) int {
	n := len(node.Content)
	for _, child := range node.Content {
		n += countBelow(child)
	}
	return n
}
