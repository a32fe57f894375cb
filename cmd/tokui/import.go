package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines"
	"github.com/tokui/tokui/pipelines/response"
)

// importKind is a kind of file that can be brought in.
type importKind struct {
	use, short, long string
	// what the events of this kind are called in the result.
	noun string
	read func(p *pipelines.Program, ctx context.Context, path, encoding string) (response.Imported, error)
	// other reads files of other formats, whose names it lists; nil where there are none.
	other   func(p *pipelines.Program, ctx context.Context, path, format string) (response.Imported, error)
	formats []string
}

func importKinds() []importKind {
	return []importKind{
		{
			use: "events FILE", noun: "events",
			short: "Bring in responses from a CSV file: replies, bounces, unsubscribes by phone, purchases in a shop",
			long: `Reads a CSV file with a header line and appends each row to the journal. Columns: kind (open, click, reply, bounce,
complaint, unsubscribe, suppress, unsuppress, consent, preference, purchase), at, and one of message_id, message_key, contact_id or
email; further channel, scope, amount, enhanced (of a bounce: 5.1.1), detail, id; of a consent basis, method, source and
wording; of a preference refused, every_days and until. Addresses are kept as keyed hashes only.

--format ses or sendgrid reads what Amazon SES (by SNS or not) or SendGrid's event webhook says: a file of JSON, one event
or array after the other. Bounces are judged as those that come by mail; deliveries and delays change nothing.

  tokui import events phone-unsubscribes.csv
  tokui import events --format ses notifications.json`,
			read:    (*pipelines.Program).ImportEvents,
			other:   (*pipelines.Program).ImportWebhooks,
			formats: []string{response.FormatSES, response.FormatSendGrid},
		},
		{
			use: "suppressions FILE", noun: "suppressions",
			short: "Bring in who must not be written to: another system's list, or an export",
			long: `Reads a CSV file with a header line. Who: email, contact_id, message_id, postal_code and address, or the contact_key,
address_key and keys of ` + "`tokui export suppressions`" + `. Further channel (empty: every one), scope (marketing, all), reason
(unsubscribe, complaint, bounce, returned, suppress, forgotten), since, id. A file with the single column email will do.
Importing it again does not suppress anew who has been taken off since.

  tokui import suppressions unsubscribed-at-the-old-service.csv`,
			read: (*pipelines.Program).ImportSuppressions,
		},
		{
			use: "returns FILE", noun: "returned letters",
			short: "Bring in letters that came back, by what the post has stamped on them",
			long: `Reads a CSV file with a header line: at, reason (あて所に尋ねあたりません, 転居先不明, あて名不完全, 受取拒絶, 保管期間経過,
料金不足 …, or unknown_at_address, moved, incomplete, refused, unclaimed, postage, format), and one of message_key,
contact_id, or postal_code and address. A dead address gets no more letters until it is another one; who refused a letter
gets no more advertising by any channel; what was not called for suppresses nobody.

  tokui import returns returned-in-november.csv --encoding cp932`,
			read: (*pipelines.Program).ImportReturns,
		},
		{
			use: "optins FILE", noun: "requests",
			short: "Bring in who asked for mail and has not confirmed yet",
			long: `Reads a CSV file with a header line: email, at, and contact_id, name, method, source, wording, id. Who is not known yet
becomes a lead with the next load. They get the confirmation mail (a campaign with ` + "`confirms: true`" + `) and nothing else
before they have confirmed, within opt_in.confirm_within.

  tokui import optins fair-forms.csv`,
			read: (*pipelines.Program).ImportOptIns,
		},
	}
}

func (a *app) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Bring in what happened elsewhere",
		Long: `Brings into the journal what Tokui cannot see by itself. There are five kinds:

  tokui import events phone-unsubscribes.csv      responses that came by telephone, to a shop or to another system
  tokui import suppressions do-not-mail.csv       who must not be written to
  tokui import returns returned.csv               letters that came back
  tokui import optins fair-forms.csv              who asked for mail, to be confirmed by them
  tokui import bounce < returned.eml              mail that came back: bounces, complaints, answers

Importing the same file twice is harmless. A row that cannot be read is set aside with its line and its reason.

` + exitHelp,
	}
	for _, kind := range importKinds() {
		cmd.AddCommand(a.importOf(kind))
	}
	cmd.AddCommand(a.importBounceCommand())
	return cmd
}

func (a *app) importOf(kind importKind) *cobra.Command {
	var encoding string
	format := "csv"
	cmd := &cobra.Command{
		Use:   kind.use,
		Short: kind.short,
		Long: kind.long + `

Importing the same file twice is harmless. A row that cannot be read is set aside with its line and its reason.

` + exitHelp,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			var result response.Imported
			switch {
			case format == "csv":
				result, err = kind.read(program, cmd.Context(), words[0], encoding)
			case slices.Contains(kind.formats, format):
				result, err = kind.other(program, cmd.Context(), words[0], format)
			default:
				return usagef("--format: got %q, want csv, %s", format, strings.Join(kind.formats, ", "))
			}
			if err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, result)
			}
			fmt.Fprintf(a.stdout, "%d rows: %d %s imported, %d known already, %d set aside\n", result.Rows, result.Events, kind.noun, result.Known,
				len(result.Rejected))
			if result.PassedOver > 0 {
				fmt.Fprintf(a.stdout, "%d passed over, as they change nothing\n", result.PassedOver)
			}
			for _, r := range result.Rejected {
				fmt.Fprintf(a.stdout, "  %s:%d: %s\n", words[0], r.Line, r.Reason)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&encoding, "encoding", "utf-8", "of the file: utf-8 or cp932")
	if len(kind.formats) > 0 {
		cmd.Flags().StringVar(&format, "format", "csv", "of the file: csv, "+strings.Join(kind.formats, ", "))
	}
	return cmd
}
