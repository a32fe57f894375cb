package model

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/position"
)

var name = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// typeAliases are what people write for what describe prints.
var typeAliases = map[string]string{
	"timestamptz": "timestamp with time zone", "int": "integer", "text": "varchar", "bool": "boolean", "float": "float", "real": "float",
}

// canonicalType writes a type as headers do: lower case, no space within brackets or around commas.
func canonicalType(t string) string {
	t = strings.ToLower(strings.TrimSpace(t))
	t = strings.NewReplacer(", ", ",", "( ", "(", " )", ")").Replace(t)
	if alias, ok := typeAliases[t]; ok {
		return alias
	}
	return t
}

// cutType takes a type from the front: one word, its brackets, and `with time zone`.
func cutType(s string) (typ, rest string) {
	depth, end := 0, len(s)
	for i, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if r == ' ' && depth <= 0 {
			end = i
			break
		}
	}
	typ, rest = s[:end], strings.TrimLeft(s[end:], " ")
	if after, ok := strings.CutPrefix(rest, "with time zone"); ok {
		typ, rest = typ+" with time zone", strings.TrimLeft(after, " ")
	}
	return canonicalType(typ), rest
}

// readColumns reads the lines below columns:. A line that is indented deeper than the first continues a meaning.
func (m *Model) readColumns(lines []headerLine) position.Faults {
	var faults position.Faults
	seen := map[string]bool{}
	for _, l := range lines {
		if l.value == "" {
			continue
		}
		if len(m.Columns) > 0 && l.column > m.Columns[0].Position.Column {
			last := &m.Columns[len(m.Columns)-1]
			last.Meaning = strings.TrimSpace(last.Meaning + " " + l.value)
			continue
		}
		c, problem, try := m.readColumn(l)
		switch {
		case problem != "":
			faults = append(faults, m.fault(m.at(l.number, l.column), try, "%s", problem))
		case seen[c.Name]:
			faults = append(faults, m.fault(c.Position, "keep one", "column %s stands twice", c.Name))
		default:
			seen[c.Name] = true
			m.Columns = append(m.Columns, c)
		}
	}
	return faults
}

// readColumn reads `name type [not null] [-> schema.table[.column]] [meaning]`.
func (m *Model) readColumn(l headerLine) (c Column, problem, try string) {
	const form = "write `name type [not null] [-> schema.table] meaning`"
	first, rest, _ := strings.Cut(l.value, " ")
	c = Column{Name: first, Position: m.at(l.number, l.column)}
	if !name.MatchString(first) {
		return c, "column " + first + " is not a lower-case name", form
	}
	c.Type, rest = cutType(strings.TrimLeft(rest, " "))
	if c.Type == "" {
		return c, "column " + first + " has no type", form
	}
	if after, ok := strings.CutPrefix(rest, "not null"); ok && (after == "" || after[0] == ' ') {
		c.NotNull, rest = true, strings.TrimLeft(after, " ")
	}
	if after, ok := strings.CutPrefix(rest, "->"); ok {
		target, meaning, _ := strings.Cut(strings.TrimLeft(after, " "), " ")
		parts := strings.Split(target, ".")
		switch {
		case len(parts) == 2:
			c.Ref = Ref{target, c.Name}
		case len(parts) == 3:
			c.Ref = Ref{parts[0] + "." + parts[1], parts[2]}
		default:
			return c, "column " + first + " refers to " + target + ", want schema.table or schema.table.column", form
		}
		rest = strings.TrimLeft(meaning, " ")
	}
	c.Meaning = rest
	return c, "", ""
}

// readParams reads `$name type [default value]`, separated by commas, over one line or several.
func (m *Model) readParams(block []headerLine) position.Faults {
	var faults position.Faults
	for _, l := range block {
		offset := 0
		for _, part := range splitOutside(l.value, ',') {
			text := strings.TrimSpace(part)
			lead := len(part) - len(strings.TrimLeft(part, " "))
			at := m.at(l.number, l.column+utf8.RuneCountInString(l.value[:offset+lead]))
			offset += len(part) + 1
			if text == "" {
				continue
			}
			first, rest, _ := strings.Cut(text, " ")
			p := Param{Name: strings.TrimPrefix(first, "$"), Position: at}
			p.Type, rest = cutType(strings.TrimLeft(rest, " "))
			if after, ok := strings.CutPrefix(rest, "default "); ok {
				p.Default, p.HasDefault, rest = unquote(strings.TrimSpace(after)), true, ""
			}
			if !strings.HasPrefix(first, "$") || !name.MatchString(p.Name) || !paramTypes[kindOf(p.Type)] || rest != "" {
				faults = append(faults, m.fault(at, "write `$window_days integer default 365`; types are date, integer, bigint, double, decimal(18,2), boolean and varchar", "parameter %q is not `$name type [default value]`", text))
				continue
			}
			if p.HasDefault {
				if _, err := paramValue(p, p.Default); err != nil {
					faults = append(faults, m.fault(at, "", "default of $%s: %v", p.Name, err))
				}
			}
			m.Params = append(m.Params, p)
		}
	}
	return faults
}

// splitOutside splits at a separator that stands outside brackets and quotes.
func splitOutside(s string, sep byte) []string {
	var parts []string
	depth, quoted, start := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case quoted:
		case s[i] == '(':
			depth++
		case s[i] == ')':
			depth--
		case s[i] == sep && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}
