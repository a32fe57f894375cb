package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
)

// forecast is a table whose numbers a backtest scores, with the parameter that says how far ahead they look.
type forecast struct{ table, horizon string }

// forecasts are those of the product: predictions.calibration has a row for each.
func forecasts() []forecast {
	return []forecast{
		{"predictions.replacement", "due_days"},
		{"predictions.purchase", "dormant_within_days"},
		{"predictions.customer_value", "value_days"},
	}
}

// BacktestLatest is Backtest as a step of a job: every forecast as far ahead as it looks, each of the latest day that has
// so many days of sales after it. A young shop, whose sales are too few for that, has nothing to score yet.
func (p *Program) BacktestLatest(ctx context.Context, asOf calendar.Date) (Outcome, error) {
	tables := map[int][]string{} // by how far they look
	err := p.withWarehouse(ctx, "backtest", func(db *warehouse.DB) error {
		for _, f := range forecasts() {
			days, err := p.horizon(ctx, db, f.horizon)
			if err != nil {
				return err
			}
			tables[days] = append(tables[days], f.table)
		}
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	var said []string
	for _, days := range sortedDays(tables) {
		b, err := p.Backtest(ctx, asOf, calendar.Date{}, days)
		if errors.Is(err, errFewSales) {
			said = append(said, fmt.Sprintf("%d days: %v", days, errFewSales))
			continue
		}
		if err != nil {
			return Outcome{}, err
		}
		text := fmt.Sprintf("%d days after %s:", b.Days, b.At)
		for _, m := range b.Own() {
			if !slices.Contains(tables[days], m.Table) {
				continue
			}
			out.Rows += int64(m.Rows)
			text += " " + m.Name
			if m.Ratio != nil {
				text += fmt.Sprintf(" foretold %.2f times what came", *m.Ratio)
			}
			if m.IsFlagged {
				text += " (ranks only)"
			}
			text += ","
		}
		said = append(said, strings.TrimRight(text, ",:"))
	}
	out.Text = strings.Join(said, "; ")
	return out, nil
}

func sortedDays(tables map[int][]string) []int {
	var list []int
	for days := range tables {
		list = append(list, days)
	}
	slices.Sort(list)
	return list
}

// horizon is how many days ahead a forecast looks, by the name of its parameter: as config.yaml has it, or else the model's
// header.
func (p *Program) horizon(ctx context.Context, db *warehouse.DB, name string) (int, error) {
	set, err := p.models(ctx, db)
	if err != nil {
		return 0, err
	}
	text := p.Config.Params[name]
	for _, declared := range set.Declared() {
		if declared.Name == name && text == "" {
			text = declared.Default
		}
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < 1 {
		return 0, &jobs.UsageError{Err: fmt.Errorf("backtest: the parameter %s is %q, want a number of days", name, text)}
	}
	return days, nil
}
