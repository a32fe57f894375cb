package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Spending is what customers spend per purchase, in slices of the same length.
type Spending struct {
	Purchases []float64 // how many purchases the mean is of, more than 0; by custom without the first
	Mean      []float64 // their mean value in money, more than 0
	Count     []float64 // customers of whom this is true
}

// Check reports the first entry that cannot be.
func (s Spending) Check() error {
	n := len(s.Purchases)
	if len(s.Mean) != n || len(s.Count) != n {
		return fmt.Errorf("spending: got slices of %d, %d, %d, want one length", n, len(s.Mean), len(s.Count))
	}
	for i := range n {
		for what, v := range map[string]float64{"purchases": s.Purchases[i], "mean": s.Mean[i], "count": s.Count[i]} {
			if !(v > 0) || math.IsInf(v, 1) {
				return fmt.Errorf("spending %d: got %s %v, want a positive number", i, what, v)
			}
		}
	}
	return nil
}

// SpendNames are the names of a SpendFit's parameters.
func SpendNames() [3]string { return [3]string{"p", "q", "gamma"} }

// ErrTooFewSpenders means that there are too few customers with a mean value to learn from.
var ErrTooFewSpenders = errors.New("too few customers with spending")

// SpendFit is a fitted Gamma-Gamma model: a purchase of a customer is worth Gamma(p, nu), and nu is the customer's own,
// from Gamma(q, gamma), gamma in money. It says nothing of how often a customer buys, and supposes that the value of a
// purchase does not depend on that.
type SpendFit struct {
	P, Q, Gamma float64
	// StdErrors are those of P, Q, Gamma; NaN where the fit did not converge.
	StdErrors [3]float64
	// Covariance is that of the logarithms of the parameters.
	Covariance    [3][3]float64
	LogLikelihood float64
	Customers     float64
	Gradient      float64 // as in Fit
	AtBound       []string
	Converged     bool
}

// FitSpending fits Gamma-Gamma by maximum likelihood.
func FitSpending(ctx context.Context, s Spending) (SpendFit, error) {
	if err := s.Check(); err != nil {
		return SpendFit{}, fmt.Errorf("fit gamma_gamma: %w", err)
	}
	g := newGammaGamma(s)
	if g.customers < leastRepeaters {
		return SpendFit{}, fmt.Errorf("fit gamma_gamma: %w: got %.0f, want %d", ErrTooFewSpenders, g.customers, leastRepeaters)
	}
	scale := math.Log(g.meanValue)
	var starts [][]float64
	for _, p := range [][2]float64{{6, 4}, {1, 2}, {20, 3}, {2, 15}} {
		// gamma such that the population's mean is the data's
		starts = append(starts, []float64{math.Log(p[0]), math.Log(p[1]), scale + math.Log((p[1]-1)/p[0])})
	}
	o, err := maximise(ctx, g.meanLogLikelihood, g.meanLogLikelihood, []float64{0, 0, scale}, starts)
	if err != nil {
		return SpendFit{}, fmt.Errorf("fit gamma_gamma: %w", err)
	}
	f := SpendFit{
		P: math.Exp(o.theta[0]), Q: math.Exp(o.theta[1]), Gamma: math.Exp(o.theta[2]),
		LogLikelihood: o.value * g.customers, Customers: g.customers, Gradient: o.gradient,
		Converged: o.gradient < 1e-7 && o.inverse != nil,
	}
	for i, at := range o.atBound {
		f.StdErrors[i] = math.NaN()
		if at {
			f.AtBound = append(f.AtBound, SpendNames()[i])
			f.Converged = false
		}
	}
	if !f.Converged {
		return f, nil
	}
	for i := range 3 {
		for j := range 3 {
			f.Covariance[i][j] = o.inverse.At(i, j) / g.customers
		}
		f.StdErrors[i] = math.Exp(o.theta[i]) * math.Sqrt(f.Covariance[i][i])
	}
	return f, nil
}

