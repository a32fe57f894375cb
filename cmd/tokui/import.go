package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) importCommand() *cobra.Command {
	var encoding string
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Bring in what happened elsewhere",
		Long: `Brings into the journal what Tokui cannot see by itself: responses that came by telephone, to a shop or to another
system. There is one kind of file so far:

  tokui import events phone-unsubscribes.csv

` + exitHelp,
	}
	events := &cobra.Command{
		Use:   "events FILE",
		Short: "Bring in responses from a CSV file: replies, bounces, unsubscribes by phone, purchases in a shop",
		Long: `Reads a CSV file with a header line and appends each row to the journal. Columns: kind (open, click, reply, bounce,
complaint, unsubscribe, suppress, unsuppress, consent, purchase), at, and one of message_id, message_key, contact_id or
email; further channel, scope, amount, enhanced (of a bounce: 5.1.1), detail, id. Addresses are kept as keyed hashes only.

Importing the same file twice is harmless. A row that cannot be read is set aside with its line and its reason.

  tokui import events phone-unsubscribes.csv

` + exitHelp,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			result, err := program.ImportEvents(cmd.Context(), words[0], encoding)
			if err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, result)
			}
			fmt.Fprintf(a.stdout, "%d rows: %d events imported, %d known already, %d set aside\n", result.Rows, result.Events, result.Known,
				len(result.Rejected))
			for _, r := range result.Rejected {
				fmt.Fprintf(a.stdout, "  %s:%d: %s\n", words[0], r.Line, r.Reason)
			}
			return nil
		},
	}
	events.Flags().StringVar(&encoding, "encoding", "utf-8", "of the file: utf-8 or cp932")
	cmd.AddCommand(events)
	return cmd
}
