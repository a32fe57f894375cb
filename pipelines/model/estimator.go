package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Estimator turns the rows of a model's SELECT into the rows of its table. It returns the columns of the header by
// name, in any order and in any type that casts to theirs, and does not release what it is given.
type Estimator func(ctx context.Context, in arrow.Table, p Params) (arrow.Table, error)

// estimation is an estimator at work.
type estimation struct {
	estimate Estimator
	// rows says that each of its rows depends on one row of its input only.
	rows  bool
	given Params
}

// partRows is how many rows an estimator that goes by rows is given at once.
const partRows = 1 << 18

// arrowSession is a session that passes Arrow tables.
type arrowSession interface {
	session
	SelectParts(ctx context.Context, rows int64, do func(part arrow.Table) error, query string, args ...any) error
	NewRows() (*warehouse.Rows, error)
}

// estimate builds the table of a model with an estimator. The estimator is given every parameter that the header
// declares, bound or not; where it goes by rows, it is given the rows in parts.
func (m Model) estimate(ctx context.Context, on session, args []any, by estimation) error {
	arrows, ok := on.(arrowSession)
	if !ok {
		return fmt.Errorf("build %s: this session passes no Arrow tables", m.Table())
	}
	params, err := m.estimatorParams(by.given)
	if err != nil {
		return err
	}
	rows, err := arrows.NewRows()
	if err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	defer rows.Close()
	var list string
	each := func(part arrow.Table) error {
		out, err := by.estimate(ctx, part, params)
		if err != nil {
			return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
		}
		defer out.Release()
		if list, err = m.castList(out.Schema()); err != nil {
			return err
		}
		return rows.Add(out)
	}
	size := int64(0)
	if by.rows {
		size = partRows
	}
	if err := arrows.SelectParts(ctx, size, each, m.Text, args...); err != nil {
		return m.locate(err, 0)
	}
	if err := rows.Replace(ctx, m.Table(), list); err != nil {
		return fmt.Errorf("estimate %s by %s: %w", m.Table(), m.Estimator, err)
	}
	return nil
}

// estimatorParams are the values of the parameters that the header declares.
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

// castList is a SELECT list of the header's columns over those that an estimator returned: Arrow has its own types, the
// header's are given here.
func (m Model) castList(got *arrow.Schema) (string, error) {
	var faults position.Faults
	list := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		if !got.HasField(c.Name) {
			faults = append(faults, m.fault(c.Position, "take the line out, or correct the estimator", "estimator %s returned no column %s", m.Estimator, c.Name))
		}
		list[i] = fmt.Sprintf("cast(%s as %s) as %s", warehouse.Ident(c.Name), c.Type, warehouse.Ident(c.Name))
	}
	return strings.Join(list, ", "), faults.Err()
}
