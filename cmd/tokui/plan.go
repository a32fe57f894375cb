package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines"
)

func (a *app) planCommand() *cobra.Command {
	var slotText, previews, contact string
	cmd := &cobra.Command{
		Use:   "plan CAMPAIGN",
		Short: "Show who would get what, and why the others would not; sends nothing",
		Long: `Plans the campaign's latest slot as if it were sent now, from the tables of the last analyze: counts by rank, by
reason of exclusion and by variant, what it costs, and a preview of the first message of each variant. Where the last
backtest of a forecast behind the audience was far from what came, it says so. Nothing is frozen, journaled or sent. A slot that has not come yet may be planned too, if the schedule has it.

  tokui plan newsletter-a
  tokui plan newsletter-a --previews previews/    also as files: .eml, .html, and index.html, which shows them all wide
                                                  and as on a phone, light and dark, with text and headers
  tokui plan newsletter-a --contact 12347-1       the message to one contact of the plan

` + exitHelp,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeCampaigns,
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			if _, ok := program.Config.Campaigns[words[0]]; !ok {
				return usagef("no campaign %q in %s; %s", words[0], program.Config.Path, existing("campaigns", program.Config.CampaignNames))
			}
			slot, err := editionSlot(program, words[0], slotText, planning)
			if err != nil {
				return err
			}
			preview, err := program.Plan(cmd.Context(), words[0], slot, contact)
			if err != nil {
				return err
			}
			if err := writePreviews(program, previews, preview); err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, preview)
			}
			a.printPlan(preview)
			return nil
		},
	}
	cmd.Flags().StringVar(&slotText, "slot", "", "the slot to plan, YYYYMMDDTHHMM: one of the schedule (default: the latest that has come)")
	cmd.Flags().StringVar(&previews, "previews", "", "write the previews into this folder")
	cmd.Flags().StringVar(&contact, "contact", "", "preview the message to this contact")
	return cmd
}

func (a *app) printPlan(p pipelines.Preview) {
	fmt.Fprintf(a.stdout, "%s, slot %s, as of %s: %s\n\n", p.Campaign, p.Slot, p.AsOf, p.State)
	t := newTable("rank", "planned>", "held out>", "excluded>")
	for _, r := range p.ByRank {
		t.add(r.Rank, r.Planned, r.HeldOut, r.Excluded)
	}
	t.add("all", p.Planned, p.HeldOut, p.Excluded)
	t.print(a.stdout)
	fmt.Fprintf(a.stdout, "\nconsidered %s = excluded %s + held out %s + planned %s\n", thousands(int64(p.Considered)),
		thousands(int64(p.Excluded)), thousands(int64(p.HeldOut)), thousands(int64(p.Planned)))
	if len(p.ByReason) > 0 {
		fmt.Fprintln(a.stdout)
		t = newTable("excluded because", "contacts>")
		for _, c := range p.ByReason {
			t.add(c.Name, c.Count)
		}
		t.print(a.stdout)
	}
	if len(p.ByWithheld) > 0 {
		fmt.Fprintln(a.stdout)
		t = newTable("planned, not sent", "contacts>")
		for _, c := range p.ByWithheld {
			t.add(c.Name, c.Count)
		}
		t.print(a.stdout)
	}
	if len(p.ByVariant) > 1 {
		fmt.Fprintln(a.stdout)
		t = newTable("variant", "planned>")
		for _, c := range p.ByVariant {
			t.add(c.Name, c.Count)
		}
		t.print(a.stdout)
	}
	fmt.Fprintf(a.stdout, "\ncost: %s\neffect so far: %s\n", p.Cost, p.Effect)
	for _, w := range p.Warnings {
		fmt.Fprintf(a.stdout, "forecast: %s\n", w)
	}
	for _, m := range p.Messages {
		name := m.Variant
		if name != "" {
			name = " (variant " + name + ")"
		}
		fmt.Fprintf(a.stdout, "\n--- preview%s: %s ---\nSubject: %s\n\n%s\n", name, m.MessageKey, m.Subject, m.Text)
	}
}

// writePreviews leaves each preview as a mail and as a page that a browser opens, and a page that shows them all.
func writePreviews(program *pipelines.Program, dir string, preview pipelines.Preview) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write previews: %w", err)
	}
	page, err := program.PreviewPage(preview)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), page, 0o600); err != nil {
		return fmt.Errorf("write previews: %w", err)
	}
	for _, m := range preview.Messages {
		base := filepath.Join(dir, m.MessageKey)
		if err := os.WriteFile(base+".eml", m.Raw, 0o600); err != nil {
			return fmt.Errorf("write previews: %w", err)
		}
		if err := os.WriteFile(base+".html", []byte(m.HTML), 0o600); err != nil {
			return fmt.Errorf("write previews: %w", err)
		}
	}
	return nil
}
