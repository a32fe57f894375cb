package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines"
)

func (a *app) effectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "effect [CAMPAIGN]",
		Short: "Show what campaigns brought, against their hold-outs, with 95 % intervals",
		Long: `Compares what treated units bought within the campaign's window with what held-out ones bought. A unit is a customer
with all its contacts, or a contact without a customer: a lead. Treated is whoever was planned, reached or not (intention
to treat), so the count is neither of messages nor of receipts. "too early" means that the window is not over, "not enough
data" that the arms are too small to say anything. An interval that holds 0 is no proof of an effect.

The rows "all" pool every edition whose window is over.

` + exitHelp,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completeCampaigns,
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			campaign := ""
			if len(words) == 1 {
				campaign = words[0]
				if _, ok := program.Config.Campaigns[campaign]; !ok {
					return usagef("no campaign %q in %s; %s", campaign, program.Config.Path, existing("campaigns", program.Config.CampaignNames))
				}
			}
			estimates, err := program.Effects(cmd.Context(), program.Today(), campaign)
			if err != nil {
				return err
			}
			if a.flags.json {
				if estimates == nil {
					estimates = []pipelines.Estimate{}
				}
				return printJSON(a.stdout, estimates)
			}
			if len(estimates) == 0 {
				fmt.Fprintln(a.stdout, "no edition with a hold-out yet; try: tokui run")
				return nil
			}
			t := newTable("campaign", "slot", "rank", "of", "treated units>", "held-out units>", "per treated unit>", "per held-out unit>", "effect>", "95 % interval>", "")
			for _, e := range estimates {
				t.add(e.Campaign, e.Slot, e.Rank, e.Outcome, e.Treated, e.HeldOut, number(e.MeanTreated), number(e.MeanHeldOut),
					number(e.Difference), interval(e), verdict(e))
			}
			t.print(a.stdout)
			return nil
		},
	}
}

func number(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *v)
}

func interval(e pipelines.Estimate) string {
	if e.Low == nil || e.High == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f to %.2f", *e.Low, *e.High)
}

func verdict(e pipelines.Estimate) string {
	switch {
	case e.IsDrawSuspect:
		return "the draw does not look random: believe nothing here"
	case e.Verdict == "too early":
		return fmt.Sprintf("too early: %d days left", e.DaysLeft)
	case e.Verdict != "measured":
		return e.Verdict
	case e.Low != nil && e.High != nil && *e.Low <= 0 && *e.High >= 0:
		return "no effect shown"
	default:
		return ""
	}
}
