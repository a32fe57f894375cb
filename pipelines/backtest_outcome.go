package pipelines

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
)

// errFewSales means that no day has as many days of sales after it as the forecasts look ahead.
var errFewSales = errors.New("not enough sales yet")

// errBeyondReplay means that the sales which a replay knows end before the last of the days after.
var errBeyondReplay = errors.New("the replay knows no sales of these days")

// outcomes is what was bought in the days after the day of a backtest, in two Parquet files.
type outcomes struct {
	asOf, at calendar.Date
	days     int

	dir, pairs, customers string
}

func (o *outcomes) remove() {
	if o.dir != "" {
		_ = os.RemoveAll(o.dir) // in tmp, where what is left does no harm
	}
}

// read settles the day and the days where they were left open, and takes what came out of the warehouse of the run.
func (o *outcomes) read(ctx context.Context, p *Program, db *warehouse.DB) error {
	if err := o.settle(ctx, p, db); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(p.tempDir(), "backtest-")
	if err != nil {
		return fmt.Errorf("keep outcomes: %w", err)
	}
	o.dir = dir
	o.pairs, o.customers = filepath.Join(dir, "pairs.parquet"), filepath.Join(dir, "customers.parquet")
	window := []any{warehouse.Named("from", o.at.AddDays(1)), warehouse.Named("until", o.at.AddDays(1+o.days))}
	err = db.SelectParquet(ctx, o.pairs, `
		select customer_key.customer_id, bought.category
		from rollups.customer_category_day as bought
		inner join core.customer_key as customer_key on customer_key.customer_key = bought.customer_key
		where bought.is_purchase and bought.ordered_on >= $from::date and bought.ordered_on < $until::date
		group by customer_key.customer_id, bought.category`, window...)
	if err != nil {
		return fmt.Errorf("read what came: %w", err)
	}
	err = db.SelectParquet(ctx, o.customers, `
		select customer_key.customer_id, count(*) as day_count
		from rollups.customer_day as bought
		inner join core.customer_key as customer_key on customer_key.customer_key = bought.customer_key
		where bought.completed_line_count > 0 and bought.ordered_on >= $from::date and bought.ordered_on < $until::date
		group by customer_key.customer_id`, window...)
	if err != nil {
		return fmt.Errorf("read what came: %w", err)
	}
	return nil
}

// readBeyond is read where the run replays a day before the last of the days after: what came is then in the files, and is
// loaded into a warehouse of its own. No forecast sees it.
func (o *outcomes) readBeyond(ctx context.Context, p *Program) (err error) {
	until := o.at.AddDays(o.days)
	later := p.asKnown(until, o.days)
	if err := removeWarehouse(later.file); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeWarehouse(later.file)) }()
	p.Note("loading what came up to %s, which the replay of %s does not know", until, p.Replay)
	if _, err := later.Load(ctx); err != nil {
		return fmt.Errorf("load what came up to %s: %w", until, err)
	}
	o.asOf = later.Replay
	return later.withWarehouse(ctx, "backtest", func(db *warehouse.DB) error {
		runner, err := later.runner(ctx, db, later.Replay)
		if err != nil {
			return err
		}
		_, err = runner.Rebuild(ctx, db, runner.Set.Upstream("rollups.customer_category_day", "rollups.customer_day", "rollups.day")...)
		if err != nil {
			return fmt.Errorf("sum up what came up to %s: %w", until, err)
		}
		return o.read(ctx, later, db)
	})
}

// settle fills in what was left open, and holds that the sales reach from before the day to the last of the days after.
func (o *outcomes) settle(ctx context.Context, p *Program, db *warehouse.DB) error {
	if o.days == 0 {
		days, err := p.horizon(ctx, db, "due_days")
		if err != nil {
			return err
		}
		o.days = days
	}
	var from, until sql.Null[time.Time]
	err := db.One(ctx, "select min(ordered_on), max(ordered_on) from rollups.day where ordered_on < $as_of::date",
		[]any{warehouse.Named("as_of", o.asOf)}, &from, &until)
	if err != nil {
		return fmt.Errorf("look how far the sales reach: %w", err)
	}
	short := func(format string, args ...any) error {
		return &jobs.UsageError{Err: fmt.Errorf("backtest: %w: "+format, append([]any{errFewSales}, args...)...)}
	}
	wrong := func(format string, args ...any) error {
		return &jobs.UsageError{Err: fmt.Errorf("backtest: "+format, args...)}
	}
	if !until.Valid {
		return short("there are none before %s", o.asOf)
	}
	first, last := calendar.DateOf(from.V), calendar.DateOf(until.V)
	latest := last.AddDays(-o.days)
	if latest.Before(first) {
		return short("they reach from %s to %s, %d days, and none of these has %d days after it; try: fewer --days",
			first, last, last.Sub(first)+1, o.days)
	}
	if o.at.IsZero() {
		o.at = latest
	}
	switch {
	case o.at.Before(first):
		return wrong("nothing had been sold by %s: the first sale is of %s", o.at, first)
	case latest.Before(o.at) && !p.Replay.IsZero() && p.Replay.Before(o.at.AddDays(o.days+1)):
		return errBeyondReplay
	case latest.Before(o.at):
		return wrong("the sales end on %s: of the %d days after %s they hold %d; try: --at %s, the last day that has %d days after it, or fewer --days",
			last, o.days, o.at, max(0, last.Sub(o.at)), latest, o.days)
	}
	return nil
}
