package model

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// rebuildKey is something by which rollups are built again: load notes the keys whose sale lines have changed.
type rebuildKey struct {
	// changes is the contract table of the keys that were touched. A row without a key means all of them.
	changes string
	// line is the key of a row of core.sales called lines, column by column.
	line []string
	// all counts the keys that there are; "" where they are counted in the rollup.
	all string
}

// rebuildKeys are the keys that a header may name, as it writes them.
var rebuildKeys = map[string]rebuildKey{
	customerRebuild:         {changes: "raw.change", line: []string{"lines.customer_key"}, all: "select count(*) from " + customerKeyTable},
	"product_key, month_on": {changes: "raw.change_month", line: []string{"lines.product_key", "date_trunc('month', lines.ordered_on)::date"}},
}

// ofLine is the key of a line as a list.
func (k rebuildKey) ofLine() string { return strings.Join(k.line, ", ") }

// matches is the condition that a line has the key of a row called touched.
func (k rebuildKey) matches(columns []string) string {
	terms := make([]string, len(columns))
	for i, c := range columns {
		terms[i] = k.line[i] + " = touched." + warehouse.Ident(c)
	}
	return strings.Join(terms, " and ")
}

// countOf is a SELECT of how many keys there are.
func (k rebuildKey) countOf(m Model) string {
	if k.all != "" {
		return k.all
	}
	return "select count(*) from (select distinct " + identList(m.Rebuild, "") + " from " + warehouse.Table(m.Table()) + ")"
}

// customerRebuild is the key of nearly all rollups.
const customerRebuild = "customer_key"

// rebuildBy is the model's key as rebuildKeys names it; "" where it is always built whole.
func (m Model) rebuildBy() string { return strings.Join(m.Rebuild, ", ") }

// follow finds what a model says about a table that it follows.
func (m Model) follow(table string) (Follow, bool) {
	i := slices.IndexFunc(m.Follows, func(f Follow) bool { return f.Table == table })
	if i < 0 {
		return Follow{}, false
	}
	return m.Follows[i], true
}

// checkRebuild holds a rollup that is built again by key to what makes that the same as building it whole: its rows
// depend on nothing but the lines of their own key, and on the columns that it follows.
func (s *Set) checkRebuild(m Model) position.Faults {
	var faults position.Faults
	fault := func(at position.Position, try, format string, args ...any) {
		faults = append(faults, m.fault(at, try, format, args...))
	}
	if m.Rebuild == nil {
		for _, f := range m.Follows {
			fault(f.Position, "take the line out", "follows without rebuild: the whole table is always built")
		}
		return faults
	}
	const whole = "take out the line `rebuild:`, then the whole table is always built"
	if _, ok := rebuildKeys[m.rebuildBy()]; !ok {
		fault(m.rebuildAt, "use one of: "+strings.Join(sortedKeys(rebuildKeys), "; "), "load notes no changes by %s", m.rebuildBy())
		return faults
	}
	for _, name := range m.Rebuild {
		c, ok := m.column(name)
		if !ok || !c.NotNull || !slices.Contains(m.Grain, name) {
			fault(m.rebuildAt, "write it into both, or "+whole, "rebuild by %s: it is no column of the grain that is not null", name)
		}
	}
	if m.Schema != Rollups {
		fault(m.rebuildAt, whole, "only rollups are built again by key")
	}
	if len(m.used) > 0 {
		fault(m.used[0].Position, whole, "rebuild by %s, and rows that depend on $%s", m.rebuildBy(), m.used[0].Name)
	}
	for _, t := range m.tables {
		if _, ok := cutReference(m.Text, t); !ok {
			fault(t.Position, "write "+t.String(), "the name of the table cannot be found in the text")
		}
		read, isModel := s.Model(t.String())
		_, followed := m.follow(t.String())
		if t.String() != salesTable && !followed && (!isModel || read.rebuildBy() != m.rebuildBy()) {
			fault(t.Position, "write `follows: "+t.String()+" (KEY, COLUMN …)`, or "+whole,
				"rebuild by %s, and rows that depend on %s, which is not built so", m.rebuildBy(), t.String())
		}
	}
	for _, ref := range m.named {
		if len(ref.Names) > 2 {
			fault(ref.Position, "give the table an alias", "rebuild needs columns without their schema, got %s", strings.Join(ref.Names, "."))
		}
	}
	for _, f := range m.Follows {
		faults = append(faults, s.checkFollow(m, f)...)
	}
	return faults
}

// checkFollow holds that a model reads no column of a table that it follows but those it names.
func (s *Set) checkFollow(m Model, f Follow) position.Faults {
	var faults position.Faults
	fault := func(at position.Position, try, format string, args ...any) {
		faults = append(faults, m.fault(at, try, format, args...))
	}
	if read, ok := s.Model(f.Table); !ok || read.Schema != Core || !slices.Contains(m.Reads, f.Table) {
		fault(f.Position, "name a model of core that the select reads", "cannot follow %s", f.Table)
		return faults
	}
	columns, _ := s.Columns(f.Table)
	lines, _ := s.Columns(salesTable)
	if !hasColumn(lines, Ref{salesTable, f.Columns[0]}) {
		fault(f.Position, "begin with the column that lines are joined by, such as product_key", "%s is no column of %s", f.Columns[0], salesTable)
	}
	for _, name := range f.Columns {
		if !hasColumn(columns, Ref{f.Table, name}) {
			fault(f.Position, "correct the name", "%s has no column %s", f.Table, name)
		}
	}
	if m.star {
		fault(f.Position, "name the columns", "follows columns of %s, and reads columns without naming them", f.Table)
	}
	for _, ref := range m.named {
		name := strings.ToLower(ref.Names[len(ref.Names)-1])
		if hasColumn(columns, Ref{f.Table, name}) && !slices.Contains(f.Columns, name) {
			fault(ref.Position, "write `follows: "+f.Table+" ("+strings.Join(append(slices.Clone(f.Columns), name), ", ")+")`",
				"%s has a column %s, which is not among those followed", f.Table, name)
		}
	}
	return faults
}

// cutReference finds the text of a reference to a table: its length in bytes at the reference's place.
func cutReference(text string, t warehouse.TableRef) (span [2]int, ok bool) {
	offset := offsetOf(text, t.Position)
	m := reference.FindStringSubmatchIndex(text[offset:])
	if m == nil || !strings.EqualFold(text[offset+m[2]:offset+m[3]], t.Schema) || !strings.EqualFold(text[offset+m[4]:offset+m[5]], t.Name) {
		return span, false
	}
	return [2]int{offset, offset + m[1]}, true
}

var reference = regexp.MustCompile(`^"?([^\s".]+)"?\s*\.\s*"?([^\s".,;()]+)"?`)

// offsetOf is the byte offset of a place of a text.
func offsetOf(text string, at position.Position) int {
	offset := 0
	for range at.Line - 1 {
		next := strings.IndexByte(text[offset:], '\n')
		if next < 0 {
			return len(text)
		}
		offset += next + 1
	}
	for range at.Column - 1 {
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
	}
	return offset
}

// reading returns the model's SELECT with other tables in the place of those it reads; the rest stays where it stood.
func (m Model) reading(instead map[string]string) string {
	text := m.Text
	for _, t := range slices.Backward(m.tables) {
		other, ok := instead[t.String()]
		if !ok {
			continue
		}
		span, _ := cutReference(m.Text, t) // checkRebuild has seen that it is there
		if t.Alias == "" {
			other += " as " + warehouse.Ident(t.Name)
		}
		text = text[:span[0]] + other + text[span[1]:]
	}
	return text
}
