package predict

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// daysOfYear turns a discount a year into one a week.
const daysOfYear = 365.25

// most is the largest amount of money that is told; a fit that says more knows nothing.
const most = 1e15

// CustomerValueTable is the estimator of predictions.customer_value. It takes rows of three kinds: the parameters of one
// purchase law (law, chosen_by, parameter, value, covariance_1 to covariance_4, margin_rate), those of gamma_gamma, and the
// customers (customer_id, customer_key, repeat_count, last_weeks, age_weeks, repeat_amount_mean). It gives a row a customer:
// see the model's header. Parameters without covariances give no intervals. Without a purchase law there are no rows, without
// gamma_gamma no money.
func CustomerValueTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	days, err := wholeParameter(p, "value_days")
	if err != nil {
		return nil, fmt.Errorf("value customers: %w", err)
	}
	rate, ok := p["discount_rate"].(float64)
	if !ok || !(rate > 0) {
		return nil, fmt.Errorf("value customers: parameter $discount_rate is %v, want a number above 0, such as 0.15 for 15 %% a year", p["discount_rate"])
	}
	v, err := readValues(in)
	if err != nil {
		return nil, fmt.Errorf("value customers: %w", err)
	}
	if v.law == "" {
		v.ids, v.keys = nil, nil
		return v.table(Scores{}, nil), nil
	}
	h, index, err := Group(v.repeats, v.last, v.age)
	if err != nil {
		return nil, fmt.Errorf("value customers: %w", err)
	}
	ask := Horizon{Within: float64(days) / 7, Discount: math.Log1p(rate) * 7 / daysOfYear}
	scores := Scores{}
	switch {
	case h.Len() == 0:
	case v.law == nbd:
		scores = v.limit.score(h, ask)
	default:
		if scores, err = v.fit.Score(h, ask); err != nil {
			return nil, fmt.Errorf("value customers: %w", err)
		}
	}
	return v.table(scores, index), ctx.Err()
}

// valueRows are what the estimator reads. law is empty and spend nil where they are not there; the law's parameters are in
// limit, if it is nbd, and else in fit.
type valueRows struct {
	law      Law
	chosenBy string
	fit      Fit
	limit    nbdFit
	spend    *SpendFit
	margin   float64

	ids                       []string
	keys                      []int64
	repeats, last, age, means []float64
}

func readValues(in arrow.Table) (valueRows, error) {
	read := columnReader{in: in}
	law, chosenBy, parameter := read.texts("law"), read.texts("chosen_by"), read.texts("parameter")
	value, margin := read.numbers("value"), read.numbers("margin_rate")
	var covariance [4][]float64
	for i := range covariance {
		covariance[i] = read.numbers(fmt.Sprintf("covariance_%d", i+1))
	}
	ids, keys := read.texts("customer_id"), read.numbers("customer_key")
	repeats, last, age := read.numbers("repeat_count"), read.numbers("last_weeks"), read.numbers("age_weeks")
	means := read.numbers("repeat_amount_mean")
	v := valueRows{margin: 1}
	if read.err != nil {
		return v, read.err
	}
	for i := range law {
		var at int
		switch law[i] {
		case "":
			v.ids, v.keys = append(v.ids, ids[i]), append(v.keys, int64(keys[i]))
			v.repeats, v.last = append(v.repeats, repeats[i]), append(v.last, last[i])
			v.age, v.means = append(v.age, age[i]), append(v.means, means[i])
			continue
		case spendLaw:
			names := SpendNames()
			if at = slices.Index(names[:], parameter[i]); at < 0 {
				return v, fmt.Errorf("row %d: %s has no parameter %q", i+1, law[i], parameter[i])
			}
			if v.spend == nil {
				v.spend = &SpendFit{Converged: !math.IsNaN(covariance[0][i])}
			}
			*[]*float64{&v.spend.P, &v.spend.Q, &v.spend.Gamma}[at] = value[i]
			for k := range v.spend.Covariance[at] {
				v.spend.Covariance[at][k] = covariance[k][i]
			}
		case string(nbd):
			names := nbdNames()
			if at = slices.Index(names[:], parameter[i]); at < 0 {
				return v, fmt.Errorf("row %d: %s has no parameter %q", i+1, law[i], parameter[i])
			}
			v.law, v.chosenBy = nbd, chosenBy[i]
			*[]*float64{&v.limit.r, &v.limit.alpha}[at] = value[i]
			for k := range v.limit.covariance[at] {
				v.limit.covariance[at][k] = covariance[k][i]
			}
		default:
			names := Law(law[i]).Names()
			if at = slices.Index(names[:], parameter[i]); at < 0 {
				return v, fmt.Errorf("row %d: %s has no parameter %q", i+1, law[i], parameter[i])
			}
			v.law, v.chosenBy = Law(law[i]), chosenBy[i]
			v.fit.Law, v.fit.Converged, v.fit.Params[at] = v.law, !math.IsNaN(covariance[0][i]), value[i]
			for k := range v.fit.Covariance[at] {
				v.fit.Covariance[at][k] = covariance[k][i]
			}
		}
		v.margin = margin[i]
	}
	return v, nil
}

