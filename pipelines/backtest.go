package pipelines

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/filelock"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/predict"
)

//go:embed backtest_pairs.sql
var backtestPairs string

//go:embed backtest_customers.sql
var backtestCustomers string

// backtested are the tables whose numbers a backtest scores, and the histories behind them.
func backtested() []string {
	return []string{
		"predictions.replacement", "predictions.purchase", "predictions.customer_value", "predictions.pair_history",
		"predictions.customer_history",
	}
}

// Backtest makes the forecasts of a past day again, from nothing but what was known at the end of it, and scores them by
// what was bought in the days after; then it keeps the result (var/backtests) and collects it. A zero day is the latest
// with all of the days after it; no days are those that the forecast of replacement looks ahead. Errors: *jobs.UsageError
// where the sales do not reach that far.
func (p *Program) Backtest(ctx context.Context, asOf, at calendar.Date, days int) (result predict.Backtest, err error) {
	release, err := p.lockBacktest()
	if err != nil {
		return predict.Backtest{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	outcome := &outcomes{asOf: asOf, at: at, days: days}
	defer outcome.remove()
	err = p.withWarehouse(ctx, "backtest", func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		return outcome.read(ctx, p, db)
	})
	if errors.Is(err, errBeyondReplay) {
		err = outcome.readBeyond(ctx, p)
	}
	if err != nil {
		return predict.Backtest{}, err
	}
	result, err = p.scoreAt(ctx, outcome)
	if err != nil {
		return result, err
	}
	if err := p.keepBacktest(result); err != nil {
		return result, err
	}
	_, err = p.Collect(ctx, asOf)
	return result, err
}

// lockBacktest keeps two backtests from using one file. The error is a *jobs.BusyError where another is under way.
func (p *Program) lockBacktest() (release func() error, err error) {
	if err := p.Prepare(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.LockDir(), 0o700); err != nil {
		return nil, fmt.Errorf("lock backtest: %w", err)
	}
	release, err = filelock.Take(filepath.Join(p.LockDir(), "backtest.lock"), "backtest")
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, &jobs.BusyError{Job: "backtest", PID: held.PID}
	}
	if err != nil {
		return nil, fmt.Errorf("lock backtest: %w", err)
	}
	return release, nil
}

// scoreAt fits as of the end of the day and compares with the outcomes. Its warehouse is gone afterwards: whoever wants to
// look at that day's tables replays it (--as-of).
func (p *Program) scoreAt(ctx context.Context, outcome *outcomes) (result predict.Backtest, err error) {
	then := p.asKnown(outcome.at, outcome.days)
	if err := removeWarehouse(then.file); err != nil { // of a run that was killed
		return result, err
	}
	defer func() { err = errors.Join(err, removeWarehouse(then.file)) }()
	p.Note("loading the sales up to %s", outcome.at)
	if _, err := then.Load(ctx); err != nil {
		return result, fmt.Errorf("load what was known on %s: %w", outcome.at, err)
	}
	p.Note("fitting the forecasts of %s for the %d days after", outcome.at, outcome.days)
	err = then.withDraft(ctx, "backtest", func(db *warehouse.DB) error {
		runner, err := then.runner(ctx, db, then.Replay)
		if err != nil {
			return err
		}
		if _, err := runner.Rebuild(ctx, db, runner.Set.Upstream(backtested()...)...); err != nil {
			return fmt.Errorf("fit what was known on %s: %w", outcome.at, err)
		}
		result, err = score(ctx, db, outcome, p.Note)
		return err
	})
	return result, err
}

// asKnown is the program as it stood at the end of a day, with every forecast looking so many days ahead, and a warehouse
// of its own.
func (p *Program) asKnown(at calendar.Date, days int) *Program {
	c := *p.Config
	c.Params = maps.Clone(c.Params)
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	for _, f := range forecasts() {
		c.Params[f.horizon] = strconv.Itoa(days)
	}
	return &Program{
		Config:    &c,
		Contract:  p.Contract,
		Models:    p.Models,
		Templates: p.Templates,
		Now:       p.Now,
		Replay:    at.AddDays(1),
		OtherDate: true,
		Wait:      p.Wait,
		Note:      p.Note,
		Warn:      p.Warn,
		file:      p.dataPath("asof", fmt.Sprintf("backtest-%s-%dd.duckdb", at, days)),
	}
}

// removeWarehouse removes a DuckDB file with what DuckDB keeps beside it.
func removeWarehouse(path string) error {
	beside, err := filepath.Glob(path + "*")
	if err != nil {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	for _, file := range beside {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// score compares the forecasts in db with what came.
func score(ctx context.Context, db *warehouse.DB, outcome *outcomes, note func(string, ...any)) (predict.Backtest, error) {
	result := predict.Backtest{
		Version: predict.BacktestVersion,
		At:      outcome.at.String(),
		Days:    outcome.days,
		Until:   outcome.at.AddDays(outcome.days).String(),
		Models:  []predict.BacktestModel{},
		Notes:   []string{},
	}
	return result, db.Tx(ctx, func(tx *warehouse.Tx) error {
		for table, path := range map[string]string{"pair_outcome": outcome.pairs, "customer_outcome": outcome.customers} {
			if _, err := tx.Exec(ctx, "create temp table "+table+" as from read_parquet("+warehouse.Literal(path)+")"); err != nil {
				return fmt.Errorf("read outcomes: %w", err)
			}
		}
		for _, subject := range []struct {
			what, query string
			args        []any
			score       func(context.Context, arrow.Table, int) ([]predict.BacktestModel, []string, error)
		}{
			{"pairs", backtestPairs, nil, predict.BacktestPairs},
			{"customers", backtestCustomers, []any{warehouse.Named("days", outcome.days)}, predict.BacktestCustomers},
		} {
			in, err := tx.Select(ctx, subject.query, subject.args...)
			if err != nil {
				return fmt.Errorf("read forecasts of %s: %w", subject.what, err)
			}
			note("scoring %d %s", in.NumRows(), subject.what)
			models, notes, err := subject.score(ctx, in, outcome.days)
			in.Release()
			if err != nil {
				return err
			}
			result.Models, result.Notes = append(result.Models, models...), append(result.Notes, notes...)
		}
		return nil
	})
}

// keepBacktest writes the result to its place: one file a day and horizon, the newest run's.
func (p *Program) keepBacktest(b predict.Backtest) error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("keep backtest: %w", err)
	}
	path := p.dataPath(predict.BacktestFolder, fmt.Sprintf("%s-%dd.json", b.At, b.Days))
	if err := writeWhole(path, append(text, '\n')); err != nil {
		return fmt.Errorf("keep backtest: %w", err)
	}
	return nil
}
