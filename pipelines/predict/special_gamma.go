package predict

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// lgamma is ln Gamma(x) for x > 0.
func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// digamma is the derivative of lgamma.
func digamma(x float64) float64 { return mathext.Digamma(x) }

// trigamma is the derivative of digamma, the variance of the logarithm of a Gamma(x) variable.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// lbeta is ln B(a, b).
func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

// nbdLogProb is the logarithm of the probability that a customer with a purchase rate from Gamma(r, alpha) buys n times in
// a time t > 0 through which it stays: the negative binomial.
func nbdLogProb(n, r, alpha, t float64) float64 {
	return lgamma(r+n) - lgamma(r) - lgamma(n+1) - r*math.Log1p(t/alpha) - n*math.Log1p(alpha/t)
}

// nbdTail is the probability that the same customer buys at least n times.
func nbdTail(n, r, alpha, t float64) float64 {
	if n == 0 {
		return 1
	}
	return mathext.RegIncBeta(n, r, t/(alpha+t))
}
