package predict

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// How sure the interval of the next purchase is, and how far ahead it may lie: beyond, nobody plans.
const (
	expectedShare   = 0.8
	expectedHorizon = 3650 // days
)

// ReplacementTable is the estimator renewal_score of predictions.replacement. It takes each pair's history (gap_count,
// gap_days_total, silent_days) with the parameters of its category (k, r, alpha, a, b; category_gap_count,
// replacement_days), the features of the second stage (customer_due_probability, store_day_count, store_silent_days,
// repeat_rate) and its coefficients (stack_intercept and stack_NAME of StackNames; null: first stage only). It gives the
// probabilities, the cycles and, in days after $as_of, when the next purchase is expected of a customer who is still here.
func ReplacementTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	ahead, err := wholeParameter(p, "due_days")
	if err != nil {
		return nil, fmt.Errorf("score replacement: %w", err)
	}
	rows, err := readReplacementRows(in, ahead)
	if err != nil {
		return nil, fmt.Errorf("score replacement: %w", err)
	}
	read := columnReader{in: in}
	asOf := read.dates("as_of_on")
	coefficients := [][]float64{read.numbers("stack_intercept")}
	for _, name := range StackNames {
		coefficients = append(coefficients, read.numbers("stack_"+name))
	}
	if read.err != nil {
		return nil, fmt.Errorf("score replacement: %w", read.err)
	}
	n := len(rows.pairs)
	due, stage := make([]float64, n), make([]string, n)
	stack := Logit{Weights: make([]float64, StackWidth)}
	for i := range n {
		stack.Intercept = coefficients[0][i]
		for j := range stack.Weights {
			stack.Weights[j] = coefficients[j+1][i]
		}
		due[i], stage[i] = rows.first[i], "renewal"
		if p := stack.Probability(rows.features[i*StackWidth : (i+1)*StackWidth]); rows.complete[i] && !math.IsNaN(p) {
			due[i], stage[i] = p, "stack"
		}
	}
	cycles := rows.cycles()
	dates := func(days []float64) []arrow.Date32 {
		on := make([]arrow.Date32, n)
		for i, d := range days {
			// From the last day observed; never before $as_of.
			on[i] = asOf[i] - 1 + arrow.Date32(math.Max(1, math.Ceil(d)))
		}
		return on
	}
	var w columnWriter
	w.keep(in, "customer_id", "category", "last_purchased_on", "elapsed_days", "gap_count", "own_cycle_days")
	w.numbers("due_probability", due)
	w.numbers("first_stage_probability", rows.first)
	w.numbers("active_probability", rows.active)
	w.texts("stage", stage)
	w.numbers("category_cycle_days", cycles.category)
	w.numbers("cycle_days", cycles.blended)
	w.dates("expected_on", dates(cycles.expected))
	w.dates("expected_from", dates(cycles.earliest))
	w.dates("expected_until", dates(cycles.latest))
	return w.table(in.NumRows()), ctx.Err()
}

// cycleColumns are what RenewalOutlook says, by column.
type cycleColumns struct{ category, blended, expected, earliest, latest []float64 }

// cycles explains each pair. Pairs bought once are alike but for their silence, and are explained once.
func (r renewalRows) cycles() cycleColumns {
	n := len(r.pairs)
	c := cycleColumns{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	type alike struct {
		fit   Renewal
		gaps  int
		total float64
		since float64
	}
	first, same := map[alike]int{}, make([]int, n)
	var distinct []int
	for i := range n {
		key := alike{r.fits[i], r.pairs[i].Gaps, r.pairs[i].Total, r.pairs[i].Since}
		at, seen := first[key]
		if !seen {
			first[key], at = i, i
			distinct = append(distinct, i)
		}
		same[i] = at
	}
	levels := r.levels(distinct)
	const chunk = 1 << 10
	chunksInParallel((len(distinct)+chunk-1)/chunk, func(part int) {
		for _, i := range distinct[part*chunk : min((part+1)*chunk, len(distinct))] {
			if !r.known[i] {
				c.category[i], c.blended[i] = math.NaN(), math.NaN()
				continue
			}
			fit, pair := r.fits[i], r.pairs[i]
			l := levels[cycleLevelKey{fit, pair.Gaps}]
			c.category[i] = l.category
			c.blended[i] = l.blended * (fit.Alpha + fit.K*pair.Total)
			now, _ := fit.survival(&l.beta, pair, pair.Since)
			after := func(u float64) float64 {
				return math.Min(expectedHorizon, fit.quantile(&l.beta, pair, now, u, outlookStep)-pair.Since)
			}
			c.earliest[i], c.expected[i], c.latest[i] = after((1-expectedShare)/2), after(0.5), after((1+expectedShare)/2)
		}
	})
	for i, at := range same {
		c.category[i], c.blended[i] = c.category[at], c.blended[at]
		c.earliest[i], c.expected[i], c.latest[i] = c.earliest[at], c.expected[at], c.latest[at]
	}
	return c
}

// cycleLevel is what the cycles of all pairs of a category with so many gaps have in common.
type cycleLevel struct {
	beta     betaShape
	category float64 // Renewal.Cycle
	blended  float64 // Renewal.BlendedCycle by α + kS, which it is proportional to
}

type cycleLevelKey struct {
	fit  Renewal
	gaps int
}

func (r renewalRows) levels(rows []int) map[cycleLevelKey]cycleLevel {
	levels := map[cycleLevelKey]cycleLevel{}
	for _, i := range rows {
		key := cycleLevelKey{r.fits[i], r.pairs[i].Gaps}
		if _, done := levels[key]; done || !r.known[i] {
			continue
		}
		var l cycleLevel
		l.beta = newBetaShape(key.fit.K, key.fit.R+key.fit.K*float64(key.gaps))
		if l.category = levels[cycleLevelKey{key.fit, 0}].category; l.category == 0 {
			l.category, _ = key.fit.Cycle()
		}
		blended, _ := key.fit.BlendedCycle(RenewalPair{Gaps: key.gaps})
		l.blended = blended / key.fit.Alpha
		levels[key] = l
	}
	return levels
}
