package warehouse_test

import (
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/tokui/tokui/internal/warehouse"
)

// TestLend: DuckDB holds less while Go works on a large result, and the limit is what it was afterwards.
func TestLend(t *testing.T) {
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: filepath.Join(t.TempDir(), "t.duckdb"), MemoryLimit: 1 << 30, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	limit := func() (text string) {
		if err := db.One(t.Context(), "select current_setting('memory_limit')", nil, &text); err != nil {
			t.Error(err)
		}
		return text
	}
	for _, tt := range []struct {
		query, want string
	}{
		{"select i from range(1000) as r (i)", "1.0 GiB"},
		{"select i, i + 1 as j, i + 2 as k, i + 3 as l from range(2000000) as r (i)", "779.8 MiB"},                         // 4 columns of 2M rows: 244 MiB
		{"select i, i + 1 as j, i + 2 as k, i + 3 as l, i + 4 as m, i + 5 as n from range(9000000) as r (i)", "256.0 MiB"}, // a quarter
	} {
		err := db.SelectParts(t.Context(), 0, func(arrow.Table) error {
			if got := limit(); got != tt.want {
				t.Errorf("%s: limit %s while it passes, want %s", tt.query, got, tt.want)
			}
			return nil
		}, tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := limit(); got != "1.0 GiB" {
			t.Errorf("%s: limit %s afterwards", tt.query, got)
		}
	}
}
