package predict

import "math"

// This file and its neighbours renewal_*.go hold the model of replacement: when does a customer buy a category again?
//
// Each customer buys a category with gaps y between purchase days, y | λ ~ Gamma(k, rate kλ): k > 1 is a regular buyer,
// k = 1 a Poisson one. λ differs between customers by Gamma(r, α). After every purchase, the first included, the customer
// leaves the category with a probability that differs between customers by Beta(a, b). Everything that follows is closed:
// with m gaps that add up to S and w days of silence, the next gap Y of a customer who is still here has
//
//	P(Y ≤ w) = F(w) = I_z(k, R),  z = kw / (α + kS + kw),  R = r + km
//
// where I is the regularised incomplete beta function. The gaps with integer k and no λ of a category are known as
// MBG/CNBD-k (Platzer and Reutterer, 2016); a real k and the pair (customer, category) are the difference.
// Source of every formula here: reference/field-analytics.md, section 2.2.

// Renewal holds the parameters of one category: K, R, A, B are pure numbers, Alpha is in the unit of the gaps (days, or
// the operational days of a Season). All are positive.
type Renewal struct {
	K, R, Alpha, A, B float64
}

// RenewalPair is all that the model needs to know about one customer in one category, in any one unit of time.
//
// A gap is the time from one purchase day to the next; several sales on a day are one purchase, returned ones none. The
// caller may stretch the gaps first: by quantity (QuantityGap) or by the season (Season.Between); then Since and the
// horizon are stretched the same way.
type RenewalPair struct {
	Gaps     int     // m: purchase days less one
	Total    float64 // S: sum of the gaps, 0 without any
	LogTotal float64 // L: sum of their natural logarithms; only the fit reads it
	Since    float64 // w: from the last purchase day to the last day observed (as_of less one day, since as_of is excluded)
}

// add appends a gap to the pair's statistics.
func (p *RenewalPair) add(gap float64) {
	p.Gaps++
	p.Total += gap
	p.LogTotal += math.Log(gap)
}

// NewRenewalPair reduces a customer's gaps, in order or not, to their statistics. Gaps must be positive.
func NewRenewalPair(gaps []float64, since float64) RenewalPair {
	p := RenewalPair{Since: since}
	for _, gap := range gaps {
		p.add(gap)
	}
	return p
}

// check names what is wrong with a pair, "" when nothing is.
func (c *RenewalPair) check() string {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	switch {
	case c.Gaps < 0:
		return "a negative number of gaps"
	case !finite(c.Since) || c.Since < 0:
		return "a silence that is negative or no number"
	case !finite(c.Total) || !finite(c.LogTotal):
		return "a sum of gaps that is no number, so a gap that is not positive"
	case (c.Gaps == 0) != (c.Total == 0) || c.Total < 0:
		return "a sum of gaps that does not go with their number"
	}
	return ""
}

// Valid reports whether the five parameters are finite and positive.
func (p Renewal) Valid() bool {
	for _, v := range [...]float64{p.K, p.R, p.Alpha, p.A, p.B} {
		if !(v > 0) || math.IsInf(v, 1) {
			return false
		}
	}
	return true
}

// Cycle is the category's typical gap: its mean α/(r-1), or its median where the mean does not exist (r ≤ 1: a few
// customers' gaps are so long that no average settles). mean says which.
func (p Renewal) Cycle() (days float64, mean bool) {
	return p.BlendedCycle(RenewalPair{})
}

// BlendedCycle is the expected gap of one customer: the category's cycle and the customer's own mean gap, weighted by
// what each is worth,
//
//	(α + kS) / (R - 1) = ((r-1)·α/(r-1) + km·S/m) / (r-1+km)
//
// or, where r ≤ 1, so that the category has no mean, the median of the customer's next gap (mean is false then, and it
// is comparable with the category's median, not with the mean of the customer's gaps).
func (p Renewal) BlendedCycle(c RenewalPair) (days float64, mean bool) {
	if p.R > 1 {
		return (p.Alpha + p.K*c.Total) / (p.R + p.K*float64(c.Gaps) - 1), true
	}
	c.Since = 0
	return p.Quantile(c, 0.5), false
}

// WithReplacementDays moves the category's cycle towards the manufacturer's: gaps is the number of gaps that the category
// was fitted on, worth the number of gaps that the manufacturer's word is worth (50 is what we use). With
// ω = worth / (worth + gaps),
//
//	α' = α · (days / cycle)^ω
//
// so that the new cycle is cycle^(1-ω) · days^ω, the geometric mean of so many seen and so many pseudo gaps. α is the
// scale of the gap distribution: its shape, its regularity and the drop-out stay. A category without any sale has exactly
// the manufacturer's cycle; one with thousands of gaps its own. days ≤ 0 means that nothing is known.
func (p Renewal) WithReplacementDays(days, gaps, worth float64) Renewal {
	if !(days > 0) || !(worth > 0) {
		return p
	}
	cycle, _ := p.Cycle()
	p.Alpha *= math.Pow(days/cycle, worth/(worth+math.Max(gaps, 0)))
	return p
}

// log is the parameter vector of the fit: natural logarithms in the order k, r, α, a, b.
func (p Renewal) log() renewalVector {
	return renewalVector{math.Log(p.K), math.Log(p.R), math.Log(p.Alpha), math.Log(p.A), math.Log(p.B)}
}

// renewalVector is a vector over the five parameters.
type renewalVector [5]float64

func (v renewalVector) exp() Renewal {
	return Renewal{math.Exp(v[0]), math.Exp(v[1]), math.Exp(v[2]), math.Exp(v[3]), math.Exp(v[4])}
}
