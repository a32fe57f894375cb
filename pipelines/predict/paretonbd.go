package predict

import "math"

// lapsing is the likelihood of Pareto/NBD. Per history, with k = r+x and the customer leaving at a rate from
// Gamma(s, beta):
//
//	ln L = lnG(k) - lnG(r) + r ln alpha + s ln beta
//	     + ln( (alpha+T)^-k (beta+T)^-s + integral from t_x to T of s (beta+u)^-(s+1) (alpha+u)^-k du )
//
// (Fader and Hardie 2005, "A Note on Deriving the Pareto/NBD Model"). The integral is the difference of two tails, see
// tailShare. Nothing cancels: the tail from T is at most the first term, so with W(t) = (alpha+t)^-k (beta+t)^-s the sum
// is W(T) (1-H(T)) + W(t_x) H(t_x), both positive. The tails depend on (x, t) only, so each is taken once for all the
// histories that share it.
type lapsing struct {
	*rows
	pairs     []pair  // the different (x, t), t a last purchase or an age
	last, age []int32 // positions in pairs; they hide those of rows
}

// pair is a position in counts and one in times.
type pair struct{ x, time int32 }

func newLapsing(r *rows) lapsing {
	m := lapsing{rows: r, last: make([]int32, len(r.n)), age: make([]int32, len(r.n))}
	at := map[pair]int32{}
	number := func(p pair) int32 {
		i, ok := at[p]
		if !ok {
			i = int32(len(m.pairs))
			at[p] = i
			m.pairs = append(m.pairs, p)
		}
		return i
	}
	for i, x := range r.x {
		m.last[i] = number(pair{x, r.last[i]})
		if i > 0 && x == r.x[i-1] && r.age[i] == r.age[i-1] {
			m.age[i] = m.age[i-1]
			continue
		}
		m.age[i] = number(pair{x, r.age[i]})
	}
	return m
}

// tail is what depends on (x, t) only, with derivatives over (r, alpha, s, beta).
type tail struct {
	logW, logH, h float64
	dW, dH        [4]float64 // of logW and logH
}

// makeTail computes it for k = r+x.
func makeTail(k, t, alpha, s, beta float64) tail {
	a, b := alpha+t, beta+t
	logA, logB := math.Log(a), math.Log(b)
	logH, dK, dS, dRho := tailShare(k, s, b/a)
	return tail{
		logW: -k*logA - s*logB, logH: logH, h: math.Exp(logH),
		dW: [4]float64{-logA, -k / a, -logB, -s / b},
		dH: [4]float64{dK, -dRho * b / (a * a), dS, dRho / a},
	}
}

// combine joins the tails at t_x and at T: the logarithm of the sum above, and the probability that the customer is still
// there at T.
func combine(last, age *tail) (log, alive float64) {
	base := last.logW + last.logH
	q := math.Exp(age.logW - base) // at most 1/H(t_x)
	stay := q * (1 - age.h)
	return base + math.Log1p(stay), min(1, q/(1+stay))
}

// meanLogLikelihood returns ln L per customer at theta = ln(r, alpha, s, beta) and writes its gradient over theta.
func (m lapsing) meanLogLikelihood(theta, gradient []float64) float64 {
	p := [4]float64{math.Exp(theta[0]), math.Exp(theta[1]), math.Exp(theta[2]), math.Exp(theta[3])}
	r, alpha, s, beta := p[0], p[1], p[2], p[3]
	tails := make([]tail, len(m.pairs))
	const share = 64 // pairs in one go: few enough to divide the long series evenly
	each((len(tails)+share-1)/share, func(c int) {
		for i := c * share; i < min(len(tails), (c+1)*share); i++ {
			tails[i] = makeTail(r+m.counts[m.pairs[i].x], m.times[m.pairs[i].time], alpha, s, beta)
		}
	})
	value, dR := make([]float64, len(m.counts)), make([]float64, len(m.counts))
	for i, x := range m.counts {
		value[i] = lgamma(r+x) - lgamma(r)
		dR[i] = digamma(r+x) - digamma(r)
	}
	total := sumRows(len(m.n), func(lo, hi int) (sum sums) {
		for i := lo; i < hi; i++ {
			last, age, n := &tails[m.last[i]], &tails[m.age[i]], m.n[i]
			log, alive := combine(last, age)
			stay := alive * (1 - age.h) // the share of the first of the two terms
			lost := alive * age.h
			sum[0] += n * (value[m.x[i]] + log)
			sum[1] += n * dR[m.x[i]]
			for j := range age.dW {
				sum[j+1] += n * ((1-stay)*(last.dW[j]+last.dH[j]) + stay*age.dW[j] - lost*age.dH[j])
			}
		}
		return sum
	})
	for j := range p {
		gradient[j] = p[j] * total[j+1] / m.customers
	}
	gradient[0] += r * math.Log(alpha)
	gradient[1] += r
	gradient[2] += s * math.Log(beta)
	gradient[3] += s
	return total[0]/m.customers + r*math.Log(alpha) + s*math.Log(beta)
}
