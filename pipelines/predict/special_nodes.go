package predict

import "math"

// nodes sum a function against a density on a scale where both are analytic and fall off exponentially on either side; the
// trapezoidal rule then converges as fast as its step shrinks. Points where the density's own tail is long are dealt with
// by taking off what the function is there.
type nodes struct {
	at, weight []float64
}

// negligible is how far below its peak a summand is left out, as a logarithm.
const negligible = 42.0

// spread fills nodes from mode outwards with steps of h on the scale u: point(u) is the value, log(u) the logarithm of the
// density on that scale, bound(u) one that falls off where the summands do.
func spread(mode, h float64, point, log, bound func(u float64) float64) nodes {
	var n nodes
	peak := bound(mode)
	add := func(u float64) bool {
		n.at = append(n.at, point(u))
		n.weight = append(n.weight, h*math.Exp(log(u)))
		return bound(u) > peak-negligible
	}
	for u := mode; add(u); u += h {
	}
	for u := mode - h; add(u); u -= h {
	}
	return n
}

// betaNodes are nodes for Beta(a, b) on the scale ln p/(1-p). A summand is expected to be f(p) less the straight line
// from f(0) to f(1): it vanishes at both ends, however long the density's tails.
type betaNodes struct {
	nodes
	mean       float64 // of the density
	sum0, sum1 float64 // of the lines 1-p and p over the nodes
}

func newBetaNodes(a, b float64) betaNodes {
	sd := math.Sqrt(trigamma(a) + trigamma(b)) // of ln p/(1-p)
	h := math.Min(0.25, sd/2)
	norm := lbeta(a, b)
	n := betaNodes{mean: a / (a + b), nodes: spread(math.Log((a+1)/(b+1)), h, logistic,
		func(u float64) float64 { return -a*softplus(-u) - b*softplus(u) - norm },
		func(u float64) float64 { return -(a+1)*softplus(-u) - (b+1)*softplus(u) },
	)}
	for i, p := range n.at {
		n.sum0 += n.weight[i] * (1 - p)
		n.sum1 += n.weight[i] * p
	}
	return n
}

// expect is E[f(p)] for f smooth on [0, 1].
func (n betaNodes) expect(f func(p float64) float64) float64 {
	at0, at1 := f(0), f(1)
	sum := (1-n.mean-n.sum0)*at0 + (n.mean-n.sum1)*at1
	for i, p := range n.at {
		sum += n.weight[i] * f(p)
	}
	return sum
}

// gammaNodes are nodes for Gamma(shape, 1) on the scale ln g. Below shape 1 the density's left tail is long; f(0) is then
// taken off the summands.
type gammaNodes struct {
	nodes
	rest float64 // the weight of f(0)
}

func newGammaNodes(shape float64) gammaNodes {
	long, extra := shape < 1, 0.0
	if long {
		extra = 1
	}
	h := math.Min(0.25, math.Sqrt(trigamma(shape+extra))/2)
	norm := lgamma(shape)
	n := gammaNodes{nodes: spread(math.Log(shape+extra), h, math.Exp,
		func(u float64) float64 { return shape*u - math.Exp(u) - norm },
		func(u float64) float64 { return (shape+extra)*u - math.Exp(u) },
	)}
	if long {
		n.rest = 1
		for _, w := range n.weight {
			n.rest -= w
		}
	}
	return n
}
