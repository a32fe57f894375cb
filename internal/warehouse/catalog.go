package warehouse

import (
	"context"
	"fmt"
	"strings"
)

// catalog is what DuckDB says about its own functions, so that a newer DuckDB's clocks and dice are refused as well.
type catalog struct {
	// unstable are scalar functions that DuckDB itself calls volatile, or consistent only within a query.
	unstable map[string]bool
	// aggregates are functions that are aggregates and nothing else.
	aggregates map[string]bool
	// values are functions that are called without parentheses, such as current_date.
	values map[string]bool
}

// tableFunctions are the ones allowed in FROM.
var tableFunctions = map[string]bool{"range": true, "generate_series": true, "unnest": true}

// systemSchemas hold DuckDB's own views, and temporary tables.
var systemSchemas = map[string]bool{"main": true, "temp": true, "pg_catalog": true, "system": true}

// fileSuffixes are table names that make schema.table a file name.
var fileSuffixes = map[string]bool{
	"csv": true, "tsv": true, "txt": true, "json": true, "jsonl": true, "ndjson": true, "parquet": true, "parq": true,
	"gz": true, "zst": true, "xlsx": true, "db": true, "duckdb": true, "sqlite": true, "arrow": true,
}

// unsafeFunctions leave the database, read the session, or run SQL of their own, though DuckDB calls them consistent.
var unsafeFunctions = map[string]string{
	"getvariable":                 "is null on every other connection",
	"current_setting":             "reads the session",
	"getenv":                      "reads the environment",
	"version":                     "reads the program",
	"current_localtime":           "reads the clock",
	"current_localtimestamp":      "reads the clock",
	"ago":                         "reads the clock",
	"pg_sleep":                    "waits",
	"query":                       "runs SQL from text",
	"query_table":                 "runs SQL from text",
	"json_execute_serialized_sql": "runs SQL from text",
	"json_serialize_plan":         "reads the catalog",
}

// sessionValues are written without parentheses.
var sessionValues = []string{
	"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user", "current_role",
	"session_user", "user", "current_schema", "current_catalog", "current_database",
}

// functions loads the catalog once.
func (db *DB) functions(ctx context.Context) (catalog, error) {
	db.catalogOnce.Do(func() { db.catalog, db.catalogErr = db.loadCatalog(ctx) })
	return db.catalog, db.catalogErr
}

func (db *DB) loadCatalog(ctx context.Context) (catalog, error) {
	c := catalog{unstable: map[string]bool{}, aggregates: map[string]bool{}, values: map[string]bool{}}
	rows, err := db.Query(ctx, `
		select
			lower(function_name),
			bool_or(function_type = 'scalar' and stability <> 'CONSISTENT'),
			bool_and(function_type = 'aggregate')
		from duckdb_functions()
		where function_type in ('scalar', 'aggregate', 'macro')
		group by lower(function_name)`)
	if err != nil {
		return c, fmt.Errorf("list functions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var unstable, aggregate bool
		if err := rows.Scan(&name, &unstable, &aggregate); err != nil {
			return c, fmt.Errorf("list functions: %w", err)
		}
		c.unstable[name] = unstable
		c.aggregates[name] = aggregate
	}
	if err := rows.Err(); err != nil {
		return c, fmt.Errorf("list functions: %w", err)
	}
	for _, v := range sessionValues {
		c.values[v] = true
	}
	return c, nil
}

// refuses says why a scalar function is not allowed and what to use in its place.
func (c catalog) refuses(name string) (why, try string, refused bool) {
	const parameter = "use $as_of or another parameter: a model is given everything it depends on"
	if why, ok := unsafeFunctions[name]; ok {
		return why, parameter, true
	}
	switch {
	case name == "error":
		return "aborts at the first row", "write a check: line in the header", true
	case c.unstable[name]:
		return "gives another answer another time", parameter, true
	case c.values[name], strings.HasPrefix(name, "pg_"), strings.HasPrefix(name, "has_"), strings.HasPrefix(name, "inet_"):
		return "reads the session", parameter, true
	case strings.HasPrefix(name, "read_"):
		return "reads a file", "map the file as a source in config.yaml", true
	}
	return "", "", false
}
