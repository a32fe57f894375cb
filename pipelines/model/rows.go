package model

import (
	"context"
	"database/sql"
)

// rowsQuery runs a statement that returns rows.
type rowsQuery interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// textRows returns a result whose columns are all text, null as an invalid NullString.
func textRows(ctx context.Context, on rowsQuery, query string, args ...any) ([][]sql.NullString, error) {
	rows, err := on.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]sql.NullString
	for rows.Next() {
		row := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// oneColumn returns the one column of a result as text.
func oneColumn(ctx context.Context, on rowsQuery, query string, args ...any) ([]string, error) {
	rows, err := textRows(ctx, on, query, args...)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(rows))
	for i, r := range rows {
		list[i] = r[0].String
	}
	return list, nil
}

// described are the names and types of a table's columns, in order.
func described(ctx context.Context, on rowsQuery, table string) ([]Column, error) {
	rows, err := textRows(ctx, on, "select column_name, column_type from (describe "+table+")")
	if err != nil {
		return nil, err
	}
	columns := make([]Column, len(rows))
	for i, r := range rows {
		columns[i] = Column{Name: r[0].String, Type: canonicalType(r[1].String)}
	}
	return columns, nil
}
