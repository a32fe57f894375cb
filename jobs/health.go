package jobs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/tokui/tokui/internal/calendar"
)

// stale is how long ago the scheduler may have looked at the clock last.
const stale = 5 * lookEvery

// Health is the state of the scheduler: names of jobs and steps, times and states; no errors' texts, no data.
type Health struct {
	// Status is ok, or failing where there are Problems.
	Status string    `json:"status"`
	At     time.Time `json:"at"`
	// Problems is one line for each thing to look at, [] for none.
	Problems []string    `json:"problems"`
	Jobs     []JobHealth `json:"jobs"`
}

// JobHealth is the state of one job.
type JobHealth struct {
	Job      string `json:"job"`
	Schedule string `json:"schedule,omitempty"` // left out for a job that runs by hand only
	// State is idle, running, or elsewhere (another process runs it).
	State string `json:"state"`
	// Slot and Since of the run under way.
	Slot  calendar.Slot `json:"slot,omitempty"`
	Since *time.Time    `json:"since,omitempty"`
	// Last is the run that ended last, Next what is due next.
	Last *LastRun `json:"last,omitempty"`
	Next *NextRun `json:"next,omitempty"`
}

// LastRun is a run that has ended.
type LastRun struct {
	Run       string        `json:"run"`
	Slot      calendar.Slot `json:"slot"`
	State     State         `json:"state"`
	Step      string        `json:"step,omitempty"`
	StartedAt time.Time     `json:"started_at"`
	EndedAt   time.Time     `json:"ended_at"`
}

// NextRun is a slot to come.
type NextRun struct {
	Slot calendar.Slot `json:"slot"`
	At   time.Time     `json:"at"`
}

// Health says how the scheduler and its jobs are. It may be called at any time, from any goroutine.
func (s *Scheduler) Health() Health {
	now := s.Runner.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	h := Health{Status: "ok", At: now.UTC().Truncate(time.Second), Problems: []string{}, Jobs: []JobHealth{}}
	switch {
	case s.phase == starting:
		h.Problems = append(h.Problems, "the scheduler has not started yet")
	case s.phase != serving:
		h.Problems = append(h.Problems, "the scheduler is "+string(s.phase))
	case now.Sub(s.beat) > stale:
		h.Problems = append(h.Problems, "the scheduler has not looked at the clock since "+s.beat.UTC().Format(time.RFC3339))
	}
	if s.invalid != nil {
		h.Problems = append(h.Problems, "the configuration is invalid, the last valid one is in force; tokui check says why")
	}
	for _, job := range s.set.Jobs {
		j := JobHealth{Job: job.Name, Schedule: job.Schedule.String(), State: "idle"}
		if t := s.tasks[job.Name]; t != nil {
			switch {
			case t.running:
				since := t.since
				j.State, j.Slot, j.Since = "running", t.slot, &since
			case !t.hold.IsZero():
				j.State = "elsewhere"
			}
		}
		if run, ok := s.Runner.Ledger.Last(job.Name); ok {
			j.Last = &LastRun{Run: run.ID, Slot: run.Slot, State: run.State, StartedAt: run.StartedAt, EndedAt: run.EndedAt}
			if run.State != Finished {
				j.Last.Step = run.Step
				if !job.Schedule.IsZero() {
					h.Problems = append(h.Problems, fmt.Sprintf("job %s: run %s %s", job.Name, run.ID, run.State))
				}
			}
		}
		if slot, ok := job.Schedule.Next(now); ok {
			j.Next = &NextRun{Slot: slot, At: job.Schedule.Instant(slot)}
		}
		h.Jobs = append(h.Jobs, j)
	}
	if len(h.Problems) > 0 {
		h.Status = "failing"
	}
	return h
}

// HealthHandler answers /healthz with Health as JSON: 200, or 503 where there are problems. It is for monitoring by
// people, not for a supervisor that restarts what fails: a failed job stays failed until its next run. Listen on
// loopback only; it takes no password.
func (s *Scheduler) HealthHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.URL.Path != "/healthz":
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := s.Health()
		body, err := json.MarshalIndent(h, "", "  ")
		if err != nil {
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if len(h.Problems) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(append(body, '\n')) // the caller is gone: nobody is left to tell
	})
}
