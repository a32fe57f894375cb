package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// flags are what every verb takes.
type flags struct {
	config  string
	asOf    string
	json    bool
	quiet   bool
	verbose bool
	wait    time.Duration
}

// app is one call of the command: its flags and where it prints.
type app struct {
	flags  flags
	stdout io.Writer
	stderr io.Writer
}

// run is the whole command: results to stdout, messages to stderr, an exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		printError(stderr, err)
	}
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tokui",
		Short: "The right message to the right customer, and proof of whether it worked",
		Long: `Tokui loads a company's sales records, works out who matters, who has gone quiet and whose product is due for
replacement, sends newsletters and lists aimed by rank, records every response and measures the effect against a
randomised hold-out. Everything is driven by config.yaml.

Start with:
  tokui check     is everything in config.yaml right?
  tokui run       run every job now, in file order
  tokui status    what has run, and what became of every edition
  tokui serve     run the jobs on their schedules

` + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return nil
			}
			near := "tokui --help"
			if names := cmd.SuggestionsFor(words[0]); len(names) > 0 {
				near = "tokui " + names[0]
			}
			return usagef("no verb %q; try: %s", words[0], near)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	p := root.PersistentFlags()
	p.StringVar(&a.flags.config, "config", "config.yaml", "the configuration file")
	p.StringVar(&a.flags.asOf, "as-of", "", "replay another date (YYYY-MM-DD), data strictly before it; it has its own warehouse, but editions, journal and outbox are shared")
	p.BoolVar(&a.flags.json, "json", false, "print JSON on stdout")
	p.BoolVar(&a.flags.quiet, "quiet", false, "print no progress")
	p.BoolVar(&a.flags.verbose, "verbose", false, "tell of every model that is built and checked, with its rows and seconds")
	p.DurationVar(&a.flags.wait, "wait", 0, "how long to wait for a warehouse that another process holds")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		a.initCommand(),
		a.runCommand(),
		a.serveCommand(),
		a.trackCommand(),
		a.planCommand(),
		a.checkCommand(),
		a.explainCommand(),
		a.effectCommand(),
		a.reportCommand(),
		a.backtestCommand(),
		a.statusCommand(),
		a.resolveCommand(),
		a.queryCommand(),
		a.testCommand(),
		a.importCommand(),
		a.exportCommand(),
		a.publishCommand(),
		a.forgetCommand(),
		a.versionCommand(),
	)
	return root
}

// args wraps cobra's argument checks, so that a wrong count is wrong usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, got []string) error {
		if err := check(cmd, got); err != nil {
			return usagef("%s: %v; try: tokui %s --help", cmd.Name(), err, cmd.Name())
		}
		return nil
	}
}
