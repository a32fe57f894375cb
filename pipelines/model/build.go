package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Runner builds models.
type Runner struct {
	Set    *Set
	Params Params
	// Estimators by the names that headers use.
	Estimators map[string]Estimator
	// ByRows are those of them whose rows depend on one row of their input each, so that they can be given the input in
	// parts: memory does not grow with it.
	ByRows map[string]bool
	// Progress, where set, is told of every model that has been built. Nothing is published yet at that time.
	Progress func(Step)
	// Now, where set, times the steps.
	Now func() time.Time
}

// Step is one model that was built, or checked.
type Step struct {
	Table   string
	Rows    int64
	Elapsed time.Duration
	// Number counts from 1 to Total.
	Number, Total int
	// Checks is the number of conditions that were looked at; 0 of a step that built.
	Checks int
	// ByKey says that only the rows of touched keys were built, or checked.
	ByKey bool
}

// What says in words what was done.
func (s Step) What() string {
	what := s.Table
	if s.Checks > 0 {
		what = "checks of " + s.Table
	}
	if s.ByKey {
		what += " for what has changed"
	}
	return what
}

// Result is what a build did.
type Result struct {
	Steps []Step
	// Checks is the number of conditions that were looked at: grain, not null, references, header and check lines.
	Checks int
	// Failures are the conditions that did not hold; where there are any, nothing was published.
	Failures []Failure
	// Customers is how many customers' rows were built again; -1 where the rollups were built whole.
	Customers int64
	// Dropped are the tables that no model builds any more.
	Dropped []string
}

// Build builds the models of the schemas (of all, where none is named) in one transaction: build, check all, drop what
// no model builds any more, commit; then CHECKPOINT. On any error the tables are those of before; of a draft, which its
// caller drops then, large ones may have been committed.
//
// Errors: position.Faults where parameters, estimators or tables of another step are missing, or a SELECT fails, the
// place being in the model's file; *CheckError with all failed checks.
func (r *Runner) Build(ctx context.Context, db *warehouse.DB, schemas ...string) (Result, error) {
	b := &build{Runner: r, schemas: schemas}
	if len(schemas) == 0 {
		b.schemas = Schemas()
	}
	for _, m := range r.Set.models {
		if slices.Contains(b.schemas, m.Schema) {
			b.models = append(b.models, m)
		}
	}
	if err := b.prepare(ctx, db); err != nil {
		return Result{}, err
	}
	err := db.Tx(ctx, func(tx *warehouse.Tx) error { return b.run(ctx, tx) })
	if err != nil {
		return b.result, err
	}
	return b.result, db.Checkpoint(ctx)
}

// Rebuild builds single models again, in the order of the set, and checks and publishes them like Build; everything else
// stays as it is. What they read must be there, or among them. Errors: those of Build, and a plain one for a name that no model has.
func (r *Runner) Rebuild(ctx context.Context, db *warehouse.DB, tables ...string) (Result, error) {
	b := &build{Runner: r, keepOthers: true}
	for _, table := range tables {
		if _, ok := r.Set.Model(table); !ok {
			return Result{}, fmt.Errorf("rebuild %s: no such model", table)
		}
	}
	for _, m := range r.Set.models {
		if slices.Contains(tables, m.Table()) {
			b.models = append(b.models, m)
		}
	}
	if err := b.prepare(ctx, db); err != nil {
		return Result{}, err
	}
	err := db.Tx(ctx, func(tx *warehouse.Tx) error { return b.run(ctx, tx) })
	return b.result, err
}

// build is one run of a Runner.
type build struct {
	*Runner
	schemas []string
	models  []Model
	args    map[string][]any // by table
	// keepOthers leaves the tables that no model builds any more.
	keepOthers bool
	result     Result
}

// prepare finds what is missing before anything is built.
func (b *build) prepare(ctx context.Context, db *warehouse.DB) error {
	if err := b.Set.CheckParams(b.Params); err != nil {
		return err
	}
	existing, err := tablesOf(ctx, db)
	if err != nil {
		return err
	}
	var faults, more position.Faults
	b.args = make(map[string][]any, len(b.models))
	for _, m := range b.models {
		args, err := m.bind(b.Params, m.used)
		if errors.As(err, &more) {
			faults = append(faults, more...)
		}
		b.args[m.Table()] = args
		if _, ok := b.Estimators[m.Estimator]; m.Estimator != "" && !ok {
			faults = append(faults, m.fault(m.estimatorAt, "use one of "+strings.Join(sortedKeys(b.Estimators), ", "), "unknown estimator %s", m.Estimator))
		}
		faults = append(faults, b.missing(m, existing)...)
	}
	faults.Sort()
	return faults.Err()
}

// missing are the tables that a model reads, which neither exist nor will be built.
func (b *build) missing(m Model, existing map[string]bool) position.Faults {
	var faults position.Faults
	there := func(table string) bool {
		if existing[table] {
			return true
		}
		schema, _, _ := strings.Cut(table, ".")
		_, isModel := b.Set.Model(table)
		isBuilt := slices.ContainsFunc(b.models, func(m Model) bool { return m.Table() == table })
		return isModel && (isBuilt || slices.Contains(b.schemas, schema))
	}
	need := func(table string, at position.Position) {
		if !there(table) {
			schema, _, _ := strings.Cut(table, ".")
			faults = append(faults, m.fault(at, "run the step `"+maker(schema, table)+"` first", "table %s does not exist yet", table))
		}
	}
	for _, t := range m.tables {
		need(t.String(), t.Position)
	}
	for _, c := range m.Checks {
		for _, t := range c.tables {
			need(t.String(), t.Position)
		}
	}
	for _, c := range m.Columns {
		if c.Ref.Table != "" {
			need(c.Ref.Table, c.Position)
		}
	}
	return faults
}

