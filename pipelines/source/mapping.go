package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// copyVersion changes when the same file and mapping would give another copy; every file is then read again.
const copyVersion = 4

// Source is one entry of `sources:` with its name.
type Source struct {
	Name string
	config.Source
}

// table is the contract table the source feeds.
func (s Source) table() string {
	if s.Table != "" {
		return s.Table
	}
	return s.Name
}

// mappingHash stands for everything but the file that the copy of a file depends on.
func (s Source) mappingHash(timezone, heads string) string {
	text, err := json.Marshal([]any{
		copyVersion, s.table(), s.Frame(), s.Query, s.Cursor, s.Columns, s.Values, s.Expect.Total, s.Expect.Count, timezone, heads,
	}) // maps are written with sorted keys
	if err != nil {
		return "" // strings and maps of strings always have a form
	}
	return hashText(string(text))
}

// hashText is the hexadecimal SHA-256 of some texts.
func hashText(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mapping is what the columns of a file mean, once its header is known.
type mapping struct {
	table   table
	header  []string
	columns []mapped
	rest    []int // columns of the file that go to attributes
}

// mapped is one contract column with the SQL that gives its raw value.
type mapped struct {
	column
	sql    string // over the cells; "" where the column is not mapped
	typ    string // DuckDB's type of sql
	refs   []int  // columns of the file that it reads
	values map[string]string
}

// compiler finds every fault of a mapping at once.
type compiler struct {
	source Source
	place  func(path ...string) position.Position
	header []string
	faults position.Faults
}

// compile checks a source's mapping against a header. tx has the macros. Errors: position.Faults, all of them.
func compile(ctx context.Context, db *warehouse.DB, tx *warehouse.Tx, s Source, header []string, file string, at func(path ...string) position.Position) (mapping, error) {
	t, ok := contractTable(s.table())
	c := &compiler{source: s, header: header, place: func(path ...string) position.Position {
		if at == nil {
			return position.Position{File: file}
		}
		return at(append([]string{"sources", s.Name}, path...)...)
	}}
	if !ok {
		c.faults.Add(c.place("table"), position.Nearest(s.table(), tableNames()), "got table %q, want one of %s", s.table(), strings.Join(tableNames(), ", "))
		return mapping{}, c.faults
	}
	m := mapping{table: t, header: header}
	c.unknownColumns(t)
	for _, col := range t.columns {
		mc, err := c.mapColumn(ctx, db, col, file)
		if err != nil {
			return mapping{}, err
		}
		m.columns = append(m.columns, mc)
	}
	c.ambiguous(m)
	if len(c.faults) > 0 {
		return mapping{}, c.faults
	}
	if err := c.types(ctx, tx, &m); err != nil {
		return mapping{}, err
	}
	if t.keeps {
		m.rest = m.unused()
	}
	return m, c.faults.Err()
}

func tableNames() []string {
	var names []string
	for _, t := range contract() {
		names = append(names, t.name)
	}
	return names
}

// unknownColumns reports left sides that the contract does not know.
func (c *compiler) unknownColumns(t table) {
	names := make([]string, len(t.columns))
	for i, col := range t.columns {
		names[i] = col.name
	}
	for _, section := range []struct {
		key   string
		names []string
	}{{"columns", sortedKeys(c.source.Columns)}, {"values", sortedKeys(c.source.Values)}, {"dates", sortedKeys(c.source.Dates)}} {
		for _, name := range section.names {
			if !slices.Contains(names, name) {
				c.faults.Add(c.place(section.key, name), position.Nearest(name, names), "got column %q, want one of table %s: %s", name, t.name, strings.Join(names, ", "))
			}
		}
	}
}

// withOwnWords lets a file say what the contract says beside the words that `values:` translates: a list that leaves
// out `cancelled` does not set the lines aside that say so.
func withOwnWords(values map[string]string, oneOf []string) map[string]string {
	if values == nil || oneOf == nil {
		return values
	}
	all := maps.Clone(values)
	for _, word := range oneOf {
		if _, given := all[word]; !given {
			all[word] = word
		}
	}
	return all
}

// mapColumn resolves the right side of one column.
func (c *compiler) mapColumn(ctx context.Context, db *warehouse.DB, col column, file string) (mapped, error) {
	col.style, col.comma = c.source.Dates[col.name], c.source.Decimal == ","
	m := mapped{column: col, values: withOwnWords(c.source.Values[col.name], col.oneOf)}
	right, given := c.source.Columns[col.name]
	switch {
	case !given && m.values != nil:
		c.faults.Add(c.place("values", col.name), "map it under columns:", "column %s has values and no column of the file", col.name)
		return m, nil
	case !given && col.required && col.fallback == "":
		c.faults.Add(c.place("columns"), "map it: "+col.name+": NAME", "table %s needs column %s", c.source.table(), col.name)
		return m, nil
	case !given:
		return m, nil
	}
	for _, to := range sortedValues(m.values) {
		if col.oneOf != nil && to != "" && !slices.Contains(col.oneOf, to) {
			c.faults.Add(c.place("values", col.name), position.Nearest(to, col.oneOf), "got %q, want one of %s", to, strings.Join(col.oneOf, ", "))
		}
	}
	if n := count(c.header, right); n > 0 {
		if n > 1 {
			c.faults.Add(c.place("columns", col.name), "rename one of them in the export", "column %q stands %d times in the header of %s", right, n, file)
		}
		i := slices.Index(c.header, right)
		m.refs, m.sql = []int{i}, cell(i)
		return m, nil
	}
	at := c.place("columns", col.name)
	statement, err := db.ParseExpression(ctx, at, right)
	var faults position.Faults
	if errors.As(err, &faults) {
		if looksLikeName(right) {
			c.missing(at, right, file)
			return m, nil
		}
		c.faults = append(c.faults, faults...)
		return m, nil
	}
	if err != nil {
		return m, err
	}
	m.sql = "try((\n" + right + "\n))"
	for _, ref := range statement.Columns() {
		i := c.resolve(ref.Names)
		if i < 0 {
			c.missing(at, strings.Join(ref.Names, "."), file)
			continue
		}
		if !slices.Contains(m.refs, i) {
			m.refs = append(m.refs, i)
		}
	}
	return m, nil
}

// resolve finds the column of the file that a name in an expression means, as SQL does: its case may differ.
func (c *compiler) resolve(names []string) int {
	if len(names) != 1 {
		return -1
	}
	if i := slices.Index(c.header, names[0]); i >= 0 {
		return i
	}
	return slices.IndexFunc(c.header, func(h string) bool { return strings.EqualFold(h, names[0]) })
}

func (c *compiler) missing(at position.Position, name, file string) {
	try := position.Nearest(name, c.header)
	if try != "" {
		try = fmt.Sprintf("%q?", try)
	}
	c.faults.Add(at, try, "no column %q in %s, which has: %s", name, file, strings.Join(c.header, ", "))
}

// ambiguous reports columns that SQL could not tell apart.
func (c *compiler) ambiguous(m mapping) {
	seen := map[string]int{}
	for _, col := range m.columns {
		for _, i := range col.refs {
			key := strings.ToLower(c.header[i])
			if first, ok := seen[key]; ok && first != i {
				c.faults.Add(c.place("columns", col.name), "rename one of them in the export", "columns %q and %q differ by case only", c.header[first], c.header[i])
			}
			seen[key] = i
		}
	}
}

// types asks DuckDB what each expression gives; this also finds calls that do not exist.
func (c *compiler) types(ctx context.Context, tx *warehouse.Tx, m *mapping) error {
	var names []string
	for i := range c.header {
		names = append(names, "null::varchar as "+cell(i))
	}
	for _, i := range m.referenced() {
		names = append(names, "null::varchar as "+warehouse.Ident(c.header[i]))
	}
	from := "\nfrom (select " + strings.Join(names, ", ") + ")"
	for i := range m.columns {
		col := &m.columns[i]
		if col.sql == "" {
			continue
		}
		rows, err := tx.Query(ctx, "select column_type from (describe select "+col.sql+" as v"+from+")")
		if err != nil {
			var se *warehouse.SQLError
			if !errors.As(err, &se) {
				return fmt.Errorf("describe column %s: %w", col.name, err)
			}
			c.faults.Add(c.place("columns", col.name), "", "%s", se.Message)
			return c.faults // DuckDB has ended the transaction
		}
		for rows.Next() {
			if err := rows.Scan(&col.typ); err != nil {
				return errors.Join(fmt.Errorf("describe column %s: %w", col.name, err), rows.Close())
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("describe column %s: %w", col.name, err)
		}
		if !convertible(col.kind, col.typ) {
			c.faults.Add(c.place("columns", col.name), "cast it", "the expression gives %s, want %s", strings.ToLower(col.typ), strings.ToLower(col.column.typ))
		}
	}
	return nil
}

// referenced lists the columns of the file that the mapping reads, in the file's order.
func (m mapping) referenced() []int {
	var all []int
	for _, c := range m.columns {
		all = append(all, c.refs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// orderColumn is the column of the file that is the order id as it stands, -1 where it is none or an expression.
func (m mapping) orderColumn() int {
	for _, c := range m.columns {
		if c.name == "order_id" && len(c.refs) == 1 && c.sql == cell(c.refs[0]) && c.values == nil {
			return c.refs[0]
		}
	}
	return -1
}

// dateColumn is the first date that is mapped: the one that says how new a row is. "" where there is none.
func (m mapping) dateColumn() string {
	i := slices.IndexFunc(m.columns, func(c mapped) bool { return c.sql != "" && (c.kind == kindDay || c.kind == kindInstant) })
	if i < 0 {
		return ""
	}
	return m.columns[i].name
}

// apart reports whether the mapping tells goods from what stands apart.
func (m mapping) apart() bool {
	return slices.ContainsFunc(m.columns, func(c mapped) bool { return c.name == "line_type" && c.sql != "" })
}

// unused lists the named columns of the file that the mapping does not read.
func (m mapping) unused() []int {
	used := m.referenced()
	var rest []int
	for i, name := range m.header {
		if name != "" && !slices.Contains(used, i) {
			rest = append(rest, i)
		}
	}
	return rest
}

// cell names the i-th column of a file; a header would have to try hard to collide.
func cell(i int) string { return fmt.Sprintf(`"~%d"`, i) }

func count(list []string, s string) int {
	n := 0
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// looksLikeName tells a column that is not there from an expression that does not parse.
func looksLikeName(s string) bool { return !strings.ContainsAny(s, "()'\"+*/|=<>,") }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func sortedValues(m map[string]string) []string {
	var values []string
	for _, v := range m {
		values = append(values, v)
	}
	sort.Strings(values)
	return slices.Compact(values)
}
