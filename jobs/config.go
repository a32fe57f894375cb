package jobs

import (
	"time"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
)

// FromConfig makes the jobs of a configuration in file order. The error is position.Faults, every schedule that cannot
// be used with its place; warnings are schedules that may not mean what was meant.
func FromConfig(c *config.Config) (jobs []Job, warnings position.Faults, err error) {
	var faults position.Faults
	for _, name := range c.JobNames {
		from := c.Jobs[name]
		job := Job{
			Name:    name,
			Steps:   from.Steps,
			Retry:   from.Retry,
			CatchUp: time.Duration(from.CatchUp),
			Timeout: time.Duration(from.Timeout),
		}
		if from.Schedule != "" {
			place := c.At("jobs", name, "schedule")
			job.Schedule, err = Parse(from.Schedule, c.Location)
			if err != nil {
				faults = append(faults, c.Fault(place, `30 2 * * * (each day at 02:30) or 0 10 * * TUE (Tuesdays at 10:00)`, "jobs.%s: %v", name, err))
			} else if text := job.Schedule.Warning(); text != "" {
				warnings = append(warnings, c.Fault(place, "leave one of the two at *", "jobs.%s: %s", name, text))
			}
		}
		jobs = append(jobs, job)
	}
	faults.Sort()
	return jobs, warnings, faults.Err()
}
