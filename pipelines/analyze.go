package pipelines

import (
	"context"
	"fmt"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

// Analyze builds, checks and publishes everything that is known about customers as of a date, all or nothing: where a
// check fails, yesterday's tables stay and the error names every failure.
func (p *Program) Analyze(ctx context.Context, asOf calendar.Date) (Outcome, error) {
	var out Outcome
	err := p.withDraft(ctx, "analyze", func(db *warehouse.DB) error {
		if err := p.collectFirst(ctx, db, asOf); err != nil {
			return err
		}
		result, err := p.build(ctx, db, asOf, model.Core, model.Rollups, model.Metrics, model.Predictions, model.Segments)
		if err != nil {
			return err
		}
		if err := p.warnShortHistory(ctx, db, asOf); err != nil {
			return err
		}
		out = Outcome{Rows: rowsOf(result), Text: fmt.Sprintf("%d models, %d checks, %s", len(result.Steps), result.Checks, renewed(result))}
		return nil
	})
	return out, err
}

// renewed says in words whose rows of the rollups were built again.
func renewed(result model.Result) string {
	switch result.Customers {
	case -1:
		return "all customers recomputed"
	case 0:
		return "no customer's sales have changed"
	case 1:
		return "1 customer recomputed"
	default:
		return fmt.Sprintf("%d customers recomputed", result.Customers)
	}
}

// rowsOf counts the rows of all tables that were built.
func rowsOf(result model.Result) int64 {
	var rows int64
	for _, step := range result.Steps {
		rows += step.Rows
	}
	return rows
}

// warnShortHistory says when growth cannot be known: without two whole windows of sales every growth is a guess.
func (p *Program) warnShortHistory(ctx context.Context, db *warehouse.DB, asOf calendar.Date) error {
	rows, err := db.Query(ctx, `
		select
			coalesce(date_diff('day', min(days.ordered_on), any_value(windows.as_of_on)), 0),
			any_value(windows.as_of_on - windows.previous_from_on),
			any_value(windows.as_of_on - windows.from_on)
		from metrics.rank_window as windows
		left join rollups.day as days on days.ordered_on < windows.as_of_on
		where windows.as_of_on = $as_of::date`,
		warehouse.Named("as_of", asOf.UTC()))
	if err != nil {
		return fmt.Errorf("measure history: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var days, need, window int
		if err := rows.Scan(&days, &need, &window); err != nil {
			return fmt.Errorf("measure history: %w", err)
		}
		if days == 0 { // nothing sold yet: nothing to compare
			continue
		}
		switch {
		case days >= need-need/20: // the first sale is rarely on the first day
		case p.Config.Ranks.Compare == config.CompareLastYear:
			p.Warn("sales go back %d days, growth looks back %d days, to the same window of last year; try: ranks.compare: previous",
				days, need)
		default:
			p.Warn("sales go back %d days, growth compares two windows of %d days; try: ranks.window: %dd", days, window, days/2)
		}
	}
	return rows.Err()
}
