package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines"
	"github.com/tokui/tokui/pipelines/model"
	sqlfiles "github.com/tokui/tokui/sql"
)

// bareCommand is how the bench calls itself for what is measured beside Tokui.
const bareCommand = "bare-process"

// copied marks the tables of estimators, which bare SQL cannot make.
const copied = " (copied)"

// bare measures the load and the models without Tokui. The models need the tables of its estimators: after analyze.
func (b *bench) bare(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	options := []string{bareCommand, "-dir", b.dir, "-memory-limit", fmt.Sprint(int64(b.memoryLimit)), "-threads", fmt.Sprint(b.threads)}
	c, err := process(ctx, b.dir, self, append(options, "load")...)
	if err != nil {
		return err
	}
	if err := b.keep("bare load", c); err != nil {
		return err
	}
	c, err = process(ctx, b.dir, self, append(options, "sql")...)
	if err != nil {
		return err
	}
	return b.keep("bare sql", c)
}

// bareProcess is the other side of bare.
func bareProcess(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(bareCommand, flag.ContinueOnError)
	dir := flags.String("dir", "", "")
	limit := flags.Int64("memory-limit", 0, "")
	threads := flags.Int("threads", 0, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path := filepath.Join(*dir, "bare.duckdb")
	if err := errors.Join(removed(path), removed(path+".wal")); err != nil {
		return err
	}
	if flags.Arg(0) == "sql" {
		if err := copyFile(filepath.Join(*dir, "loaded.duckdb"), path); err != nil {
			return err
		}
	}
	db, err := warehouse.Open(ctx, warehouse.Options{Path: path, TempDir: filepath.Join(*dir, "bare-tmp"), MemoryLimit: *limit, Threads: *threads})
	if err != nil {
		return err
	}
	if flags.Arg(0) == "sql" {
		err = bareModels(ctx, db, *dir, os.Stderr)
	} else {
		err = bareLoad(ctx, db, *dir)
	}
	return errors.Join(err, db.Close(), removed(path))
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// bareLoad reads the sales file with everything known about it.
func bareLoad(ctx context.Context, db *warehouse.DB, dir string) error {
	_, err := db.Exec(ctx, `create table sales as
		select
			"受注番号", "得意先コード", "商品コード", "受注日", "数量", ("数量" * "単価")::decimal(18, 2) as "金額", "原価", "区分",
		from read_csv(`+warehouse.Literal(filepath.Join(dir, "sales_1.csv"))+`, auto_detect = false, header = true, delim = ',',
			quote = '"', escape = '"', dateformat = '%Y/%m/%d', columns = {'受注番号': 'VARCHAR', '得意先コード': 'VARCHAR', '商品コード': 'VARCHAR',
			'受注日': 'DATE', '数量': 'DECIMAL(18,4)', '単価': 'DECIMAL(18,2)', '原価': 'DECIMAL(18,2)', '区分': 'VARCHAR'})`)
	return err
}

// bareModels makes the table of every model as Tokui does, and nothing else.
func bareModels(ctx context.Context, db *warehouse.DB, dir string, tell io.Writer) error {
	c, err := config.Load(filepath.Join(dir, "config.yaml"), os.LookupEnv)
	if err != nil {
		return err
	}
	set, err := model.Read(ctx, db, sqlfiles.Models)
	if err != nil {
		return err
	}
	if set, err = set.With(ctx, db, model.Generated(c)...); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, "attach "+warehouse.Literal(filepath.Join(dir, "var", "tokui.duckdb"))+" as whole (read_only)"); err != nil {
		return err
	}
	program := pipelines.Program{Config: c, Now: time.Now}
	params := program.Params(program.Today())
	var models []model.Model
	for _, m := range set.Models() {
		if m.Schema == model.Ops { // made by collect, and read by some models
			if _, err := db.Exec(ctx, "create schema if not exists ops; create or replace table "+warehouse.Table(m.Table())+" as from whole."+warehouse.Table(m.Table())); err != nil {
				return fmt.Errorf("copy %s: %w", m.Table(), err)
			}
		}
		if slices.Contains([]string{model.Core, model.Rollups, model.Metrics, model.Predictions, model.Segments}, m.Schema) {
			models = append(models, m)
		}
	}
	for i, m := range models {
		if _, err := db.Exec(ctx, "create schema if not exists "+warehouse.Ident(m.Schema)); err != nil {
			return err
		}
		name, start := m.Table(), time.Now()
		var rows int64
		if m.Estimator != "" {
			name += copied
			rows, err = db.Exec(ctx, "create or replace table "+warehouse.Table(m.Table())+" as from whole."+warehouse.Table(m.Table()))
		} else {
			var args []any
			if args, err = m.Arguments(params); err == nil {
				rows, err = db.Exec(ctx, "create or replace table "+warehouse.Table(m.Table())+" as\n"+m.Text, args...)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Table(), err)
		}
		fmt.Fprintf(tell, "%d of %d: %s, %d rows in %.3f s\n", i+1, len(models), name, rows, time.Since(start).Seconds())
	}
	return db.Checkpoint(ctx)
}
