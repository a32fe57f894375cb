package predict

import "math"

// geometricLaw is BG/NBD or MBG/NBD. A customer that is still there has a purchase rate from Gamma(r+x, alpha+T) and leaves
// after a purchase with a probability from Beta(a, b+y), y as in geometric: everything after follows from these, for both
// models alike.
type geometricLaw struct {
	r, alpha, a, b float64
	leavesAtFirst  bool
}

func (g geometricLaw) chances(x float64) float64 {
	if g.leavesAtFirst {
		return x + 1
	}
	return x
}

// Alive: Fader, Hardie, Lee, note of 2008 on P(alive) under BG/NBD; there it is 1 for everybody who never bought again.
func (g geometricLaw) Alive(x, last, age float64) float64 {
	y := g.chances(x)
	if y == 0 {
		return 1
	}
	odds := math.Log(g.a/(g.b+y-1)) + (g.r+x)*math.Log1p((age-last)/(g.alpha+last))
	return 1 / (1 + math.Exp(odds))
}

func (g geometricLaw) aliveAll(r *rows) []float64 {
	out := make([]float64, len(r.n))
	times := r.logTimes(g.alpha)
	each((len(out)+chunk-1)/chunk, func(c int) {
		for i := c * chunk; i < min(len(out), (c+1)*chunk); i++ {
			x := r.counts[r.x[i]]
			y := g.chances(x)
			if y == 0 {
				out[i] = 1
				continue
			}
			e := math.Exp((g.r + x) * (times[r.age[i]].log - times[r.last[i]].log))
			out[i] = 1 / (1 + g.a/(g.b+y-1)*e)
		}
	})
	return out
}

// New is E[X(t)]: under MBG/NBD those who leave at the first purchase buy no more, the others go on as under BG/NBD with
// one chance taken.
func (g geometricLaw) New(t float64) float64 {
	stays := 1.0
	if g.leavesAtFirst {
		stays = g.b / (g.a + g.b)
	}
	return stays * g.after(0).purchases(0, t)
}

// Probability: Fader, Hardie, Lee 2005, eq. 8, with the finite sum as the incomplete beta function that it is.
func (g geometricLaw) Probability(n, t float64) float64 {
	y, before := g.chances(n), lbeta(g.a, g.b)
	if t <= 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	p := math.Exp(lbeta(g.a, g.b+y) - before + nbdLogProb(n, g.r, g.alpha, t))
	if y > 0 {
		p += math.Exp(lbeta(g.a+1, g.b+y-1)-before) * nbdTail(n, g.r, g.alpha, t)
	}
	return p
}

func (g geometricLaw) after(x float64) stayer {
	return &geometricStayer{shape: g.r + x, alpha: g.alpha, a: g.a, b: g.b + g.chances(x)}
}

// geometricStayer has a rate from Gamma(shape, alpha+age) and leaves with a probability from Beta(a, b).
type geometricStayer struct {
	shape, alpha, a, b float64
	leaving            *betaNodes // made when first needed
	rates              *gammaNodes
}

// buys: it stays at least until its next purchase, so the probability of one is that of the rate alone.
func (g *geometricStayer) buys(age, t float64) float64 {
	return -math.Expm1(-g.shape * math.Log1p(t/(g.alpha+age)))
}

// purchases is E[(1 - (1 + p t/(alpha+age))^-shape) / p] over the probability p of leaving: the 2F1 of Fader, Hardie, Lee
// 2005, eq. 10, in a form that knows no singularity at a = 1 and no overflow.
func (g *geometricStayer) purchases(age, t float64) float64 {
	g.prepare()
	z := t / (g.alpha + age)
	return g.leaving.expect(func(p float64) float64 {
		if p == 0 {
			return g.shape * z
		}
		return -math.Expm1(-g.shape*math.Log1p(p*z)) / p
	})
}

// discounted: with rate l and probability p, purchases come at l e^(-l p t), worth l/(rate + l p) together. Over
// Gamma(shape, .) the factor l makes Gamma(shape+1, .) of it.
func (g *geometricStayer) discounted(age, rate float64) float64 {
	g.prepare()
	if g.rates == nil {
		n := newGammaNodes(g.shape + 1)
		g.rates = &n
	}
	n, total := g.leaving, 0.0
	for j, v := range g.rates.at {
		l := v / (g.alpha + age)
		sum := (1-n.mean-n.sum0)/rate + (n.mean-n.sum1)/(rate+l)
		for i, p := range n.at {
			sum += n.weight[i] / (rate + l*p)
		}
		total += g.rates.weight[j] * sum
	}
	return total * g.shape / (g.alpha + age)
}

func (g *geometricStayer) prepare() {
	if g.leaving == nil {
		n := newBetaNodes(g.a, g.b)
		g.leaving = &n
	}
}
