package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/pipelines"
	"github.com/tokui/tokui/pipelines/onboard"
)

func (a *app) initCommand() *cobra.Command {
	var yes, noRun bool
	cmd := &cobra.Command{
		Use:   "init FILE...",
		Short: "Read exports that nobody has described, write config.yaml for them, and show a first report",
		Long: `Reads every byte of the files and finds out what they are: encoding, delimiter, the line of the header, the shape of
the orders, which rows are totals, what each column means and how the files belong together. Known systems are recognised
by their headers; otherwise exact names are taken, and the values have to agree: price × quantity = amount, lines +
shipping - discount = total, ids contained in the master. What is only similar is proposed in a comment and not used.

It writes a config.yaml that says behind each line how sure it is, and why, with examples of campaigns; it never
overwrites one. Then it loads the files, analyzes them and shows whether they were read right, and a first result; the
same as a page in data_dir/reports/first. Nothing is ever sent, and the files are only read.

On a terminal it asks at most three questions, where the answer changes money or who somebody is; with --yes, or without
a terminal, it takes the defaults and marks them CHECK. Where customer, date, amount or order number stay open, it
writes the file, names the line to complete, and ends with exit code 2.

  tokui init exports/uriage_2026.csv
  tokui init orders.csv customers.csv items.csv      what belongs together is linked
  tokui init --no-run --config other.yaml orders.csv

` + exitHelp,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			return a.init(cmd.Context(), files, yes, noRun)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "ask nothing; take the defaults and mark them CHECK")
	cmd.Flags().BoolVar(&noRun, "no-run", false, "write config.yaml and stop: load nothing, show no report")
	return cmd
}

// initResult is `tokui init --json`.
type initResult struct {
	Config   string           `json:"config"`
	Sources  []initSource     `json:"sources"`
	Open     []initOpen       `json:"open"`
	Problems []string         `json:"problems"`
	First    *pipelines.First `json:"first,omitempty"`
}

type initSource struct {
	Name    string      `json:"name"`
	Table   string      `json:"table"`
	File    string      `json:"file"`
	System  string      `json:"system,omitempty"`
	Shape   string      `json:"shape"`
	Columns []initField `json:"columns"`
}

type initField struct {
	Column   string   `json:"column"`
	Right    string   `json:"right"`
	Sure     string   `json:"sure"`
	Evidence []string `json:"evidence"`
}

type initOpen struct {
	Line       int      `json:"line"`
	Source     string   `json:"source"`
	Column     string   `json:"column"`
	Candidates []string `json:"candidates"`
}

func (a *app) init(ctx context.Context, files []string, yes, noRun bool) error {
	path := a.flags.config
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return usagef("%s exists, and init never overwrites; try: --config another.yaml, or move it away", path)
	}
	options, err := onboard.NewOptions()
	if err != nil {
		return err
	}
	if !yes && !a.flags.json && isTerminal(os.Stdin) && isTerminal(a.stderr) {
		options.Ask = asker(os.Stdin, a.stderr)
	}
	finding, err := onboard.Study(files, options)
	if err != nil {
		return err
	}
	if len(finding.Tables) == 0 {
		return usagef("%s", strings.Join(finding.Problems, "\n  "))
	}
	written, err := finding.Write(onboard.Settings{Dir: filepath.Dir(path), Today: time.Now()})
	if err != nil {
		return err
	}
	if err := writeNew(path, written.Text); err != nil {
		return err
	}
	result := a.tellFinding(finding, written, path)
	for _, problem := range finding.Problems {
		a.warn("%s", problem)
	}
	var faults position.Faults
	for _, o := range written.Open {
		message := fmt.Sprintf("sources.%s.columns.%s: nothing in the file says for sure what this is", o.Source, o.Column)
		faults.Add(position.Position{File: path, Line: o.Line}, strings.Join(o.Candidates, "; or "), "%s", message)
	}
	if len(faults) > 0 || noRun {
		if a.flags.json {
			if err := printJSON(a.stdout, result); err != nil {
				return err
			}
		}
		return faults.Err()
	}
	return a.firstRun(ctx, result, finding)
}

// writeNew writes a file that must not be there.
func writeNew(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s exists, and init never overwrites", path)
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(text)
	return err
}

