package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines"
)

// What a slot is wanted for. A plan sends nothing, so it may look ahead.
const (
	running  = false
	planning = true
)

// editionSlot is the slot of a campaign or report: the one named on the command line, if its schedule has it, or the
// latest that has come. Outside of every schedule there is no slot to guess: it has to be named, and may be any that has
// come. ahead allows slots that are still to come.
func editionSlot(p *pipelines.Program, name, slotText string, ahead bool) (calendar.Slot, error) {
	_, isCampaign := p.Config.Campaigns[name]
	_, isReport := p.Config.Reports[name]
	if !isCampaign && !isReport {
		names := append(slices.Clone(p.Config.CampaignNames), p.Config.ReportNames...)
		return "", usagef("no campaign or report %q in %s; %s", name, p.Config.Path, existing("campaigns and reports", names))
	}
	set, err := jobSet(p)
	if err != nil {
		return "", err
	}
	var schedules []jobs.Schedule
	for _, job := range set.Jobs {
		if !job.Schedule.IsZero() && slices.ContainsFunc(job.Steps, func(step string) bool { return subjectOf(step) == name }) {
			schedules = append(schedules, job.Schedule)
		}
	}
	if slotText != "" {
		return namedSlot(p, name, slotText, schedules, ahead)
	}
	var latest calendar.Slot
	for _, s := range schedules {
		if slot, ok := s.Latest(p.Moment()); ok && slot > latest {
			latest = slot
		}
	}
	if latest == "" {
		return "", usagef("%s is a step of no scheduled job, so its slot is not known; try: --slot %s", name, calendar.SlotAt(p.Moment()))
	}
	return latest, nil
}

// subjectOf is the campaign or report that a step makes an edition of, "" if none.
func subjectOf(step string) string {
	if pipelines.EditionStep([]string{step}) == "" {
		return ""
	}
	_, subject, _ := config.SplitStep(step)
	return subject
}

// namedSlot reads a slot from the command line and holds it to the schedules that it must be of, if there are any.
func namedSlot(p *pipelines.Program, name, text string, schedules []jobs.Schedule, ahead bool) (calendar.Slot, error) {
	slot, err := calendar.ParseSlot(text)
	if err != nil {
		return "", usageError{err}
	}
	at, until := slot.In(p.Config.Location), p.Moment()
	isTooEarly := at.After(until) && !ahead
	isOfSchedule := len(schedules) == 0 || slices.ContainsFunc(schedules, func(s jobs.Schedule) bool {
		latest, ok := s.Latest(at)
		return ok && latest == slot
	})
	switch {
	case !isTooEarly && isOfSchedule:
		return slot, nil
	case len(schedules) == 0:
		return "", usagef("slot %s of %s has not come yet; try: --slot %s, which is now, or an earlier one", slot, name, calendar.SlotAt(until))
	}
	if ahead {
		until = time.Time{}
	}
	near := nearestSlots(schedules, at, until)
	what := fmt.Sprintf("slot %s of %s has not come yet", slot, name)
	if !isOfSchedule {
		specs := make([]string, len(schedules))
		for i, s := range schedules {
			specs[i] = fmt.Sprintf("%q", s)
		}
		what = fmt.Sprintf("%s has no slot %s in its schedule %s", name, slot, strings.Join(specs, ", "))
	}
	if len(near) == 0 {
		return "", usagef("%s, and none of its slots has come", what)
	}
	return "", usagef("%s; try: --slot %s", what, strings.Join(near, " or "))
}

// nearestSlots are the last slot of the schedules at an instant or before it and the first behind it, none later than
// until; a zero until is no limit.
func nearestSlots(schedules []jobs.Schedule, at, until time.Time) []string {
	var before, behind calendar.Slot
	for _, s := range schedules {
		from := at
		if !until.IsZero() && until.Before(from) {
			from = until
		}
		if slot, ok := s.Latest(from); ok && slot > before {
			before = slot
		}
		slot, ok := s.Next(at)
		if ok && (until.IsZero() || !s.Instant(slot).After(until)) && (behind == "" || slot < behind) {
			behind = slot
		}
	}
	var near []string
	for _, slot := range []calendar.Slot{before, behind} {
		if slot != "" {
			near = append(near, string(slot))
		}
	}
	return near
}

// existing lists what there is instead of something that there is not.
func existing(what string, names []string) string {
	if len(names) == 0 {
		return "there are no " + what
	}
	return "there are " + strings.Join(names, ", ")
}
