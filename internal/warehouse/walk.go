package warehouse

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/position"
)

// walker goes over DuckDB's parse tree, collects what is read and refuses what the whitelist does not hold.
type walker struct {
	text       string
	skip, end  int // the part of text that is the user's
	base       position.Position
	catalog    catalog
	expression bool // only an expression over columns is wanted
	statement  Statement
	faults     position.Faults
	paramsDone bool
}

// scope is the chain of CTE names visible at a node; nil is none.
type scope struct {
	outer *scope
	name  string
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.outer {
		if strings.EqualFold(s.name, name) {
			return true
		}
	}
	return false
}

// visit walks any node of the tree.
func (w *walker) visit(node any, in *scope) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			w.visit(child, in)
		}
	case map[string]any:
		w.visitMap(n, in)
	}
}

func (w *walker) visitMap(n map[string]any, in *scope) {
	if text(n, "class") != "" {
		w.visitExpression(n, in)
		return
	}
	if _, isTable := n["alias"]; isTable && has(n, "sample") {
		w.visitTable(n, in)
		return
	}
	in = w.visitCTEs(n, in)
	switch text(n, "type") {
	case "RECURSIVE_CTE_NODE":
		in = &scope{in, text(n, "cte_name")}
	case "CTE_NODE": // a materialised CTE: its query does not see its own name, its child does
		w.visit(n["query"], in)
		w.visit(n["child"], &scope{in, text(n, "cte_name")})
		return
	}
	if n["sample"] != nil {
		w.refuse(n, "take rows by a hash of their key", "got a random sample, want the same rows every time")
	}
	w.visitChildren(n, in, "cte_map")
}

// visitCTEs walks the WITH list of a query node and returns the scope of its body: each name is seen by those after it.
func (w *walker) visitCTEs(n map[string]any, in *scope) *scope {
	ctes, ok := n["cte_map"].(map[string]any)
	if !ok {
		return in
	}
	entries, _ := ctes["map"].([]any)
	for _, e := range entries {
		entry, ok := e.(map[string]any)
		if !ok {
			continue
		}
		w.visit(entry["value"], in)
		in = &scope{in, text(entry, "key")}
	}
	return in
}

func (w *walker) visitTable(n map[string]any, in *scope) {
	if n["sample"] != nil {
		w.refuse(n, "take rows by a hash of their key", "got a random sample, want the same rows every time")
	}
	switch kind := text(n, "type"); kind {
	case "BASE_TABLE":
		w.visitBaseTable(n, in)
	case "TABLE_FUNCTION":
		call, _ := n["function"].(map[string]any)
		name := strings.ToLower(text(call, "function_name"))
		if !tableFunctions[name] || text(call, "catalog") != "" {
			w.refuse(n, "read a table of the warehouse; range and unnest are the table functions allowed", "table function %s() is not allowed", name)
		}
		w.visit(call["children"], in)
	case "SUBQUERY", "JOIN", "PIVOT", "EXPRESSION_LIST", "EMPTY":
		w.visitChildren(n, in)
	case "SHOW_REF":
		w.refuse(n, "write a select", "got DESCRIBE, SHOW or SUMMARIZE, want a SELECT")
	default:
		w.refuse(n, "read a table of the warehouse", "%s is not allowed in FROM", strings.ToLower(kind))
	}
}

