package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// parts are what can be measured, in the order in which it is done; each goes on where the one before has stopped.
var parts = []string{"generate", "load", "analyze", "bare", "nightly"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == bareCommand {
		if err := bareProcess(ctx, os.Args[2:]); err != nil {
			fail(err)
		}
		return
	}
	b := bench{out: os.Stdout, note: os.Stderr}
	var lines, customers, seed int64
	var only, until string
	flag.Int64Var(&lines, "lines", 5_000_000, "sale lines of the first file")
	flag.Int64Var(&customers, "customers", 0, "customers, about; 0: one for 50 lines")
	flag.Int64Var(&seed, "seed", 1, "of all that is drawn: the same seed and lines give the same files")
	flag.StringVar(&until, "until", "", "the day of the second file, YYYY-MM-DD, before today (default: yesterday)")
	flag.StringVar(&b.dir, "dir", "", "folder for data and warehouses, kept (default: a temporary one, removed)")
	b.memoryLimit = 4e9
	flag.Func("memory-limit", "of Tokui in all, and of DuckDB for bare SQL (default 4GB)", func(text string) error {
		return b.memoryLimit.UnmarshalText([]byte(text))
	})
	flag.IntVar(&b.threads, "threads", runtime.NumCPU(), "of DuckDB, for both")
	flag.StringVar(&b.tokui, "tokui", "", "the program to measure (default: built from the source beside this one)")
	flag.StringVar(&only, "only", "", "one of "+strings.Join(parts, ", ")+": all by itself, on what earlier ones left in --dir")
	flag.BoolVar(&b.models, "models", true, "print the seconds of single models")
	flag.Parse()
	if flag.NArg() > 0 || only != "" && !slices.Contains(parts, only) || lines < 1000 {
		flag.Usage()
		os.Exit(2)
	}
	day := time.Now().UTC().AddDate(0, 0, -1)
	if until != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, until); err != nil {
			fail(err)
		}
	}
	if customers == 0 {
		customers = lines / 50
	}
	// a place is taken by three customers in a row, on average
	b.shop = shop{lines: lines - lines%5, slots: max(customers/3, 1), seed: seed, until: day.Truncate(24 * time.Hour)}
	if err := b.run(ctx, only); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// run measures one part, or all of them.
func (b *bench) run(ctx context.Context, only string) (err error) {
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "tokui-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	b.shop.dir = b.dir
	if b.tokui == "" {
		b.tokui = filepath.Join(b.dir, "tokui")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.tokui, "./cmd/tokui")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build tokui: %w\n%s", err, out)
		}
	}
	steps := map[string]func(context.Context) error{
		"generate": b.generate, "load": b.load, "bare": b.bare, "analyze": b.analyze, "nightly": b.nightly,
	}
	for _, part := range parts {
		if only != "" && only != part {
			continue
		}
		if err := steps[part](ctx); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return b.ratios()
}
