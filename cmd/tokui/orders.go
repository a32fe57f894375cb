package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines"
)

// order is a run that the command line asks for: of a job, or of single steps that stand one after another.
type order struct {
	jobs.Order
	// bare says that the steps were named, not a job.
	bare bool
	// slots are the slots of bare campaigns and reports by step: each is of its own schedule.
	slots map[string]calendar.Slot
}

func (o order) title() string {
	if o.bare {
		return o.Job.Name
	}
	return "job " + o.Job.Name
}

// slotOf is the slot of a step in a run of a slot.
func (o order) slotOf(run calendar.Slot, step string) calendar.Slot {
	if slot, ok := o.slots[step]; ok {
		return slot
	}
	return run
}

// orders turns the words of the command line into runs: jobs by name, and between them single steps, those next to each
// other as one run. Without words it is every job that can run by itself.
func (a *app) orders(p *pipelines.Program, words []string, slotText string) ([]order, error) {
	set, err := jobSet(p)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		if slotText != "" {
			return nil, usagef(`--slot needs what it is the slot of; try: tokui run "campaign NAME" --slot %s`, slotText)
		}
		if words, err = a.allJobs(p, set); err != nil {
			return nil, err
		}
	}
	var orders []order
	for len(words) > 0 {
		if job, ok := set.Job(words[0]); ok {
			one, err := jobOrder(p, job, slotText)
			if err != nil {
				return nil, err
			}
			orders, words = append(orders, one), words[1:]
			continue
		}
		n := slices.IndexFunc(words, func(word string) bool { _, ok := set.Job(word); return ok })
		if n < 0 {
			n = len(words)
		}
		one, err := stepsOrder(p, words[:n], slotText)
		if err != nil {
			return nil, err
		}
		orders, words = append(orders, one), words[n:]
	}
	for i := range orders {
		orders[i].Step = stepsOf(set, orders[i])
		orders[i].Job.Retry = 0 // whoever runs it by hand sees the error at once, and decides
		if !p.Replay.IsZero() {
			orders[i].AsOf = p.Replay
		}
	}
	return orders, nil
}

// stepsOf finds steps as a set does, each with the slot that the order gives it.
func stepsOf(set jobs.Set, o order) func(string) (jobs.Step, error) {
	return func(name string) (jobs.Step, error) {
		step, err := set.Step(name)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, run jobs.Run) (jobs.StepResult, error) {
			run.Slot = o.slotOf(run.Slot, name)
			return step(ctx, run)
		}, nil
	}
}

// allJobs names the jobs that can run by themselves, and warns of the others. Of a configuration without jobs it is the
// steps that need none.
func (a *app) allJobs(p *pipelines.Program, set jobs.Set) ([]string, error) {
	if len(set.Jobs) == 0 {
		a.note("%s has no jobs: running collect, load, analyze", p.Config.Path)
		return []string{config.StepCollect, config.StepLoad, config.StepAnalyze}, nil
	}
	var names []string
	var skipped error
	for _, job := range set.Jobs {
		if _, err := jobOrder(p, job, ""); err != nil {
			if skipped == nil {
				skipped = err
			}
			a.warn("left out: %v", err)
			continue
		}
		names = append(names, job.Name)
	}
	if len(names) == 0 {
		return nil, skipped
	}
	return names, nil
}

// jobOrder is a run of a job: of the slot that was named, of the latest of its schedule, or of this minute where no step
// of it asks for a slot.
func jobOrder(p *pipelines.Program, job jobs.Job, slotText string) (order, error) {
	one := order{Order: jobs.Order{Job: job}}
	var err error
	if slotText != "" {
		var schedules []jobs.Schedule
		if !job.Schedule.IsZero() {
			schedules = append(schedules, job.Schedule)
		}
		one.Slot, err = namedSlot(p, "job "+job.Name, slotText, schedules, running)
		return one, err
	}
	if slot, ok := job.Schedule.Latest(p.Moment()); ok {
		one.Slot = slot
		return one, nil
	}
	one.Slot = calendar.SlotAt(p.Moment())
	if step := pipelines.EditionStep(job.Steps); step != "" {
		return one, usagef("job %s has no schedule, so the slot of its step `%s` is not known; try: tokui run %s --slot %s",
			job.Name, step, job.Name, one.Slot)
	}
	return one, nil
}

// stepsOrder is a run of single steps, named by them. Each campaign and report has its own slot; what is left belongs to
// this minute.
func stepsOrder(p *pipelines.Program, steps []string, slotText string) (order, error) {
	one := order{
		Order: jobs.Order{Job: jobs.Job{Name: runName(steps), Steps: steps}, Slot: calendar.SlotAt(p.Moment())},
		bare:  true,
		slots: map[string]calendar.Slot{},
	}
	for _, step := range steps {
		if _, _, ok := config.SplitStep(step); !ok {
			return one, usagef("no job or step %q; %s, and the steps load, analyze, collect, backtest, "+
				`"campaign NAME", "report NAME"`, step, existing("jobs", p.Config.JobNames))
		}
		subject := subjectOf(step)
		if subject == "" {
			continue
		}
		slot, err := editionSlot(p, subject, slotText, running)
		if err != nil {
			return one, err
		}
		one.slots[step] = slot
	}
	if slotText != "" {
		slot, err := namedSlot(p, one.Job.Name, slotText, nil, running)
		one.Slot = slot
		return one, err
	}
	if slots := slices.Compact(slices.Sorted(maps.Values(one.slots))); len(one.slots) == len(steps) && len(slots) == 1 {
		one.Slot = slots[0]
	}
	return one, nil
}

// longestRunName is how long a name made of steps may get: it becomes the name of a lock file.
const longestRunName = 60

// runName names a run by its steps.
func runName(steps []string) string {
	name := strings.Join(steps, " + ")
	if len(steps) > 1 && len(name) > longestRunName {
		return fmt.Sprintf("%s and %d more", steps[0], len(steps)-1)
	}
	return name
}
