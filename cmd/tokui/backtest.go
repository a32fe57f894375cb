package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/pipelines/predict"
)

func (a *app) backtestCommand() *cobra.Command {
	var (
		atText string
		days   int
	)
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "Make the forecasts of a past day again, and score them by what was bought since",
		Long: `Can the forecasts be believed? Takes a past day, fits every forecast on nothing but the sales up to and including
that day, asks for the days after, and compares with what was bought in them:

  pairs       who buys again from a category it bought from: predictions.replacement
  customers   who buys anything: predictions.purchase, predictions.customer_value

Each stands beside what is simpler: BG/NBD; the same probability for all; the date rule, which expects each customer one
mean gap after the last purchase; and fixed days, the longer silent the less likely. Read in this order:

  foretold / came     1 is right. Outside of 0.8 to 1.25, by more than chance, the numbers only rank: the report, tokui
                      plan and tokui explain then say so where they use them
  AUC                 of one that came and one that did not, how often the first was thought likelier; .5 is a coin
  top tenth           how many times more often than on average the likeliest tenth came
  log loss, Brier     how far from the truth on the whole, the lower the better; "same for all" is the mark to beat
  calibration error   mean distance between forecast and frequency, over ten groups of equal size

The tables of the day are made in a file of their own below var/asof, which is removed afterwards; tonight's are not
touched. Nothing is foretold with what came later, but for the masters of customers and products, which are today's.
Where the configuration replays a day (as_of) before the last of the days after, what came is loaded from the files.
The result is kept in var/backtests (no customers in it), collected into ops.backtest, and drawn in the report.

  tokui backtest                                  the last 30 days
  tokui backtest --at 2011-09-07 --days 30        known: sales up to the end of 2011-09-07; scored: 09-08 to 10-07

` + exitHelp,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			var at calendar.Date
			if atText != "" {
				if at, err = calendar.ParseDate(atText); err != nil {
					return usagef("--at: %v", err)
				}
			}
			if cmd.Flags().Changed("days") && days < 1 {
				return usagef("--days: got %d, want at least 1", days)
			}
			result, err := program.Backtest(cmd.Context(), program.Today(), at, days)
			if err != nil {
				return err
			}
			if a.flags.json {
				return printJSON(a.stdout, result)
			}
			a.printBacktest(result)
			return nil
		},
	}
	cmd.Flags().StringVar(&atText, "at", "", "the last day known to the forecasts, YYYY-MM-DD (default: the latest that has all the days after it)")
	cmd.Flags().IntVar(&days, "days", 0, "how many days after it to foretell and score (default: the parameter due_days, 30)")
	return cmd
}

func (a *app) printBacktest(b predict.Backtest) {
	fmt.Fprintf(a.stdout, "forecasts from the sales up to %s, scored by the %d days after, to %s\n", b.At, b.Days, b.Until)
	for _, subject := range []struct{ name, asked, counted string }{
		{predict.SubjectPair, "Who buys again from a category?", "pairs of customer and category"},
		{predict.SubjectCustomer, "Who buys anything?", "customers"},
	} {
		var models []predict.BacktestModel
		for _, m := range b.Models {
			if m.Subject == subject.name {
				models = append(models, m)
			}
		}
		if len(models) == 0 {
			continue
		}
		rows, came := models[0].Rows, models[0].Events
		fmt.Fprintf(a.stdout, "\n%s %s %s, %s came (%.1f %%).\n\n", subject.asked, thousands(int64(rows)), subject.counted,
			thousands(int64(came)), 100*float64(came)/float64(rows))
		t := newTable("forecast", "foretold / came>", "AUC ± std. error>", "top tenth>", "log loss>", "Brier>", "calibration error>", "what it is")
		for _, m := range models {
			t.add(backtestName(m.Name), digits(m.Ratio, 2), auc(m.Measures), times(m.Lift), digits(m.LogLoss, 4), digits(m.Brier, 4),
				digits(m.CalibrationError, 4), whatItIs(m))
		}
		t.print(a.stdout)
	}
	for _, m := range b.Own() {
		a.printCalibration(m)
	}
	for _, note := range b.Notes {
		fmt.Fprintf(a.stdout, "\n%s\n", note)
	}
}

// printCalibration tells how one of the product's forecasts did, from the least to the most likely, and by repeats.
func (a *app) printCalibration(m predict.BacktestModel) {
	fmt.Fprintf(a.stdout, "\n%s: %s\n", m.Table, backtestVerdict(m))
	if m.PurchasesForetold != nil && m.PurchasesCounted != nil {
		fmt.Fprintf(a.stdout, "purchases foretold %s, counted %s\n", thousands(int64(*m.PurchasesForetold+.5)), thousands(int64(*m.PurchasesCounted)))
	}
	fmt.Fprintln(a.stdout)
	t := newTable("tenth>", "rows>", "forecast from>", "to>", "mean>", "came>", "95 % interval>")
	for i, bin := range m.Bins {
		t.add(i+1, bin.Rows, percents(bin.Lowest), percents(bin.Highest), percents(bin.Forecast), percents(bin.Frequency),
			percents(bin.FrequencyLow)+" to "+percents(bin.FrequencyHigh))
	}
	t.print(a.stdout)
	fmt.Fprintln(a.stdout)
	t = newTable("bought again>", "rows>", "came>", "foretold / came>", "AUC ± std. error>", "log loss>", "Brier>", "calibration error>")
	for _, r := range m.ByRepeats {
		t.add(again(r.Repeats), r.Rows, r.Events, digits(r.Ratio, 2), auc(r.Measures), digits(r.LogLoss, 4), digits(r.Brier, 4),
			digits(r.CalibrationError, 4))
	}
	t.print(a.stdout)
}

// backtestVerdict says whether the numbers may be read as numbers.
func backtestVerdict(m predict.BacktestModel) string {
	switch {
	case m.Ratio == nil:
		return "nobody came: nothing to compare with"
	case m.IsFlagged && *m.Ratio < 1:
		return fmt.Sprintf("FORETELLS TOO LITTLE (%.2f of what came): it ranks, but its probabilities are not to be read as numbers", *m.Ratio)
	case m.IsFlagged:
		return fmt.Sprintf("FORETELLS TOO MUCH (%.2f times what came): it ranks, but its probabilities are not to be read as numbers", *m.Ratio)
	default:
		return fmt.Sprintf("foretold %.2f times what came; its probabilities may be read as numbers", *m.Ratio)
	}
}

// again says how often: "0" is never.
func again(repeats string) string {
	switch repeats {
	case "0":
		return "never"
	case "1":
		return "once"
	default:
		return repeats + " times"
	}
}

func backtestName(model string) string {
	switch model {
	case "first_stage":
		return "first stage"
	case "customer_value":
		return "customer value"
	case "bg_nbd":
		return "BG/NBD"
	case "base_rate":
		return "same for all"
	case "date_rule":
		return "date rule"
	case "fixed_days":
		return "fixed days"
	default:
		return model
	}
}

func whatItIs(m predict.BacktestModel) string {
	if m.Table != "" && m.Note != "" {
		return m.Table + ": " + m.Note
	}
	return m.Table + m.Note
}

func digits(v *float64, n int) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.*f", n, *v)
}

func auc(m predict.Measures) string {
	if m.AUC == nil || m.AUCError == nil {
		return digits(m.AUC, 3)
	}
	return fmt.Sprintf("%.3f ± %.3f", *m.AUC, *m.AUCError)
}

func times(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f x", *v)
}

func percents(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
