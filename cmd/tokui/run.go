package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
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
		Long: `Runs jobs now and prints a line a step. A step is load, analyze, collect, "campaign NAME" or "report NAME".

A campaign or report is an edition of its job's latest slot: what was sent already is not sent again, and what was
interrupted goes on. One job's failure does not stop the others. By hand nothing is retried: that is for tokui serve.

  tokui run                            every job
  tokui run nightly                    one job
  tokui run load "campaign revive"     single steps
  tokui run --as-of 2011-09-10         replay another day, in a warehouse of its own

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
	cmd.Flags().StringVar(&slotText, "slot", "", "the slot of the edition, YYYYMMDDTHHMM (default: the latest of the schedule)")
	cmd.Flags().BoolVar(&live, "live", false, "let a replay of another day than today send by SMTP")
	return cmd
}

// orders turns the words of the command line into runs: jobs by name, else single steps, each a job of its own.
func (a *app) orders(p *pipelines.Program, words []string, slotText string) ([]jobs.Order, error) {
	set, err := jobSet(p)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		if len(set.Jobs) == 0 {
			return nil, usagef("%s has no jobs; try: tokui run load analyze", p.Config.Path)
		}
		for _, job := range set.Jobs {
			words = append(words, job.Name)
		}
	}
	var orders []jobs.Order
	for _, word := range words {
		job, ok := set.Job(word)
		if !ok {
			if _, _, isStep := config.SplitStep(word); !isStep {
				return nil, usagef("no job or step %q; there are the jobs %s, and the steps load, analyze, collect, "+
					`"campaign NAME", "report NAME"`, word, strings.Join(p.Config.JobNames, ", "))
			}
			job = jobs.Job{Name: word, Steps: []string{word}}
		}
		job.Retry = 0 // whoever runs it by hand sees the error at once, and decides
		slot, err := a.orderSlot(p, job, word, slotText)
		if err != nil {
			return nil, err
		}
		order := jobs.Order{Job: job, Slot: slot, Step: set.Step}
		if !p.Replay.IsZero() {
			order.AsOf = p.Replay
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// orderSlot is the slot of a run by hand: the one given, the latest of the job's schedule, or this minute.
func (a *app) orderSlot(p *pipelines.Program, job jobs.Job, word, slotText string) (calendar.Slot, error) {
	if slotText != "" {
		return a.slotFor(p, word, slotText)
	}
	if slot, ok := job.Schedule.Latest(p.Moment()); ok {
		return slot, nil
	}
	if verb, subject, ok := config.SplitStep(word); ok && subject != "" && (verb == "campaign" || verb == "report") {
		return latestSlot(p, subject)
	}
	return calendar.SlotAt(p.Moment()), nil
}

// runOrders makes the runs one after another and tells of each step as it ends.
func (a *app) runOrders(ctx context.Context, p *pipelines.Program, orders []jobs.Order) (err error) {
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
	failed := &failedRuns{}
	for _, order := range orders {
		result := runner.Run(ctx, order)
		if result.Err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed.errs = append(failed.errs, result.Err)
		if len(orders) > 1 {
			printError(a.stderr, fmt.Errorf("job %s: %w", order.Job.Name, result.Err))
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
	line := stepLine{Job: r.Run.Job, Slot: string(r.Run.Slot), Step: r.Step, State: string(r.State), Rows: r.Result.Rows,
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
	if job == line.Step { // a single step
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
