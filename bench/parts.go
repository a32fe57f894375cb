package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

func (b *bench) generate(ctx context.Context) error {
	fmt.Fprintf(b.note, "generating %d lines in %s\n", b.shop.lines, b.dir)
	if err := b.shop.generate(ctx); err != nil {
		return err
	}
	return b.shop.generateDelta(ctx)
}

// load is the first load, into an empty data folder.
func (b *bench) load(ctx context.Context) error {
	for _, dir := range []string{"var", "incoming"} {
		if err := os.RemoveAll(filepath.Join(b.dir, dir)); err != nil {
			return err
		}
	}
	if err := b.configure("sales_1.csv"); err != nil {
		return err
	}
	if err := b.measureTokui(ctx, "load", "load"); err != nil {
		return err
	}
	return copyFile(b.warehouse(), b.loaded())
}

// analyze is the first one: of a warehouse that knows of no analyze before it.
func (b *bench) analyze(ctx context.Context) error {
	if err := copyFile(b.loaded(), b.warehouse()); err != nil {
		return err
	}
	return b.measureTokui(ctx, "analyze", "analyze")
}

// nightly is what a night brings: the second file, loaded and analyzed. It is loaded once only, so load goes before.
func (b *bench) nightly(ctx context.Context) error {
	if err := b.configure("sales_1.csv", "sales_2.csv"); err != nil {
		return err
	}
	return b.measureTokui(ctx, "nightly", "load", "analyze")
}

func (b *bench) measureTokui(ctx context.Context, name string, steps ...string) error {
	c, err := process(ctx, b.dir, b.tokui, append([]string{"run", "--verbose"}, steps...)...)
	if err != nil {
		return err
	}
	return b.keep(name, c)
}

func (b *bench) warehouse() string { return filepath.Join(b.dir, "var", "tokui.duckdb") }

// loaded is the warehouse as the first load left it.
func (b *bench) loaded() string { return filepath.Join(b.dir, "loaded.duckdb") }

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close() // the first error says more
		return err
	}
	return out.Close()
}

// ratios prints how far Tokui is from the bare limits, and what each model adds.
func (b *bench) ratios() error {
	ratio := func(name string, a, beside float64, goal string) {
		if beside > 0 {
			fmt.Fprintf(b.out, "%-34s %6.2f  (goal %s)\n", name, a/beside, goal)
		}
	}
	load, _ := b.kept("load")
	bareLoad, _ := b.kept("bare load")
	analyze, _ := b.kept("analyze")
	bare, _ := b.kept("bare sql")
	nightly, _ := b.kept("nightly")
	fmt.Fprintln(b.out)
	ratio("load : bare load, CPU", load.CPU, bareLoad.CPU, "1.3")
	ratio("load : bare load, wall", load.Wall, bareLoad.Wall, "1.3")
	bareCPU, bareWall := total(bare.Models)
	estimated, estimatedWall := total(slices.DeleteFunc(slices.Clone(analyze.Models), func(m modelCost) bool {
		return !slices.ContainsFunc(bare.Models, func(o modelCost) bool { return o.Name == m.Name+copied })
	}))
	if bareCPU > 0 {
		fmt.Fprintf(b.out, "estimators: fits and scoring       %6.1f CPU s %8.1f s of analyze, left out of both sides below\n", estimated, estimatedWall)
	}
	ratio("analyze : bare SQL, CPU", analyze.CPU-estimated, bareCPU, "1.2")
	ratio("analyze : bare SQL, wall", analyze.Wall-estimatedWall, bareWall, "1.2")
	ratio("nightly : load + analyze, CPU", nightly.CPU, load.CPU+analyze.CPU, "0.25")
	ratio("nightly : analyze, CPU", nightly.CPU, analyze.CPU, "0.25 of the full run")
	ratio("nightly : load + analyze, wall", nightly.Wall, load.Wall+analyze.Wall, "0.25")
	peak := max(load.PeakMiB, analyze.PeakMiB, nightly.PeakMiB)
	fmt.Fprintf(b.out, "peak memory %28.0f MiB (goal %.0f)\n", peak, float64(b.memoryLimit)/(1<<20)+512)
	return nil
}

// total adds up the models that are no copies.
func total(models []modelCost) (cpu, wall float64) {
	for _, m := range models {
		if len(m.Name) < len(copied) || m.Name[len(m.Name)-len(copied):] != copied {
			cpu, wall = cpu+m.CPU, wall+m.Wall
		}
	}
	return cpu, wall
}
