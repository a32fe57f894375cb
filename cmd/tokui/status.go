package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/intake"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines"
)

// status is the object of `tokui status --json`.
type status struct {
	Sources  []pipelines.SourceStatus  `json:"sources"`
	Jobs     []jobStatus               `json:"jobs"`
	Runs     []runStatus               `json:"runs"`
	Editions []pipelines.EditionStatus `json:"editions"`
	Mail     intake.Counts             `json:"mail"`
}

type jobStatus struct {
	Job      string `json:"job"`
	Schedule string `json:"schedule"`
	State    string `json:"state"`
	LastSlot string `json:"last_slot"`
	NextSlot string `json:"next_slot"`
}

type runStatus struct {
	Run       string    `json:"run"`
	Job       string    `json:"job"`
	Slot      string    `json:"slot"`
	State     string    `json:"state"`
	Step      string    `json:"step"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

func (a *app) statusCommand() *cobra.Command {
	var recipients bool
	var states []string
	cmd := &cobra.Command{
		Use:   "status [EDITION]",
		Short: "Show how fresh the sources are, jobs, their last runs, and what became of every edition",
		Long: `Reads the journal and the editions, not the warehouse, so it answers while a job runs.

  tokui status
  tokui status newsletter-a/20111210T0900                one edition, with every state named
  tokui status newsletter-a/20111210T0900 --recipients   each message by its key
  tokui status newsletter-a/20111210T0900 --state unconfirmed,failed   those in these states

For every edition: considered = excluded + held out + planned, and
planned = accepted + failed + withheld + unconfirmed + pending. It is finished when nothing is pending.
An edition that still has pending messages when a later slot of its campaign has come is named as open on stderr.
An unconfirmed message was attempted and never answered: somebody may or may not have it, so it is not sent again;
tokui resolve settles it.
What came back after it was accepted is counted beside: by address (gone, suppressed), transient (full, not reachable),
reputation (about us) and unknown; so is the mail that came in, and what of it waits for a person.

` + exitHelp,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			if len(words) == 1 {
				for _, state := range states {
					if !slices.Contains(messageStates(), state) {
						return usagef("--state: got %q, want one of %s", state, strings.Join(messageStates(), ", "))
					}
				}
				return a.editionStatus(program, words[0], recipients || len(states) > 0, states)
			}
			if recipients || len(states) > 0 {
				return usagef("--recipients and --state need an edition; try: tokui status CAMPAIGN/SLOT --recipients")
			}
			return a.fullStatus(program)
		},
	}
	cmd.Flags().BoolVar(&recipients, "recipients", false, "list every planned message with its state")
	cmd.Flags().StringSliceVar(&states, "state", nil, "list the messages in these states only: "+strings.Join(messageStates(), ", "))
	return cmd
}

// messageStates are those of planned messages.
func messageStates() []string {
	return []string{
		edition.MessageAccepted, edition.MessageFailed, edition.MessageWithheld, edition.MessageUnconfirmed, edition.MessagePending,
	}
}

func (a *app) fullStatus(p *pipelines.Program) error {
	s := status{Jobs: []jobStatus{}, Runs: []runStatus{}, Editions: []pipelines.EditionStatus{}}
	set, err := jobSet(p)
	if err != nil {
		return err
	}
	ledger, err := jobs.OpenLedger(p.JournalDir(), nil)
	if err != nil {
		return fmt.Errorf("read run ledger: %w", err)
	}
	for _, job := range set.Jobs {
		line := jobStatus{Job: job.Name, Schedule: job.Schedule.String(), State: "never run"}
		if last, ok := ledger.Last(job.Name); ok {
			line.State, line.LastSlot = string(last.State), string(last.Slot)
			s.Runs = append(s.Runs, runOf(last))
		}
		for _, open := range ledger.Open(job.Name) {
			run := runOf(open)
			held, err := jobs.Held(p.LockDir(), job.Name)
			if err != nil {
				return fmt.Errorf("look who runs %s: %w", job.Name, err)
			}
			if !held { // nobody is at it: a stop, a kill or a power cut
				run.State = string(jobs.Interrupted)
			}
			line.State = run.State
			s.Runs = append(s.Runs, run)
		}
		if next, ok := job.Schedule.Next(p.Moment()); ok {
			line.NextSlot = string(next)
		}
		s.Jobs = append(s.Jobs, line)
	}
	if s.Editions, err = p.Editions(); err != nil {
		return err
	}
	if s.Sources, err = p.Sources(); err != nil {
		return err
	}
	if s.Mail, err = p.MailCounts(); err != nil {
		return err
	}
	if a.flags.json {
		return printJSON(a.stdout, s)
	}
	a.printStatus(s, p.Config.Location)
	a.printMail(s, p.KeptMailDir())
	for _, f := range s.Sources {
		if f.Broken != "" {
			a.warn("sources.%s: %s", f.Source, f.Broken)
		}
	}
	for _, e := range s.Editions {
		if !e.OpenSince.IsZero() {
			step := "campaign " + e.Campaign
			if e.Kind == "report" {
				step = "report " + e.Campaign
			}
			a.warn("%s/%s is open since %s: %s pending; try: tokui run %q --slot %s",
				e.Campaign, e.Slot, e.OpenSince.In(p.Config.Location).Format("2006-01-02 15:04"), thousands(int64(e.Pending)), step, e.Slot)
		}
	}
	return nil
}

func runOf(r jobs.Record) runStatus {
	return runStatus{Run: r.ID, Job: r.Job, Slot: string(r.Slot), State: string(r.State), Step: r.Step, StartedAt: r.StartedAt,
		EndedAt: r.EndedAt}
}

func (a *app) printStatus(s status, zone *time.Location) {
	fresh := newTable("source", "newest", "loaded", "files>", "rows>", "rejected>", "skipped>", "state")
	for _, f := range s.Sources {
		state, loaded := "ok", ""
		if !f.LoadedAt.IsZero() {
			loaded = f.LoadedAt.In(zone).Format("2006-01-02 15:04")
		}
		if f.Files == 0 {
			state = "never loaded"
		}
		if f.Broken != "" {
			state = "not as expected"
		}
		fresh.add(f.Source, f.Newest, loaded, f.Files, f.Rows, f.Rejected, f.Skipped, state)
	}
	fresh.print(a.stdout)
	fmt.Fprintln(a.stdout)
	t := newTable("job", "schedule", "last run", "slot", "next slot")
	for _, j := range s.Jobs {
		t.add(j.Job, j.Schedule, j.State, j.LastSlot, j.NextSlot)
	}
	t.print(a.stdout)
	fmt.Fprintln(a.stdout)
	if len(s.Editions) == 0 {
		fmt.Fprintln(a.stdout, "no editions yet")
		return
	}
	editionTable(s.Editions).print(a.stdout)
}

// printMail tells what came back, where anything did.
func (a *app) printMail(s status, keptDir string) {
	if s.Mail.All() == 0 && s.Mail.Kept == 0 && !slices.ContainsFunc(s.Editions, func(e pipelines.EditionStatus) bool { return len(e.Bounced) > 0 }) {
		return
	}
	for _, e := range s.Editions {
		if len(e.Bounced) > 0 {
			fmt.Fprintf(a.stdout, "\n%s/%s came back after it was accepted: %s", e.Campaign, e.Slot, classes(e.Bounced))
		}
	}
	m := s.Mail
	if m.All() > 0 {
		fmt.Fprintf(a.stdout, "\nmail that came in: bounces: %s; %d complaints, %d unsubscribes, %d replies, %d delays, %d automatic replies, %d others",
			classes(m.Bounces), m.Complaints, m.Unsubscribes, m.Replies, m.Delays, m.AutoReplies, m.Others)
	}
	if m.Kept > 0 {
		fmt.Fprintf(a.stdout, "\n%d of them wait for a person in %s", m.Kept, keptDir)
	}
	fmt.Fprintln(a.stdout)
}

// classes are the counts of bounces by whom they are about.
func classes(counts map[journal.Class]int) string {
	var parts []string
	for _, class := range []journal.Class{journal.ClassAddress, journal.ClassTransient, journal.ClassReputation, journal.ClassUnknown} {
		if n := counts[class]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, class))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func editionTable(editions []pipelines.EditionStatus) *table {
	t := newTable("edition", "state", "considered>", "excluded>", "held out>", "planned>", "accepted>", "failed>", "withheld>",
		"unconfirmed>", "pending>")
	for _, e := range editions {
		t.add(e.Campaign+"/"+string(e.Slot), e.State, e.Considered, e.Excluded, e.HeldOut, e.Planned, e.Accepted, e.Failed, e.Withheld,
			e.Unconfirmed, e.Pending)
	}
	return t
}

func (a *app) editionStatus(p *pipelines.Program, name string, recipients bool, states []string) error {
	id, err := editionID(name)
	if err != nil {
		return err
	}
	s, messages, err := p.Edition(id)
	if err != nil {
		return err
	}
	if len(states) > 0 {
		messages = slices.DeleteFunc(messages, func(m pipelines.MessageStatus) bool { return !slices.Contains(states, m.State) })
	}
	if a.flags.json {
		if !recipients {
			messages = nil
		}
		return printJSON(a.stdout, struct {
			pipelines.EditionStatus
			Messages []pipelines.MessageStatus `json:"messages,omitempty"`
		}{s, messages})
	}
	editionTable([]pipelines.EditionStatus{s}).print(a.stdout)
	if len(s.Bounced) > 0 {
		fmt.Fprintf(a.stdout, "\ncame back after it was accepted: %s\n", classes(s.Bounced))
	}
	if !recipients {
		return nil
	}
	fmt.Fprintln(a.stdout)
	t := newTable("message", "contact", "state", "reply or reason")
	for _, m := range messages {
		state := m.State
		if m.Bounce != "" {
			state += ", bounced: " + string(m.Bounce)
		}
		t.add(m.MessageKey, m.ContactID, state, m.Detail)
	}
	t.print(a.stdout)
	return nil
}
