package predict

import "math"

// geometric is the likelihood of BG/NBD and MBG/NBD. Per history, with y the purchases after which the customer could have
// left and did not (x under BG/NBD, where the first purchase is safe; x+1 under MBG/NBD):
//
//	ln L = lnG(r+x) - lnG(r) + r ln alpha + lnB(a, b+y) - lnB(a, b)
//	     + ln( (alpha+T)^-(r+x) + [y>0] a/(b+y-1) (alpha+t_x)^-(r+x) )
//
// (Fader, Hardie, Lee 2005, eq. 6; Batislam et al. 2007 has y = x+1), evaluated in logarithms throughout.
type geometric struct {
	*rows
	leavesAtFirst bool
}

// meanLogLikelihood returns ln L per customer at theta = ln(r, alpha, a, b) and writes its gradient over theta.
func (m geometric) meanLogLikelihood(theta, gradient []float64) float64 {
	r, alpha, a, b := math.Exp(theta[0]), math.Exp(theta[1]), math.Exp(theta[2]), math.Exp(theta[3])
	times := m.logTimes(alpha)
	first := make([]geometricTerm, len(m.counts))
	for i, x := range m.counts {
		first[i] = m.term(x, r, alpha, a, b)
	}
	total := sumRows(len(m.n), func(lo, hi int) (s sums) {
		for i := lo; i < hi; i++ {
			c, n := &first[m.x[i]], m.n[i]
			age := times[m.age[i]]
			logL, left := -c.shape*age.log, 0.0 // left: the share of the likelihood in which the customer has left
			dAlpha := c.shape * age.inverse
			dR := age.log
			if c.y > 0 {
				last := times[m.last[i]]
				// the logarithm of having left over having stayed
				odds := c.leave + c.shape*(age.log-last.log)
				e := math.Exp(-math.Abs(odds))
				if odds > 0 {
					left = 1 / (1 + e)
					logL += odds
				} else {
					left = e / (1 + e)
				}
				logL += math.Log1p(e)
				dAlpha += left * c.shape * (last.inverse - age.inverse)
				dR += left * (last.log - age.log)
			}
			s[0] += n * (c.value + logL)
			s[1] += n * (c.dR - dR)
			s[2] -= n * dAlpha
			s[3] += n * (c.dA + left)
			s[4] += n * (c.dB - left*c.dBLeave)
		}
		return s
	})
	gradient[0] = r * total[1] / m.customers
	gradient[1] = r + alpha*total[2]/m.customers
	gradient[2] = total[3] / m.customers
	gradient[3] = total[4] / m.customers
	return total[0] / m.customers
}

// geometricTerm is what depends on the number of repeat purchases only.
type geometricTerm struct {
	y, shape float64 // shape: r + x
	value    float64
	leave    float64 // ln a/(b+y-1)
	dR       float64 // of value, over r
	dA, dB   float64 // of value, over ln a and ln b
	dBLeave  float64 // of -leave, over ln b
}

func (m geometric) term(x, r, alpha, a, b float64) geometricTerm {
	y := x
	if m.leavesAtFirst {
		y++
	}
	t := geometricTerm{y: y, shape: r + x}
	t.value = lgamma(r+x) - lgamma(r) + r*math.Log(alpha)
	t.dR = digamma(r+x) - digamma(r) + math.Log(alpha)
	if y > 0 {
		t.value += lbeta(a, b+y) - lbeta(a, b)
		t.leave = math.Log(a) - math.Log(b+y-1)
		psi := digamma(a+b) - digamma(a+b+y)
		t.dA = a * psi
		t.dB = b * (psi + digamma(b+y) - digamma(b))
		t.dBLeave = b / (b + y - 1)
	}
	return t
}

// logTime is ln(alpha + t) and its derivative.
type logTime struct{ log, inverse float64 }

func (r *rows) logTimes(alpha float64) []logTime {
	out := make([]logTime, len(r.times))
	each((len(out)+chunk-1)/chunk, func(c int) {
		for i := c * chunk; i < min(len(out), (c+1)*chunk); i++ {
			out[i] = logTime{math.Log(alpha + r.times[i]), 1 / (alpha + r.times[i])}
		}
	})
	return out
}
