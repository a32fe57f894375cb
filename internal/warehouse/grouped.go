package warehouse

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// grouped proves by the form of a query alone that its rows are unique by some of its columns: it groups by exactly
// these, or it takes all of them, row by row, from a CTE that does. Nil is no proof. ctes are the columns by which the
// CTEs in scope are unique, by name in lower case.
//
// What it does not look into it takes for no proof: joins, unions, DISTINCT, stars, grouping sets, group by all, unnest.
func grouped(node map[string]any, ctes map[string][]string) []string {
	if text(node, "type") != "SELECT_NODE" || text(node, "aggregate_handling") != "STANDARD_HANDLING" {
		return nil
	}
	ctes = groupedCTEs(node, ctes)
	items, ok := selected(node)
	if !ok {
		return nil
	}
	groups, _ := node["group_expressions"].([]any)
	if len(groups) > 0 {
		if !isOneSet(node["group_sets"], len(groups)) {
			return nil
		}
		return namesOf(groups, items)
	}
	from, _ := node["from_table"].(map[string]any)
	if text(from, "type") != "BASE_TABLE" || text(from, "schema_name") != "" || from["sample"] != nil || !isEmpty(from["column_name_alias"]) {
		return nil
	}
	called := text(from, "alias")
	if called == "" {
		called = text(from, "table_name")
	}
	var keys []any
	for _, column := range ctes[strings.ToLower(text(from, "table_name"))] {
		key := slices.IndexFunc(items, func(item map[string]any) bool {
			names := columnNames(item)
			return len(names) > 0 && names[len(names)-1] == column && (len(names) == 1 || len(names) == 2 && names[0] == strings.ToLower(called))
		})
		if key < 0 {
			return nil
		}
		keys = append(keys, items[key])
	}
	return namesOf(keys, items)
}

// groupedCTEs adds the WITH list of a query to those in scope.
func groupedCTEs(node map[string]any, ctes map[string][]string) map[string][]string {
	ctes = maps.Clone(ctes)
	if ctes == nil {
		ctes = map[string][]string{}
	}
	list, _ := node["cte_map"].(map[string]any)
	entries, _ := list["map"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		value, _ := entry["value"].(map[string]any)
		query, _ := value["query"].(map[string]any)
		inner, _ := query["node"].(map[string]any)
		name := strings.ToLower(text(entry, "key"))
		delete(ctes, name)
		if inner != nil && isEmpty(value["aliases"]) {
			ctes[name] = grouped(inner, ctes)
		}
	}
	return ctes
}

// selected are the expressions of a SELECT; false where one may be several columns, or make several rows of one.
func selected(node map[string]any) ([]map[string]any, bool) {
	list, _ := node["select_list"].([]any)
	var items []map[string]any
	for _, e := range list {
		item, ok := e.(map[string]any)
		if !ok || multiplies(item) {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}

// multiplies reports whether a star or an unnest stands in an expression.
func multiplies(node any) bool {
	switch n := node.(type) {
	case []any:
		return slices.ContainsFunc(n, multiplies)
	case map[string]any:
		if text(n, "class") == "STAR" || strings.HasPrefix(strings.ToLower(text(n, "function_name")), "unnest") {
			return true
		}
		for _, child := range n {
			if multiplies(child) {
				return true
			}
		}
	}
	return false
}

// isOneSet reports whether a query is grouped by all of its n expressions at once.
func isOneSet(sets any, n int) bool {
	list, _ := sets.([]any)
	if len(list) != 1 {
		return false
	}
	set, _ := list[0].([]any)
	seen := map[json.Number]bool{}
	for _, i := range set {
		if number, ok := i.(json.Number); ok {
			seen[number] = true
		}
	}
	return len(seen) == n
}

// namesOf finds what a SELECT calls columns, which must all be among its expressions as they are.
func namesOf(columns []any, items []map[string]any) []string {
	var names []string
	for _, c := range columns {
		column, _ := c.(map[string]any)
		want := columnNames(column)
		i := slices.IndexFunc(items, func(item map[string]any) bool { return want != nil && slices.Equal(columnNames(item), want) })
		if i < 0 {
			return nil
		}
		name := strings.ToLower(text(items[i], "alias"))
		if name == "" {
			name = want[len(want)-1]
		}
		names = append(names, name)
	}
	return names
}

// columnNames are the parts of a reference to a column in lower case, nil of another expression.
func columnNames(expression map[string]any) []string {
	if text(expression, "class") != "COLUMN_REF" {
		return nil
	}
	parts, _ := expression["column_names"].([]any)
	var names []string
	for _, p := range parts {
		name, _ := p.(string)
		names = append(names, strings.ToLower(name))
	}
	return names
}
