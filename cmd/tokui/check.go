package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
)

func (a *app) checkCommand() *cobra.Command {
	var schema bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find everything wrong with the configuration, the models and the templates, before anything runs",
		Long: `Reads config.yaml, every model, every audience and every template and reports all that is wrong at once, each with
its place, an excerpt and a suggestion: a fault in one of them does not hide those in the others. Nothing is loaded,
built or sent. What is no fault but may not be meant, such as a job that runs a campaign and has no schedule, is a
warning on stderr. The consent ledger in the journal is followed from end to end: a line that was altered or taken away
is named with its place, and the hash of the last line is printed; keep it elsewhere, and nobody can cut the end off.

  tokui check
  tokui check --schema > tokui.schema.json     for editors: completion and errors while typing

` + exitHelp,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				text, err := config.Schema()
				if err != nil {
					return fmt.Errorf("make schema: %w", err)
				}
				_, err = a.stdout.Write(append(text, '\n'))
				return err
			}
			c, faults, err := config.LoadAll(a.flags.config, os.LookupEnv)
			if err != nil {
				return err
			}
			if c == nil {
				return a.reportFaults(faults)
			}
			program, err := a.programFor(c)
			if err != nil {
				return err
			}
			further, warnings, err := program.Check(cmd.Context())
			if err != nil {
				return err
			}
			faults = append(faults, further...)
			for _, w := range warnings {
				a.warn("%s", w.Detail())
			}
			if left := program.Unforgotten(); left > 0 {
				a.warn("%d erasures were interrupted; try: tokui forget", left)
			}
			ledger, err := program.CheckLedger()
			if err != nil {
				return err
			}
			for _, fault := range ledger.Faults {
				faults = append(faults, position.Fault{Position: position.Position{File: fault.Segment, Line: fault.Line}, Message: "consent ledger: " + fault.Detail,
					Try: "restore the journal from a backup; do not send until you know who changed it"})
			}
			if len(faults) > 0 {
				return a.reportFaults(faults)
			}
			if a.flags.json {
				return printJSON(a.stdout, []faultLine{})
			}
			fmt.Fprintf(a.stdout, "%s is right: %d sources, %d campaigns, %d reports, %d jobs\n", c.Path, len(c.SourceNames),
				len(c.CampaignNames), len(c.ReportNames), len(c.JobNames))
			if ledger.Lines > 0 {
				fmt.Fprintf(a.stdout, "the consent ledger is whole: %d lines, the last is %s\n", ledger.Lines, ledger.Head)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of config.yaml")
	return cmd
}

// faultLine is a fault of `tokui check --json`.
type faultLine struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Excerpt string `json:"excerpt"`
	Try     string `json:"try"`
}

// reportFaults prints faults as JSON where that was asked for; the error still sets the exit code.
func (a *app) reportFaults(err error) error {
	faults, ok := err.(position.Faults)
	if !ok || !a.flags.json {
		return err
	}
	faults.Sort()
	lines := make([]faultLine, len(faults))
	for i, f := range faults {
		lines[i] = faultLine{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message, Excerpt: f.Excerpt, Try: f.Try}
	}
	if printErr := printJSON(a.stdout, lines); printErr != nil {
		return printErr
	}
	return err
}
