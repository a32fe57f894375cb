package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// ErrOtherContract says that a contract table of the warehouse has other columns than this program's contract: another
// version made it.
var ErrOtherContract = errors.New("the warehouse is of another contract")

// Contract creates the tables of contract/*.sql (or *.sql at the root) that db lacks, with their schemas. A table or
// view that exists is left alone; where a table's columns differ from the contract, the error is ErrOtherContract.
func Contract(ctx context.Context, db *warehouse.DB, contract fs.FS) error {
	tables, err := contractColumns(ctx, contract)
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(tx *warehouse.Tx) error {
		existing, err := tablesOf(ctx, tx)
		if err != nil {
			return err
		}
		if err := compareContract(ctx, tx, tables); err != nil {
			return err
		}
		for _, table := range sortedKeys(tables) {
			if existing[table] {
				continue
			}
			if err := createEmpty(ctx, tx, table, tables[table]); err != nil {
				return fmt.Errorf("create contract table %s: %w", table, err)
			}
		}
		return nil
	})
}

// compareContract holds the tables that exist against the contract. Views stand for files and are made anew by load.
func compareContract(ctx context.Context, tx *warehouse.Tx, tables map[string][]Column) error {
	rows, err := tx.Query(ctx, `
		select
			schema_name || '.' || table_name,
			string_agg(column_name || ' ' || data_type, ', ' order by column_index),
		from duckdb_columns()
		where (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())
		group by all
		order by 1`)
	if err != nil {
		return fmt.Errorf("compare contract: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, got string
		if err := rows.Scan(&table, &got); err != nil {
			return fmt.Errorf("compare contract: %w", err)
		}
		columns, ok := tables[table]
		if !ok {
			continue
		}
		want := make([]string, len(columns))
		for i, c := range columns {
			want[i] = c.Name + " " + c.Type
		}
		if canonicalType(got) != canonicalType(strings.Join(want, ", ")) {
			return fmt.Errorf("%w: %s has %s, want %s", ErrOtherContract, table, got, strings.Join(want, ", "))
		}
	}
	return rows.Err()
}

// contractColumns runs the contract's DDL in memory and reads back what it makes.
func contractColumns(ctx context.Context, contract fs.FS) (tables map[string][]Column, err error) {
	files, err := contractFiles(contract)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, file := range files {
		text, err := fs.ReadFile(contract, file)
		if err != nil {
			return nil, fmt.Errorf("read contract: %w", err)
		}
		if _, err := db.Exec(ctx, string(text)); err != nil {
			var se *warehouse.SQLError
			if errors.As(err, &se) {
				return nil, position.Faults{{Position: position.Position{File: fileName(contract, file), Line: se.Line, Column: se.Column}, Message: se.Message}}
			}
			return nil, fmt.Errorf("read contract %s: %w", file, err)
		}
	}
	rows, err := db.Query(ctx, "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal order by 1, column_index")
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	defer rows.Close()
	tables = map[string][]Column{}
	for rows.Next() {
		var table, column, typ string
		if err := rows.Scan(&table, &column, &typ); err != nil {
			return nil, fmt.Errorf("read contract: %w", err)
		}
		tables[table] = append(tables[table], Column{Name: column, Type: canonicalType(typ)})
	}
	return tables, rows.Err()
}

func contractFiles(contract fs.FS) ([]string, error) {
	files, err := fs.Glob(contract, path.Join(contractDir, "*.sql"))
	if err == nil && len(files) == 0 {
		files, err = fs.Glob(contract, "*.sql")
	}
	if err != nil {
		return nil, fmt.Errorf("list contract: %w", err)
	}
	slices.Sort(files)
	return files, nil
}

// session is what DB and Tx have in common here.
type session interface {
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	One(ctx context.Context, query string, args []any, dest ...any) error
	rowsQuery
}

// createEmpty makes a table from columns.
func createEmpty(ctx context.Context, on session, table string, columns []Column) error {
	schema, _, _ := strings.Cut(table, ".")
	if _, err := on.Exec(ctx, "create schema if not exists "+warehouse.Ident(schema)); err != nil {
		return err
	}
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = warehouse.Ident(c.Name) + " " + c.Type
	}
	_, err := on.Exec(ctx, "create or replace table "+warehouse.Table(table)+" ("+strings.Join(list, ", ")+")")
	return err
}

// tablesOf lists the tables and views of the warehouse as schema.name.
func tablesOf(ctx context.Context, on session) (map[string]bool, error) {
	list, err := oneColumn(ctx, on, `
		select schema_name || '.' || table_name from duckdb_tables() where not internal and not temporary
		union all
		select schema_name || '.' || view_name from duckdb_views() where not internal and not temporary`)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	tables := make(map[string]bool, len(list))
	for _, t := range list {
		tables[t] = true
	}
	return tables, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
