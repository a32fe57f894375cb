package report

import (
	"context"
	"html/template"
	"math"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
)

// Backtest is how the forecasts of one subject did when they were last put to the test.
type Backtest struct {
	Subject    string // pair (of customer and category), customer
	AtOn       time.Time
	UntilOn    time.Time
	Days       int64
	Rows, Came int64
	Models     []BacktestModel // the product's own first
	Bins       []BacktestBin   // of its first
}

// BacktestModel is a row of reports.management_backtest.
type BacktestModel struct {
	Name                string
	Own                 bool
	Predicted, Ratio    *float64 // nil: it only ranks
	AUC, AUCError, Lift *float64
	LogLoss, Error      *float64
	Flagged             bool
}

// BacktestBin is a row of reports.management_backtest_bin.
type BacktestBin struct {
	Rows                           int64
	Forecast, Frequency, Low, High float64
}

func (d *Document) readBacktests(ctx context.Context, db warehouse.Querier) error {
	type modelRow struct {
		Backtest
		BacktestModel
	}
	all, err := warehouse.Collect(ctx, db, `
		select
			subject, at_on, until_on, horizon_days, row_count, event_count, model, is_own, predicted_count, ratio, auc,
			auc_error, top_decile_lift, log_loss, calibration_error, is_flagged,
		from reports.management_backtest
		order by subject = 'customer', subject, position`,
		func(r *modelRow) []any {
			return []any{
				&r.Subject, &r.AtOn, &r.UntilOn, &r.Days, &r.Rows, &r.Came, &r.Name, &r.Own, &r.Predicted, &r.Ratio, &r.AUC,
				&r.AUCError, &r.Lift, &r.LogLoss, &r.Error, &r.Flagged,
			}
		})
	if err != nil {
		return err
	}
	for _, r := range all {
		if n := len(d.Backtests); n == 0 || d.Backtests[n-1].Subject != r.Subject {
			d.Backtests = append(d.Backtests, r.Backtest)
		}
		b := &d.Backtests[len(d.Backtests)-1]
		b.Models = append(b.Models, r.BacktestModel)
	}
	type binRow struct {
		subject string
		BacktestBin
	}
	bins, err := warehouse.Collect(ctx, db, `
		select subject, row_count, forecast, frequency, frequency_low, frequency_high,
		from reports.management_backtest_bin
		order by subject, bin`,
		func(r *binRow) []any {
			return []any{&r.subject, &r.Rows, &r.Forecast, &r.Frequency, &r.Low, &r.High}
		})
	for _, r := range bins {
		for i := range d.Backtests {
			if d.Backtests[i].Subject == r.subject {
				d.Backtests[i].Bins = append(d.Backtests[i].Bins, r.BacktestBin)
			}
		}
	}
	return err
}

// Model is one of the backtest's, nil if it is not there.
func (b Backtest) Model(name string) *BacktestModel {
	for i := range b.Models {
		if b.Models[i].Name == name {
			return &b.Models[i]
		}
	}
	return nil
}

// own is the product's forecast that the plot shows.
func (b Backtest) own() *BacktestModel {
	if len(b.Models) == 0 || !b.Models[0].Own {
		return nil
	}
	return &b.Models[0]
}

// BacktestTitle is what the forecasts of a backtest are about.
func (d Document) BacktestTitle(b Backtest) string {
	if b.Subject == "pair" {
		return d.Format.say("Who buys an article again", "同じ品目の再購入")
	}
	return d.Format.say("Who buys anything", "何らかの購入")
}

