package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Give out what other systems need to know",
		Long: `Gives out what Tokui knows and others must. There is one kind so far:

  tokui export suppressions > do-not-mail.csv

` + exitHelp,
	}
	var list string
	suppressions := &cobra.Command{
		Use:   "suppressions",
		Short: "Give out who must not be written to, by channel and scope, as CSV",
		Long: `Writes every standing suppression as CSV on stdout: unsubscribes, complaints, dead addresses, returned letters, those who
were erased. Without --match people are keyed hashes, which another Tokui with the same seed imports; they tell nobody who
it is. With --match FILE, a CSV list with a column email or contact_id, the rows are those of people on the list, with
their addresses: for the service or the print house that must leave them out. Reads the journal, not the warehouse.

  tokui export suppressions > suppressions.csv
  tokui export suppressions --match mailing-list.csv > leave-out.csv

` + exitHelp,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			exported, err := program.ExportSuppressions(a.stdout, list)
			if err != nil {
				return err
			}
			if list != "" {
				a.note("%s", fmt.Sprintf("%d of %d suppressions are of the %d on the list", exported.Rows, exported.Suppressions, exported.Listed))
			}
			return nil
		},
	}
	suppressions.Flags().StringVar(&list, "match", "", "a CSV list with a column email or contact_id: only those on it, with their addresses")
	cmd.AddCommand(suppressions)
	return cmd
}
