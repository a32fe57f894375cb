package predict

import "math"

// lapsingLaw is Pareto/NBD. A customer that is still there has a purchase rate from Gamma(r+x, alpha+T) and leaves at a
// rate from Gamma(s, beta+T).
type lapsingLaw struct{ r, alpha, s, beta float64 }

// Alive: Fader and Hardie 2005, note on the Pareto/NBD, eq. 20, by the tails of the likelihood.
func (l lapsingLaw) Alive(x, last, age float64) float64 {
	atLast := makeTail(l.r+x, last, l.alpha, l.s, l.beta)
	atAge := makeTail(l.r+x, age, l.alpha, l.s, l.beta)
	_, alive := combine(&atLast, &atAge)
	return alive
}

func (l lapsingLaw) aliveAll(r *rows) []float64 {
	m := newLapsing(r)
	tails := make([]tail, len(m.pairs))
	each(len(tails), func(i int) {
		tails[i] = makeTail(l.r+m.counts[m.pairs[i].x], m.times[m.pairs[i].time], l.alpha, l.s, l.beta)
	})
	out := make([]float64, len(m.n))
	for i := range out {
		_, out[i] = combine(&tails[m.last[i]], &tails[m.age[i]])
	}
	return out
}

// New is E[X(t)], finite for every s.
func (l lapsingLaw) New(t float64) float64 { return l.after(0).purchases(0, t) }

// Probability is that of n purchases through t, or until the customer left at a moment u within t: the latter an integral
// over u on the scale ln u/(t-u). (Fader and Hardie 2006, "Deriving an Expression for P(X(t) = x)".)
func (l lapsingLaw) Probability(n, t float64) float64 {
	if t <= 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	stays := math.Exp(nbdLogProb(n, l.r, l.alpha, t) - l.s*math.Log1p(t/l.beta))
	log := func(v float64) float64 {
		u := t * logistic(v)
		if u == 0 {
			return math.Inf(-1)
		}
		jacobian := math.Log(t) - softplus(v) - softplus(-v)
		return nbdLogProb(n, l.r, l.alpha, u) + math.Log(l.s/l.beta) - (l.s+1)*math.Log1p(u/l.beta) + jacobian
	}
	mode := 0.0
	for v, top := -20.0, math.Inf(-1); v <= 20; v += 0.5 {
		if d := log(v); d > top {
			mode, top = v, d
		}
	}
	h := math.Min(0.25, 1/math.Sqrt(n+1))
	left := 0.0
	for _, w := range spread(mode, h, logistic, log, log).weight {
		left += w
	}
	return stays + left
}

func (l lapsingLaw) after(x float64) stayer {
	return &lapsingStayer{shape: l.r + x, alpha: l.alpha, s: l.s, beta: l.beta}
}

// lapsingStayer has a purchase rate from Gamma(shape, alpha+age) and a leaving rate from Gamma(s, beta+age).
type lapsingStayer struct {
	shape, alpha, s, beta float64
	leaving               *gammaNodes // made when first needed
}

// purchases: Fader and Hardie 2005, eq. 22, with (1 - w^(s-1))/(s-1) in a form that is smooth through s = 1.
func (l *lapsingStayer) purchases(age, t float64) float64 {
	log := math.Log1p(t / (l.beta + age))
	stay := log
	if l.s != 1 {
		stay = -math.Expm1(-(l.s-1)*log) / (l.s - 1)
	}
	return l.shape * (l.beta + age) / (l.alpha + age) * stay
}

// buys is one less the likelihood of no purchase within t: stayed through t, or left before. In the terms of lapsing it is
// (1-H(0)) - W(t)/W(0) (1-H(t)).
func (l *lapsingStayer) buys(age, t float64) float64 {
	now := makeTail(l.shape, age, l.alpha, l.s, l.beta)
	then := makeTail(l.shape, age+t, l.alpha, l.s, l.beta)
	p := (1 - now.h) - math.Exp(then.logW-now.logW)*(1-then.h)
	return math.Max(0, math.Min(1, p))
}

// discounted is E[l] E[1/(rate+m)] over the purchase rate l and the leaving rate m: the confluent hypergeometric function
// of Fader, Hardie, Lee 2005 ("RFM and CLV"), as an integral.
func (l *lapsingStayer) discounted(age, rate float64) float64 {
	if l.leaving == nil {
		n := newGammaNodes(l.s)
		l.leaving = &n
	}
	sum := l.leaving.rest / rate
	for i, v := range l.leaving.at {
		sum += l.leaving.weight[i] / (rate + v/(l.beta+age))
	}
	return l.shape / (l.alpha + age) * sum
}
