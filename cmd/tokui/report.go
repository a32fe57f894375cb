package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "report NAME",
		Short: "Make a report now, from the tables as they are; sends nothing",
		Long: `Measures the effects, writes the report as one self-contained page and prints its place. Nobody is mailed: that is
the step "report NAME" of a job (tokui run "report NAME").

` + exitHelp,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeReports,
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			if _, ok := program.Config.Reports[words[0]]; !ok {
				return usagef("no report %q in %s; %s", words[0], program.Config.Path, existing("reports", program.Config.ReportNames))
			}
			path, err := program.ReportNow(cmd.Context(), words[0])
			if err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, map[string]string{"report": words[0], "path": path})
			}
			fmt.Fprintln(a.stdout, path)
			return nil
		},
	}
}
