package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/pipelines"
)

func (a *app) publishCommand() *cobra.Command {
	var what pipelines.Publication
	var encoding, slotText string
	cmd := &cobra.Command{
		Use:   "publish [TABLE...]",
		Short: "Write tables, segments and audiences as files for other programs",
		Long: `Writes tables as files: Parquet for DuckDB, Metabase and whatever reads it, one DuckDB file with all of them, CSV or
XLSX for spreadsheets. Without a name, every table of core, rollups, metrics, predictions, segments, effects and reports.
Each file is written beside its place and renamed, so a reader never meets half of one, and never holds the warehouse.

In CSV and XLSX a text that a spreadsheet would take for a formula (= + - @) gets an apostrophe in front. CSV is UTF-8
with the mark that Excel looks for; --encoding cp932 is for Japanese systems, where 〓 stands for what that table lacks.

--campaign NAME writes who would get it now, with address and fields: the planned alone, after consents, suppressions,
caps and hold-out. It is the list to give to a mailing service or a print house. A segment holds everybody in it, those
who must not be written to as well.

  tokui publish                                          all tables as Parquet into data_dir/publish
  tokui publish --format duckdb --to /srv/metabase       one file for Metabase
  tokui publish segments.dormant --format xlsx --to out
  tokui publish --campaign replace-soon --format csv --encoding cp932 --to out

` + exitHelp,
		RunE: func(cmd *cobra.Command, tables []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			forms := []string{pipelines.FormParquet, pipelines.FormCSV, pipelines.FormXLSX, pipelines.FormDuckDB}
			if !slices.Contains(forms, what.Form) {
				return usagef("--format: got %q, want parquet, csv, xlsx or duckdb", what.Form)
			}
			switch encoding {
			case "utf-8":
			case "cp932":
				what.CP932 = true
			default:
				return usagef("--encoding: got %q, want utf-8 or cp932", encoding)
			}
			if what.CP932 && what.Form != pipelines.FormCSV {
				return usagef("--encoding cp932 is for --format csv")
			}
			if what.Tables = tables; what.Campaign != "" {
				if len(tables) > 0 {
					return usagef("got tables and --campaign, want one of them")
				}
				if _, ok := program.Config.Campaigns[what.Campaign]; !ok {
					return usagef("no campaign %q in %s; %s", what.Campaign, program.Config.Path, existing("campaigns", program.Config.CampaignNames))
				}
				if what.Slot, err = editionSlot(program, what.Campaign, slotText, planning); err != nil {
					return err
				}
			}
			if what.Dir == "" {
				what.Dir = program.PublishDir()
			}
			files, err := program.Publish(cmd.Context(), what)
			if err != nil {
				return err
			}
			if a.flags.json {
				if files == nil {
					files = []pipelines.Published{}
				}
				return printJSON(a.stdout, files)
			}
			t := newTable("table", "rows>", "file")
			for _, f := range files {
				t.add(f.Table, f.Rows, f.File)
				if f.Replaced > 0 {
					a.warn("%s: %d characters that CP932 does not have are 〓", f.File, f.Replaced)
				}
			}
			t.print(a.stdout)
			return nil
		},
	}
	cmd.Flags().StringVar(&what.Form, "format", pipelines.FormParquet, "parquet, csv, xlsx or duckdb")
	cmd.Flags().StringVar(&encoding, "encoding", "utf-8", "of CSV: utf-8 or cp932")
	cmd.Flags().StringVar(&what.Dir, "to", "", "the folder to write into (default: data_dir/publish)")
	cmd.Flags().StringVar(&what.Campaign, "campaign", "", "write who would get this campaign now")
	cmd.Flags().StringVar(&slotText, "slot", "", "with --campaign: the slot to plan, YYYYMMDDTHHMM")
	return cmd
}