// tellFinding prints what the files are.
func (a *app) tellFinding(f *onboard.Finding, written onboard.Written, path string) *initResult {
	result := &initResult{Config: path, Sources: []initSource{}, Open: []initOpen{}, Problems: f.Problems}
	for _, o := range written.Open {
		result.Open = append(result.Open, initOpen(o))
	}
	for _, p := range f.Sources {
		s := initSource{Name: p.Name, Table: p.Table, File: p.Of.File, Shape: p.Shape}
		if p.Profile != nil {
			s.System = p.Profile.System
		}
		for _, field := range p.Fields {
			if field.Evidence == nil {
				field.Evidence = []string{}
			}
			s.Columns = append(s.Columns, initField{field.Column, field.Right, field.Sure.String(), field.Evidence})
		}
		result.Sources = append(result.Sources, s)
	}
	if a.flags.json {
		return result
	}
	for _, t := range f.Tables {
		fmt.Fprintln(a.stdout, t.Describe())
	}
	for _, s := range result.Sources {
		fmt.Fprintf(a.stdout, "\nsources.%s", s.Name)
		if s.System != "" {
			fmt.Fprintf(a.stdout, ": %s", s.System)
		}
		fmt.Fprintln(a.stdout)
		t := newTable("  column", "from", "", "because")
		for _, c := range s.Columns {
			right := c.Right
			if right == "" {
				right = "-"
			}
			t.add("  "+c.Column, right, c.Sure, strings.Join(c.Evidence, "; "))
		}
		t.print(a.stdout)
	}
	fmt.Fprintf(a.stdout, "\nwritten: %s\n", path)
	return result
}

// firstRun loads and analyzes by the new configuration and shows the first report.
func (a *app) firstRun(ctx context.Context, result *initResult, finding *onboard.Finding) error {
	program, err := a.program(nil)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		run  func(context.Context) (pipelines.Outcome, error)
	}{{"load", program.Load}, {"analyze", func(ctx context.Context) (pipelines.Outcome, error) { return program.Analyze(ctx, program.Today()) }}} {
		out, err := step.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		if !a.flags.json && !a.flags.quiet {
			fmt.Fprintf(a.stdout, "%s: %s\n", step.name, out.Text)
		}
	}
	first, err := program.FirstReport(ctx, assumptions(finding, program.Config.Locale)...)
	if err != nil {
		return err
	}
	if a.flags.json {
		result.First = &first
		return printJSON(a.stdout, result)
	}
	for _, s := range first.Sections {
		fmt.Fprintf(a.stdout, "\n%s\n", s.Title)
		if s.About != "" {
			fmt.Fprintln(a.stdout, s.About)
		}
		t := newTable(s.Columns...)
		for _, row := range s.Rows {
			cells := make([]any, len(row))
			for i := range row {
				cells[i] = row[i]
			}
			t.add(cells...)
		}
		t.print(a.stdout)
	}
	fmt.Fprintf(a.stdout, "\n%s\n", first.Page)
	fmt.Fprintf(a.stdout, "next: look at the lines with CHECK in %s; tokui plan %s; tokui run\n", a.flags.config, program.Config.CampaignNames[0])
	return nil
}

// assumptions is the section of what was taken for granted.
func assumptions(f *onboard.Finding, locale string) []pipelines.FirstSection {
	s := pipelines.FirstSection{Title: "What was assumed", About: "Correct it in config.yaml, and run: tokui run load analyze",
		Columns: []string{"column", "from", "sure", "because"}}
	if locale == "ja" {
		s = pipelines.FirstSection{Title: "読み取りの前提", About: "違うときは config.yaml を直し、tokui run load analyze を実行してください",
			Columns: []string{"項目", "元の列", "確度", "根拠"}}
	}
	for _, p := range f.Sources {
		for _, field := range p.Fields {
			if field.Right != "" && field.Sure < onboard.Certain {
				s.Rows = append(s.Rows, []string{p.Name + "." + field.Column, field.Right, field.Sure.String(), strings.Join(field.Evidence, "; ")})
			}
		}
	}
	if len(s.Rows) == 0 {
		return nil
	}
	return []pipelines.FirstSection{s}
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// asker puts questions on a terminal. An empty answer is the default.
func asker(in io.Reader, out io.Writer) func(onboard.Question) int {
	lines := bufio.NewScanner(in)
	return func(q onboard.Question) int {
		fmt.Fprintf(out, "\n%s\n", q.Text)
		for i, c := range q.Choices {
			fmt.Fprintf(out, "  %d  %s\n", i+1, c)
		}
		for {
			fmt.Fprintf(out, "[%d] ", q.Default+1)
			if !lines.Scan() || strings.TrimSpace(lines.Text()) == "" {
				return q.Default
			}
			if n, err := strconv.Atoi(strings.TrimSpace(lines.Text())); err == nil && n >= 1 && n <= len(q.Choices) {
				return n - 1
			}
		}
	}
}
