package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

// calibrationTable says whether each forecast may be read as a number.
const calibrationTable = "predictions.calibration"

// forecastWarnings are what has to be said of the forecasts that an audience uses: those whose latest backtest was far from
// what came, in words. An audience uses what it reads itself, and what the segments that it reads do.
func (p *Program) forecastWarnings(ctx context.Context, db *warehouse.DB, audience string) ([]string, error) {
	warnings := []string{}
	statement, err := db.ParseAt(ctx, position.Position{}, audience)
	if err != nil {
		return nil, err
	}
	set, err := p.models(ctx, db)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, t := range statement.Tables() {
		useForecasts(set, t.String(), used)
	}
	if built, err := hasTable(ctx, db, "predictions", "calibration"); err != nil || !built {
		return warnings, err
	}
	rows, err := db.Query(ctx, "select model_table, reason from "+calibrationTable+" where is_flagged order by model_table")
	if err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, reason string
		if err := rows.Scan(&table, &reason); err != nil {
			return nil, fmt.Errorf("read calibration: %w", err)
		}
		if used[table] {
			warnings = append(warnings, table+": "+reason)
		}
	}
	return warnings, rows.Err()
}

// useForecasts notes the tables of predictions that stand behind a table: itself, or through segments.
func useForecasts(set *model.Set, table string, used map[string]bool) {
	schema, _, _ := strings.Cut(table, ".")
	if used[table] || !slices.Contains([]string{model.Predictions, model.Segments}, schema) {
		return
	}
	used[table] = true
	m, isModel := set.Model(table)
	if schema == model.Predictions || !isModel {
		return
	}
	for _, read := range m.Reads {
		useForecasts(set, read, used)
	}
}
