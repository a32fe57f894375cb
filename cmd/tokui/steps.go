package main

import (
	"context"
	"fmt"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines"
)

// jobSet is the jobs of a configuration and what their steps do: where `when` meets `what`.
func jobSet(p *pipelines.Program) (jobs.Set, error) {
	list, _, err := jobs.FromConfig(p.Config)
	if err != nil {
		return jobs.Set{}, err
	}
	return jobs.Set{Jobs: list, Step: func(name string) (jobs.Step, error) { return stepOf(p, name) }}, nil
}

// stepOf finds what a step's name stands for: the whole list of the program's abilities.
func stepOf(p *pipelines.Program, name string) (jobs.Step, error) {
	verb, subject, ok := config.SplitStep(name)
	if !ok {
		return nil, &jobs.UsageError{Err: fmt.Errorf("step %q: want load, analyze, collect, backtest, `campaign NAME` or `report NAME`", name)}
	}
	var do func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error)
	switch verb {
	case "load":
		do = func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error) { return p.Load(ctx) }
	case "analyze":
		do = func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error) { return p.Analyze(ctx, run.AsOf) }
	case "collect":
		do = func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error) { return p.Collect(ctx, run.AsOf) }
	case "backtest":
		do = func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error) {
			return p.BacktestLatest(ctx, run.AsOf)
		}
	case "campaign":
		do = func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error) {
			return p.Campaign(ctx, subject, run.Slot)
		}
	case "report":
		do = func(ctx context.Context, run jobs.Run) (pipelines.Outcome, error) {
			return p.Report(ctx, subject, run.Slot)
		}
	}
	return func(ctx context.Context, run jobs.Run) (jobs.StepResult, error) {
		out, err := do(ctx, run)
		return jobs.StepResult{Rows: out.Rows, Detail: out.Text}, err
	}, nil
}
