package predict

import "math"

// betaTable is ln I_(1-z)(q, p), the logarithm of the upper tail, and its derivatives by p and q, at even steps of x = ln(z/(1-z)).
// Between two nodes they follow the cubic through values and slopes: its error, of the order of 1e-8, is that of the grid, which
// stands still, so a search over p and q sees a smooth surface. A fit asks at hundreds of thousands of points with one p and q.
type betaTable struct {
	first int // x of the first node, in steps
	nodes []betaNode
}

// betaNode is ln(upper), its derivatives by p and q, and the slopes of the three by x, times the step.
type betaNode struct{ log, logX, byP, byPX, byQ, byQX float64 }

const betaTableStep = 1. / 16

// newBetaTable covers x from low to high. It is nil where the tail is not a number there.
func newBetaTable(s *betaShape, low, high float64) *betaTable {
	t := &betaTable{first: int(math.Floor(low / betaTableStep))}
	t.nodes = make([]betaNode, int(math.Floor(high/betaTableStep))-t.first+2)
	for i := range t.nodes {
		x := float64(t.first+i) * betaTableStep
		e := math.Exp(-math.Abs(x))
		z, rest := 1/(1+e), e/(1+e)
		logZ, logRest := -math.Log1p(e), -math.Abs(x)-math.Log1p(e)
		if x < 0 {
			z, rest, logZ, logRest = rest, z, logRest, logZ
		}
		tail := s.slope(z, rest)
		if !(tail.upper > 1e-250) {
			return nil
		}
		n := &t.nodes[i]
		n.log, n.byP, n.byQ = math.Log1p(-tail.lower), -tail.dP/tail.upper, -tail.dQ/tail.upper
		if tail.lower > 0.5 {
			n.log = math.Log(tail.upper)
		}
		slope := -tail.density * z * rest / tail.upper
		n.logX = slope * betaTableStep
		n.byPX = slope * (logZ - s.dP - n.byP) * betaTableStep
		n.byQX = slope * (logRest - s.dQ - n.byQ) * betaTableStep
	}
	return t
}

// at is betaShape.slope, without the density.
func (t *betaTable) at(x float64) betaTail {
	place := x/betaTableStep - float64(t.first)
	i := min(max(int(place), 0), len(t.nodes)-2)
	u := place - float64(i)
	a, b := &t.nodes[i], &t.nodes[i+1]
	v := 1 - u
	atA, atB := v*v*(1+2*u), u*u*(3-2*u)
	slopeA, slopeB := u*v*v, -u*u*v
	log := atA*a.log + atB*b.log + slopeA*a.logX + slopeB*b.logX
	upper := math.Exp(log)
	return betaTail{
		lower: -math.Expm1(log), upper: upper,
		dP: -upper * (atA*a.byP + atB*b.byP + slopeA*a.byPX + slopeB*b.byPX),
		dQ: -upper * (atA*a.byQ + atB*b.byQ + slopeA*a.byQX + slopeB*b.byQX),
	}
}
