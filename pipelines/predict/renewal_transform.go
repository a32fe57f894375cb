package predict

import "math"

// QuantityGap stretches or shortens a gap by what was bought at its start: y · (usual/quantity)^g, so that a gap after
// the usual quantity keeps its days. Silence and horizon after the last purchase are stretched the same way, with the
// last purchase's quantity. The exponent g is 0 where stock does not matter and 1 where twice as much lasts twice as
// long. Quantities that are not positive leave the gap as it is.
func QuantityGap(days, quantity, usual, g float64) float64 {
	if !(quantity > 0) || !(usual > 0) || g == 0 {
		return days
	}
	return days * math.Pow(usual/quantity, g)
}

// QuantityMoments are the sums that a category's exponent is estimated from: over its pairs with at least two gaps, each
// pair's own means subtracted (a large customer buys both more and more often; only the same customer's gaps after large
// and small purchases tell about stock). X is ln quantity at the start of the gap, Y is ln gap.
type QuantityMoments struct {
	Gaps, Pairs int
	XX, XY, YY  float64 // Σ(x-x̄)², Σ(x-x̄)(y-ȳ), Σ(y-ȳ)²
}

// addPair counts one pair's gaps in: x and y of each, in any order.
func (m *QuantityMoments) addPair(x, y []float64) {
	if len(x) < 2 {
		return
	}
	meanX, meanY := meanOf(x), meanOf(y)
	m.Pairs++
	m.Gaps += len(x)
	for i := range x {
		m.XX += (x[i] - meanX) * (x[i] - meanX)
		m.XY += (x[i] - meanX) * (y[i] - meanY)
		m.YY += (y[i] - meanY) * (y[i] - meanY)
	}
}

// QuantityExponent is the within-customer regression of ln gap on ln quantity, shrunk to 0 by a normal prior of standard
// deviation 0.5 and held within [0, 1]:
//
//	g = XY / (XX + σ²/0.5²),  σ² = residual variance
//
// with the standard error sqrt(σ² / (XX + 4σ²)). Where quantities never vary, g is 0 and its error the prior's.
func QuantityExponent(m QuantityMoments) (g, stdError float64) {
	const prior = 4 // 1/0.5²
	free := m.Gaps - m.Pairs - 1
	if free <= 0 || !(m.XX > 0) {
		return 0, 1 / math.Sqrt(prior)
	}
	variance := math.Max(m.YY-m.XY*m.XY/m.XX, 0) / float64(free)
	g = m.XY / (m.XX + prior*variance)
	return math.Max(0, math.Min(1, g)), math.Sqrt(variance / (m.XX + prior*variance))
}
