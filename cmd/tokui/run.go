package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines"
)

func (a *app) runCommand() *cobra.Command {
	var (
		slotText string
		live     bool
	)
	cmd := &cobra.Command{
		Use:   "run [JOB or STEP...]",
		Short: "Run jobs now, or single steps; every job in file order if none is named",
		Long: `Runs jobs now and prints a line a step. A step is load, analyze, collect, backtest, "campaign NAME" or
"report NAME"; steps that are named one after another are one run, so what follows a failed one is not done.

A campaign or report is an edition of its job's latest slot: what was sent already is not sent again, and what was
interrupted goes on. --slot names another slot of the schedule that has come. A campaign or report outside of every
scheduled job has no slot of its own: it needs --slot, and where no job is named, a job of that kind is left out with a
warning. A configuration without jobs runs collect, load and analyze.

One job's failure does not stop the others. By hand nothing is retried: that is for tokui serve.

  tokui run                                          every job
  tokui run nightly                                  one job
  tokui run load analyze                             single steps, as one run
  tokui run "campaign revive" --slot 20111209T1000   an earlier edition
  tokui run --as-of 2011-09-10                       replay another day in a warehouse of its own; editions, journal and
                                                     outbox are shared

` + exitHelp,
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			program.Live = live
			orders, err := a.orders(program, words, slotText)
			if err != nil {
				return err
			}
			return a.runOrders(cmd.Context(), program, orders)
		},
	}
	cmd.Flags().StringVar(&slotText, "slot", "", "the slot of the edition, YYYYMMDDTHHMM: one of the schedule that has come (default: the latest)")
	cmd.Flags().BoolVar(&live, "live", false, "let a replay of another day than today send by SMTP")
	return cmd
}

// runOrders makes the runs one after another and tells of each step as it ends.
func (a *app) runOrders(ctx context.Context, p *pipelines.Program, orders []order) (err error) {
	printer := &stepPrinter{out: a.stdout, json: a.flags.json}
	runner, closeLedger, err := a.runner(p, printer.step)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := closeLedger(); err == nil {
			err = closeErr
		}
	}()
	failed := &failedRuns{told: len(orders) > 1, of: len(orders)}
	told := map[string]bool{}
	for _, order := range orders {
		printer.order = order
		result := runner.Run(ctx, order.Order)
		if result.Err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed.errs = append(failed.errs, result.Err)
		if failed.told {
			err := result.Err
			if text := err.Error(); told[text] {
				err = errors.New("failed as above")
			} else {
				told[text] = true
			}
			printError(a.stderr, fmt.Errorf("%s: %w", order.title(), err))
		}
	}
	if err := printer.finish(); err != nil {
		return err
	}
	if len(failed.errs) > 0 {
		return failed
	}
	return nil
}

// runner opens the run ledger and returns what runs jobs, and what closes the ledger.
func (a *app) runner(p *pipelines.Program, progress func(jobs.StepReport)) (*jobs.Runner, func() error, error) {
	if err := p.Prepare(); err != nil {
		return nil, nil, err
	}
	writer, err := journal.OpenWriter(p.JournalDir(), jobs.Stream, time.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("open run ledger: %w; try: check who may write to %s", err, p.Config.DataPath())
	}
	ledger, err := jobs.OpenLedger(p.JournalDir(), writer.Append)
	if err != nil {
		return nil, nil, fmt.Errorf("read run ledger: %w", err)
	}
	if err := os.MkdirAll(p.LockDir(), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make lock folder: %w", err)
	}
	return &jobs.Runner{
		Ledger:   ledger,
		LockDir:  p.LockDir(),
		Now:      time.Now,
		Log:      slog.New(slog.NewTextHandler(a.stderr, nil)),
		Progress: progress,
	}, writer.Close, nil
}

// stepPrinter prints a line for each step as it ends.
type stepPrinter struct {
	out     io.Writer
	order   order // that is running
	json    bool
	started bool
	steps   []stepLine
}

// stepLine is a step of `tokui run --json`.
type stepLine struct {
	Job     string  `json:"job"`
	Slot    string  `json:"slot"`
	Step    string  `json:"step"`
	State   string  `json:"state"`
	Rows    int64   `json:"rows"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail"`
}

func (s *stepPrinter) step(r jobs.StepReport) {
	if r.State == jobs.Running {
		return
	}
	line := stepLine{Job: r.Run.Job, Slot: string(s.order.slotOf(r.Run.Slot, r.Step)), Step: r.Step, State: string(r.State), Rows: r.Result.Rows,
		Seconds: r.Seconds, Detail: r.Result.Detail}
	if r.Err != nil {
		line.Detail = firstLine(r.Err.Error())
	}
	if r.Retry > 0 {
		line.State = "retrying"
	}
	s.steps = append(s.steps, line)
	if s.json {
		return
	}
	if !s.started {
		s.started = true
		fmt.Fprintf(s.out, "%-12s %-26s %-9s %10s %8s  %s\n", "job", "step", "state", "rows", "seconds", "what")
	}
	job := line.Job
	if s.order.bare {
		job = ""
	}
	fmt.Fprintf(s.out, "%-12s %-26s %-9s %10s %8.2f  %s\n", job, line.Step, line.State, thousands(line.Rows),
		line.Seconds, line.Detail)
}

func (s *stepPrinter) finish() error {
	if !s.json {
		return nil
	}
	if s.steps == nil {
		s.steps = []stepLine{}
	}
	return printJSON(s.out, s.steps)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