// table tells the scores of each customer's history (index) and what they are worth.
func (v valueRows) table(s Scores, index []int32) arrow.Table {
	n := len(v.ids)
	laws, chosenBy, margins := make([]string, n), make([]string, n), make([]float64, n)
	alive, buys, purchases, discounted := newEstimates(n), newEstimates(n), newEstimates(n), newEstimates(n)
	spend, worth := newEstimates(n), newEstimates(n)
	nothing := Estimate{math.NaN(), math.NaN(), math.NaN()}
	for i := range n {
		at := index[i]
		laws[i], chosenBy[i] = string(v.law), v.chosenBy
		alive.set(i, s.Alive[at])
		buys.set(i, s.Buys[at])
		purchases.set(i, s.Purchases[at])
		discounted.set(i, s.Discounted[at])
		one, all := nothing, nothing
		margins[i] = math.NaN()
		if v.spend != nil {
			mean := v.means[i]
			if math.IsNaN(mean) { // never again, or all of it given back
				mean = 0
			}
			if one = v.spend.Expected(v.repeats[i], mean); math.IsInf(one.Value, 0) {
				one = nothing
			}
			all, margins[i] = one.Times(s.Discounted[at], v.margin), v.margin
		}
		spend.set(i, one.money())
		worth.set(i, all.money())
	}
	var w columnWriter
	w.texts("customer_id", v.ids)
	w.counts("customer_key", v.keys)
	w.texts("law", laws)
	w.texts("chosen_by", chosenBy)
	alive.write(&w, "alive_probability", "alive")
	buys.write(&w, "buy_probability", "buy")
	purchases.write(&w, "purchase_count", "purchase_count")
	discounted.write(&w, "discounted_purchase_count", "discounted_count")
	spend.write(&w, "spend_amount", "spend")
	w.numbers("margin_rate", margins)
	worth.write(&w, "value_amount", "value")
	return w.table(int64(n))
}

// money is the estimate in whole cents; what is no amount is not a number.
func (e Estimate) money() Estimate {
	for _, v := range []*float64{&e.Value, &e.Low, &e.High} {
		if *v = math.Round(*v*100) / 100; math.Abs(*v) > most {
			*v = math.NaN()
		}
	}
	return e
}

// estimates are columns of values and their intervals.
type estimates struct{ value, low, high []float64 }

func newEstimates(n int) estimates {
	return estimates{make([]float64, n), make([]float64, n), make([]float64, n)}
}

func (e estimates) set(i int, v Estimate) { e.value[i], e.low[i], e.high[i] = v.Value, v.Low, v.High }

func (e estimates) write(w *columnWriter, name, prefix string) {
	w.numbers(name, e.value)
	w.numbers(prefix+"_low", e.low)
	w.numbers(prefix+"_high", e.high)
}