// run is the transaction.
func (b *build) run(ctx context.Context, tx *warehouse.Tx) error {
	again, err := newRefresh(ctx, tx, b.Set)
	if err != nil {
		return err
	}
	for i, m := range b.models {
		start := b.now()
		rows, err := b.create(ctx, tx, again, m)
		if err != nil {
			return err
		}
		if rows > warehouse.RowGroup {
			if err := tx.Settle(ctx); err != nil {
				return err
			}
		}
		step := Step{Table: m.Table(), Rows: rows, Elapsed: b.now().Sub(start), Number: i + 1, Total: len(b.models), ByKey: again.renewed[m.Table()]}
		b.result.Steps = append(b.result.Steps, step)
		if b.Progress != nil {
			b.Progress(step)
		}
	}
	for i, m := range b.models {
		start := b.now()
		c := checker{on: tx, model: m, params: b.Params, references: true}
		if again.renewed[m.Table()] {
			c.renewed = again
		}
		if err := c.run(ctx); err != nil {
			return err
		}
		b.result.Checks += c.count
		b.result.Failures = append(b.result.Failures, c.failures...)
		if b.Progress != nil {
			b.Progress(Step{Table: m.Table(), Rows: b.result.Steps[i].Rows, Elapsed: b.now().Sub(start), Number: i + 1, Total: len(b.models), Checks: c.count, ByKey: c.renewed != nil})
		}
	}
	if len(b.result.Failures) > 0 {
		return &CheckError{b.result.Failures}
	}
	b.result.Customers = -1
	if t := again.keys[customerRebuild]; t.known {
		b.result.Customers = t.count
	}
	if err := again.finish(ctx, b.models); err != nil || b.keepOthers {
		return err
	}
	return b.dropStale(ctx, tx)
}

// create builds the table of a model, for the touched keys only where that will do, and returns its rows.
func (b *build) create(ctx context.Context, tx *warehouse.Tx, again *refresh, m Model) (int64, error) {
	byKey, err := again.may(ctx, m)
	if err != nil {
		return 0, err
	}
	if !b.keepOthers && byKey {
		if err := again.build(ctx, m); err != nil {
			return 0, err
		}
		return countRows(ctx, tx, m.Table())
	}
	if err := again.keep(ctx, m.Table()); err != nil {
		return 0, err
	}
	by := estimation{estimate: b.Estimators[m.Estimator], rows: b.ByRows[m.Estimator], given: b.Params}
	return m.create(ctx, tx, b.args[m.Table()], by)
}

func (b *build) now() time.Time {
	if b.Now == nil {
		return time.Time{}
	}
	return b.Now()
}

// create builds the table and returns its rows.
func (m Model) create(ctx context.Context, on session, args []any, by estimation) (int64, error) {
	if _, err := on.Exec(ctx, "create schema if not exists "+warehouse.Ident(m.Schema)); err != nil {
		return 0, fmt.Errorf("build %s: %w", m.Table(), err)
	}
	var err error
	if m.Estimator != "" && by.estimate != nil {
		err = m.estimate(ctx, on, args, by)
	} else {
		_, err = on.Exec(ctx, "create or replace table "+warehouse.Table(m.Table())+" as\n"+m.Text, args...)
		err = m.locate(err, 1)
	}
	if err != nil {
		return 0, err
	}
	return countRows(ctx, on, m.Table())
}

// countRows reads how many rows a table has, which DuckDB knows without reading it.
func countRows(ctx context.Context, on session, table string) (int64, error) {
	var rows int64
	if err := on.One(ctx, "select count(*) from "+warehouse.Table(table), nil, &rows); err != nil {
		return 0, fmt.Errorf("count %s: %w", table, err)
	}
	return rows, nil
}

// locate turns DuckDB's complaint about a statement that begins shift lines before the model's text into a fault there.
func (m Model) locate(err error, shift int) error {
	var se *warehouse.SQLError
	if !errors.As(err, &se) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	at := m.at(0, 0)
	if se.Line > shift {
		at = m.at(se.Line-shift, se.Column)
	}
	return position.Faults{m.fault(at, "", "%s", se.Message)}
}

// dropStale drops the tables of the schemas that no model builds any more.
func (b *build) dropStale(ctx context.Context, tx *warehouse.Tx) error {
	existing, err := oneColumn(ctx, tx, "select schema_name || '.' || table_name from duckdb_tables() where not internal and not temporary order by 1")
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, table := range existing {
		schema, _, _ := strings.Cut(table, ".")
		_, isModel := b.Set.Model(table)
		_, isContract := b.Set.contract[table]
		if isModel || isContract || !slices.Contains(b.schemas, schema) {
			continue
		}
		if _, err := tx.Exec(ctx, "drop table "+warehouse.Table(table)); err != nil {
			return fmt.Errorf("drop %s, which no model builds any more: %w", table, err)
		}
		b.result.Dropped = append(b.result.Dropped, table)
	}
	return nil
}
