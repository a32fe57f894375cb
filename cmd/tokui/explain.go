package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain CUSTOMER",
		Short: "Tell a sales representative everything about one customer: what to do, and why",
		Long: `Tells in sentences, in the company's language (locale), what to do about a customer and why: rank and the rule that
gave it, growth, risk, what is due again, whether it still buys and what it is worth, offers, complaints, what each
contact answered; then what each campaign would do with each of the customer's contacts if it were planned now:
planned, held out, or excluded and why. With --json, also the numbers behind every sentence.

  tokui explain 17850
  tokui explain 17850 --json

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
			printExplanation(a.stdout, e)
			return nil
		},
	}
}

// printExplanation writes the story as it would be read out: what to do, then why, subject by subject, then the campaigns.
func printExplanation(w io.Writer, e pipelines.Explanation) {
	fmt.Fprintf(w, "%s\n\n", e.Heading)
	for i, text := range e.Advice {
		printWrapped(w, fmt.Sprintf("%2d. ", i+1), text)
	}
	for _, s := range e.Sections {
		fmt.Fprintf(w, "\n%s\n", s.Title)
		for _, text := range s.Sentences {
			printWrapped(w, "  - ", text)
		}
	}
}

// textWidth is how wide sentences are printed: wider lines are hard to read.
const textWidth = 100

// printWrapped prints a text behind a mark, its lines broken at spaces, or anywhere in Japanese, and set in.
func printWrapped(w io.Writer, mark, text string) {
	indent := strings.Repeat(" ", len(mark))
	line, width, lead := "", 0, mark
	flush := func() {
		fmt.Fprintln(w, lead+strings.TrimRight(line, " "))
		line, width, lead = "", 0, indent
	}
	for _, piece := range pieces(text) {
		n := displayWidth(piece)
		if width > 0 && width+displayWidth(strings.TrimRight(piece, " ")) > textWidth-len(mark) {
			flush()
		}
		line += piece
		width += n
	}
	flush()
}

// pieces cuts a text where its line may break: after spaces, and between wide characters, but not before punctuation.
func pieces(text string) []string {
	var list []string
	runes := []rune(text)
	begin := 0
	for i := 1; i < len(runes); i++ {
		wide := displayWidth(string(runes[i-1])) == 2 || displayWidth(string(runes[i])) == 2
		if runes[i-1] == ' ' && runes[i] != ' ' || wide && !strings.ContainsRune("。、，．）」』％%ー～", runes[i]) && !strings.ContainsRune("（「『", runes[i-1]) {
			list = append(list, string(runes[begin:i]))
			begin = i
		}
	}
	return append(list, string(runes[begin:]))
}
