package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

// Program is everything a pipeline needs, built once by cmd.
type Program struct {
	Config *config.Config
	// Contract and Models are the embedded sql/ folders; the company's own models come after the built-in ones.
	Contract fs.FS
	Models   []fs.FS
	// Templates in the order of search: the company's own first.
	Templates []fs.FS
	// Now is the wall clock: evidence in the journal and the pace of sending, never a decision.
	Now func() time.Time
	// Replay is the date of a run that replays history; the zero Date means the present.
	Replay calendar.Date
	// OtherDate says that Replay was asked for on the command line: the run has a warehouse of its own.
	OtherDate bool
	// Live lets mail of a replay leave by SMTP.
	Live bool
	// Wait is how long to wait for a warehouse that another process holds.
	Wait time.Duration
	// Resolver asks the DNS about the sender; nil is the machine's own.
	Resolver *net.Resolver
	// Note reports progress of long work to the person who waits; Warn what they should look at.
	Note, Warn func(format string, args ...any)
	// Verbose notes every model that is built and checked, not only the slow ones.
	Verbose bool

	// file is the DuckDB file where it is neither tonight's nor that of a replay.
	file string

	reading sync.Mutex
	set     *model.Set
}

// Outcome is what a pipeline did, for the table of steps and the run ledger.
type Outcome struct {
	Rows int64
	Text string
}

// dataPath is a place below the data folder.
func (p *Program) dataPath(elements ...string) string {
	return filepath.Join(append([]string{p.Config.DataPath()}, elements...)...)
}

func (p *Program) tempDir() string { return p.dataPath("tmp") }

// LockDir is where each job that runs holds a lock.
func (p *Program) LockDir() string { return p.dataPath("locks") }

// JournalDir is where the journal lies.
func (p *Program) JournalDir() string { return p.dataPath("journal") }

// WarehousePath is the DuckDB file of this run: a run as of another date never touches tonight's tables.
func (p *Program) WarehousePath() string {
	if p.file != "" {
		return p.file
	}
	if p.OtherDate {
		return p.dataPath("asof", p.Replay.String()+".duckdb")
	}
	return p.dataPath("tokui.duckdb")
}

// withWarehouse opens the DuckDB file for one step, brings its contract and config tables up to date, and closes it.
func (p *Program) withWarehouse(ctx context.Context, step string, do func(db *warehouse.DB) error) error {
	return p.withOpen(ctx, step, false, do)
}

// withDraft does the same with a copy of the file, which takes the file's place where do returns nil, and is dropped where
// it returns an error: for long work, which may commit as it goes.
func (p *Program) withDraft(ctx context.Context, step string, do func(db *warehouse.DB) error) error {
	return p.withOpen(ctx, step, true, func(db *warehouse.DB) error {
		if err := do(db); err != nil {
			return err
		}
		return db.Publish(ctx)
	})
}

func (p *Program) withOpen(ctx context.Context, step string, draft bool, do func(db *warehouse.DB) error) (err error) {
	if err := p.Prepare(); err != nil {
		return err
	}
	for _, dir := range []string{p.tempDir(), filepath.Dir(p.WarehousePath())} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make data folder: %w; try: check who may write to %s", err, p.dataPath())
		}
	}
	db, err := p.openWarehouse(ctx, step, draft)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := db.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("close warehouse: %w", closeErr)
		}
	}()
	if err := p.writeConfigTables(ctx, db); err != nil {
		return err
	}
	return do(db)
}

// openWarehouse opens the DuckDB file with its contract tables. A file whose contract is another version's holds nothing
// that cannot be made again, so it is: load brings it back from the copies.
func (p *Program) openWarehouse(ctx context.Context, step string, draft bool) (*warehouse.DB, error) {
	options := warehouse.Options{
		Path:        p.WarehousePath(),
		TempDir:     p.tempDir(),
		MemoryLimit: int64(p.Config.Engine.MemoryLimit) / 4 * 3,
		Threads:     p.Config.Engine.Threads,
		Wait:        p.Wait,
		Draft:       draft,
		Step:        step,
	}
	db, err := warehouse.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	err = model.Contract(ctx, db, p.Contract)
	if !errors.Is(err, model.ErrOtherContract) {
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return db, nil
	}
	p.Warn("%s was made by another version of Tokui; it is made again: run load and analyze", options.Path)
	if err := errors.Join(db.Close(), os.Remove(options.Path)); err != nil {
		return nil, fmt.Errorf("make the warehouse again: %w", err)
	}
	if db, err = warehouse.Open(ctx, options); err != nil {
		return nil, err
	}
	if err := model.Contract(ctx, db, p.Contract); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// writeConfigTables makes the config.* tables say what config.yaml says: a handful of rows each.
func (p *Program) writeConfigTables(ctx context.Context, db *warehouse.DB) error {
	return db.Tx(ctx, func(tx *warehouse.Tx) error {
		for _, table := range config.Tables(p.Config) {
			if _, err := tx.Exec(ctx, "delete from "+warehouse.Table(table.Name)); err != nil {
				return fmt.Errorf("write %s: %w", table.Name, err)
			}
			columns := make([]string, len(table.Columns))
			places := make([]string, len(table.Columns))
			for i, name := range table.Columns {
				columns[i] = warehouse.Ident(name)
				places[i] = fmt.Sprintf("$%d", i+1)
			}
			insert := fmt.Sprintf("insert into %s (%s) values (%s)", warehouse.Table(table.Name), strings.Join(columns, ", "),
				strings.Join(places, ", "))
			for _, row := range table.Rows {
				if _, err := tx.Exec(ctx, insert, row...); err != nil {
					return fmt.Errorf("write %s: %w", table.Name, err)
				}
			}
		}
		return nil
	})
}

// models reads every model and adds those generated from the rules of config.yaml. db serves only to parse, and a set never
// changes, so one reading serves all steps of a process.
func (p *Program) models(ctx context.Context, db *warehouse.DB) (*model.Set, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.set != nil {
		return p.set, nil
	}
	set, err := model.Read(ctx, db, p.Models...)
	if err != nil {
		return nil, err
	}
	p.set, err = set.With(ctx, db, model.Generated(p.Config)...)
	return p.set, err
}

// Params are the parameters that models, audiences and rules may name, as of a date.
func (p *Program) Params(asOf calendar.Date) model.Params {
	ranks := p.Config.Ranks
	params := model.Params{
		"as_of":               asOf.UTC(),
		"window_days":         ranks.Window.DaysBefore(asOf),
		"window_months":       ranks.Window.Months,
		"compare_last_year":   ranks.Compare == config.CompareLastYear,
		"measure":             ranks.Measure,
		"sales_weight":        ranks.Score.Sales,
		"gross_profit_weight": ranks.Score.GrossProfit,
		"order_weight":        ranks.Score.Orders,
		"large_share":         ranks.LargeShare.Value,
		"growth_threshold":    ranks.GrowthThreshold,
		"shrinkage":           ranks.Shrinkage,
		"growing_by":          ranks.GrowingBy,
		"new_is_growing":      ranks.NewIsGrowing,
		"soft_bounces":        p.Config.Mail.Bounces.Soft.Count,
		"soft_bounce_days":    p.Config.Mail.Bounces.Soft.Days(),
	}
	for name, value := range p.Config.Params {
		params[name] = value
	}
	return params
}

// Keys are the keyed hashes that name people in plans and in the journal.
func (p *Program) Keys() (edition.Keys, string, error) {
	seed, err := p.seed()
	if err != nil {
		return edition.Keys{}, "", err
	}
	return edition.NewKeys(seed), seed, nil
}