// BacktestSentences say how the forecasts of a backtest did, and whether they beat the simple rules.
func (d Document) BacktestSentences(b Backtest) []string {
	f, own := d.Format, b.own()
	if own == nil {
		return nil
	}
	counted := f.say("customers", "得意先")
	if b.Subject == "pair" {
		counted = f.say("pairs of customer and article", "得意先と品目の組")
	}
	sentences := []string{f.say("Foretold from the sales up to %s, compared with the %d days after: of %s %s, %s bought.",
		"%sまでの売上だけで予測し、その後%d日間の実績と比べました。対象は%[4]s%[3]s件、うち購入%[5]s件。",
		f.Date(b.AtOn), b.Days, f.Count(b.Rows), counted, f.Count(b.Came))}
	switch {
	case own.Ratio == nil:
		sentences = append(sentences, f.say("Nobody bought, so there is nothing to compare with.", "購入がなく、比較できません。"))
	case own.Flagged:
		sentences = append(sentences, f.say("Foretold: %s, %s times what came. The probabilities say who is likelier, and must not be read as numbers.",
			"予測した件数は%s件で、実績の%s倍でした。確率は「どちらがより見込めるか」の順位として使い、数値としては扱わないでください。",
			f.Count(rounded(own.Predicted)), f.Ratio(own.Ratio)))
	default:
		sentences = append(sentences, f.say("Foretold: %s, %s times what came. The probabilities may be read as numbers.",
			"予測した件数は%s件で、実績の%s倍でした。確率は数値としてそのまま使えます。", f.Count(rounded(own.Predicted)), f.Ratio(own.Ratio)))
	}
	date, fixed := b.Model("date_rule"), b.Model("fixed_days")
	if own.Lift != nil && fixed != nil && fixed.Lift != nil && date != nil && date.Lift != nil {
		sentences = append(sentences, f.say("The tenth that was thought likeliest bought %s times as often as the average. Going by the days since the last purchase finds %s times, by the customer's own usual gap %s times.",
			"見込みが高い上位1割の購入率は平均の%s倍でした。最終購入からの日数で選ぶと%s倍、得意先ごとの平均購入間隔で選ぶと%s倍です。",
			f.Times(own.Lift), f.Times(fixed.Lift), f.Times(date.Lift)))
	}
	return sentences
}

func rounded(v *float64) int64 {
	if v == nil {
		return 0
	}
	return int64(math.Round(*v))
}

// CalibrationFigure shows how often what was thought so likely came.
func (d Document) CalibrationFigure(b Backtest) template.HTML {
	if len(b.Bins) == 0 {
		return ""
	}
	f := d.Format
	c := Calibration{
		Title: f.say("Foretold and came: %s", "予測と実績：%s", d.BacktestTitle(b)),
		Desc: f.say("Ten groups of equal size by their forecast: mean forecast across, share that bought up, with its 95%% interval.",
			"予測確率の順に10等分した各グループの平均予測（横）と実際の購入率（縦、95％信頼区間つき）。"),
		Across: f.say("foretold", "予測した確率"), Up: f.say("bought", "実際に購入した割合"),
		RightLabel: f.say("as foretold", "予測どおり"), Percent: f.Percent,
	}
	for _, bin := range b.Bins {
		c.Points = append(c.Points, CalibrationPoint{bin.Forecast, bin.Frequency, bin.Low, bin.High,
			f.say("%s foretold, %s bought (%s to %s), of %s", "予測%s、実績%s（%s～%s）、%s件", f.Percent(bin.Forecast), f.Percent(bin.Frequency),
				f.Percent(bin.Low), f.Percent(bin.High), f.Count(bin.Rows))})
	}
	return template.HTML(c.SVG())
}

// BacktestName is what a forecast or rule of a backtest is called.
func (d Document) BacktestName(b Backtest, m BacktestModel) string {
	f := d.Format
	if m.Name == "first_stage" && b.Subject == "customer" {
		return f.say("by the purchase cycle only", "購入周期のみ")
	}
	switch m.Name {
	case "replacement":
		return f.say("Tokui: replacement", "Tokui：買い替え予測")
	case "first_stage":
		return f.say("the article's own history only", "品目の購入履歴のみ")
	case "purchase":
		return f.say("Tokui: purchase", "Tokui：購入予測")
	case "customer_value":
		return f.say("Tokui: customer value", "Tokui：顧客価値")
	case "bg_nbd":
		return "BG/NBD"
	case "base_rate":
		return f.say("the same for all", "全員同じ確率")
	case "date_rule":
		return f.say("date rule: own usual gap", "日付ルール（平均購入間隔）")
	case "fixed_days":
		return f.say("fixed days since the last purchase", "最終購入からの日数")
	}
	return m.Name
}

// DueWarning says that the probabilities of replacement must not be read as numbers, "" where they may.
func (d Document) DueWarning() string {
	for _, b := range d.Backtests {
		if own := b.own(); b.Subject == "pair" && own != nil && own.Flagged {
			return d.Format.say("When last tested (the %d days after %s), this forecast foretold %s times what came: read the probabilities as an order, not as numbers.",
				"直近の検証（%[2]sからの%[1]d日間）では、予測は実績の%[3]s倍でした。確率は順位の目安としてお読みください。", b.Days, d.Format.Date(b.AtOn), d.Format.Ratio(own.Ratio))
		}
	}
	return ""
}
