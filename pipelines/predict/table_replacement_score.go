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

// What predictions.replacement says of how a forecast was made.
const (
	stageStack      = "stack"
	stageRenewal    = "renewal"
	stageAsset      = "asset"
	stageCompetitor = "competitor"
)

// ReplacementTable is the estimator renewal_score of predictions.replacement, which looks at one row at a time. It takes the
// columns of readReplacementRows, the coefficients of the second stage (stack_intercept and stack_NAME of StackNames; null:
// first stage only), and is_asset with win_rate: an asset that is known to be in use started the clock, and if a competitor
// sold it, win_rate is the chance that its replacement is bought from us. It gives the probabilities, the cycles and, in days
// (of the season, where the category's clock has one) after the last day observed, when the next purchase is expected of a
// customer who is still here.
func ReplacementTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	ahead, err := wholeParameter(p, "due_days")
	if err != nil {
		return nil, fmt.Errorf("score replacement: %w", err)
	}
	rows, err := readReplacementRows(in, float64(ahead))
	if err != nil {
		return nil, fmt.Errorf("score replacement: %w", err)
	}
	read := columnReader{in: in}
	isAsset, winRate := read.truths("is_asset"), read.numbers("win_rate")
	coefficients := [1 + StackWidth][]float64{read.numbers("stack_intercept")}
	for i, name := range StackNames {
		coefficients[i+1] = read.numbers("stack_" + name)
	}
	if read.err != nil {
		return nil, fmt.Errorf("score replacement: %w", read.err)
	}
	n := len(rows.pairs)
	out := newReplacementColumns(n)
	share := [3]float64{(1 - expectedShare) / 2, 0.5, (1 + expectedShare) / 2}
	eachRow(n, func(i int) {
		figures, pair, score := rows.figures[i], &rows.pairs[i], rows.first[i]
		out.due[i], out.stage[i] = score.Due, stageRenewal
		if figures == nil {
			out.category[i], out.blended[i] = math.NaN(), math.NaN()
			return
		}
		if isAsset[i] {
			score = figures.ofAsset(pair, score, float64(ahead), winRate[i])
			rows.first[i], out.due[i], out.stage[i] = score, score.Due, stageAsset
			if !math.IsNaN(winRate[i]) {
				out.stage[i] = stageCompetitor
			}
		} else if p := rows.stacked(i, coefficients); rows.complete[i] && !math.IsNaN(p) {
			out.due[i], out.stage[i] = p, stageStack
		}
		out.category[i] = figures.category
		out.blended[i] = figures.levels[pair.Gaps].blended * (figures.Alpha + figures.K*pair.Total) / rows.stretch[i]
		for q, after := range figures.waits(pair, score.Elapsed, share) {
			// From the last day observed, at least to the day after.
			out.expected[q][i] = int64(math.Min(expectedHorizon, math.Max(1, math.Ceil(after/rows.stretch[i]))))
		}
	})
	return out.table(in, rows.first), ctx.Err()
}

// ofAsset is the score of a customer who is known to use what it has, so that the silence is no sign of having left: it buys
// again from us with win (NaN: as often as those who bought from us do).
//
//	P(active) = win, or 1-q,  P(due within N) = P(active) (F(w+N) - F(w)) / (1 - F(w))
func (f *renewalFigures) ofAsset(c *RenewalPair, s RenewalScore, ahead, win float64) RenewalScore {
	l := f.levels[c.Gaps]
	s.Active = win
	if math.IsNaN(win) {
		s.Active = 1 - l.leave
	}
	own := f.Alpha + f.K*c.Total
	now, later := own+f.K*c.Since, own+f.K*(c.Since+ahead)
	_, beyond := l.beta.at(1-own/now, own/now)
	_, still := l.beta.at(1-own/later, own/later)
	ends := (beyond - still) / beyond
	if beyond < 1e-250 { // far out the gaps fall like a power
		ends = -math.Expm1(l.beta.q * math.Log(now/later))
	}
	s.Due = s.Active * math.Max(0, ends)
	return s
}

// stacked is what the second stage makes of row i.
func (r *replacementRows) stacked(i int, coefficients [1 + StackWidth][]float64) float64 {
	eta := coefficients[0][i]
	for j, v := range r.features[i*StackWidth : (i+1)*StackWidth] {
		eta += coefficients[j+1][i] * v
	}
	return stackLogistic(eta)
}

// replacementColumns are the columns that ReplacementTable adds.
type replacementColumns struct {
	due, category, blended []float64
	stage                  []string
	expected               [3][]int64
}

func newReplacementColumns(n int) replacementColumns {
	c := replacementColumns{due: make([]float64, n), category: make([]float64, n), blended: make([]float64, n), stage: make([]string, n)}
	for q := range c.expected {
		c.expected[q] = make([]int64, n)
	}
	return c
}

func (c replacementColumns) table(in arrow.Table, first []RenewalScore) arrow.Table {
	own, active := make([]float64, len(first)), make([]float64, len(first))
	for i, s := range first {
		own[i], active[i] = s.Due, s.Active
	}
	var w columnWriter
	w.keep(in, "customer_id", "category", "started_on", "silent_days", "gap_count", "gap_days_total")
	w.numbers("due_probability", c.due)
	w.numbers("first_stage_probability", own)
	w.numbers("active_probability", active)
	w.texts("stage", c.stage)
	w.numbers("category_cycle_days", c.category)
	w.numbers("cycle_days", c.blended)
	w.counts("expected_days", c.expected[1])
	w.counts("expected_days_low", c.expected[0])
	w.counts("expected_days_high", c.expected[2])
	return w.table(in.NumRows())
}
