package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain CUSTOMER",
		Short: "Say everything about one customer: rank, numbers, and every campaign's decision with its reason",
		Long: `Tells a customer's rank and the rule that gave it, the numbers behind it, and what each campaign would do with each
of the customer's contacts if it were planned now: planned, held out, or excluded and why.

  tokui explain 17850

` + exitHelp,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			e, err := program.Explain(cmd.Context(), words[0])
			if err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, e)
			}
			fmt.Fprintf(a.stdout, "customer %s\n%s\n\n", e.CustomerID, e.Rule)
			t := newTable("what", "value")
			for _, f := range e.Facts {
				t.add(f.Name, f.Value)
			}
			t.print(a.stdout)
			fmt.Fprintln(a.stdout)
			t = newTable("campaign", "contact", "decision", "reason")
			for _, d := range e.Decisions {
				t.add(d.Campaign, d.Contact, d.Arm, d.Reason)
			}
			t.print(a.stdout)
			return nil
		},
	}
}
