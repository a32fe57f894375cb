package warehouse

import (
	"context"
	"database/sql"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
)

// runner is what the pool and a transaction have in common.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// session carries the statements that DB and Tx share.
type session struct {
	run runner
	// settings runs what changes DuckDB itself: not in a transaction, which may have failed.
	settings    runner
	tempDir     string
	memoryLimit int64 // as Options have it
}

// Exec runs one statement, or several without parameters, and returns the rows it changed. Errors: *SQLError.
func (s session) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := s.run.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, sqlError(query, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, sqlError(query, err)
	}
	return n, nil
}

// set changes a setting of DuckDB itself, for every connection.
func (s session) set(ctx context.Context, statement string) error {
	if _, err := s.settings.ExecContext(ctx, statement); err != nil {
		return sqlError(statement, err)
	}
	return nil
}

// Query runs one statement. DuckDB materialises the result before the first row, so large ones go through Select.
// Errors: *SQLError.
func (s session) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.run.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlError(query, err)
	}
	return rows, nil
}

// One runs a statement that returns one row and scans it into dest. Errors: *SQLError, or sql.ErrNoRows.
func (s session) One(ctx context.Context, query string, args []any, dest ...any) error {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return sqlError(query, err)
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return sqlError(query, err)
	}
	return rows.Close()
}

// Named binds a value to $name. A calendar.Date is bound as 00:00 UTC: SQL writes $name::date, because DuckDB sees a
// timestamp with time zone.
func Named(name string, v any) sql.NamedArg {
	if d, ok := v.(calendar.Date); ok {
		if d.IsZero() {
			return sql.Named(name, nil)
		}
		return sql.Named(name, d.UTC())
	}
	return sql.Named(name, v)
}

// Ident quotes one identifier. A qualified name is quoted part by part: see Table.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Table quotes schema.name.
func Table(qualified string) string {
	schema, name, ok := strings.Cut(qualified, ".")
	if !ok {
		return Ident(schema)
	}
	return Ident(schema) + "." + Ident(name)
}

// Literal quotes text for the places where a parameter cannot stand, such as the path of COPY.
func Literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
