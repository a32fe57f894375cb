package predict

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// The forecasts that a backtest scores, and what it compares them with.
const (
	modelReplacement       = "replacement"    // the product's, of pairs: renewal and its second stage
	modelFirstStage        = "first_stage"    // the same without its second stage
	modelPurchase          = "purchase"       // the product's, of customers buying anything: renewal and its second stage
	modelValue             = "customer_value" // the product's, by the purchase law that was chosen
	modelBGNBD             = "bg_nbd"
	modelBaseRate          = "base_rate"
	modelDateRule          = "date_rule"
	modelFixedDays         = "fixed_days"
	noteBaseRate           = "the rate of the days before"
	noteDateRule           = "last purchase + own mean gap"
	noteFixedDays          = "days of silence"
	tableReplacement       = "predictions.replacement"
	tablePurchase          = "predictions.purchase"
	tableValue             = "predictions.customer_value"
	noteFirstStage         = "the pair's own history only"
	noteFirstStageCustomer = "the renewal model only"
	noteBGNBDPairs         = "fitted on all pairs"
	noteBGNBDCustomer      = "fitted on all customers"
)

// BacktestPairs scores the forecasts of pairs within so many days. A row is a pair as it was known, and whether it came:
// gap_count, gap_days_total, silent_days; due_probability and first_stage_probability of predictions.replacement;
// usual_gap_days, the mean gap of the pair, else of its category, else of all; was_known and has_bought_since, the same
// question about the days before; and came. Whatever could not be fitted is left out and noted.
func BacktestPairs(ctx context.Context, in arrow.Table, days int) ([]BacktestModel, []string, error) {
	s, err := newScoring(ctx, in, SubjectPair, days)
	if err != nil || len(s.came) == 0 {
		return nil, s.notes, err
	}
	s.forecast(modelReplacement, tableReplacement, "", s.read.numbers("due_probability"))
	s.forecast(modelFirstStage, "", noteFirstStage, s.read.numbers("first_stage_probability"))
	return s.compared(ctx, noteBGNBDPairs)
}

// BacktestCustomers scores the forecasts of customers buying anything within so many days. A row is a customer as it was
// known, and what came: the columns of BacktestPairs, without those of predictions.replacement; buy_probability of
// predictions.purchase as purchase_probability, and its first_stage_probability; buy_probability, purchase_count, law and chosen_by of predictions.customer_value; and
// purchase_day_count, the days with a purchase that came.
func BacktestCustomers(ctx context.Context, in arrow.Table, days int) ([]BacktestModel, []string, error) {
	s, err := newScoring(ctx, in, SubjectCustomer, days)
	if err != nil || len(s.came) == 0 {
		return nil, s.notes, err
	}
	s.forecast(modelPurchase, tablePurchase, "", s.read.numbers("purchase_probability"))
	s.forecast(modelFirstStage, "", noteFirstStageCustomer, s.read.numbers("first_stage_probability"))
	law, chosenBy := s.read.texts("law"), s.read.texts("chosen_by")
	foretold, counted := s.read.numbers("purchase_count"), s.read.numbers("purchase_day_count")
	note := ""
	if s.read.err == nil && law[0] != "" {
		note = law[0] + " (" + chosenBy[0] + ")"
	}
	if s.forecast(modelValue, tableValue, note, s.read.numbers("buy_probability")) {
		m := &s.models[len(s.models)-1]
		m.PurchasesForetold, m.PurchasesCounted = figure(sumOf(foretold)), figure(sumOf(counted))
	}
	return s.compared(ctx, noteBGNBDCustomer)
}

