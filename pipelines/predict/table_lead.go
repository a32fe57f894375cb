package predict

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// LeadWidth is the number of signs that a lead is judged by.
const LeadWidth = 8

// leadLeastSigns are fitted at least; each needs ten conversions.
const leadLeastSigns = 5

// LeadSigns are the columns of predictions.lead_history in the order of the fit: what a lead does before what it is. With
// fewer than ten conversions for each, the last ones are left out, down to five.
func LeadSigns() [LeadWidth]string {
	return [LeadWidth]string{
		"known_days_log", "has_inquiry", "activity_log", "response_log", "has_open_deal", "source_logit", "interest_log",
		"decision_maker",
	}
}

// leadRidge is the prior of the weights, as in the second stage of replacement: a standard deviation of 1 for the weight of
// a standardised sign.
const leadRidge = StackRidge

// leads are the rows of predictions.lead_history: the past ones with their outcome, the current ones without.
type leads struct {
	x      []float64 // LeadWidth a row; what is not known has the mean of the past
	bought []bool    // of the past rows
	past   []float64 // their signs
	events int       // how many of them bought
	mean   [LeadWidth]float64
	now    []int // rows of the current ones
}

// readLeads reads the signs and has_bought (1, 0, null: still to come).
func readLeads(in arrow.Table) (leads, error) {
	read := columnReader{in: in}
	outcome := read.numbers("has_bought")
	var signs [LeadWidth][]float64
	for j, name := range LeadSigns() {
		signs[j] = read.numbers(name)
	}
	if read.err != nil {
		return leads{}, read.err
	}
	var l leads
	for j := range signs {
		sum, n := 0.0, 0.0
		for i, v := range signs[j] {
			if !math.IsNaN(v) && !math.IsNaN(outcome[i]) {
				sum, n = sum+v, n+1
			}
		}
		if n > 0 {
			l.mean[j] = sum / n
		}
	}
	for i, o := range outcome {
		row := make([]float64, LeadWidth)
		for j := range signs {
			if row[j] = signs[j][i]; math.IsNaN(row[j]) {
				row[j] = l.mean[j]
			}
		}
		l.x = append(l.x, row...)
		if math.IsNaN(o) {
			l.now = append(l.now, i)
			continue
		}
		l.past, l.bought = append(l.past, row...), append(l.bought, o > 0)
		if o > 0 {
			l.events++
		}
	}
	return l, nil
}

// fit is the logistic regression of who bought on as many signs as the conversions, and those who stayed leads, allow;
// ErrTooFewEvents where that is not five.
func (l leads) fit() (Logit, error) {
	width := min(max(min(l.events, len(l.bought)-l.events)/stackLeastEvents, leadLeastSigns), LeadWidth)
	x := make([]float64, 0, width*len(l.bought))
	for i := range l.bought {
		x = append(x, l.past[i*LeadWidth:i*LeadWidth+width]...)
	}
	return FitLogit(x, width, l.bought, leadRidge)
}

// LeadFitTable is the estimator lead_fit of predictions.lead_fit. It takes the past rows of predictions.lead_history and
// gives the weights, in log-odds per unit of their signs; where too few leads bought, or too few did not, rows without
// values and a note, for all of them or for those left out.
func LeadFitTable(_ context.Context, in arrow.Table, _ map[string]any) (arrow.Table, error) {
	l, err := readLeads(in)
	if err != nil {
		return nil, fmt.Errorf("fit leads: %w", err)
	}
	const rows = LeadWidth + 1
	values, stdErrors, means := make([]float64, rows), make([]float64, rows), make([]float64, rows)
	logs, n, events := make([]float64, rows), make([]int64, rows), make([]int64, rows)
	names, notes, converged := make([]string, rows), make([]string, rows), make([]bool, rows)
	f, err := l.fit()
	if err != nil && !errors.Is(err, ErrTooFewEvents) {
		return nil, fmt.Errorf("fit leads: %w", err)
	}
	signs := LeadSigns()
	for i := range rows {
		names[i], means[i] = "intercept", math.NaN()
		if i > 0 {
			names[i], means[i] = signs[i-1], l.mean[i-1]
		}
		n[i], events[i] = int64(len(l.bought)), int64(l.events)
		switch {
		case err != nil:
			values[i], stdErrors[i], logs[i], notes[i] = math.NaN(), math.NaN(), math.NaN(), err.Error()
			continue
		case i > len(f.Weights):
			values[i], stdErrors[i], logs[i] = math.NaN(), math.NaN(), math.NaN()
			notes[i] = fmt.Sprintf("left out: got %d outcomes of the rarer, want %d for each sign", min(l.events, len(l.bought)-l.events), stackLeastEvents)
			continue
		case i == 0:
			values[i], stdErrors[i] = f.Intercept, f.InterceptError
		default:
			values[i], stdErrors[i] = f.Weights[i-1], f.Errors[i-1]
		}
		logs[i], converged[i] = f.LogLikelihood, f.Converged
	}
	var w columnWriter
	w.texts("parameter", names)
	w.numbers("value", values)
	w.numbers("std_error", stdErrors)
	w.numbers("mean", means)
	w.numbers("log_likelihood", logs)
	w.counts("n", n)
	w.counts("conversion_count", events)
	w.truths("converged", converged)
	w.textsOrNull("note", notes)
	return w.table(rows), nil
}

// leadSure is how many standard errors make 95 %.
const leadSure = 1.959963984540054

// LeadScoreTable is the estimator lead_score of predictions.lead_score. It takes all of predictions.lead_history, fits the
// past rows as LeadFitTable does, and gives for each current one (contact_id) the probability that it buys, with the 95 %
// that the fit leaves open, and for each sign what it adds to the log-odds of an average lead (SIGN_effect). Without a fit
// that converged, all of these are null.
func LeadScoreTable(ctx context.Context, in arrow.Table, _ map[string]any) (arrow.Table, error) {
	l, err := readLeads(in)
	if err != nil {
		return nil, fmt.Errorf("score leads: %w", err)
	}
	read := columnReader{in: in}
	contacts := read.texts("contact_id")
	if read.err != nil {
		return nil, fmt.Errorf("score leads: %w", read.err)
	}
	f, err := l.fit()
	if err != nil && !errors.Is(err, ErrTooFewEvents) {
		return nil, fmt.Errorf("score leads: %w", err)
	}
	known := err == nil && f.Converged
	ids := make([]string, len(l.now))
	p, low, high := make([]float64, len(l.now)), make([]float64, len(l.now)), make([]float64, len(l.now))
	var effects [LeadWidth][]float64
	for j := range effects {
		effects[j] = make([]float64, len(l.now))
	}
	for to, from := range l.now {
		ids[to] = contacts[from]
		if !known {
			p[to], low[to], high[to] = math.NaN(), math.NaN(), math.NaN()
			for j := range effects {
				effects[j][to] = math.NaN()
			}
			continue
		}
		row := l.x[from*LeadWidth : from*LeadWidth+len(f.Weights)]
		p[to] = f.Probability(row)
		logit, spread := math.Log(p[to]/(1-p[to])), leadSure*f.LogitError(row)
		low[to], high[to] = stackLogistic(logit-spread), stackLogistic(logit+spread)
		for j, weight := range f.Weights {
			effects[j][to] = weight * (row[j] - l.mean[j])
		}
	}
	var w columnWriter
	w.texts("contact_id", ids)
	w.numbers("probability", p)
	w.numbers("probability_low", low)
	w.numbers("probability_high", high)
	for j, name := range LeadSigns() {
		w.numbers(name+"_effect", effects[j])
	}
	return w.table(int64(len(ids))), ctx.Err()
}
