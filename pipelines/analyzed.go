package pipelines

import (
	"context"
	"errors"
	"fmt"

	"github.com/tokui/tokui/internal/warehouse"
)

// errNotAnalyzed is what there is to say of a warehouse without the tables that analyze makes.
var errNotAnalyzed = errors.New("nothing has been analyzed yet")

// needAnalyzed is an error that names the way out where analyze has never been through.
func (p *Program) needAnalyzed(ctx context.Context, db *warehouse.DB) error {
	analyzed, err := hasTable(ctx, db, "metrics", "customer_period")
	if err != nil || analyzed {
		return err
	}
	return p.notAnalyzed()
}

func (p *Program) notAnalyzed() error {
	if p.OtherDate {
		return fmt.Errorf("%w as of %s; try: tokui run load analyze --as-of %s", errNotAnalyzed, p.Replay, p.Replay)
	}
	return fmt.Errorf("%w; try: tokui run", errNotAnalyzed)
}

func hasTable(ctx context.Context, db *warehouse.DB, schema, table string) (bool, error) {
	var found bool
	err := db.One(ctx, `
		select
			exists (select 1 from duckdb_tables() where schema_name = $schema and table_name = $table)
			or exists (select 1 from duckdb_views() where schema_name = $schema and view_name = $table)`,
		[]any{warehouse.Named("schema", schema), warehouse.Named("table", table)}, &found)
	if err != nil {
		return false, fmt.Errorf("look for %s.%s: %w", schema, table, err)
	}
	return found, nil
}

// needTables is needAnalyzed for a statement: before the first analyze some tables can be read all the same, what load
// has set aside for example, and nothing but emptiness is there before the first load.
func (p *Program) needTables(ctx context.Context, db *warehouse.DB, statement warehouse.Statement) error {
	err := p.needAnalyzed(ctx, db)
	if !errors.Is(err, errNotAnalyzed) {
		return err
	}
	var loaded bool
	if err := db.One(ctx, "select count(*) > 0 from raw.file", nil, &loaded); err != nil {
		return fmt.Errorf("look for loaded files: %w", err)
	}
	for _, t := range statement.Tables() {
		found, err := hasTable(ctx, db, t.Schema, t.Name)
		if err != nil {
			return err
		}
		if !found || !loaded && t.Schema != "config" {
			return p.notAnalyzed()
		}
	}
	return nil
}
