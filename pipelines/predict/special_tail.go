package predict

import "math"

// tailShare is the integral on which the Pareto/NBD likelihood rests, in a form without overflow:
//
//	H(k, s, rho) = E[(1 + rho v)^-k],  v from the Pareto law with density s (1+v)^-(s+1) on v > 0,
//
// with k, s, rho > 0. It lies between 0 and 1, and
//
//	integral from t to infinity of s (beta+u)^-(s+1) (alpha+u)^-k du
//	    = (alpha+t)^-k (beta+t)^-s H(k, s, (beta+t)/(alpha+t)).
//
// Since H = s/(s+k) 2F1(1, k; s+k+1; 1-rho) = s/(s+k)/rho 2F1(1, s+1; s+k+1; 1-1/rho), one of the two is a series of
// positive terms that shrink at least as fast as powers of a number below 1. Where that number nears 1 the integral itself
// is summed. (The usual form has 2F1(r+s+x, ...), which overflows for customers who buy often.)
//
// It returns ln H and its derivatives over k, s and rho.
func tailShare(k, s, rho float64) (logH, dK, dS, dRho float64) {
	const slowest = 0.97 // at which the series takes some 1,200 terms, as long as the integral
	logH, dK = math.Log(s/(s+k)), -1/(s+k)
	dS = 1/s + dK
	switch {
	case rho <= 1 && 1-rho <= slowest:
		log, dB, dC, dZ := hyper1(k, s+k+1, 1-rho)
		return logH + log, dK + dB + dC, dS + dC, -dZ
	case rho > 1 && 1-1/rho <= slowest:
		log, dB, dC, dZ := hyper1(s+1, s+k+1, 1-1/rho)
		return logH - math.Log(rho) + log, dK + dC, dS + dB + dC, -1/rho + dZ/(rho*rho)
	default:
		return tailIntegral(k, s, rho)
	}
}

// hyper1 is ln 2F1(1, b; c; z) for 0 < b < c, 0 <= z < 1, by its series, with the derivatives over b, c and z.
func hyper1(b, c, z float64) (log, dB, dC, dZ float64) {
	sum, sumB, sumC, sumZ := 1.0, 0.0, 0.0, 0.0
	term, termZ, inB, inC := 1.0, 1.0, 0.0, 0.0
	for n := 1.0; ; n++ {
		up, down := b+n-1, c+n-1
		termZ = n * term * up / down // of the derivative over z
		term *= z * up / down
		inB += 1 / up
		inC -= 1 / down
		sum += term
		sumB += term * inB
		sumC += term * inC
		sumZ += termZ
		if termZ*(1+inB) < 1e-17*sum*(1-z) {
			return math.Log(sum), sumB / sum, sumC / sum, sumZ / sum
		}
	}
}

// tailIntegral is tailShare by the trapezoidal rule over ln v: the integrand is analytic and falls off exponentially on
// both sides, so the rule converges as fast as the step shrinks, for every k, s and rho.
func tailIntegral(k, s, rho float64) (logH, dK, dS, dRho float64) {
	const step = 0.3
	logRho := math.Log(rho)
	slope := func(u float64) float64 { return 1 - (s+1)*logistic(u) - k*logistic(u+logRho) }
	lo, hi := -800.0, 800.0 // the slope falls from 1 to -(s+k)
	for hi-lo > 0.1 {
		if mid := (lo + hi) / 2; slope(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	peak := lo - (s+1)*softplus(lo) - k*softplus(lo+logRho)
	var sum, sumK, sumS, sumRho float64
	walk := func(u, h float64) {
		v, factor := math.Exp(u), math.Exp(h)
		for ; ; u += h {
			near, far := math.Log1p(v), math.Log1p(rho*v)
			d := u - (s+1)*near - k*far - peak
			w := math.Exp(d)
			sum += w
			sumK += w * far
			sumS += w * near
			sumRho += w * v / (1 + rho*v)
			if d < -negligible {
				return
			}
			v *= factor
		}
	}
	walk(lo, step)
	walk(lo-step, -step)
	return math.Log(s*step*sum) + peak, -sumK / sum, 1/s - sumS/sum, -k * sumRho / sum
}

// softplus is ln(1 + e^u).
func softplus(u float64) float64 {
	if u > 0 {
		return u + math.Log1p(math.Exp(-u))
	}
	return math.Log1p(math.Exp(u))
}

// logistic is 1 / (1 + e^-u).
func logistic(u float64) float64 {
	if u > 0 {
		return 1 / (1 + math.Exp(-u))
	}
	e := math.Exp(u)
	return e / (1 + e)
}
