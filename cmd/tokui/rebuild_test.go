package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/warehouse"
)

// copyExample puts an example of the repository into an empty folder; its data are linked.
func copyExample(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	from, err := filepath.Abs(filepath.Join("../..", filepath.Dir(config)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("../..", config))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(from, "testdata")); err == nil {
		data = append(data, filepath.Join(from, "testdata"))
	}
	for _, path := range data {
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRebuild deletes the DuckDB file: the next run makes it again, equal, and sends nothing.
func TestRebuild(t *testing.T) {
	dir := copyExample(t, "testdata/ja/config.yaml")
	program(t, dir, "run")
	program(t, dir, "run", "monthly") // now its tables know of the report's own edition
	sent := outboxFiles(t, dir)
	if len(sent) == 0 {
		t.Fatal("the example sent nothing")
	}
	before := checksums(t, dir)
	program(t, dir, "run")
	if diff := cmp.Diff(before, checksums(t, dir)); diff != "" {
		t.Errorf("tables after a second run (-first +second):\n%s", diff)
	}
	if err := os.Remove(filepath.Join(dir, "var", "tokui.duckdb")); err != nil {
		t.Fatal(err)
	}
	program(t, dir, "run")
	if diff := cmp.Diff(before, checksums(t, dir)); diff != "" {
		t.Errorf("tables after the DuckDB file was deleted (-before +rebuilt):\n%s", diff)
	}
	if diff := cmp.Diff(sent, outboxFiles(t, dir)); diff != "" {
		t.Errorf("outbox (-before +after):\n%s", diff)
	}
}

// TestFileDoesNotGrow runs the nightly job again and again: CHECKPOINT gives the space of replaced tables back.
func TestFileDoesNotGrow(t *testing.T) {
	dir := copyExample(t, "testdata/ja/config.yaml")
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "var", "tokui.duckdb"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	// A run may leave its freed blocks in the file until the next one takes them, so sizes go up and down: the largest of
	// the later runs is held against the largest of the first ones.
	largest := func(runs int) int64 {
		var most int64
		for range runs {
			program(t, dir, "run", "nightly")
			most = max(most, size())
		}
		return most
	}
	first, later := largest(5), largest(6)
	if later > first+first/20 {
		t.Errorf("largest size of the warehouse: got %d in runs 6 to 11, %d in runs 1 to 5", later, first)
	}
}

func outboxFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "var", "outbox", "*", "*", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checksums is a count and an order-insensitive hash of every table that is derived from what happened and from the
// sources; runs and their events grow with each run.
func checksums(t *testing.T, dir string) map[string]string {
	t.Helper()
	ctx := context.Background()
	db, err := warehouse.Open(ctx, warehouse.Options{Path: filepath.Join(dir, "var", "tokui.duckdb"), TempDir: t.TempDir(), Step: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(ctx, `select schema_name || '.' || table_name from duckdb_tables()
		where schema_name in ('core', 'rollups', 'metrics', 'segments', 'ops', 'effects', 'reports', 'raw')
		and table_name not in ('run', 'event', 'change') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, name := range tables {
		var count int64
		var hash string
		err := db.One(ctx, fmt.Sprintf("select count(*), coalesce(bit_xor(hash(t)), 0)::varchar from %s as t", warehouse.Table(name)),
			nil, &count, &hash)
		if err != nil {
			t.Fatal(err)
		}
		sums[name] = fmt.Sprintf("%d rows, %s", count, hash)
	}
	if len(sums) < 20 {
		t.Fatalf("got %d tables, want all of them: %v", len(sums), tables)
	}
	return sums
}
