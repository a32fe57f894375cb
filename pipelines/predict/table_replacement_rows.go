package predict

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// manufacturerWorth is how many gaps the manufacturer's replacement_days are worth.
const manufacturerWorth = 50

// replacementRows are the pairs of predictions.replacement, now or at the date that the second stage is fitted at, with
// what the first stage says of them.
type replacementRows struct {
	pairs    []RenewalPair     // in the time of the category's clock
	figures  []*renewalFigures // of the pair's category; nil: nothing is known
	stretch  []float64         // how many times days after the last purchase count
	first    []RenewalScore
	features []float64 // StackWidth a row
	complete []bool    // all features are known
}

// readReplacementRows reads a pair's history (gap_count, gap_days_total, silent_days; where the category has a clock of its
// own, clock_total, clock_silent, clock_ahead and clock_stretch), the parameters of its category (k, r, alpha, a, b,
// category_gap_count, replacement_days) and the features of the second stage, and scores them.
func readReplacementRows(in arrow.Table, ahead float64) (replacementRows, error) {
	read := columnReader{in: in}
	gaps, total, silent := read.numbers("gap_count"), read.numbers("gap_days_total"), read.numbers("silent_days")
	clockTotal, clockSilent := read.numbers("clock_total"), read.numbers("clock_silent")
	clockAhead, clockStretch := read.numbers("clock_ahead"), read.numbers("clock_stretch")
	customerDue, repeatRate := read.numbers("customer_due_probability"), read.numbers("repeat_rate")
	storeDays, storeSilent := read.numbers("store_day_count"), read.numbers("store_silent_days")
	if read.err != nil {
		return replacementRows{}, read.err
	}
	n := len(gaps)
	r := replacementRows{pairs: make([]RenewalPair, n), stretch: make([]float64, n), first: make([]RenewalScore, n),
		features: make([]float64, n*StackWidth), complete: make([]bool, n)}
	var err error
	if r.figures, err = readFigures(in, ahead); err != nil {
		return r, err
	}
	for i := range n {
		r.pairs[i], r.stretch[i] = RenewalPair{Gaps: int(gaps[i]), Total: total[i], Since: silent[i]}, 1
		if !math.IsNaN(clockStretch[i]) {
			r.stretch[i] = clockStretch[i]
			r.pairs[i].Total, r.pairs[i].Since = clockTotal[i], clockSilent[i]*clockStretch[i]
		}
		if r.figures[i] != nil {
			r.figures[i].prepare(r.pairs[i].Gaps)
		}
	}
	eachRow(n, func(i int) {
		pair, horizon := &r.pairs[i], ahead
		if r.figures[i] == nil {
			r.first[i] = RenewalScore{math.NaN(), math.NaN(), math.NaN()}
			return
		}
		if !math.IsNaN(clockStretch[i]) {
			horizon = clockAhead[i] * clockStretch[i]
		}
		r.first[i] = r.figures[i].scored(pair, horizon)
		if math.IsNaN(customerDue[i] + repeatRate[i] + storeDays[i] + storeSilent[i]) {
			return
		}
		r.complete[i] = true
		StackInput{
			PairDue: r.first[i].Due, CustomerDue: customerDue[i], CategoryDays: pair.Gaps + 1, StoreDays: int(storeDays[i]),
			CategorySince: silent[i], StoreSince: storeSilent[i], RepeatRate: repeatRate[i],
		}.Features(r.features[i*StackWidth : i*StackWidth])
	})
	return r, nil
}

// readFigures are the forecasting figures of each row's category, moved towards the manufacturer's replacement days where
// there are any; rows of one category share theirs.
func readFigures(in arrow.Table, ahead float64) ([]*renewalFigures, error) {
	read := columnReader{in: in}
	var values [5][]float64
	for i, name := range RenewalParameters() {
		values[i] = read.numbers(name)
	}
	days, gaps := read.numbers("replacement_days"), read.numbers("category_gap_count")
	if read.err != nil {
		return nil, read.err
	}
	type category struct {
		Renewal
		days, gaps float64
	}
	known := map[category]*renewalFigures{}
	var last category
	var lastFigures *renewalFigures
	out := make([]*renewalFigures, len(days))
	for i := range out {
		key := category{Renewal: Renewal{values[0][i], values[1][i], values[2][i], values[3][i], values[4][i]}}
		if days[i] > 0 {
			key.days, key.gaps = days[i], gaps[i]
		}
		if key != last {
			last, lastFigures = key, known[key]
			if lastFigures == nil && key.Valid() {
				lastFigures = newRenewalFigures(key.WithReplacementDays(key.days, key.gaps, manufacturerWorth), ahead)
				known[key] = lastFigures
			}
		}
		out[i] = lastFigures
	}
	return out, nil
}

// eachRow calls work(0) … work(n-1) on all processors, in pieces that keep to a core's cache.
func eachRow(n int, work func(i int)) {
	const piece = 1 << 12
	chunksInParallel((n+piece-1)/piece, func(c int) {
		for i := c * piece; i < min((c+1)*piece, n); i++ {
			work(i)
		}
	})
}
