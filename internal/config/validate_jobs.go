package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/position"
)

func (v *validator) jobs() {
	jobOf := map[string]string{} // campaign → the job that runs it
	for _, name := range v.JobNames {
		v.name(name, "jobs", name)
		job := v.Jobs[name]
		at := func(key ...string) []string { return append([]string{"jobs", name}, key...) }
		v.schedule(job.Schedule, at("schedule"))
		v.check(len(job.Steps) > 0, at("steps"), "", "got none, want at least one of %s", oneOf(stepForms()))
		for i, step := range job.Steps {
			path := at("steps", strconv.Itoa(i))
			campaign := v.step(step, path)
			if campaign == "" {
				continue
			}
			other, taken := jobOf[campaign]
			v.check(!taken, path, "", "the campaign is already a step of the job %s, and its slots can come from one only", other)
			jobOf[campaign] = name
		}
		v.check(job.Retry >= 0, at("retry"), "", "got %d, want 0 or more", job.Retry)
		v.check(job.Timeout > 0, at("timeout"), "", "got %s, want a time such as 6h", job.Timeout)
	}
}

// schedule checks the shape of a schedule; the job runner's parser reads it in full.
func (v *validator) schedule(schedule string, path []string) {
	if !v.Given(path...) {
		return
	}
	fields := strings.Fields(schedule)
	shown := v.shown(schedule, path)
	if strings.Contains(schedule, "=") {
		v.check(false, path, "set timezone at the top level", "got %q, want five fields and no time zone", shown)
		return
	}
	v.check(len(fields) == 5, path, "", "got %q with %d fields, want 5: minute hour day month weekday", shown, len(fields))
}

func stepForms() []string {
	return []string{StepLoad, StepAnalyze, StepCollect, StepBacktest, StepCampaign + " NAME", StepReport + " NAME"}
}

// SplitStep takes a step apart: its verb and, of a campaign or report, the name, "" where none stands there. ok says
// whether the verb is one that there is, and whether it stands with a name just where it needs one.
func SplitStep(step string) (verb, name string, ok bool) {
	words := strings.Fields(step)
	if len(words) == 0 {
		return "", "", false
	}
	verb = words[0]
	if len(words) > 1 {
		name = words[1]
	}
	switch verb {
	case StepLoad, StepAnalyze, StepCollect, StepBacktest:
		return verb, name, len(words) == 1
	case StepCampaign, StepReport:
		return verb, name, len(words) == 2
	default:
		return verb, name, false
	}
}

// step checks a step and returns the campaign that it runs, "" if none.
func (v *validator) step(step string, path []string) string {
	verb, name, ok := SplitStep(step)
	shown := v.shown(step, path)
	if !ok {
		try := ""
		if _, isCampaign := v.Campaigns[verb]; isCampaign {
			try = "write campaign " + verb
		} else if _, isReport := v.Reports[verb]; isReport {
			try = "write report " + verb
		} else if near := position.Nearest(verb, []string{StepLoad, StepAnalyze, StepCollect, StepBacktest, StepCampaign, StepReport}); near != "" && near != verb {
			try = strings.TrimSpace("did you mean "+near+" "+name) + "?"
		}
		v.check(false, path, try, "got %q, want %s", shown, oneOf(stepForms()))
		return ""
	}
	switch verb {
	case StepCampaign:
		if v.exists(name, v.CampaignNames, "campaigns", path) {
			return name
		}
	case StepReport:
		v.exists(name, v.ReportNames, "reports", path)
	}
	return ""
}

// exists checks that a step's campaign or report is configured. Where that whole section could not be read, nobody knows.
func (v *validator) exists(name string, names []string, section string, path []string) bool {
	if slices.Contains(names, name) || v.broken[section] {
		return slices.Contains(names, name)
	}
	one := strings.TrimSuffix(section, "s")
	if len(names) == 0 {
		return v.check(false, path, "", "there is no %s %s: none is configured", one, v.shown(name, path))
	}
	return v.check(false, path, didYouMean(name, names), "there is no %s %s, want %s", one, v.shown(name, path), oneOf(names))
}
