package model

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/position"
)

// headerLine is one line of the leading comment, after its dashes.
type headerLine struct {
	number int
	text   string // the whole line
	key    string // "" for a continuation
	value  string // after the key, or the line without dashes
	column int    // where value begins
}

var (
	keyLine   = regexp.MustCompile(`^-- ([a-z_]+):(?:\s+|$)`)
	titleLine = regexp.MustCompile(`^-- ([a-z0-9_]+\.[a-z0-9_]+):\s+(\S.*)$`)
)

// headerKeys are the keys of a header, and whether one may come twice.
var headerKeys = map[string]bool{"ja": false, "grain": false, "rebuild": false, "follows": true, "params": false, "estimator": false, "input": false, "columns": false, "check": true}

// readHeader reads the leading comment of a model into m.Header.
func readHeader(m *Model) position.Faults {
	var faults position.Faults
	fault := func(at position.Position, try, format string, args ...any) {
		faults = append(faults, m.fault(at, try, format, args...))
	}
	lines := headerLines(m.Text)
	if len(lines) == 0 {
		m.shapeless = true
		fault(m.at(1, 1), "begin with `-- "+m.Table()+": what it holds.`", "got no header")
		return faults
	}
	title := titleLine.FindStringSubmatch(lines[0].text)
	switch {
	case title == nil:
		fault(m.at(1, 1), "begin with `-- "+m.Table()+": what it holds.`", "got a first line that does not name the model")
	case title[1] != m.Table():
		fault(m.at(1, 4), "write "+m.Table()+", or move the file", "header names %s, its path %s", title[1], m.Table())
	default:
		m.Sentence = title[2]
	}
	seen := map[string]bool{}
	for _, block := range blocks(lines[1:]) {
		first := block[0]
		repeats, known := headerKeys[first.key]
		switch {
		case first.key == "":
			for _, l := range block {
				m.Sentence += " " + l.value
			}
			continue
		case !known:
			fault(m.at(first.number, 4), "use ja, grain, rebuild, follows, params, estimator, columns or check", "unknown key %s", first.key)
			continue
		case seen[first.key] && !repeats:
			fault(m.at(first.number, 4), "keep one", "%s stands twice", first.key)
			continue
		}
		seen[first.key] = true
		more := m.readKey(first.key, block)
		m.shapeless = m.shapeless || first.key == "columns" && len(more) > 0
		faults = append(faults, more...)
	}
	m.shapeless = m.shapeless || len(m.Columns) == 0
	if !seen["grain"] {
		fault(m.at(1, 1), "add `-- grain: customer_id`, or `-- grain: one row`", "header has no grain")
	}
	if len(m.Columns) == 0 {
		fault(m.at(1, 1), "list them below `-- columns:` with type and meaning", "header has no columns")
	}
	for _, g := range m.Grain {
		if _, ok := m.column(g); !ok && len(m.Columns) > 0 {
			fault(m.grainAt, "list it below columns", "grain %s is not a column", g)
		}
	}
	return faults
}

// readKey reads the block of one key.
func (m *Model) readKey(key string, block []headerLine) position.Faults {
	text, at := join(block), m.at(block[0].number, block[0].column)
	switch key {
	case "ja":
		m.Label = text
	case "estimator":
		m.Estimator, m.estimatorAt = text, at
	case "grain":
		m.grainAt = at
		if text == "one row" {
			m.OneRow = true
			return nil
		}
		m.Grain = names(text)
	case "rebuild":
		m.rebuildAt = at
		m.Rebuild = names(text)
	case "follows":
		return m.readFollows(text, at)
	case "params":
		return m.readParams(block)
	case "columns":
		return m.readColumns(block[1:])
	case "check":
		return m.readCheck(block)
	}
	return nil
}

// headerLines takes the leading comment lines. An empty one ends the header; what follows it is for people.
func headerLines(text string) []headerLine {
	var lines []headerLine
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if !strings.HasPrefix(line, "--") || line == "--" {
			break
		}
		l := headerLine{number: i + 1, text: line}
		at := len(line) - len(strings.TrimLeft(line[2:], " "))
		if m := keyLine.FindStringSubmatchIndex(line); m != nil {
			l.key, at = line[m[2]:m[3]], m[1]
		}
		l.value, l.column = line[at:], utf8.RuneCountInString(line[:at])+1
		lines = append(lines, l)
	}
	return lines
}

// blocks groups each key's line with the lines that continue it.
func blocks(lines []headerLine) [][]headerLine {
	var all [][]headerLine
	for _, l := range lines {
		if l.key != "" || len(all) == 0 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], l)
	}
	return all
}

// names are the parts of a list with commas.
func names(text string) []string {
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// readFollows reads `schema.table (column, column)`.
func (m *Model) readFollows(text string, at position.Position) position.Faults {
	table, rest, ok := strings.Cut(text, "(")
	columns, rest, closed := strings.Cut(rest, ")")
	table = strings.TrimSpace(table)
	if !ok || !closed || strings.TrimSpace(rest) != "" || strings.Count(table, ".") != 1 {
		return position.Faults{m.fault(at, "write `follows: core.products (product_key, category)`", "got follows %q, want a table and its columns", text)}
	}
	m.Follows = append(m.Follows, Follow{Table: table, Columns: names(columns), Position: at})
	return nil
}

func join(block []headerLine) string {
	parts := make([]string, len(block))
	for i, l := range block {
		parts[i] = l.value
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// readCheck keeps the expression's place: its further lines are padded, so that line and column stay true.
func (m *Model) readCheck(block []headerLine) position.Faults {
	c := Check{Position: m.at(block[0].number, block[0].column)}
	first := block[0].value
	if rest, ok := strings.CutPrefix(first, "total:"); ok {
		c.Total = true
		trimmed := strings.TrimLeft(rest, " ")
		c.Column += utf8.RuneCountInString(first) - utf8.RuneCountInString(trimmed)
		first = trimmed
	}
	c.source, c.Text = first, first
	for _, l := range block[1:] {
		c.source += "\n" + strings.Repeat(" ", l.column-1) + l.value
		c.Text += " " + l.value
	}
	if strings.TrimSpace(c.Text) == "" {
		return position.Faults{m.fault(c.Position, "write a condition, such as sales_amount >= 0", "check is empty")}
	}
	m.Checks = append(m.Checks, c)
	return nil
}