// Parameters are the fit's numbers in the order of SpendNames.
func (f SpendFit) Parameters() []Parameter {
	var out []Parameter
	for i, v := range []float64{f.P, f.Q, f.Gamma} {
		out = append(out, Parameter{SpendNames()[i], v, f.StdErrors[i]})
	}
	return out
}

// Expected is E(M), the expected value of a purchase of a customer whose n purchases had the given mean (n = 0 for a
// customer of whom nothing is known): the mean of what was seen and of the population, weighted. Where q <= 1 the
// population has no mean, and neither has a customer with too few purchases: +Inf. The interval, in which the true
// expectation lies with a probability of 95 %, is by the delta method on the logarithm: it holds the uncertainty of the
// parameters, not the spread of single purchases.
func (f SpendFit) Expected(n, mean float64) Estimate {
	// ln E(M) = ln p + ln(gamma + n mean) - ln(p n + q - 1)
	value, rest := f.P*(f.Gamma+n*mean), f.P*n+f.Q-1
	if rest <= 0 {
		return Estimate{math.Inf(1), math.NaN(), math.NaN()}
	}
	if !f.Converged {
		return Estimate{value / rest, math.NaN(), math.NaN()}
	}
	d := [3]float64{1 - f.P*n/rest, -f.Q / rest, f.Gamma / (f.Gamma + n*mean)}
	var variance float64
	for i := range d {
		for j := range d {
			variance += d[i] * f.Covariance[i][j] * d[j]
		}
	}
	return logEstimate(value/rest, variance)
}

// gammaGamma is the likelihood per customer with n purchases of mean m (Fader and Hardie 2013, note 025, eq. 1a):
//
//	ln L = lnG(pn+q) - lnG(pn) - lnG(q) + q ln gamma + (pn-1) ln m + pn ln n - (pn+q) ln(gamma + nm)
type gammaGamma struct {
	Spending
	logMean, logN        []float64
	counts               []float64 // the different numbers of purchases
	n                    []int32   // positions in counts
	customers, meanValue float64
}

func newGammaGamma(s Spending) *gammaGamma {
	g := &gammaGamma{Spending: s, counts: distinct(s.Purchases), logMean: make([]float64, len(s.Mean))}
	g.n = numbered(s.Purchases, g.counts)
	for _, n := range g.counts {
		g.logN = append(g.logN, math.Log(n))
	}
	for i, m := range s.Mean {
		g.logMean[i] = math.Log(m)
		g.customers += s.Count[i]
		g.meanValue += s.Count[i] * m
	}
	g.meanValue /= g.customers
	return g
}

func (g *gammaGamma) meanLogLikelihood(theta, gradient []float64) float64 {
	p, q, gamma := math.Exp(theta[0]), math.Exp(theta[1]), math.Exp(theta[2])
	value, dP, dQ := make([]float64, len(g.counts)), make([]float64, len(g.counts)), make([]float64, len(g.counts))
	for i, n := range g.counts {
		value[i] = lgamma(p*n+q) - lgamma(p*n) - lgamma(q) + q*theta[2] + p*n*g.logN[i]
		dP[i] = n * (digamma(p*n+q) - digamma(p*n) + g.logN[i])
		dQ[i] = digamma(p*n+q) - digamma(q) + theta[2]
	}
	total := sumRows(len(g.Mean), func(lo, hi int) (s sums) {
		for i := lo; i < hi; i++ {
			c := g.n[i]
			n, w := g.counts[c], g.Count[i]
			all := gamma + n*g.Mean[i]
			log := math.Log(all)
			s[0] += w * (value[c] + (p*n-1)*g.logMean[i] - (p*n+q)*log)
			s[1] += w * (dP[c] + n*(g.logMean[i]-log))
			s[2] += w * (dQ[c] - log)
			s[3] += w * (q/gamma - (p*n+q)/all)
		}
		return s
	})
	gradient[0] = p * total[1] / g.customers
	gradient[1] = q * total[2] / g.customers
	gradient[2] = gamma * total[3] / g.customers
	return total[0] / g.customers
}
