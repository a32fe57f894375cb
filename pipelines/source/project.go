package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// The SQL that makes contract rows of a file's cells, in layers that each name what the next one uses more than once:
//
//	cells   "~line", "~place" (of a line of sales within its order, or null), the file's columns as "~0", "~1", … and the mapped ones under their own names
//	raw     "raw.X": what the mapping says of contract column X, before conversion
//	typed   "X": the value; null where it could not be read
//	judged  "~bad": whether some column rejects the row
//
// DuckDB pushes a filter below a projection by writing the projection's expressions into the filter, which would
// convert every cell twice. It does not where the projection holds a volatile expression: hence the random() that is
// never below 0.

// nonBlank is SQL that tells whether a cell says something.
func nonBlank(i int) string {
	return fmt.Sprintf("(tokui_text(%s) is not null)", cell(i))
}

// convertible reports whether a value of a DuckDB type can become one of a kind.
func convertible(k kind, typ string) bool {
	switch {
	case typ == "VARCHAR" || typ == `"NULL"`:
		return true
	case isNumeric(typ):
		return k != kindDay && k != kindInstant && k != kindFlag
	case typ == "BOOLEAN":
		return k == kindFlag || k == kindText
	case typ == "DATE" || typ == "TIMESTAMP" || typ == "TIMESTAMP WITH TIME ZONE":
		return k == kindDay || k == kindInstant || k == kindText
	}
	return k == kindText && !strings.HasSuffix(typ, "]") && !strings.HasPrefix(typ, "STRUCT") && !strings.HasPrefix(typ, "MAP")
}

func isNumeric(typ string) bool {
	if strings.HasPrefix(typ, "DECIMAL") {
		return true
	}
	switch typ {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DOUBLE", "FLOAT":
		return true
	}
	return false
}

// convert is SQL for the typed value of r, which has DuckDB's type typ.
func (c column) convert(r, typ, timezone string) string {
	isText := typ == "VARCHAR" || typ == `"NULL"`
	if typ == `"NULL"` {
		r += "::varchar"
	}
	amount := r
	if isText {
		amount = "num(" + r + ")"
	}
	zone := warehouse.Literal(timezone)
	switch c.kind {
	case kindID:
		return "tokui_id(" + r + "::varchar)"
	case kindAddress:
		return "tokui_address(" + r + "::varchar)"
	case kindText:
		return "tokui_text(" + r + "::varchar)"
	case kindMoney, kindNumber:
		// Casts between decimals, and from text, round half away from zero.
		switch {
		case isText && c.comma:
			return "try_cast(tokui_decimal(" + amount + ") as " + c.typ + ")"
		case isText:
			return "coalesce(try_cast(" + r + " as " + c.typ + "), try_cast(tokui_decimal(" + amount + ") as " + c.typ + "))"
		case typ == "DOUBLE" || typ == "FLOAT":
			return "coalesce(try_cast(try_cast(" + r + " as decimal(18, 6)) as " + c.typ + "), try_cast(" + r + " as " + c.typ + "))"
		}
		return "try_cast(" + r + " as " + c.typ + ")"
	case kindReal:
		if isText {
			return amount
		}
		return "tokui_double(" + r + ")"
	case kindWhole:
		if isText && c.comma {
			return "case when " + amount + " = trunc(" + amount + ") then try_cast(" + amount + " as " + c.typ + ") end"
		}
		if isText {
			return "coalesce(try_cast(case when regexp_full_match(" + r + ", '-?[0-9]+') then " + r + " end as " + c.typ + "), " +
				"case when " + amount + " = trunc(" + amount + ") then try_cast(" + amount + " as " + c.typ + ") end)"
		}
		return "case when " + r + " = trunc(" + r + ") then try_cast(" + r + " as " + c.typ + ") end"
	case kindDay:
		switch typ {
		case "DATE", "TIMESTAMP":
			return "tokui_plausible(" + r + "::date)"
		case "TIMESTAMP WITH TIME ZONE":
			return "tokui_plausible(timezone(" + zone + ", " + r + ")::date)"
		}
		if c.style != "" {
			return "tokui_plausible((" + styled(c.style, r) + ")::date)"
		}
		return "day(" + r + ")"
	case kindInstant:
		switch typ {
		case "DATE", "TIMESTAMP":
			return "timezone(" + zone + ", " + r + "::timestamp)"
		case "TIMESTAMP WITH TIME ZONE":
			return r
		}
		if c.style != "" {
			return "timezone(" + zone + ", " + styled(c.style, r) + ")"
		}
		return "tokui_instant(" + r + ")"
	case kindFlag:
		if isText {
			return "tokui_flag(" + r + ")"
		}
	}
	return r
}

