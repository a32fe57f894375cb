package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines"
)

func (a *app) forgetCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "forget CONTACT",
		Short: "Erase a person everywhere, by contact id or e-mail address",
		Long: `Erases what the data folder holds of a person: the copies of the sources and the rows set aside, the recipients of every
edition, outbox, lists, previews, reports and their mails, requests for mail, and the database, which the next run makes
again. What is left is a keyed hash that tells nobody who it was: it suppresses them in every channel, and load leaves
them out, so that the next export does not bring them back.

Sales stay, as bookkeeping needs them: a company's as they are, without the contact; a person's under the customer number
alone, without name and address. An address that another contact has too stays with them.

The systems that your exports come from are not touched: erase the person there as well. A kill in the middle is made good
by the next ` + "`tokui forget`" + `, with or without a contact, and by the next load.

  tokui forget 12346-1 --dry-run        what would be erased, and where
  tokui forget taro@example.jp
  tokui forget                          finish what was interrupted

` + exitHelp,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			who := ""
			if len(words) == 1 {
				if who = words[0]; who == "" {
					return usagef("forget: got an empty contact, want a contact id or an address")
				}
			} else if dry {
				return usagef("forget --dry-run: got no contact, want a contact id or an address")
			}
			result, err := program.Forget(cmd.Context(), who, dry)
			if err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, result)
			}
			a.printErasure(result, who)
			return nil
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be erased, and where")
	return cmd
}

func (a *app) printErasure(result pipelines.Erasure, who string) {
	if len(result.Places) > 0 {
		t := newTable("place", "removed>", "changed>")
		for _, place := range result.Places {
			t.add(place.Place, place.Removed, place.Changed)
		}
		t.print(a.stdout)
	}
	switch {
	case result.Known:
		fmt.Fprintln(a.stdout, "erased before; nothing of them is here, and the next export does not bring them back")
	case who == "" && len(result.Places) == 0:
		fmt.Fprintln(a.stdout, "no erasure had been interrupted")
	case result.DryRun:
		fmt.Fprintf(a.stdout, "would erase %d contacts, %d customers who are persons, %d addresses; nothing was changed\n", result.Contacts,
			result.Customers, result.Addresses)
	default:
		fmt.Fprintf(a.stdout, "erased %d contacts, %d customers who are persons, %d addresses; the next run makes the database again: tokui run\n",
			result.Contacts, result.Customers, result.Addresses)
	}
	if result.Shared {
		a.warn("the address is another contact's too: it stays with them, and is not suppressed")
	}
}
