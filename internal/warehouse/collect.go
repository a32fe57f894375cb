package warehouse

import (
	"context"
	"database/sql"
	"fmt"
)

// Querier is an open warehouse, or a transaction on it.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Collect runs one statement and scans every row into a T, by the destinations that it is given for one: pointers, in the
// order of the columns. For results that people read, not for tables. Errors: *SQLError.
func Collect[T any](ctx context.Context, db Querier, query string, into func(*T) []any, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var row T
		if err := rows.Scan(into(&row)...); err != nil {
			return nil, fmt.Errorf("scan %T: %w", row, sqlError(query, err))
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		return nil, sqlError(query, err)
	}
	return list, nil
}
