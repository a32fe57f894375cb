package predict

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// PurchaseTable is the estimator of predictions.purchase: what the customer-level fit says of each customer. It takes
// gap_count, gap_days_total, silent_days and the parameters k, r, alpha, a, b as of $as_of, the same after earlier_ as of
// $due_days before (null: not known), and the coefficients of the second stage (PurchaseFitTable; null: there is none). It adds
// buy_probability within $dormant_within_days by both stages, first_stage_probability by the first, stage, due_probability
// within $due_days, earlier_due_probability, and active_probability.
func PurchaseTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	within, err := wholeParameter(p, "dormant_within_days")
	if err != nil {
		return nil, fmt.Errorf("score customers: %w", err)
	}
	ahead, err := wholeParameter(p, "due_days")
	if err != nil {
		return nil, fmt.Errorf("score customers: %w", err)
	}
	read := columnReader{in: in}
	now, earlier := readRenewalRows(&read, ""), readRenewalRows(&read, "earlier_")
	if read.err != nil {
		return nil, fmt.Errorf("score customers: %w", read.err)
	}
	first, _ := now.scores(float64(within))
	buys, stage := weighed(&read, now, first)
	if read.err != nil {
		return nil, fmt.Errorf("score customers: %w", read.err)
	}
	due, active := now.scores(float64(ahead))
	earlierDue, _ := earlier.scores(float64(ahead))
	var w columnWriter
	w.keep(in, "customer_id", "customer_key")
	w.numbers("buy_probability", buys)
	w.numbers("first_stage_probability", first)
	w.texts("stage", stage)
	w.numbers("due_probability", due)
	w.numbers("earlier_due_probability", earlierDue)
	w.numbers("active_probability", active)
	return w.table(in.NumRows()), ctx.Err()
}

// renewalRows are pairs, each with the parameters of its category; both are empty where nothing is known.
type renewalRows struct {
	pairs []RenewalPair
	fits  []Renewal
	known []bool
}

// readRenewalRows reads the columns of histories and parameters whose names begin with a prefix.
func readRenewalRows(read *columnReader, prefix string) renewalRows {
	gaps, total, silent := read.numbers(prefix+"gap_count"), read.numbers(prefix+"gap_days_total"), read.numbers(prefix+"silent_days")
	var values [5][]float64
	for i, name := range RenewalParameters() {
		values[i] = read.numbers(prefix + name)
	}
	if read.err != nil {
		return renewalRows{}
	}
	n := len(gaps)
	rows := renewalRows{make([]RenewalPair, n), make([]Renewal, n), make([]bool, n)}
	for i := range n {
		fit := Renewal{values[0][i], values[1][i], values[2][i], values[3][i], values[4][i]}
		if math.IsNaN(gaps[i]) || !fit.Valid() {
			continue
		}
		rows.pairs[i] = RenewalPair{Gaps: int(gaps[i]), Total: total[i], Since: silent[i]}
		rows.fits[i], rows.known[i] = fit, true
	}
	return rows
}

// scores are the probabilities of a purchase within a horizon and of being active; NaN where nothing is known.
func (r renewalRows) scores(ahead float64) (due, active []float64) {
	scorers, index := []*RenewalScorer{}, map[Renewal]int32{}
	which := make([]int32, len(r.pairs))
	for i, fit := range r.fits {
		if !r.known[i] {
			fit = Renewal{1, 1, 1, 1, 1} // not shown
		}
		at, ok := index[fit]
		if !ok {
			at = int32(len(scorers))
			index[fit] = at
			scorers = append(scorers, NewRenewalScorer(fit, ahead))
		}
		which[i] = at
	}
	scored := make([]RenewalScore, len(r.pairs))
	ScoreRenewals(scorers, which, r.pairs, scored)
	due, active = make([]float64, len(scored)), make([]float64, len(scored))
	for i, s := range scored {
		due[i], active[i] = s.Due, s.Active
		if !r.known[i] {
			due[i], active[i] = math.NaN(), math.NaN()
		}
	}
	return due, active
}

// ReplacementFitTable is the estimator of predictions.replacement_fit, the second stage: a logistic regression of
// has_bought within $due_days on what was known before (the columns of ReplacementTable but for the coefficients). Too few
// purchases: no rows.
func ReplacementFitTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	ahead, err := wholeParameter(p, "due_days")
	if err != nil {
		return nil, fmt.Errorf("fit replacement: %w", err)
	}
	rows, err := readReplacementRows(in, float64(ahead))
	if err != nil {
		return nil, fmt.Errorf("fit replacement: %w", err)
	}
	read := columnReader{in: in}
	came := read.truths("has_bought")
	if read.err != nil {
		return nil, fmt.Errorf("fit replacement: %w", read.err)
	}
	var x []float64
	var y []bool
	for i, ok := range rows.complete {
		if ok {
			x, y = append(x, rows.features[i*StackWidth:(i+1)*StackWidth]...), append(y, came[i])
		}
	}
	var names []string
	var values, stdErrors, logs []float64
	var n []int64
	var converged []bool
	fit, err := FitStack(x, y)
	switch {
	case errors.Is(err, ErrTooFewEvents):
	case err != nil:
		return nil, fmt.Errorf("fit replacement: %w", err)
	default:
		names = append([]string{"intercept"}, StackNames[:]...)
		values = append([]float64{fit.Intercept}, fit.Weights...)
		stdErrors = append([]float64{fit.InterceptError}, fit.Errors...)
		for range names {
			logs, n, converged = append(logs, fit.LogLikelihood), append(n, int64(fit.Rows)), append(converged, fit.Converged)
		}
	}
	var w columnWriter
	w.texts("parameter", names)
	w.numbers("value", values)
	w.numbers("std_error", stdErrors)
	w.numbers("log_likelihood", logs)
	w.counts("n", n)
	w.truths("converged", converged)
	return w.table(int64(len(names))), ctx.Err()
}
