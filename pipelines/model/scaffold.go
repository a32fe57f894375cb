package model

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Scaffold makes every contract table and every model's table in an empty db without a row, and in doing so binds each
// SELECT and each check: what names a column or function that does not exist, or differs from its header, is a fault.
// Afterwards other SQL (audiences) can be bound against db. Errors: position.Faults, all of them.
//
// The set may be one that Read or With returned with faults. What they told of is not told again: such a model's table
// is made from its header, so that the models behind it are looked at all the same. Where not even that can be done,
// the table is one of Shapeless, and whatever reads it is left alone.
func Scaffold(ctx context.Context, db *warehouse.DB, set *Set, contract fs.FS, p Params) error {
	if err := Contract(ctx, db, contract); err != nil {
		return err
	}
	s := scaffold{db: db, set: set, made: map[string]bool{}}
	s.params(p)
	for table, columns := range generatedColumns {
		if _, ok := set.Model(table); ok {
			continue
		}
		if err := createEmpty(ctx, db, table, columns); err != nil {
			return err
		}
	}
	for _, m := range set.models {
		if err := s.table(ctx, m); err != nil {
			return err
		}
	}
	for _, m := range set.models {
		if err := s.checks(ctx, m); err != nil {
			return err
		}
	}
	s.faults.Sort()
	return s.faults.Err()
}

// scaffold is one run of Scaffold.
type scaffold struct {
	db     *warehouse.DB
	set    *Set
	given  Params // without those that are faults by themselves
	made   map[string]bool
	faults position.Faults
}

// params checks the given parameters. A model whose header could not be read may have declared what nobody else does.
func (s *scaffold) params(p Params) {
	complete := !slices.ContainsFunc(s.set.models, func(m Model) bool { return m.unready })
	s.faults = append(s.faults, s.set.checkParams(p, complete)...)
	s.given = maps.Clone(p)
	for _, d := range s.set.Declared() {
		if v, ok := p[d.Name]; ok && d.HasDefault {
			if _, err := paramValue(d, v); err != nil {
				delete(s.given, d.Name)
			}
		}
	}
}

// table builds one model on empty tables; where that fails, its table is made from the header, so that the models
// behind it are not blamed.
func (s *scaffold) table(ctx context.Context, m Model) error {
	for _, t := range m.tables { // of models that read each other in a circle, one has to be first
		if other, ok := s.set.Model(t.String()); ok && !s.made[t.String()] {
			if err := s.empty(ctx, other); err != nil {
				return err
			}
		}
	}
	before := len(s.faults)
	if s.set.binds(m) {
		if err := s.bind(ctx, m); err != nil {
			return err
		}
		if len(s.faults) == before {
			s.made[m.Table()] = true
			return nil
		}
	}
	return s.empty(ctx, m)
}

// bind makes one model's table by its SELECT.
func (s *scaffold) bind(ctx context.Context, m Model) error {
	if len(m.conditions) > 0 {
		more, err := m.bindConditions(ctx, s.db)
		if err != nil {
			return err
		}
		if s.faults = append(s.faults, more...); len(more) > 0 {
			return nil
		}
	}
	var more position.Faults
	args, err := m.bind(s.given, m.used)
	if err == nil {
		_, err = m.create(ctx, s.db, args, estimation{})
	}
	if errors.As(err, &more) {
		s.faults = append(s.faults, more...)
		return nil
	}
	if err != nil {
		return err
	}
	if m.Estimator != "" { // its columns come back from Go
		return s.empty(ctx, m)
	}
	got, err := described(ctx, s.db, warehouse.Table(m.Table()))
	if err != nil {
		return err
	}
	s.faults = append(s.faults, compareColumns(m, got)...)
	return nil
}

// empty makes a model's table from its header, if that says what it looks like.
func (s *scaffold) empty(ctx context.Context, m Model) error {
	s.made[m.Table()] = true
	if len(m.Columns) == 0 {
		return nil
	}
	err := createEmpty(ctx, s.db, m.Table(), m.Columns)
	var se *warehouse.SQLError
	if errors.As(err, &se) && !isFatal(err) {
		s.faults = append(s.faults, m.fault(m.at(1, 1), "use the types that describe prints", "columns of the header make no table: %s", se.Message))
		return nil
	}
	return err
}

// checks evaluates the checks on the empty tables, for what DuckDB says about them and not for their result.
func (s *scaffold) checks(ctx context.Context, m Model) error {
	if m.shapeless {
		return nil
	}
	m.Checks = slices.DeleteFunc(slices.Clone(m.Checks), func(c Check) bool { return c.unready || !s.set.knows(c.tables, c.used, m.Params) })
	m.Columns = slices.Clone(m.Columns)
	for i, c := range m.Columns {
		if columns, ok := s.set.shape(c.Ref.Table); c.Ref.Table != "" && (!ok || !hasColumn(columns, c.Ref)) {
			m.Columns[i].Ref = Ref{}
		}
	}
	c := checker{on: s.db, model: m, params: s.given, references: true}
	conditions, err := c.conditions()
	var more position.Faults
	if errors.As(err, &more) {
		s.faults = append(s.faults, more...)
		return nil
	} else if err != nil {
		return err
	}
	if err := c.rowConditions(ctx, conditions); err != nil {
		return err
	}
	if err := c.lookElsewhere(ctx); err != nil {
		return err
	}
	for _, f := range c.failures {
		if f.unable {
			s.faults = append(s.faults, f.Fault)
		}
	}
	return nil
}

// binds reports whether nothing is known yet that keeps a model's SELECT from being bound.
func (s *Set) binds(m Model) bool { return !m.unready && s.knows(m.tables, m.used, m.Params) }

// knows reports whether every table that is read has a known shape, and every parameter that is used is declared.
func (s *Set) knows(tables []warehouse.TableRef, used []warehouse.Param, declared []Param) bool {
	return !slices.ContainsFunc(tables, func(t warehouse.TableRef) bool {
		_, ok := s.shape(t.String())
		return !ok
	}) && !slices.ContainsFunc(used, func(u warehouse.Param) bool {
		return !slices.ContainsFunc(declared, func(p Param) bool { return p.Name == u.Name })
	})
}

// shape is the columns of a table, false where it does not exist or its header cannot be read.
func (s *Set) shape(table string) ([]Column, bool) {
	if m, ok := s.Model(table); ok && m.shapeless {
		return nil, false
	}
	return s.Columns(table)
}

// Shapeless lists the models' tables whose columns are not known because of faults in their headers.
func (s *Set) Shapeless() []string {
	var tables []string
	for _, m := range s.models {
		if m.shapeless {
			tables = append(tables, m.Table())
		}
	}
	return tables
}

// hasColumn reports whether a reference's column is one of its table's.
func hasColumn(columns []Column, ref Ref) bool {
	return slices.ContainsFunc(columns, func(c Column) bool { return c.Name == ref.Column })
}