// want says what a cell of the column has to be.
func (m mapped) want() string {
	if m.values != nil {
		return "want one of " + strings.Join(sortedKeys(m.values), ", ")
	}
	if m.oneOf != nil {
		return "want one of " + strings.Join(m.oneOf, ", ")
	}
	switch m.kind {
	case kindMoney, kindNumber, kindReal:
		return "want a number"
	case kindWhole:
		return "want a whole number"
	case kindDay:
		if m.style != "" {
			return "want a date as dates: says, " + m.style
		}
		return "want a date: YYYY-MM-DD, YYYY/M/D or YYYYMMDD"
	case kindInstant:
		return "want a date and time: YYYY-MM-DD HH:MM:SS"
	case kindFlag:
		return "want yes or no"
	}
	return "the expression gives nothing"
}

func (m mapped) raw() string { return warehouse.Ident("raw." + m.name) }

// value is SQL for the typed value of a mapped column.
func (m mapped) value(timezone string) string {
	r, typ := m.raw(), m.typ
	if m.values != nil {
		return m.translated(r, typ, timezone)
	}
	v := m.convert(r, typ, timezone)
	if m.oneOf != nil {
		var list []string
		for _, one := range m.oneOf {
			list = append(list, warehouse.Literal(one))
		}
		in := " in (" + strings.Join(list, ", ") + ")"
		v = "case when " + r + in + " then " + r + " when lower(" + v + ")" + in + " then lower(" + v + ") end"
	}
	return v
}

// translated is SQL for the value that `+"`values:`"+` gives: by the cell as it is, else trimmed. Each value is converted within
// its branch, where DuckDB does it once and not for every row.
func (m mapped) translated(r, typ, timezone string) string {
	if typ != "VARCHAR" {
		r += "::varchar"
	}
	var cases strings.Builder
	for _, from := range sortedKeys(m.values) {
		if from != "" {
			fmt.Fprintf(&cases, " when %s then %s", warehouse.Literal(from), m.convert(warehouse.Literal(m.values[from]), "VARCHAR", timezone))
		}
	}
	blank := "null"
	if to, ok := m.values[""]; ok {
		blank = m.convert(warehouse.Literal(to), "VARCHAR", timezone)
	}
	if cases.Len() == 0 {
		return "case when tokui_text(" + r + ") is null then " + blank + " end"
	}
	var known []string
	for _, from := range sortedKeys(m.values) {
		known = append(known, warehouse.Literal(from))
	}
	// Not by coalesce: DuckDB evaluates a common part of its arguments for every row.
	return "case when " + r + " in (" + strings.Join(known, ", ") + ") then case " + r + cases.String() + " end " +
		"when tokui_text(" + r + ") is null then " + blank + " else case tokui_text(" + r + ")" + cases.String() + " end end"
}

// bad is SQL that tells whether the column rejects its row: it is missing though required, or it came to nothing from a
// cell that says something. An expression takes back a value that means nothing by giving ”, which is blank.
func (m mapped) bad() string {
	v := warehouse.Ident(m.name)
	if m.required {
		return v + " is null"
	}
	var said []string
	for _, i := range m.refs {
		said = append(said, nonBlank(i))
	}
	if len(said) == 0 {
		return "false"
	}
	said = []string{"(" + strings.Join(said, " or ") + ")"}
	if m.values != nil { // a value mapped to '' is blank
		var blanks []string
		for _, from := range sortedKeys(m.values) {
			if m.values[from] == "" {
				blanks = append(blanks, warehouse.Literal(from))
			}
		}
		if blanks != nil {
			said = append(said, "tokui_text("+m.raw()+"::varchar) not in ("+strings.Join(blanks, ", ")+")")
		}
	} else if m.kind == kindID || m.kind == kindAddress { // any text is one, or blank in its own way: a lone apostrophe
		said = append(said, m.raw()+" is null")
	} else if m.typ == "VARCHAR" {
		said = append(said, "("+m.raw()+" is null or tokui_text("+m.raw()+") is not null)")
	}
	if m.kind == kindDay || m.kind == kindInstant {
		said = append(said, "not ("+m.dummyDate()+")")
	}
	// A projection evaluates every part of an AND for every row; a CASE only for the rows that get there.
	return "case when " + v + " is null then " + strings.Join(said, " and ") + " else false end"
}

// dummyDate is SQL for the dates that systems write into empty cells (dates before 1900-03-02, and the end of time).
func (m mapped) dummyDate() string {
	var dummies []string
	for _, i := range m.refs {
		dummies = append(dummies, fmt.Sprintf("regexp_matches(%s, '^ *(0|0000[-/]?00[-/]?00|9999[-/]?12[-/]?31|1899[-/]?12[-/]?3[01]|1900[-/]?0?[12][-/]?[0-9]{1,2}|0001[-/]?01[-/]?01)([ T].*)?$')", cell(i)))
	}
	return strings.Join(dummies, " or ")
}

