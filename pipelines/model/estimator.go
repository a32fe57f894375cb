package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Estimator turns the rows of a model's SELECT into the rows of its table. It returns the columns of the header by
// name, in any order and in any type that casts to theirs, and does not release what it is given.
type Estimator func(ctx context.Context, in arrow.Table, p Params) (arrow.Table, error)

// arrowSession is a session that passes Arrow tables.
type arrowSession interface {
	session
	Select(ctx context.Context, query string, args ...any) (arrow.Table, error)
	Insert(ctx context.Context, table string, rows arrow.Table) error
}

// estimate builds the table of a model with an estimator. The estimator is given every parameter that the header
// declares, bound or not.
func (m Model) estimate(ctx context.Context, on session, args []any, estimate Estimator, given Params) error {
	arrows, ok := on.(arrowSession)
	if !ok {
		return fmt.Errorf("build %s: this session passes no Arrow tables", m.Table())
	}
	in, err := arrows.Select(ctx, m.Text, args...)
	if err != nil {
		return m.locate(err, 0)
	}
	defer in.Release()
	params := Params{}
	for _, p := range m.Params {
		v, ok := given[p.Name]
		if !ok && p.HasDefault {
			v, ok = p.Default, true
		}
		if !ok {
			continue
		}
		if params[p.Name], err = paramValue(p, v); err != nil {
			return m.fault(p.Position, "", "parameter $%s: %v", p.Name, err)
		}
	}
	out, err := estimate(ctx, in, params)
	if err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	defer out.Release()
	// Arrow has its own types: the header's are given here, and a column that is missing is named by DuckDB.
	staging := m.Table() + " (estimated)"
	if err := arrows.Insert(ctx, staging, out); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	got, err := described(ctx, on, warehouse.Table(staging))
	if err != nil {
		return fmt.Errorf("describe what %s returned: %w", m.Estimator, err)
	}
	var faults position.Faults
	list := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		if !slices.ContainsFunc(got, func(g Column) bool { return g.Name == c.Name }) {
			faults = append(faults, m.fault(c.Position, "take the line out, or correct the estimator", "estimator %s returned no column %s", m.Estimator, c.Name))
		}
		list[i] = fmt.Sprintf("cast(%s as %s) as %s", warehouse.Ident(c.Name), c.Type, warehouse.Ident(c.Name))
	}
	if len(faults) > 0 {
		return faults
	}
	text := "create or replace table " + warehouse.Table(m.Table()) + " as select " + strings.Join(list, ", ") + " from " + warehouse.Table(staging)
	if _, err := on.Exec(ctx, text); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	if _, err := on.Exec(ctx, "drop table "+warehouse.Table(staging)); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	return nil
}
