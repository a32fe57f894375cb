package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Failure is one condition of a header that does not hold.
type Failure struct {
	position.Fault
	Table string
	// Rows is how many rows break it; 0 for a condition on the whole table.
	Rows int64
	// Samples are up to 3 of them, as `column=value, …`: the grain and the columns concerned, without personal data.
	Samples []string

	unable bool // it could not be evaluated
}

// CheckError says that a build was rolled back because conditions do not hold.
type CheckError struct{ Failures []Failure }

// Error lists every failure with its place, excerpt and sample rows.
func (e *CheckError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of the models' conditions do not hold; nothing was published", len(e.Failures))
	for _, f := range e.Failures {
		b.WriteString("\n" + f.Detail())
		for _, s := range f.Samples {
			b.WriteString("\n      row: " + s)
		}
	}
	return b.String()
}

// checker holds one built table to its header.
type checker struct {
	on     session
	model  Model
	params Params
	// references looks into other tables: -> and total checks.
	references bool
	// renewed, where set, is what built only some rows of the table again. The others were held to the same header when
	// they were built, and no key stands on both sides: what holds for each row is asked of the new ones only.
	renewed *refresh

	count    int
	failures []Failure
}

// run looks at every condition. Its error is one of the warehouse, not a failure.
func (c *checker) run(ctx context.Context) error {
	matches, err := c.columns(ctx)
	if err != nil || !matches {
		return err // without its columns nothing else can be asked
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	if err := c.rowConditions(ctx, conditions); err != nil {
		return err
	}
	if err := c.grain(ctx); err != nil {
		return err
	}
	if !c.references {
		return nil
	}
	return c.lookElsewhere(ctx)
}

// whole is the table, rows the part of it that is to be checked.
func (c *checker) whole() string { return warehouse.Table(c.model.Table()) }

func (c *checker) rows() string {
	if c.renewed != nil {
		return tempTable(renewedName(c.model.Table()))
	}
	return c.whole()
}

func (c *checker) fail(at position.Position, rows int64, sampled []string, format string, args ...any) {
	c.failures = append(c.failures, Failure{Fault: c.model.fault(at, "", format, args...), Table: c.model.Table(), Rows: rows, Samples: sampled})
}

// columns compares the table with the header: names, order, types, and every difference.
func (c *checker) columns(ctx context.Context) (bool, error) {
	c.count++
	got, err := described(ctx, c.on, c.rows())
	if err != nil {
		return false, fmt.Errorf("describe %s: %w", c.model.Table(), err)
	}
	before := len(c.failures)
	faults := compareColumns(c.model, got)
	for _, f := range faults {
		c.failures = append(c.failures, Failure{Fault: f, Table: c.model.Table()})
	}
	return len(c.failures) == before, nil
}

// compareColumns returns every difference between a header and the columns that a SELECT has.
func compareColumns(m Model, got []Column) position.Faults {
	var faults position.Faults
	there := map[string]Column{}
	for _, g := range got {
		there[g.Name] = g
		if _, ok := m.column(g.Name); !ok {
			faults = append(faults, m.fault(m.at(1, 1), "add `--   "+g.Name+"  "+g.Type+"` to columns, or take it out of the select", "column %s is in the select and not in the header", g.Name))
		}
	}
	for _, want := range m.Columns {
		g, ok := there[want.Name]
		switch {
		case !ok:
			faults = append(faults, m.fault(want.Position, "select it, or take the line out", "column %s is in the header and not in the select", want.Name))
		case g.Type != want.Type:
			faults = append(faults, m.fault(want.Position, "write "+g.Type+", or cast it in the select", "column %s is %s, header says %s", want.Name, g.Type, want.Type))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	for i, want := range m.Columns {
		if got[i].Name != want.Name {
			return position.Faults{m.fault(want.Position, "keep one order", "column %d of the select is %s, header says %s", i+1, got[i].Name, want.Name)}
		}
	}
	return nil
}
