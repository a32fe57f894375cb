package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// RiskFitTable is the estimator risk_fit of predictions.risk_fit. It takes kind, bad_count, trial_count and
// customer_count, and gives each kind's rate and strength. Where customers are too few, or do not differ more than by
// chance, the strength is $risk_strength and the rate that of all trials, with half a bad and half a good one added.
func RiskFitTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	read := columnReader{in: in}
	kinds := read.texts("kind")
	all := Trials{Bad: read.numbers("bad_count"), All: read.numbers("trial_count"), Count: read.numbers("customer_count")}
	standard, ok := p["risk_strength"].(float64)
	if !ok || !(standard > 0) {
		read.err = errors.Join(read.err, fmt.Errorf("parameter $risk_strength is %v, want more than 0", p["risk_strength"]))
	}
	if read.err != nil {
		return nil, fmt.Errorf("fit risk: %w", read.err)
	}
	var rows riskRows
	for _, kind := range slices.Compact(slices.Sorted(slices.Values(kinds))) {
		var t Trials
		for i := range kinds {
			if kinds[i] == kind {
				t.Bad, t.All, t.Count = append(t.Bad, all.Bad[i]), append(t.All, all.All[i]), append(t.Count, all.Count[i])
			}
		}
		f, err := FitRates(ctx, t)
		switch {
		case errors.Is(err, ErrTooFewTrials):
			rows.add(kind, t.standard(standard), ErrTooFewTrials.Error())
		case err != nil:
			return nil, fmt.Errorf("fit risk of %s: %w", kind, err)
		case !f.Converged:
			rows.add(kind, t.standard(standard), "customers do not differ more than by chance, as far as can be seen")
		default:
			rows.add(kind, f, "")
		}
	}
	return rows.table(), nil
}

// standard is what stands in for a fit that is none.
func (t Trials) standard(strength float64) RateFit {
	bad, all, customers := 0.5, 1.0, 0.0
	for i, c := range t.Count {
		bad, all, customers = bad+c*t.Bad[i], all+c*t.All[i], customers+c
	}
	return RateFit{
		Rate: bad / all, Strength: strength, StdErrors: [2]float64{math.NaN(), math.NaN()}, LogLikelihood: math.NaN(), Customers: customers,
	}
}

// riskRows collects the rows of predictions.risk_fit.
type riskRows struct {
	kinds, parameters, notes     []string
	values, stdErrors, logLikely []float64
	n                            []int64
	converged                    []bool
}

func (r *riskRows) add(kind string, f RateFit, note string) {
	for i, name := range []string{"rate", "strength"} {
		r.kinds, r.parameters, r.notes = append(r.kinds, kind), append(r.parameters, name), append(r.notes, note)
		r.values = append(r.values, []float64{f.Rate, f.Strength}[i])
		r.stdErrors, r.logLikely = append(r.stdErrors, f.StdErrors[i]), append(r.logLikely, f.LogLikelihood)
		r.n, r.converged = append(r.n, int64(math.Round(f.Customers))), append(r.converged, f.Converged)
	}
}

func (r *riskRows) table() arrow.Table {
	var w columnWriter
	w.texts("kind", r.kinds)
	w.texts("parameter", r.parameters)
	w.numbers("value", r.values)
	w.numbers("std_error", r.stdErrors)
	w.numbers("log_likelihood", r.logLikely)
	w.counts("n", r.n)
	w.truths("converged", r.converged)
	w.textsOrNull("note", r.notes)
	return w.table(int64(len(r.kinds)))
}

// RiskTable is the estimator risk_rate of predictions.risk: to kind, bad_count, trial_count, rate and strength it adds the
// shrunk rate and the bound that the customer's own rate stays below with a probability of $risk_level.
func RiskTable(_ context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	read := columnReader{in: in}
	bad, all := read.numbers("bad_count"), read.numbers("trial_count")
	rate, strength := read.numbers("rate"), read.numbers("strength")
	level, ok := p["risk_level"].(float64)
	if !ok || !(level > 0 && level < 1) {
		read.err = errors.Join(read.err, fmt.Errorf("parameter $risk_level is %v, want a number between 0 and 1", p["risk_level"]))
	}
	if read.err != nil {
		return nil, fmt.Errorf("estimate risk: %w", read.err)
	}
	shrunk, bound := make([]float64, len(bad)), make([]float64, len(bad))
	each(len(bad), func(i int) {
		shrunk[i] = ShrunkRate(bad[i], all[i], rate[i], strength[i])
		bound[i] = RateBound(bad[i], all[i], rate[i], strength[i], level)
	})
	var w columnWriter
	w.keep(in, "kind", "bad_count", "trial_count")
	w.numbers("company_rate", rate)
	w.numbers("shrunk_rate", shrunk)
	w.numbers("rate_high", bound)
	return w.table(in.NumRows()), nil
}
