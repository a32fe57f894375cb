package predict

import "math"

// RenewalScore is what the model says about one pair.
type RenewalScore struct {
	// Elapsed is F(w): how much of the distribution of this customer's gaps the silence has used up. Near 1, the customer
	// is late.
	Elapsed float64
	// Active is the probability that the customer has not left the category.
	Active float64
	// Due is the probability that the customer buys within the horizon: active, and the gap ends in it.
	Due float64
}

// Score is the model's answer for one pair and a horizon in the pair's unit of time.
//
//	P(active)       = (1-q) (1-F(w))        / (q + (1-q) (1-F(w))),  q = a / (a+b+m)
//	P(due within N) = (1-q) (F(w+N) - F(w)) / (q + (1-q) (1-F(w)))
func (p Renewal) Score(c RenewalPair, ahead float64) RenewalScore {
	l := p.scoreLevel(c.Gaps)
	return p.score(&l, &c, ahead)
}

// renewalScoreLevel is what scoring needs that depends on m only.
type renewalScoreLevel struct {
	beta  betaShape
	leave float64
}

func (p Renewal) scoreLevel(m int) renewalScoreLevel {
	return renewalScoreLevel{newBetaShape(p.K, p.R+p.K*float64(m)), p.A / (p.A + p.B + float64(m))}
}

func (p Renewal) score(l *renewalScoreLevel, c *RenewalPair, ahead float64) RenewalScore {
	own := p.Alpha + p.K*c.Total
	all := own + p.K*c.Since
	elapsed, beyond := l.beta.at(p.K*c.Since/all, own/all)
	later := all + p.K*ahead
	_, still := l.beta.at((later-own)/later, own/later)
	here := l.leave + (1-l.leave)*beyond
	return RenewalScore{
		Elapsed: elapsed,
		Active:  (1 - l.leave) * beyond / here,
		Due:     math.Max(0, (1-l.leave)*(beyond-still)/here),
	}
}

// RenewalScorer scores many pairs of one category for one horizon. It keeps what depends on the number of gaps alone, and
// the whole answer for customers who bought once (four of five pairs) and have been silent for a whole number of days.
type RenewalScorer struct {
	p      Renewal
	ahead  float64
	levels []renewalScoreLevel
	once   []RenewalScore
}

const (
	renewalScorerLevels = 64
	renewalScorerDays   = 2048
)

// NewRenewalScorer prepares a category; it costs about as much as scoring two thousand pairs.
func NewRenewalScorer(p Renewal, ahead float64) *RenewalScorer {
	r := &RenewalScorer{p: p, ahead: ahead, levels: make([]renewalScoreLevel, renewalScorerLevels),
		once: make([]RenewalScore, renewalScorerDays)}
	for m := range r.levels {
		r.levels[m] = p.scoreLevel(m)
	}
	for w := range r.once {
		r.once[w] = p.score(&r.levels[0], &RenewalPair{Since: float64(w)}, ahead)
	}
	return r
}

// Score is Renewal.Score of the prepared category and horizon.
func (r *RenewalScorer) Score(c *RenewalPair) RenewalScore {
	if c.Gaps == 0 && c.Since >= 0 && c.Since < renewalScorerDays {
		if w := int(c.Since); float64(w) == c.Since {
			return r.once[w]
		}
	}
	if c.Gaps < len(r.levels) {
		return r.p.score(&r.levels[c.Gaps], c, r.ahead)
	}
	l := r.p.scoreLevel(c.Gaps)
	return r.p.score(&l, c, r.ahead)
}

// ScoreRenewals fills out[i] with the score of pairs[i] by scorers[which[i]], on all processors. The three slices are of
// one length.
func ScoreRenewals(scorers []*RenewalScorer, which []int32, pairs []RenewalPair, out []RenewalScore) {
	const chunk = 1 << 14
	chunksInParallel((len(pairs)+chunk-1)/chunk, func(c int) {
		for i := c * chunk; i < min((c+1)*chunk, len(pairs)); i++ {
			out[i] = scorers[which[i]].Score(&pairs[i])
		}
	})
}

// RenewalOutlook is what a sales representative is told about one pair: "your 3 gaps average 42 days, the category's 60,
// blended 47; day 44 now; 63 % within 30 days, most likely in 9 days, 8 of 10 such customers within 2 to 35".
type RenewalOutlook struct {
	RenewalScore
	Gaps          int
	OwnMean       float64 // S/m; NaN without a gap
	CategoryCycle float64
	BlendedCycle  float64
	CycleIsMean   bool // else both cycles are medians
	Since         float64
	// The next purchase, in days from the last day observed, if the customer is active: median and the interval that
	// holds the stated share. All are 0 or more.
	Expected, Earliest, Latest float64
}

// outlookStep is the last step of the search for a date, in days: what is left after it is its square by the time scale.
const outlookStep = 0.1

// Outlook explains one pair. share is the probability of the interval, such as 0.8. It costs some ten scores.
func (p Renewal) Outlook(c RenewalPair, ahead, share float64) RenewalOutlook {
	l := p.scoreLevel(c.Gaps)
	o := RenewalOutlook{RenewalScore: p.score(&l, &c, ahead), Gaps: c.Gaps, OwnMean: math.NaN(), Since: c.Since}
	if c.Gaps > 0 {
		o.OwnMean = c.Total / float64(c.Gaps)
	}
	o.CategoryCycle, o.CycleIsMean = p.Cycle()
	o.BlendedCycle, _ = p.BlendedCycle(c)
	now, _ := p.survival(&l.beta, c, c.Since)
	after := func(u float64) float64 { return p.quantile(&l.beta, c, now, u, outlookStep) - c.Since }
	o.Earliest, o.Expected, o.Latest = after((1-share)/2), after(0.5), after((1+share)/2)
	return o
}
