package jobs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tokui/tokui/internal/config"
)

func load(t *testing.T, jobs string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "company: {name: Example, address: 1 Example Street, contact: info@example.com}\n" +
		"locale: en\nmail: {from: news@example.com}\ntimezone: America/New_York\n" +
		"reports:\n  management: {title: M, to: [president@example.com]}\n" +
		"sources:\n  sales: {path: sales.csv, columns: {order_id: id, customer_id: c, product_id: p, ordered_on: d, quantity: q, amount: a}}\n" + jobs
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFromConfig(t *testing.T) {
	jobs, warnings, err := FromConfig(load(t, `jobs:
  nightly: {schedule: "30 2 * * *", steps: [collect, load, analyze], retry: 3, catch_up: 12h}
  monthly: {schedule: "0 8 1 * MON", steps: [report management], timeout: 30m}
  by-hand: {steps: [load]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Job{
		{Name: "nightly", Steps: []string{"collect", "load", "analyze"}, Retry: 3, CatchUp: 12 * time.Hour, Timeout: 6 * time.Hour},
		{Name: "monthly", Steps: []string{"report management"}, Timeout: 30 * time.Minute},
		{Name: "by-hand", Steps: []string{"load"}, Timeout: 6 * time.Hour},
	}
	if d := cmp.Diff(want, jobs, cmpopts.IgnoreFields(Job{}, "Schedule")); d != "" {
		t.Error(d)
	}
	if jobs[0].CatchUp != 12*time.Hour || jobs[0].Schedule.String() != "30 2 * * *" || !jobs[2].Schedule.IsZero() {
		t.Errorf("got %+v", jobs)
	}
	if got := jobs[0].Schedule.Instant("20260308T0230"); !got.Equal(instant(t, "2026-03-08T07:00:00Z")) {
		t.Errorf("the schedule is not in the company's time zone: %s", got)
	}
	if len(warnings) != 1 || warnings[0].Line != 11 || !strings.Contains(warnings[0].Message, "jobs.monthly") {
		t.Errorf("warnings: got %v", warnings)
	}
}

func TestFromConfigFaults(t *testing.T) {
	_, _, err := FromConfig(load(t, `jobs:
  nightly: {schedule: "30 25 * * *", steps: [load]}
  never:
    schedule: "0 0 31 2 *"
    steps: [analyze]
`))
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		`config.yaml:10:23: jobs.nightly: schedule "30 25 * * *": got hour "25", want 0 to 23`,
		`config.yaml:12:15: jobs.never: schedule "0 0 31 2 *" never comes due`,
		"try: 30 2 * * *",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}
