package predict

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// spendLaw is the name of Gamma-Gamma beside those of the purchase laws.
const spendLaw = "gamma_gamma"

// SpendFitTable is the estimator gamma_gamma_fit of predictions.spend_fit. It takes repeat_count, repeat_amount_mean and
// customer_count and gives the parameters; where too few customers bought again, rows without values and a note.
func SpendFitTable(ctx context.Context, in arrow.Table, _ map[string]any) (arrow.Table, error) {
	read := columnReader{in: in}
	s := Spending{
		Purchases: read.numbers("repeat_count"), Mean: read.numbers("repeat_amount_mean"), Count: read.numbers("customer_count"),
	}
	if read.err != nil {
		return nil, fmt.Errorf("fit spending: %w", read.err)
	}
	note := ""
	f, err := FitSpending(ctx, s)
	switch {
	case errors.Is(err, ErrTooFewSpenders):
		note = err.Error()
		f = SpendFit{P: math.NaN(), Q: math.NaN(), Gamma: math.NaN(), LogLikelihood: math.NaN()}
		for _, c := range s.Count {
			f.Customers += c
		}
	case err != nil:
		return nil, err
	case !f.Converged:
		note = notConverged(f.AtBound)
	}
	if !f.Converged {
		f.StdErrors = [3]float64{math.NaN(), math.NaN(), math.NaN()}
		for i := range f.Covariance {
			f.Covariance[i] = f.StdErrors
		}
	}
	var names []string
	var value, stdError []float64
	var covariance [3][]float64
	for i, q := range f.Parameters() {
		names, value, stdError = append(names, q.Name), append(value, q.Value), append(stdError, q.StdError)
		for c := range covariance {
			covariance[c] = append(covariance[c], f.Covariance[i][c])
		}
	}
	n, logL := int64(math.Round(f.Customers)), f.LogLikelihood
	var w columnWriter
	w.texts("parameter", names)
	w.numbers("value", value)
	w.numbers("std_error", stdError)
	w.numbers("log_likelihood", []float64{logL, logL, logL})
	w.counts("n", []int64{n, n, n})
	w.truths("converged", []bool{f.Converged, f.Converged, f.Converged})
	w.textsOrNull("note", []string{note, note, note})
	for c := range covariance {
		w.numbers(fmt.Sprintf("covariance_%d", c+1), covariance[c])
	}
	return w.table(int64(len(names))), nil
}

// textsOrNull adds a column of texts; an empty one is null.
func (w *columnWriter) textsOrNull(name string, values []string) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for _, v := range values {
		if v == "" {
			b.AppendNull()
		} else {
			b.Append(v)
		}
	}
	w.add(name, b)
}
