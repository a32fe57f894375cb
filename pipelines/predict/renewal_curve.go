package predict

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// renewalCurve is the survival of the gaps after m gaps of one category, tabulated: with x = ln(kt / (α+kS)) it depends on
// nothing else. It answers in a few steps when the next purchase comes, which would take ten incomplete betas each.
type renewalCurve struct {
	first     float64   // x of the first node
	step      float64   // between nodes
	log       []float64 // ln P(Y > t) at the nodes, falling
	slope     []float64 // its derivative by x
	betaShape *betaShape
}

const (
	curveStep  = 0.1  // of the standard deviation of ln t, or of 1 where that is more
	curveStart = -0.1 // ln P at the first node or above: quantiles below 1 - e^-0.1 are not asked for
	curveDeep  = -600 // far enough: beyond, the exact formula's own limit holds
)

func newRenewalCurve(s *betaShape) *renewalCurve {
	// The variance of ln t is ψ'(k) + ψ'(R).
	c := &renewalCurve{betaShape: s, step: curveStep * math.Min(1, math.Sqrt(mathext.Zeta(2, s.p)+mathext.Zeta(2, s.q)))}
	for log, _ := c.exact(c.first); log < curveStart; log, _ = c.exact(c.first) {
		c.first -= 5 * c.step
	}
	for log, _ := c.exact(c.first + 5*c.step); log > curveStart; log, _ = c.exact(c.first + 5*c.step) {
		c.first += 5 * c.step
	}
	// Far out the curve is a straight line of slope -R.
	for x := c.first; ; x += c.step {
		log, slope := c.exact(x)
		c.log, c.slope = append(c.log, log), append(c.slope, slope)
		if log < curveDeep || slope < -s.q*(1-1e-6) {
			return c
		}
	}
}

// exact is ln P(Y > t) at x and its derivative: ln I_(1-z)(R, k), z = e^x / (1 + e^x).
func (c *renewalCurve) exact(x float64) (log, slope float64) {
	s := c.betaShape
	e := math.Exp(-math.Abs(x))
	z, rest := 1/(1+e), e/(1+e)
	if x < 0 {
		z, rest = rest, z
	}
	_, beyond := s.at(z, rest)
	return math.Log(beyond), -math.Exp(s.p*math.Log(z)+s.q*math.Log(rest)-s.logBeta) / beyond
}

// at is the x at which ln P(Y > t) has fallen to log, which is not above curveStart.
func (c *renewalCurve) at(log float64) float64 {
	last := len(c.log) - 1
	if log <= c.log[last] {
		return c.first + float64(last)*c.step + (log-c.log[last])/c.slope[last]
	}
	low, high := 0, last
	for high-low > 1 {
		if middle := (low + high) / 2; c.log[middle] >= log {
			low = middle
		} else {
			high = middle
		}
	}
	// the cubic through both nodes, x as a function of ln P
	width := c.log[high] - c.log[low]
	t := (log - c.log[low]) / width
	u := 1 - t
	rise := t * u * (u*(width/c.slope[low]-c.step) - t*(width/c.slope[high]-c.step))
	return c.first + (float64(low)+t)*c.step + rise
}

// renewalFigures is what the forecast of a category's pairs is made with: what depends on the number of gaps alone is
// computed once, when it is first needed. It is not safe for concurrent use before prepare.
type renewalFigures struct {
	Renewal
	ahead    float64
	category float64 // Cycle
	levels   []*renewalFigure
}

// renewalFigure is what all pairs with so many gaps have in common. once are the scores of pairs without a gap, by days of
// silence, at the horizon ahead.
type renewalFigure struct {
	renewalScoreLevel
	curve   *renewalCurve
	blended float64 // BlendedCycle by α + kS, which it is proportional to
	once    []RenewalScore
}

func newRenewalFigures(p Renewal, ahead float64) *renewalFigures {
	f := &renewalFigures{Renewal: p, ahead: ahead}
	f.category = f.prepare(0).blended * p.Alpha
	return f
}

// prepare is the figure of m gaps.
func (f *renewalFigures) prepare(m int) *renewalFigure {
	for len(f.levels) <= m {
		f.levels = append(f.levels, nil)
	}
	if f.levels[m] == nil {
		l := &renewalFigure{renewalScoreLevel: f.scoreLevel(m)}
		l.curve = newRenewalCurve(&l.beta)
		blended, _ := f.BlendedCycle(RenewalPair{Gaps: m})
		l.blended = blended / f.Alpha
		if m == 0 {
			l.once = make([]RenewalScore, renewalScorerDays)
			for w := range l.once {
				l.once[w] = f.score(&l.renewalScoreLevel, &RenewalPair{Since: float64(w)}, f.ahead)
			}
		}
		f.levels[m] = l
	}
	return f.levels[m]
}

// scored is Score for a horizon of its own; m must be prepared.
func (f *renewalFigures) scored(c *RenewalPair, ahead float64) RenewalScore {
	l := f.levels[c.Gaps]
	if c.Gaps == 0 && ahead == f.ahead && c.Since >= 0 && c.Since < renewalScorerDays {
		if w := int(c.Since); float64(w) == c.Since {
			return l.once[w]
		}
	}
	return f.score(&l.renewalScoreLevel, c, ahead)
}

// waits are the times from the last day observed to the quantiles u, each at least 0.1, of the next purchase of a customer
// who is still here; elapsed is that of the score.
func (f *renewalFigures) waits(c *RenewalPair, elapsed float64, u [3]float64) (after [3]float64) {
	l := f.levels[c.Gaps]
	own := f.Alpha + f.K*c.Total
	now := 1 - elapsed
	if elapsed > 0.999 { // the score keeps the lower tail; here the upper one counts
		all := own + f.K*c.Since
		_, now = l.beta.at(f.K*c.Since/all, own/all)
	}
	for i := range u {
		if now < 1e-250 {
			after[i] = f.quantile(&l.beta, *c, now, u[i], outlookStep) - c.Since
			continue
		}
		after[i] = math.Max(0, own/f.K*math.Exp(l.curve.at(math.Log(now)+math.Log1p(-u[i])))-c.Since)
	}
	return after
}
