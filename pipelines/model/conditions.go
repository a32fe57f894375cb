package model

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// rowCondition is something that must be true of every row.
type rowCondition struct {
	sql     string // an expression over the row
	message string
	at      position.Position
	show    []string // columns beside the grain
	simple  bool     // without subquery and window
	args    []any
}

// conditions lists not null and the check lines about rows.
func (c *checker) conditions() ([]rowCondition, error) {
	var list []rowCondition
	for _, col := range c.model.Columns {
		if col.NotNull {
			list = append(list, rowCondition{sql: warehouse.Ident(col.Name) + " is not null", message: "column " + col.Name + " is null", at: col.Position, simple: true})
		}
	}
	for _, k := range c.model.Checks {
		if k.Total {
			continue
		}
		args, err := c.model.bind(c.params, k.used)
		if err != nil {
			return nil, err
		}
		list = append(list, rowCondition{sql: k.source, message: "check failed: " + k.Text, at: k.Position, show: c.mentioned(k.Text), simple: k.simple, args: args})
	}
	return list, nil
}

// rowConditions counts the rows that break each condition: the simple ones in one scan.
func (c *checker) rowConditions(ctx context.Context, list []rowCondition) error {
	c.count += len(list)
	var simple []rowCondition
	for _, k := range list {
		if k.simple && len(k.args) == 0 {
			simple = append(simple, k)
		}
	}
	clean := false
	if len(simple) > 0 {
		terms := make([]string, len(simple))
		for i, k := range simple {
			terms[i] = "count(*) filter (where (\n" + k.sql + "\n) is not true)"
		}
		var broken int64
		err := c.on.One(ctx, "select ("+strings.Join(terms, "\n+ ")+")::bigint from "+c.rows(), nil, &broken)
		if isFatal(err) {
			return err
		}
		clean = err == nil && broken == 0
	}
	for _, k := range list {
		if clean && k.simple && len(k.args) == 0 {
			continue
		}
		if err := c.rowCondition(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// rowCondition looks at one condition by itself and keeps sample rows.
func (c *checker) rowCondition(ctx context.Context, k rowCondition) error {
	rows := c.rows()
	if !k.simple { // it may look at other rows
		rows = c.whole()
	}
	from := " from (select *, (\n" + k.sql + "\n) as \"holds (checked)\" from " + rows + ") where \"holds (checked)\" is not true"
	var broken int64
	if err := c.on.One(ctx, "select count(*)"+from, k.args, &broken); err != nil {
		return c.unable(k.at, k.message, err)
	}
	if broken == 0 {
		return nil
	}
	sampled, err := c.sample(ctx, from, k.show, k.args)
	if err != nil {
		return err
	}
	c.fail(k.at, broken, sampled, "%s: %d rows", k.message, broken)
	return nil
}

// unable records a condition that DuckDB could not evaluate.
func (c *checker) unable(at position.Position, message string, err error) error {
	var se *warehouse.SQLError
	if isFatal(err) || !errors.As(err, &se) {
		return err
	}
	c.fail(at, 0, nil, "%s: cannot be evaluated: %s", message, se.Message)
	c.failures[len(c.failures)-1].unable = true
	return nil
}

// isFatal reports an error that says nothing about one condition.
func isFatal(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		err != nil && strings.Contains(err.Error(), "INTERRUPT")
}

// grainByForm reports whether the SELECT groups by the grain, or by a part of it: then there is nothing to count.
func (m Model) grainByForm() bool {
	return m.Estimator == "" && len(m.uniqueBy) > 0 && !slices.ContainsFunc(m.uniqueBy, func(column string) bool {
		return !slices.Contains(m.Grain, column)
	})
}

// grain counts the rows that share their key with another, unless the model's form excludes it.
func (c *checker) grain(ctx context.Context) error {
	c.count++
	table := c.rows()
	if c.model.OneRow {
		var rows int64
		if err := c.on.One(ctx, "select count(*) from "+table, nil, &rows); err != nil {
			return err
		}
		if rows != 1 {
			c.fail(c.model.grainAt, rows, nil, "grain is one row, got %d", rows)
		}
		return nil
	}
	if c.model.grainByForm() {
		return nil
	}
	by := identList(c.model.Grain, "")
	// Where no two rows have the same hash, no two have the same key: a third of the cost of counting keys.
	var extra int64
	err := c.on.One(ctx, "select (select count(*) from "+table+") - (select count(*) from (select distinct hash("+by+") from "+table+"))", nil, &extra)
	if err == nil && extra != 0 {
		err = c.on.One(ctx, "select (select count(*) from "+table+") - (select count(*) from (select "+by+" from "+table+" group by "+by+"))", nil, &extra)
	}
	if err != nil {
		return c.unable(c.model.grainAt, "grain", err)
	}
	if extra == 0 {
		return nil
	}
	from := " from (select " + by + ", count(*) as rows from " + table + " group by " + by + " having count(*) > 1)"
	sampled, err := c.sample(ctx, from, []string{"rows"}, nil)
	if err != nil {
		return err
	}
	c.fail(c.model.grainAt, extra, sampled, "grain is %s, got %d rows too many", strings.Join(c.model.Grain, ", "), extra)
	return nil
}

// referring are the rows whose references must be looked up.
func (c *checker) referring(ctx context.Context, col Column) (string, error) {
	if c.renewed == nil {
		return c.whole(), nil
	}
	kept, err := c.renewed.keepsReferences(ctx, c.model, col)
	if !kept {
		return c.whole(), err
	}
	return c.rows(), err
}

// lookElsewhere checks references and total checks.
func (c *checker) lookElsewhere(ctx context.Context) error {
	for _, col := range c.model.Columns {
		if col.Ref.Table == "" {
			continue
		}
		c.count++
		rows, err := c.referring(ctx, col)
		if err != nil {
			return err
		}
		own, other := warehouse.Ident(col.Name), warehouse.Ident(col.Ref.Column)
		from := " from (select distinct " + own + " from " + rows + " where " + own + " is not null) as own anti join " +
			warehouse.Table(col.Ref.Table) + " as other on own." + own + " = other." + other
		var broken int64
		message := "column " + col.Name + " is not in " + col.Ref.Table
		if err := c.on.One(ctx, "select count(*)"+from, nil, &broken); err != nil {
			if err := c.unable(col.Position, message, err); err != nil {
				return err
			}
			continue
		}
		if broken == 0 {
			continue
		}
		sampled, err := c.sampleOf(ctx, from, []string{col.Name}, nil)
		if err != nil {
			return err
		}
		c.fail(col.Position, broken, sampled, "%s: %d values", message, broken)
	}
	for _, k := range c.model.Checks {
		if !k.Total {
			continue
		}
		c.count++
		args, err := c.model.bind(c.params, k.used)
		if err != nil {
			return err
		}
		var holds bool
		if err := c.on.One(ctx, "select coalesce((\n"+k.source+"\n)::boolean, false)", args, &holds); err != nil {
			if err := c.unable(k.Position, "check failed: "+k.Text, err); err != nil {
				return err
			}
		} else if !holds {
			c.fail(k.Position, 0, nil, "check failed: %s", k.Text)
		}
	}
	return nil
}