func sumOf(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

// scoring is the work on one subject.
type scoring struct {
	subject string
	days    int
	read    columnReader
	came    []bool
	gaps    []int
	// the history: purchase days after the first, from the first to the last, and since
	repeats, span, silent []float64

	models []BacktestModel
	notes  []string
	err    error
}

func newScoring(ctx context.Context, in arrow.Table, subject string, days int) (*scoring, error) {
	s := &scoring{subject: subject, days: days, read: columnReader{in: in}}
	s.came = s.read.truths("came")
	s.repeats, s.span, s.silent = s.read.numbers("gap_count"), s.read.numbers("gap_days_total"), s.read.numbers("silent_days")
	if s.read.err != nil {
		return s, fmt.Errorf("score %ss: %w", subject, s.read.err)
	}
	for _, n := range s.repeats {
		s.gaps = append(s.gaps, int(n))
	}
	if len(s.came) == 0 {
		s.note("nobody had bought anything by then")
		if subject == SubjectPair {
			s.notes[0] = "pairs: no product had a category, so no replacement was foretold"
		}
	}
	return s, ctx.Err()
}

func (s *scoring) note(format string, args ...any) {
	s.notes = append(s.notes, s.subject+"s: "+fmt.Sprintf(format, args...))
}

// forecast scores probabilities. One that is missing for some was fitted for nobody.
func (s *scoring) forecast(name, table, note string, p []float64) bool {
	if s.read.err != nil || s.err != nil {
		return false
	}
	for _, v := range p {
		if math.IsNaN(v) {
			s.note("%s could not be fitted: too little had been bought", name)
			return false
		}
	}
	f, err := MeasureForecast(p, s.came)
	if err != nil {
		s.err = fmt.Errorf("score %s: %w", name, err)
		return false
	}
	m := BacktestModel{Subject: s.subject, Name: name, Table: table, Note: note, Measures: forecastMeasures(f), Bins: backtestBins(f.Bins),
		ByRepeats: []BacktestRepeat{}}
	if table != "" {
		buckets, err := MeasureByRepeats(s.gaps, p, s.came)
		if err != nil {
			s.err = fmt.Errorf("score %s: %w", name, err)
			return false
		}
		for _, b := range buckets {
			m.ByRepeats = append(m.ByRepeats, BacktestRepeat{b.Label(), forecastMeasures(b.Forecast)})
		}
	}
	s.models = append(s.models, m)
	return true
}

// rule scores what only ranks.
func (s *scoring) rule(name, note string, scores []float64) {
	if s.read.err != nil || s.err != nil {
		return
	}
	for _, v := range scores {
		if math.IsNaN(v) {
			s.note("%s: nobody had bought twice", name)
			return
		}
	}
	r, err := MeasureRanking(scores, s.came)
	if err != nil {
		s.err = fmt.Errorf("score %s: %w", name, err)
		return
	}
	s.models = append(s.models, BacktestModel{Subject: s.subject, Name: name, Note: note, Measures: rankingMeasures(r),
		Bins: []BacktestBin{}, ByRepeats: []BacktestRepeat{}})
}

// compared adds what the product's forecasts are compared with.
func (s *scoring) compared(ctx context.Context, noteBGNBD string) ([]BacktestModel, []string, error) {
	p, err := s.bgnbd(ctx)
	switch {
	case errors.Is(err, ErrTooFewPurchases):
		s.note("%s: %v", modelBGNBD, err)
	case err != nil:
		return nil, nil, fmt.Errorf("score %ss: %w", s.subject, err)
	default:
		s.forecast(modelBGNBD, "", noteBGNBD, p)
	}
	if rate, ok := s.rateBefore(); ok {
		same := make([]float64, len(s.came))
		for i := range same {
			same[i] = rate
		}
		s.forecast(modelBaseRate, "", noteBaseRate, same)
	}
	usual := s.read.numbers("usual_gap_days")
	date, fixed := make([]float64, len(usual)), make([]float64, len(usual))
	for i, gap := range usual {
		// How far the expected date lies from the middle of the days ahead: .6410 on Online Retail, as published in
		// field-analytics.md, section 2.3.
		date[i] = -math.Abs(gap - s.silent[i] - float64(s.days)/2)
		fixed[i] = -s.silent[i]
	}
	s.rule(modelDateRule, noteDateRule, date)
	s.rule(modelFixedDays, noteFixedDays, fixed)
	if err := errors.Join(s.read.err, s.err); err != nil {
		return nil, nil, fmt.Errorf("score %ss: %w", s.subject, err)
	}
	return s.models, s.notes, nil
}

// bgnbd is the probability by BG/NBD, fitted on what the rows say.
func (s *scoring) bgnbd(ctx context.Context) ([]float64, error) {
	last, age := make([]float64, len(s.span)), make([]float64, len(s.span))
	for i, span := range s.span {
		last[i], age[i] = span/7, (span+s.silent[i])/7
	}
	h, index, err := Group(s.repeats, last, age)
	if err != nil {
		return nil, err
	}
	fit, err := FitPurchases(ctx, BGNBD, h)
	if err != nil {
		return nil, err
	}
	fit.Converged = false // no intervals: nobody reads them here
	scores, err := fit.Score(h, Horizon{Within: float64(s.days) / 7})
	if err != nil {
		return nil, err
	}
	p := make([]float64, len(index))
	for i, at := range index {
		p[i] = scores.Buys[at].Value
	}
	return p, nil
}

// rateBefore is the share that bought in as many days before; nobody ever, or everybody, is not believed.
func (s *scoring) rateBefore() (float64, bool) {
	known, bought := s.read.truths("was_known"), s.read.truths("has_bought_since")
	if s.read.err != nil {
		return 0, false
	}
	n, k := 0.0, 0.0
	for i := range known {
		if known[i] {
			n++
			if bought[i] {
				k++
			}
		}
	}
	if n == 0 {
		s.note("%s: nobody was known %d days before", modelBaseRate, s.days)
		return 0, false
	}
	return (k + 1) / (n + 2), true
}
