package response

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/predict"
)

// The frame of a kept backtest, as predict.Backtest writes it: nothing is sniffed.
const (
	measureColumns = `"rows" bigint, events bigint, auc double, auc_error double, top_decile_lift double, log_loss double,
		brier double, calibration_error double, predicted double, ratio double, is_flagged boolean`
	backtestColumns = `{'at': 'date', days: 'integer', until: 'date', models: 'struct(subject varchar, model varchar,
		"table" varchar, note varchar, ` + measureColumns + `, purchases_foretold double, purchases_counted double,
		bins struct("rows" bigint, events double, lowest double, highest double, forecast double, frequency double,
			frequency_low double, frequency_high double)[],
		by_repeats struct(repeats varchar, ` + measureColumns + `)[])[]'}`
)

// stageBacktests reads the backtests that are new, were made again, or are gone. A file that cannot be read is told of and
// left out: it is no reason to collect nothing.
func (s Staging) stageBacktests(ctx context.Context, tx *warehouse.Tx, known map[string]file, staged *Staged) error {
	files, err := s.changed(known, predict.BacktestFolder, "*.json")
	if err != nil {
		return err
	}
	for _, f := range known {
		if !strings.HasPrefix(f.path, predict.BacktestFolder+"/") {
			continue
		}
		if _, err := os.Stat(filepath.Join(s.DataDir, filepath.FromSlash(f.path))); os.IsNotExist(err) {
			if err := forgetBacktest(ctx, tx, f); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "delete from journal.file where file = $file", warehouse.Named("file", f.path)); err != nil {
				return fmt.Errorf("stage backtests: %w", err)
			}
			staged.OnlyRuns = false
		}
	}
	for _, f := range files {
		staged.OnlyRuns = false
		if err := forgetBacktest(ctx, tx, f); err != nil {
			return err
		}
		path := filepath.Join(s.DataDir, filepath.FromSlash(f.path))
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("stage backtests: %w", err)
		}
		if _, err := predict.ReadBacktest(text); err != nil {
			staged.Unread = append(staged.Unread, f.path+": "+err.Error())
		} else if err := stageBacktest(ctx, tx, f, path); err != nil {
			return err
		}
		if err := remember(ctx, tx, f); err != nil {
			return err
		}
	}
	return nil
}

func forgetBacktest(ctx context.Context, tx *warehouse.Tx, f file) error {
	for _, table := range []string{"journal.backtest", "journal.backtest_bin"} {
		if _, err := tx.Exec(ctx, "delete from "+table+" where file = $file", warehouse.Named("file", f.path)); err != nil {
			return fmt.Errorf("stage backtests: %w", err)
		}
	}
	return nil
}

func stageBacktest(ctx context.Context, tx *warehouse.Tx, f file, path string) error {
	from := fmt.Sprintf("from read_json(%s, format = 'unstructured', columns = %s)", warehouse.Literal(path), backtestColumns)
	_, err := tx.Exec(ctx, `
		insert into journal.backtest by name
		with

		models as (
			select "at", days, until, unnest(models) as m, generate_subscripts(models, 1) as position `+from+`
		)

		select
			$file as file, "at" as at_on, days as horizon_days, until as until_on, position, m.subject, m.model,
			nullif(m."table", '') as model_table, nullif(m.note, '') as note, '' as repeats, m."rows" as row_count,
			m.events as event_count, m.auc, m.auc_error, m.top_decile_lift, m.log_loss, m.brier, m.calibration_error,
			m.predicted as predicted_count, m.ratio, m.is_flagged, m.purchases_foretold, m.purchases_counted,
		from models

		union all by name

		select
			$file as file, "at" as at_on, days as horizon_days, until as until_on, position, m.subject, m.model,
			nullif(m."table", '') as model_table, nullif(m.note, '') as note, r.repeats, r."rows" as row_count,
			r.events as event_count, r.auc, r.auc_error, r.top_decile_lift, r.log_loss, r.brier, r.calibration_error,
			r.predicted as predicted_count, r.ratio, r.is_flagged,
		from (select *, unnest(m.by_repeats) as r from models)
		order by position, repeats`, warehouse.Named("file", f.path))
	if err != nil {
		return fmt.Errorf("stage %s: %w", f.path, err)
	}
	_, err = tx.Exec(ctx, `
		insert into journal.backtest_bin by name
		select
			$file as file, "at" as at_on, days as horizon_days, m.subject, m.model, position as bin, b."rows" as row_count,
			b.events as event_count, b.lowest, b.highest, b.forecast, b.frequency, b.frequency_low, b.frequency_high,
		from (
			select "at", days, m, unnest(m.bins) as b, generate_subscripts(m.bins, 1) as position
			from (select "at", days, unnest(models) as m `+from+`)
		)
		order by m.subject, m.model, bin`, warehouse.Named("file", f.path))
	if err != nil {
		return fmt.Errorf("stage %s: %w", f.path, err)
	}
	return nil
}
