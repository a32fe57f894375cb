package predict

import "math"

// survival is P(Y > t) of the customer's next gap, and its density, with the pair's statistics but t for the silence.
func (p Renewal) survival(s *betaShape, c RenewalPair, t float64) (beyond, density float64) {
	own := p.Alpha + p.K*c.Total
	all := own + p.K*t
	z, x := p.K*t/all, own/all
	_, beyond = s.at(z, x)
	if z <= 0 || x <= 0 {
		return beyond, 0
	}
	// dz/dt = k (α+kS) / (α+kS+kt)², and the Beta density is z^(k-1) x^(R-1) / B(k, R).
	density = math.Exp(s.p*math.Log(z)+s.q*math.Log(x)-s.logBeta) / (z * x) * p.K * own / (all * all)
	return beyond, density
}

// Quantile is the gap y with P(Y ≤ y | Y > w) = u: of the pair's next gap, given that the customer is still here after w
// days of silence. It counts from the last purchase, so it is never below w. u is in (0, 1).
func (p Renewal) Quantile(c RenewalPair, u float64) float64 {
	s := newBetaShape(p.K, p.R+p.K*float64(c.Gaps))
	now, _ := p.survival(&s, c, c.Since)
	return p.quantile(&s, c, now, u, 0)
}

// quantile is Quantile where now, the survival at c.Since, is known already. It stops once a step is shorter than so many
// days, and the next would be shorter by far.
func (p Renewal) quantile(s *betaShape, c RenewalPair, now, u, days float64) float64 {
	if !(u > 0) {
		return c.Since
	}
	if !(u < 1) {
		return math.Inf(1)
	}
	own := p.Alpha + p.K*c.Total
	// Far out the gaps fall like a power, P(Y > t) ~ (α+kS+kt)^-R. Exact there, a start elsewhere, and the answer where
	// the silence has become so long that its probability is no longer a number.
	power := c.Since + (own/p.K+c.Since)*math.Expm1(-math.Log1p(-u)/s.q)
	if now < 1e-280 {
		return power
	}
	target := math.Log(now) + math.Log1p(-u)
	low, high := c.Since, math.Max(power, c.Since)
	beyond, density := p.survival(s, c, high)
	for range 200 { // widen until the answer lies between
		if !(beyond > 0) || math.Log(beyond) <= target {
			break
		}
		low, high = high, 2*high+own/p.K
		beyond, density = p.survival(s, c, high)
	}
	// Newton on ln P, kept inside the bracket.
	t := high
	for i := range 100 {
		if i > 0 {
			beyond, density = p.survival(s, c, t)
		}
		if !(beyond > 0) {
			high = t
			t = (low + high) / 2
			continue
		}
		miss := math.Log(beyond) - target
		if miss > 0 {
			low = t
		} else {
			high = t
		}
		next := t + miss*beyond/density
		if !(next > low && next < high) {
			next = (low + high) / 2
		}
		if math.Abs(next-t) <= math.Max(days, 1e-9*(t+1e-9)) || high-low <= 1e-9*high {
			return next
		}
		t = next
	}
	return t
}
