package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines"
	"github.com/tokui/tokui/pipelines/delivery"
)

func (a *app) resolveCommand() *cobra.Command {
	var evidence pipelines.Evidence
	cmd := &cobra.Command{
		Use:   "resolve EDITION",
		Short: "Settle messages that nobody knows of whether they arrived",
		Long: `An unconfirmed message was handed to the relay, and the answer was lost: by a kill, a power cut, a broken connection. It
is not sent again by itself. This settles it, by whatever is known now; what shows that the relay had a message always
wins, so that nobody gets it twice.

  tokui resolve newsletter-a/20111210T0900                   by responses: a bounce, open, click or reply that names it
  tokui resolve newsletter-a/20111210T0900 --log mail.log    and by the relay's log (Postfix; *.gz too; oldest file first)
  tokui resolve newsletter-a/20111210T0900 --log mail.log --resend-absent
                                                             and send again what the log never names. The log must name all
                                                             that the relay accepted, and be newer than the last attempt
  tokui resolve newsletter-a/20111210T0900 --accepted KEY --resend KEY
                                                             by hand: a message key, or a Message-ID
  tokui resolve newsletter-a/20111210T0900 --from file.csv   by hand: the columns message and verdict (accepted or resend)

accepted means that the relay had it: what happened behind the relay comes back as a bounce. What is to be sent again is
pending, and goes with the next run of the campaign at its slot, if the edition has not expired. --dry-run only tells.

` + exitHelp,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, words []string) error {
			id, err := editionID(words[0])
			if err != nil {
				return err
			}
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			done, err := program.Resolve(cmd.Context(), id, evidence)
			if err != nil {
				return err
			}
			return a.printResolution(id, done, evidence.Dry, program.Moment())
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&evidence.Logs, "log", nil, "a file of the relay's log, several times for several, oldest first")
	f.BoolVar(&evidence.ResendAbsent, "resend-absent", false, "send again what the log never names")
	f.StringArrayVar(&evidence.Accepted, "accepted", nil, "a message that the relay had, by its key or Message-ID")
	f.StringArrayVar(&evidence.Resend, "resend", nil, "a message to send again, by its key or Message-ID")
	f.StringVar(&evidence.File, "from", "", "a CSV file with the columns message and verdict")
	f.BoolVar(&evidence.Dry, "dry-run", false, "settle nothing, only tell")
	return cmd
}

// editionID reads CAMPAIGN/SLOT.
func editionID(name string) (edition.ID, error) {
	campaign, slotText, ok := strings.Cut(name, "/")
	slot, err := calendar.ParseSlot(slotText)
	if !ok || err != nil {
		return edition.ID{}, usagef("edition: got %q, want CAMPAIGN/SLOT such as newsletter-a/20111210T0900; try: tokui status", name)
	}
	return edition.ID{Campaign: campaign, Slot: slot}, nil
}

func (a *app) printResolution(id edition.ID, done delivery.Resolution, dry bool, now time.Time) error {
	for _, refused := range done.Refused {
		a.warn("%s", refused)
	}
	resent := done.Count("resend", "")
	if resent > 0 && !done.ExpiresAt.IsZero() && !now.Before(done.ExpiresAt) {
		a.warn("the edition expired on %s: what was to be sent again will be withheld", done.ExpiresAt.Format("2006-01-02 15:04"))
	}
	if a.flags.json {
		return printJSON(a.stdout, struct {
			Edition string `json:"edition"`
			DryRun  bool   `json:"dry_run"`
			delivery.Resolution
		}{id.String(), dry, done})
	}
	t := newTable("message", "contact", "attempted", "verdict", "by", "why")
	for _, m := range done.Messages {
		t.add(m.MessageKey, m.ContactID, m.AttemptedAt.Format("2006-01-02 15:04:05"), m.Verdict, m.By, m.Why)
	}
	if len(done.Messages) > 0 {
		t.print(a.stdout)
		fmt.Fprintln(a.stdout)
	}
	word := "settled"
	if dry {
		word = "would be settled"
	}
	fmt.Fprintf(a.stdout, "%s: %d unconfirmed; %s: %d accepted (%d by response, %d by log, %d by hand), %d to be sent again; %d left\n", id,
		len(done.Messages), word, done.Count("accepted", ""), done.Count("accepted", delivery.ByResponse), done.Count("accepted", delivery.ByLog),
		done.Count("accepted", delivery.ByHand), resent, done.Count("unconfirmed", ""))
	if resent > 0 && !dry {
		fmt.Fprintf(a.stdout, "send them: tokui run \"campaign %s\" --slot %s\n", id.Campaign, id.Slot)
	}
	return nil
}
