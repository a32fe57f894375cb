package model

import (
	"context"
	"errors"
	"io/fs"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Scaffold makes every contract table and every model's table in an empty db without a row, and in doing so binds each
// SELECT and each check: what names a column or function that does not exist, or differs from its header, is a fault.
// Afterwards other SQL (audiences) can be bound against db. Errors: position.Faults, all of them.
func Scaffold(ctx context.Context, db *warehouse.DB, set *Set, contract fs.FS, p Params) error {
	if err := Contract(ctx, db, contract); err != nil {
		return err
	}
	var faults, more position.Faults
	if err := set.CheckParams(p); errors.As(err, &more) {
		faults = append(faults, more...)
	} else if err != nil {
		return err
	}
	for table, columns := range generatedColumns {
		if _, ok := set.Model(table); ok {
			continue
		}
		if err := createEmpty(ctx, db, table, columns); err != nil {
			return err
		}
	}
	for _, m := range set.models {
		more, err := m.scaffold(ctx, db, p)
		if err != nil {
			return err
		}
		faults = append(faults, more...)
	}
	for _, m := range set.models {
		more, err := m.bindChecks(ctx, db, p)
		if err != nil {
			return err
		}
		faults = append(faults, more...)
	}
	faults.Sort()
	return faults.Err()
}

// scaffold builds one model on empty tables; where that fails, its table is made from the header, so that the models
// behind it are not blamed.
func (m Model) scaffold(ctx context.Context, db *warehouse.DB, p Params) (position.Faults, error) {
	var faults position.Faults
	args, err := m.bind(p, m.used)
	if err == nil {
		_, err = m.create(ctx, db, args, nil, p)
	}
	if err == nil && m.Estimator == "" {
		got, describeErr := described(ctx, db, warehouse.Table(m.Table()))
		if describeErr != nil {
			return nil, describeErr
		}
		if faults = compareColumns(m, got); len(faults) == 0 {
			return nil, nil
		}
	} else if err != nil && !errors.As(err, &faults) {
		return nil, err
	}
	if err := createEmpty(ctx, db, m.Table(), m.Columns); err != nil {
		faults = append(faults, m.fault(m.at(1, 1), "use the types that describe prints", "columns of the header make no table: %v", err))
	}
	return faults, nil
}

// bindChecks evaluates the checks on the empty tables, for what DuckDB says about them and not for their result.
func (m Model) bindChecks(ctx context.Context, db *warehouse.DB, p Params) (position.Faults, error) {
	c := checker{on: db, model: m, params: p, references: true}
	conditions, err := c.conditions()
	var faults position.Faults
	if errors.As(err, &faults) {
		return faults, nil
	} else if err != nil {
		return nil, err
	}
	if err := c.rowConditions(ctx, conditions); err != nil {
		return nil, err
	}
	if err := c.lookElsewhere(ctx); err != nil {
		return nil, err
	}
	for _, f := range c.failures {
		if f.unable {
			faults = append(faults, f.Fault)
		}
	}
	return faults, nil
}
