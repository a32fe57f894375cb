package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/pipelines"
)

func (a *app) checkCommand() *cobra.Command {
	var (
		schema                            bool
		testAddress, campaign, nameServer string
	)
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find everything wrong with the configuration, the models and the templates, before anything runs",
		Long: `Reads config.yaml, every model, every audience and every template and reports all that is wrong at once, each with
its place, an excerpt and a suggestion: a fault in one of them does not hide those in the others. Nothing is loaded,
built or sent. What is no fault but may not be meant, such as a job that runs a campaign and has no schedule, is a
warning on stderr. The consent ledger in the journal is followed from end to end: a line that was altered or taken away
is named with its place, and the hash of the last line is printed; keep it elsewhere, and nobody can cut the end off.

Templates are held to the rules of the inbox (docs/rules.md): who sends, the way out, size, language, alt texts, contrast
by day and by night, parts that agree. Where mail leaves by SMTP, the DNS is asked about the sender (SPF, DKIM, DMARC, MX),
and what is missing is printed as the record to publish; a DNS that cannot be asked is a warning.

  tokui check
  tokui check --send-test me@example.jp --campaign newsletter-a      one real message of its plan, to yourself
  tokui check --dns 192.0.2.53                 ask this name server, such as the one where you have just published
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
			if nameServer != "" {
				program.Resolver = resolverAt(nameServer)
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
			if testAddress != "" {
				return a.sendTest(cmd, program, campaign, testAddress)
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
	cmd.Flags().StringVar(&testAddress, "send-test", "", "if all is right, send one message of a campaign's plan to this address")
	cmd.Flags().StringVar(&campaign, "campaign", "", "the campaign of --send-test (default: the first that goes by mail)")
	cmd.Flags().StringVar(&nameServer, "dns", "", "ask this name server about the sender, HOST or HOST:PORT")
	return cmd
}

// resolverAt asks one name server only.
func resolverAt(server string) *net.Resolver {
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(server, "53")
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server)
	}}
}

// sendTest sends one message of a campaign to an address of ours.
func (a *app) sendTest(cmd *cobra.Command, program *pipelines.Program, campaign, address string) error {
	if _, err := mailbox.ParseAddress(address); err != nil {
		return usagef("--send-test: %v", err)
	}
	names := program.Config.CampaignNames
	if campaign == "" {
		i := slices.IndexFunc(names, func(name string) bool { return program.Config.Campaigns[name].Channel == config.ChannelEmail })
		if i < 0 {
			return usagef("--send-test: no campaign in %s goes by mail", program.Config.Path)
		}
		campaign = names[i]
	}
	if _, ok := program.Config.Campaigns[campaign]; !ok {
		return usagef("no campaign %q in %s; %s", campaign, program.Config.Path, existing("campaigns", names))
	}
	slot, err := editionSlot(program, campaign, "", planning)
	if err != nil { // in no scheduled job: as if it were sent now
		slot = calendar.SlotAt(program.Moment().In(program.Config.Location))
	}
	text, err := program.SendTest(cmd.Context(), campaign, slot, address)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "test of %s: %s\n", campaign, text)
	return nil
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
