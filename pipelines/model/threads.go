package model

import (
	"context"
	"errors"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// oneThread reports whether a model reads large tables, and all of them were made by this transaction.
func (b *build) oneThread(ctx context.Context, tx *warehouse.Tx, m Model) (bool, error) {
	large := false
	for _, table := range m.Reads {
		if rows, fresh := b.fresh[table]; fresh {
			large = large || rows > warehouse.RowGroup
			continue
		}
		if schema, _, _ := strings.Cut(table, "."); schema == "raw" { // files
			return false, nil
		}
		rows, err := countRows(ctx, tx, table)
		if err != nil || rows > warehouse.RowGroup {
			return false, err
		}
	}
	return large, nil
}

// check holds a table to its header, with one thread where it is large and was made by this transaction.
func (b *build) check(ctx context.Context, tx *warehouse.Tx, c *checker) error {
	if b.fresh[c.model.Table()] <= warehouse.RowGroup {
		return c.run(ctx)
	}
	back, err := tx.OneThread(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.run(ctx), back())
}
