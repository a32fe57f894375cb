package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// builtTable remembers what the rollups that are built again by key were built from.
const builtTable = "model.built"

// built is a row of builtTable.
type built struct {
	fingerprint string
	rows        int64
}

// readBuilt returns what is known of the tables that an earlier build made, by table.
func readBuilt(ctx context.Context, on session) (map[string]built, error) {
	rows, err := on.Query(ctx, "select table_name, fingerprint, row_count from "+builtTable)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", builtTable, err)
	}
	defer rows.Close()
	known := map[string]built{}
	for rows.Next() {
		var table string
		var b built
		if err := rows.Scan(&table, &b.fingerprint, &b.rows); err != nil {
			return nil, fmt.Errorf("read %s: %w", builtTable, err)
		}
		known[table] = b
	}
	return known, rows.Err()
}

// writeBuilt remembers what a table was built from.
func writeBuilt(ctx context.Context, on session, table string, b built) error {
	if _, err := on.Exec(ctx, "delete from "+builtTable+" where table_name = $table", warehouse.Named("table", table)); err != nil {
		return fmt.Errorf("write %s: %w", builtTable, err)
	}
	_, err := on.Exec(ctx, "insert into "+builtTable+" (table_name, fingerprint, row_count) values ($table, $fingerprint, $rows)",
		warehouse.Named("table", table), warehouse.Named("fingerprint", b.fingerprint), warehouse.Named("rows", b.rows))
	if err != nil {
		return fmt.Errorf("write %s: %w", builtTable, err)
	}
	return nil
}

// fingerprint tells whether a rollup would be built from the same text as before: its own, that of the rollups that it
// reads, and the columns of what load and core give it. What stands in these is a matter of changes, not of the text.
func (s *Set) fingerprint(m Model) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", m.Text)
	for _, table := range m.Reads {
		if read, ok := s.Model(table); ok && read.Rebuild != nil {
			fmt.Fprintf(h, "%s %s\n", table, s.fingerprint(read))
			continue
		}
		columns, _ := s.Columns(table)
		list := make([]string, len(columns))
		for i, c := range columns {
			list[i] = c.Name + " " + c.Type
		}
		fmt.Fprintf(h, "%s (%s)\n", table, strings.Join(list, ", "))
	}
	return hex.EncodeToString(h.Sum(nil))
}
