package predict

import "math"

// The regularised incomplete beta function with its derivatives by both shapes, for a fit that needs them at hundreds of
// thousands of points, and without them, for scoring. The continued fraction is Abramowitz and Stegun 26.5.8, evaluated
// by Lentz's method; the derivatives are carried through the recurrence (as Boik and Robison-Cox do, J. Stat. Software
// 3(1), 1998), so they are as exact as the value. gonum has the value only, and computes the complete beta function
// anew each time; the callers here know it already, since it depends on the number of gaps alone.

// betaShape is a complete beta function and its derivatives.
type betaShape struct {
	p, q       float64
	logBeta    float64 // ln B(p, q)
	dP, dQ     float64 // its derivatives by p and q
	swapsAbove float64 // from here on, the complement converges faster
}

func newBetaShape(p, q float64) betaShape {
	lp, _ := math.Lgamma(p)
	lq, _ := math.Lgamma(q)
	lpq, _ := math.Lgamma(p + q)
	return betaShape{p: p, q: q, logBeta: lp + lq - lpq, swapsAbove: (p + 1) / (p + q + 2)}
}

// betaTail is a point of the incomplete beta function: lower + upper = 1.
type betaTail struct {
	lower, upper float64 // I_z(p, q) and its complement, each accurate where it is small
	density      float64 // derivative of lower by z
	dP, dQ       float64 // derivatives of lower by p and by q
}

// at is I_z(p, q) and its complement, for z + x = 1; both are given, so that neither loses digits near 1.
func (s *betaShape) at(z, x float64) (lower, upper float64) {
	if z <= 0 {
		return 0, 1
	}
	if x <= 0 {
		return 1, 0
	}
	front := math.Exp(s.p*math.Log(z) + s.q*math.Log(x) - s.logBeta)
	if z < s.swapsAbove {
		lower = front / s.p * betaFraction(s.p, s.q, z)
		return lower, 1 - lower
	}
	upper = front / s.q * betaFraction(s.q, s.p, x)
	return 1 - upper, upper
}

// slope is at with its derivatives; dP and dQ of the shape must be set.
func (s *betaShape) slope(z, x float64) betaTail {
	if z <= 0 {
		return betaTail{upper: 1}
	}
	if x <= 0 {
		return betaTail{lower: 1}
	}
	logZ, logX := math.Log(z), math.Log(x)
	front := math.Exp(s.p*logZ + s.q*logX - s.logBeta)
	t := betaTail{density: front / (z * x)}
	if z < s.swapsAbove {
		h, byP, byQ := betaFractionSlope(s.p, s.q, z)
		t.lower = front / s.p * h
		t.upper = 1 - t.lower
		t.dP = t.lower * (logZ - s.dP - 1/s.p + byP)
		t.dQ = t.lower * (logX - s.dQ + byQ)
		return t
	}
	h, byQ, byP := betaFractionSlope(s.q, s.p, x)
	t.upper = front / s.q * h
	t.lower = 1 - t.upper
	t.dP = -t.upper * (logZ - s.dP + byP)
	t.dQ = -t.upper * (logX - s.dQ - 1/s.q + byQ)
	return t
}

// The fraction needs about the square root of the larger shape in steps: 500 suffice for shapes of tens of thousands.
const (
	betaSteps     = 500
	betaPrecision = 1e-15
	betaTiny      = 1e-300
)

// betaFraction is the continued fraction h of I_x(a, b) = x^a (1-x)^b h / (a B(a, b)), for x < (a+1)/(a+b+2).
func betaFraction(a, b, x float64) float64 {
	ab := a + b
	c, d := 1.0, 1/betaAway(1-ab*x/(a+1))
	h := d
	for i := 1; i <= betaSteps; i++ {
		j := float64(i)
		a2 := a + 2*j
		e := j * (b - j) * x / ((a2 - 1) * a2)
		d = 1 / betaAway(1+e*d)
		c = betaAway(1 + e/c)
		h *= c * d
		e = -(a + j) * (ab + j) * x / (a2 * (a2 + 1))
		d = 1 / betaAway(1+e*d)
		c = betaAway(1 + e/c)
		step := c * d
		h *= step
		if math.Abs(step-1) < betaPrecision {
			break
		}
	}
	return h
}

// betaFractionSlope is betaFraction and the derivatives of its logarithm by a and by b. The two steps of a round are written
// out: as a function of their own they take twice the time.
func betaFractionSlope(a, b, x float64) (h, byA, byB float64) {
	const precision = 1e-14 // of a derivative
	ab := a + b
	var cA, cB float64
	c := 1.0
	d := 1 / betaAway(1-ab*x/(a+1))
	dA := d * d * x * (1 - b) / ((a + 1) * (a + 1))
	dB := d * d * x / (a + 1)
	h, byA, byB = d, dA/d, dB/d
	for i := 1; i <= betaSteps; i++ {
		j := float64(i)
		a2 := a + 2*j
		// e is the partial numerator, eA and eB its derivatives.
		under := 1 / ((a2 - 1) * a2)
		e := j * (b - j) * x * under
		eA, eB := -e*(2*a2-1)*under, j*x*under
		vA, vB := eA*d+e*dA, eB*d+e*dB
		over := 1 / c
		d = 1 / betaAway(1+e*d)
		dA, dB = -vA*d*d, -vB*d*d
		c, cA, cB = betaAway(1+e*over), (eA-e*cA*over)*over, (eB-e*cB*over)*over
		first, firstA, firstB := c*d, cA/c+dA/d, cB/c+dB/d

		under = 1 / (a2 * (a2 + 1))
		e = -(a + j) * (ab + j) * x * under
		eA, eB = -(2*a+b+2*j)*x*under-e*(2*a2+1)*under, -(a+j)*x*under
		vA, vB = eA*d+e*dA, eB*d+e*dB
		over = 1 / c
		d = 1 / betaAway(1+e*d)
		dA, dB = -vA*d*d, -vB*d*d
		c, cA, cB = betaAway(1+e*over), (eA-e*cA*over)*over, (eB-e*cB*over)*over
		over = 1 / c
		step, stepA, stepB := c*d, cA*over+dA/d, cB*over+dB/d

		h *= first * step
		byA += firstA + stepA
		byB += firstB + stepB
		if math.Abs(step-1) < betaPrecision && math.Abs(stepA) < precision*(1+math.Abs(byA)) &&
			math.Abs(stepB) < precision*(1+math.Abs(byB)) {
			break
		}
	}
	return h, byA, byB
}

// betaAway keeps a denominator of Lentz's method off zero.
func betaAway(v float64) float64 {
	if math.Abs(v) < betaTiny {
		return betaTiny
	}
	return v
}