// shown is SQL for the value that a reject shows: the cell, or the cells by name.
func (m mapped) shown(header []string) string {
	if len(m.refs) == 1 {
		return cell(m.refs[0])
	}
	var parts []string
	for _, i := range m.refs {
		parts = append(parts, warehouse.Literal(header[i]+"=")+" || coalesce("+cell(i)+", '')")
	}
	if len(parts) == 0 {
		return "null"
	}
	return "concat_ws(', ', " + strings.Join(parts, ", ") + ")"
}

// judged is the SELECT of the layers above over a FROM clause that gives "~line" and every cell.
func (m mapping) judged(from, timezone string) string {
	var named, raws, values, bads []string
	for _, i := range m.referenced() {
		named = append(named, cell(i)+" as "+warehouse.Ident(m.header[i]))
	}
	for _, c := range m.columns {
		name := warehouse.Ident(c.name)
		switch {
		case c.sql != "":
			raws = append(raws, c.sql+" as "+c.raw())
			values = append(values, c.value(timezone)+" as "+name)
			bads = append(bads, c.bad())
		case c.fallback != "":
			values = append(values, warehouse.Literal(c.fallback)+" as "+name)
		default:
			values = append(values, "null::"+c.column.typ+" as "+name)
		}
	}
	if m.table.keeps {
		values = append(values, m.attributes()+" as attributes")
	}
	cells := []string{`"~line"`, `"~place"`}
	for i := range m.header {
		cells = append(cells, cell(i))
	}
	// The named cells end at the layer raw: a file may call its columns as the contract does.
	list := func(groups ...[]string) string { return strings.Join(slices.Concat(groups...), ", ") }
	return "select *, (" + strings.Join(bads, "\n or ") + ") or random() < 0 as \"~bad\"" +
		"\nfrom (select *, " + list(values) +
		"\nfrom (select " + list(cells, raws) +
		"\nfrom (select " + list(cells, named) + "\nfrom " + from + ")))"
}

// attributes is SQL for the JSON object of the columns that nothing else reads.
func (m mapping) attributes() string {
	if len(m.rest) == 0 {
		return "'{}'"
	}
	var pairs []string
	seen := map[string]int{}
	for _, i := range m.rest {
		name := m.header[i]
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, seen[m.header[i]])
		}
		pairs = append(pairs, warehouse.Literal(name)+", "+cell(i))
	}
	return "json_object(" + strings.Join(pairs, ", ") + ")::varchar"
}

// contractColumns lists the contract's own columns, quoted.
func (t table) contractColumns() string {
	var names []string
	for _, c := range t.columns {
		names = append(names, warehouse.Ident(c.name))
	}
	if t.keeps {
		names = append(names, "attributes")
	}
	return strings.Join(names, ", ")
}

// kept is the SELECT of the rows that the contract table gets.
func (m mapping) kept(from, source, file, timezone string) string {
	columns := m.table.contractColumns()
	if m.table.name == "sales" {
		columns += `, "~place" as place`
	}
	return fmt.Sprintf("select %s, %s as source, %s as file, \"~line\" as line\nfrom (%s)\nwhere not \"~bad\"",
		columns, warehouse.Literal(source), warehouse.Literal(file), m.judged(from, timezone))
}

// rejected is the SELECT of the columns that reject rows, as raw.reject has them.
func (m mapping) rejected(from, source, file, timezone string) string {
	var reasons, cells []string
	for _, c := range m.columns {
		if c.sql == "" {
			continue
		}
		why := warehouse.Literal(c.want())
		if c.required {
			var said []string
			for _, i := range c.refs {
				said = append(said, nonBlank(i))
			}
			if said != nil {
				why = "case when " + strings.Join(said, " or ") + " then " + why + " else 'missing' end"
			}
		}
		reasons = append(reasons, fmt.Sprintf("case when %s then {'column_name': %s, 'value': %s, 'reason': %s} end",
			c.bad(), warehouse.Literal(c.name), c.shown(m.header), why))
	}
	for i := range m.header {
		cells = append(cells, "tokui_cell("+cell(i)+")")
	}
	return fmt.Sprintf(`select %s as source, %s as table_name, %s as file, line, r.column_name, r.value, r.reason, row_text
from (
    select "~line" as line, unnest([%s]) as r, left(concat_ws(',', %s), %d) as row_text
    from (%s)
    where "~bad"
)
where r is not null`,
		warehouse.Literal(source), warehouse.Literal(m.table.name), warehouse.Literal(file),
		strings.Join(reasons, ",\n"), strings.Join(cells, ", "), rowTextLimit, m.judged(from, timezone))
}
