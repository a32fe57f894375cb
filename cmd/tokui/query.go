package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) queryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "query SQL",
		Short: "Run one SELECT on the warehouse, read-only",
		Long: `Runs one SELECT. Every table is named with its schema; files and functions that reach outside are refused.
$as_of is the date of the run. With --json it prints an array of row objects.

  tokui query "select rank, count(*) as customers from metrics.customer_rank group by rank"
  tokui query "select * from raw.reject limit 20"

` + exitHelp,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			answer, err := program.Query(cmd.Context(), words[0], a.flags.json)
			if err != nil {
				return err
			}
			if a.flags.json {
				if len(answer.Objects) == 0 {
					fmt.Fprintln(a.stdout, "[]")
					return nil
				}
				fmt.Fprintf(a.stdout, "[\n  %s\n]\n", strings.Join(answer.Objects, ",\n  "))
				return nil
			}
			t := newTable(answer.Columns...)
			for _, row := range answer.Rows {
				cells := make([]any, len(row))
				for i := range row {
					cells[i] = row[i]
				}
				t.add(cells...)
			}
			t.print(a.stdout)
			return nil
		},
	}
}
