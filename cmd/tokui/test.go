package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines/model"
)

func (a *app) testCommand() *cobra.Command {
	var update bool
	cmd := &cobra.Command{
		Use:   "test [PATTERN]",
		Short: "Run the tests that stand beside the SQL models",
		Long: `Runs each NAME.txtar: its input tables as CSV, the model, and the wanted rows. PATTERN is a regular expression over
schema.table/case.

  tokui test
  tokui test metrics.decile
  tokui test --update segments.mine    rewrite want.csv in your own folder; look at it before you commit

` + exitHelp,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			pattern := ""
			if len(words) == 1 {
				pattern = words[0]
			}
			return a.test(cmd, program.Test, pattern, update)
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "rewrite the wanted rows of the company's own models with what came out")
	return cmd
}

// testFunc runs the tests whose name matches a pattern and reports each.
type testFunc func(ctx context.Context, pattern string, update bool, report func(model.TestResult)) error

// testLine is a case of `tokui test --json`.
type testLine struct {
	Test  string `json:"test"`
	File  string `json:"file"`
	OK    bool   `json:"ok"`
	Error string `json:"error"`
}

func (a *app) test(cmd *cobra.Command, run testFunc, pattern string, update bool) error {
	lines := []testLine{}
	failed := 0
	err := run(cmd.Context(), pattern, update, func(r model.TestResult) {
		line := testLine{Test: r.Name(), File: r.File, OK: r.Err == nil}
		if r.Err != nil {
			failed++
			line.Error = r.Err.Error()
		}
		lines = append(lines, line)
		switch {
		case a.flags.json:
		case r.Err != nil:
			fmt.Fprintf(a.stdout, "FAIL  %s  (%s)\n%s\n", line.Test, line.File, line.Error)
		case r.Updated:
			fmt.Fprintf(a.stdout, "new   %s  (%s)\n", line.Test, line.File)
		case !a.flags.quiet:
			fmt.Fprintf(a.stdout, "ok    %s\n", line.Test)
		}
	})
	if err != nil {
		return err
	}
	if a.flags.json {
		if err := printJSON(a.stdout, lines); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%d tests, %d failed\n", len(lines), failed)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d model tests failed", failed, len(lines))
	}
	if len(lines) == 0 {
		return usagef("no model test matches %q", pattern)
	}
	return nil
}
