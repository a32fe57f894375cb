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
	Transform(ctx context.Context, query string, args []any, f func(arrow.Table) (arrow.Table, error), use func(source string) error) error
}

// estimate builds the table of a model with an estimator. The estimator is given every parameter that the header
// declares, bound or not. One that works row by row is given the rows in parts.
func (m Model) estimate(ctx context.Context, on session, args []any, estimate Estimator, byRow bool, given Params) error {
	arrows, ok := on.(arrowSession)
	if !ok {
		return fmt.Errorf("build %s: this session passes no Arrow tables", m.Table())
	}
	params, err := m.estimatorParams(given)
	if err != nil {
		return err
	}
	if byRow {
		return m.estimateParts(ctx, arrows, on, args, estimate, params)
	}
	staging := m.Table() + " (estimated)"
	if err := m.estimateWhole(ctx, arrows, staging, args, estimate, params); err != nil {
		return err
	}
	if err := m.take(ctx, on, warehouse.Table(staging)); err != nil {
		return err
	}
	if _, err := on.Exec(ctx, "drop table "+warehouse.Table(staging)); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	return nil
}

// take makes the model's table of what an estimator returned. Arrow has its own types: the header's are given here, and a
// column that is missing is named.
func (m Model) take(ctx context.Context, on session, source string) error {
	got, err := described(ctx, on, "from "+source)
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
	text := "create or replace table " + warehouse.Table(m.Table()) + " as select " + strings.Join(list, ", ") + " from " + source
	if _, err := on.Exec(ctx, text); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	return nil
}

// estimateParts gives an estimator the rows part by part.
func (m Model) estimateParts(ctx context.Context, arrows arrowSession, on session, args []any, estimate Estimator, params Params) error {
	err := arrows.Transform(ctx, m.Text, args, func(part arrow.Table) (arrow.Table, error) {
		out, err := estimate(ctx, part, params)
		if err != nil {
			return nil, fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
		}
		return out, nil
	}, func(source string) error { return m.take(ctx, on, source) })
	return m.locate(err, 0)
}

// estimatorParams are the parameters that the header declares, with their values.
func (m Model) estimatorParams(given Params) (Params, error) {
	params := Params{}
	for _, p := range m.Params {
		v, ok := given[p.Name]
		if !ok && p.HasDefault {
			v, ok = p.Default, true
		}
		if !ok {
			continue
		}
		var err error
		if params[p.Name], err = paramValue(p, v); err != nil {
			return nil, m.fault(p.Position, "", "parameter $%s: %v", p.Name, err)
		}
	}
	return params, nil
}

// estimateWhole gives an estimator all rows at once.
func (m Model) estimateWhole(ctx context.Context, arrows arrowSession, staging string, args []any, estimate Estimator, params Params) error {
	in, err := arrows.Select(ctx, m.Text, args...)
	if err != nil {
		return m.locate(err, 0)
	}
	defer in.Release()
	out, err := estimate(ctx, in, params)
	if err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	defer out.Release()
	if err := arrows.Insert(ctx, staging, out); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	return nil
}
