package source

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// Keys are kept beside the copies, so that a warehouse made anew gives every customer and product the integer that it
// had: an id keeps its key even when no file holds it any more.

// assignKeys gives keys to the ids that the newest load holds first: in the order of its files and their lines, those
// of sale lines before those of masters.
func (l *Loader) assignKeys(ctx context.Context, db *warehouse.DB, st store, m *manifest) error {
	feeds := l.feeds()
	for _, k := range []struct {
		column string
		master string
		path   *string
	}{{"customer_id", "customers", &m.CustomerKeys}, {"product_id", "products", &m.ProductKeys}} {
		var parts []string
		position := 0
		for _, table := range []string{"sales", k.master} {
			for _, c := range m.of(table, feeds) {
				if c.LoadNo == m.LoadNo {
					parts = append(parts, fmt.Sprintf("select %s as id, %d::hugeint * 1000000000000 + min(line) as first_seen from read_parquet(%s) where %s is not null group by 1",
						k.column, position, warehouse.Literal(st.path(c.Rows)), k.column))
				}
				position++
			}
		}
		if parts == nil {
			continue
		}
		if err := l.extendKeys(ctx, db, st, k.column, strings.Join(parts, "\nunion all\n"), m.LoadNo, k.path); err != nil {
			return fmt.Errorf("assign keys of %s: %w", k.column, err)
		}
	}
	return nil
}

// extendKeys writes the key file that follows *path, and names it there, unless every id has its key.
func (l *Loader) extendKeys(ctx context.Context, db *warehouse.DB, st store, column, ids string, loadNo int, path *string) error {
	known := "(select null::integer as key, null::varchar as id where false)"
	if *path != "" {
		known = "read_parquet(" + warehouse.Literal(st.path(*path)) + ")"
	}
	fresh := fmt.Sprintf("select id, min(first_seen) as first_seen from (%s) where id not in (select id from %s) group by id", ids, known)
	var n int64
	if err := db.One(ctx, "select count(*) from ("+fresh+")", nil, &n); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	tmp, err := tempName(filepath.Join(l.DataDir, "tmp"), "load-*.parquet")
	if err != nil {
		return err
	}
	query := fmt.Sprintf(`
		select key, id from %[1]s
		union all
		select ((select coalesce(max(key), 0) from %[1]s) + row_number() over (order by first_seen, id))::integer, id from (%[2]s)
		order by key`, known, fresh)
	if err := db.SelectParquet(ctx, tmp, query); err != nil {
		return err
	}
	name := fmt.Sprintf("keys/%s-%06d.parquet", column, loadNo)
	if err := st.place(tmp, name); err != nil {
		return err
	}
	*path = name
	return nil
}

// feeds says which table each configured source feeds.
func (l *Loader) feeds() map[string]string { return feedsOf(l.Sources) }

func feedsOf(sources []Source) map[string]string {
	feeds := map[string]string{}
	for _, s := range sources {
		feeds[s.Name] = s.table()
	}
	return feeds
}

// copyPaths are the absolute paths of copies.
func (s store) copyPaths(list []loaded) []string {
	paths := make([]string, len(list))
	for i, c := range list {
		paths[i] = s.path(c.Rows)
	}
	return slices.Clip(paths)
}
