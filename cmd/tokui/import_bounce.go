package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/intake"
	"github.com/tokui/tokui/pipelines"
)

// importBounceCommand takes in mail that comes back.
func (a *app) importBounceCommand() *cobra.Command {
	var fetch bool
	var recipients []string
	cmd := &cobra.Command{
		Use:   "bounce [FILE...]",
		Short: "Take in mail that came back: from a pipe, from files, or from the configured mailboxes",
		Long: `Reads one mail from standard input, or one from each FILE, and writes down in the journal what it says: a bounce, a
complaint, an automatic reply, an answer. It ends with 0 only when that is on the disk. Anything else a mail server must
take for "not now", so that it keeps the mail. In /etc/aliases of Postfix, for the mail to bounces+...@example.com:

  bounces: "|tokui --config /etc/tokui/config.yaml import bounce || exit 75"

  tokui import bounce < returned.eml
  tokui import bounce returned-*.eml
  tokui import bounce --fetch               what lies in mail.bounces.maildir and mail.bounces.imap, as collect does it

What nobody could be told for, and what a person has to read, is kept in mail/kept below the data folder; tokui status
counts it. Taking the same mail in again is harmless. docs/bounces.md says what follows from which mail.

` + exitHelp,
		RunE: func(cmd *cobra.Command, words []string) error {
			if fetch && (len(words) > 0 || len(recipients) > 0) {
				return usagef("bounce: got --fetch and mails, want one of them; try: tokui import bounce --help")
			}
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			taken, err := a.takeMail(cmd.Context(), program, words, recipients, fetch)
			if a.flags.json {
				if taken == nil {
					taken = []intake.Taken{}
				}
				if printErr := printJSON(a.stdout, taken); err == nil {
					err = printErr
				}
				return err
			}
			for _, t := range taken {
				fmt.Fprintln(a.stdout, takenLine(t))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&fetch, "fetch", false, "read the configured Maildir and IMAP mailbox")
	cmd.Flags().StringSliceVar(&recipients, "recipient", nil, "the address that the mail was for, where the mail server tells it and the mail does not")
	return cmd
}

func (a *app) takeMail(ctx context.Context, p *pipelines.Program, files, recipients []string, fetch bool) ([]intake.Taken, error) {
	if fetch {
		if !p.FetchesMail() {
			return nil, usagef("bounce --fetch: config.yaml names no mailbox; try: mail.bounces.maildir or mail.bounces.imap")
		}
		return p.FetchMail(ctx)
	}
	if len(files) == 0 {
		raw, err := intake.ReadMail(os.Stdin)
		if err != nil {
			return nil, fmt.Errorf("import bounce: read standard input: %w", err)
		}
		return p.TakeMail(ctx, intake.Mail{Raw: raw, Recipients: recipients})
	}
	var mails []intake.Mail
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("import bounce: %w", err)
		}
		raw, err := intake.ReadMail(file)
		_ = file.Close() // it was only read
		if err != nil {
			return nil, fmt.Errorf("import bounce: read %s: %w", name, err)
		}
		mails = append(mails, intake.Mail{Raw: raw, Recipients: recipients})
	}
	return p.TakeMail(ctx, mails...)
}

// takenLine says in a line what became of a mail.
func takenLine(t intake.Taken) string {
	line := fmt.Sprintf("%s: %s", t.ID[:8], t.Kind)
	if t.Class != "" {
		line += fmt.Sprintf(" %s (%s)", t.Enhanced, t.Class)
	}
	if t.MessageKey != "" {
		line += ", message " + t.MessageKey
	}
	if t.Event == "" {
		return line + ": known already"
	}
	line += ": " + string(t.Event)
	if t.Kept != "" {
		line += fmt.Sprintf("; kept in %s: %s", t.Kept, t.Reason)
	}
	return line
}