// plainName is what the schemas and tables of a warehouse are called.
var plainName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*$`)

func (w *walker) visitBaseTable(n map[string]any, in *scope) {
	schema, name := text(n, "schema_name"), text(n, "table_name")
	switch {
	case schema == "" && in.has(name):
	case schema == "" && !plainName.MatchString(name):
		w.refuse(n, "map the file as a source in config.yaml and read its table", "file %q is not allowed as a table", name)
	case schema == "":
		w.refuse(n, "write schema."+name, "table %s has no schema", name)
	case text(n, "catalog_name") != "":
		w.refuse(n, "write schema.table", "table %s.%s.%s names a database", text(n, "catalog_name"), schema, name)
	case !plainName.MatchString(schema) || !plainName.MatchString(name) || fileSuffixes[strings.ToLower(name)]:
		// DuckDB reads `from data.csv` as the file data.csv where no such table exists.
		w.refuse(n, "map the file as a source in config.yaml and read its table", "file %s.%s is not allowed as a table", schema, name)
	case systemSchemas[strings.ToLower(schema)]:
		w.refuse(n, "read a table of the warehouse", "schema %s belongs to DuckDB", schema)
	default:
		w.statement.tables = append(w.statement.tables, TableRef{strings.ToLower(schema), strings.ToLower(name), text(n, "alias"), w.place(n)})
	}
}

func (w *walker) visitExpression(n map[string]any, in *scope) {
	switch text(n, "class") {
	case "CONSTANT":
		return
	case "PARAMETER":
		w.visitParams(n)
	case "COLUMN_REF":
		w.visitColumn(n)
	case "STAR":
		w.statement.star = true
	case "FUNCTION":
		name := strings.ToLower(text(n, "function_name"))
		if args, _ := n["children"].([]any); name == "age" && len(args) == 1 {
			w.refuse(n, "write age($as_of::timestamp, x)", "age() of one value is not allowed: it reads the clock")
		} else if why, try, ok := w.catalog.refuses(name); ok {
			w.refuse(n, try, "%s() is not allowed: it %s", name, why)
		} else if w.expression && w.catalog.aggregates[name] {
			w.refuse(n, "compare columns of the row", "%s() is not allowed: it is an aggregate, want an expression over one row", name)
		}
	case "SUBQUERY", "WINDOW":
		if w.expression {
			w.refuse(n, "compare columns of the row", "got a %s, want an expression over one row", strings.ToLower(text(n, "class")))
			return
		}
	}
	w.visitChildren(n, in)
}

func (w *walker) visitColumn(n map[string]any) {
	parts, _ := n["column_names"].([]any)
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i], _ = p.(string)
	}
	if len(names) == 1 && w.catalog.values[strings.ToLower(names[0])] {
		w.refuse(n, "use $as_of, which every model is given", "%s is not allowed: it reads the clock or the session", names[0])
		return
	}
	w.statement.columns = append(w.statement.columns, ColumnRef{names, w.place(n)})
}

// visitParams notes the parameters once, by scanning: the tree does not say where they stand.
func (w *walker) visitParams(n map[string]any) {
	if w.expression {
		w.refuse(n, "write the value", "parameter $%s is not allowed in an expression", text(n, "identifier"))
		return
	}
	if w.paramsDone {
		return
	}
	w.paramsDone = true
	for _, p := range paramOffsets(w.text) {
		at := w.atByte(p.offset)
		if _, err := strconv.Atoi(p.name); err == nil {
			w.faults.Add(at, "name it, as in $as_of", "parameter $%s has no name", p.name)
			continue
		}
		w.statement.params = append(w.statement.params, Param{strings.ToLower(p.name), at})
	}
	if len(w.statement.params) == 0 && len(w.faults) == 0 {
		w.refuse(n, "name it, as in $as_of", "got a parameter without a name")
	}
}

// visitChildren walks every child except the named ones. The order is of no matter: results are sorted by place.
func (w *walker) visitChildren(n map[string]any, in *scope, except ...string) {
	for key, child := range n {
		if len(except) > 0 && key == except[0] {
			continue
		}
		w.visit(child, in)
	}
}

func (w *walker) refuse(n map[string]any, try, format string, args ...any) {
	w.faults.Add(w.place(n), try, format, args...)
}

// place is where a node stands; where the tree does not say, the nearest of its children, else the text's start.
func (w *walker) place(n map[string]any) position.Position {
	if at := nearest(n); at != math.MaxInt {
		return w.atByte(at)
	}
	return w.firstToken()
}

func nearest(node any) int {
	least := math.MaxInt
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			least = min(least, nearest(child))
		}
	case map[string]any:
		if number, ok := n["query_location"].(json.Number); ok {
			if at, err := strconv.ParseUint(number.String(), 10, 64); err == nil && at < math.MaxInt32 {
				return int(at)
			}
		}
		for _, child := range n {
			least = min(least, nearest(child))
		}
	}
	return least
}

func text(n map[string]any, key string) string {
	s, _ := n[key].(string)
	return s
}

func has(n map[string]any, key string) bool {
	_, ok := n[key]
	return ok
}

// isBareExpression reports whether a query node is `select (expression)` and nothing else.
func isBareExpression(n map[string]any) bool {
	list, _ := n["select_list"].([]any)
	from, _ := n["from_table"].(map[string]any)
	ctes, _ := n["cte_map"].(map[string]any)
	if text(n, "type") != "SELECT_NODE" || len(list) != 1 || text(from, "type") != "EMPTY" || !isEmpty(ctes["map"]) {
		return false
	}
	for _, clause := range []string{"where_clause", "having", "qualify", "sample", "modifiers", "group_expressions", "group_sets"} {
		if !isEmpty(n[clause]) {
			return false
		}
	}
	first, _ := list[0].(map[string]any)
	return text(first, "alias") == "" && text(first, "class") != "STAR"
}

func isEmpty(v any) bool {
	list, isList := v.([]any)
	return v == nil || isList && len(list) == 0
}
