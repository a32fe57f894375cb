package predict

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Trials is how often something went wrong out of how many times, for customers alike, in slices of the same length.
type Trials struct {
	Bad   []float64 // of Count trials each, how many went wrong
	All   []float64 // trials, at least 1 and at least Bad
	Count []float64 // customers of whom this is true
}

// Check reports the first entry that cannot be.
func (t Trials) Check() error {
	if len(t.All) != len(t.Bad) || len(t.Count) != len(t.Bad) {
		return fmt.Errorf("trials: got slices of %d, %d, %d, want one length", len(t.Bad), len(t.All), len(t.Count))
	}
	for i := range t.Bad {
		if !(t.Bad[i] >= 0 && t.All[i] >= max(1, t.Bad[i]) && t.Count[i] > 0) || math.IsInf(t.All[i]+t.Count[i], 1) {
			return fmt.Errorf("trials %d: got %v of %v for %v customers, want 0 or more of at least as many", i, t.Bad[i], t.All[i], t.Count[i])
		}
	}
	return nil
}

// ErrTooFewTrials means that there are too few customers with more than one trial to see how they differ.
var ErrTooFewTrials = errors.New("too few customers with more than one trial")

// RateFit is a fitted beta-binomial model: each customer has a rate of its own, Beta(Rate*Strength, (1-Rate)*Strength).
type RateFit struct {
	// Rate is the mean rate; Strength is how many trials the company's rate counts as beside a customer's own.
	Rate, Strength float64
	// StdErrors are those of Rate and Strength; NaN where the fit did not converge.
	StdErrors     [2]float64
	LogLikelihood float64 // without the binomial coefficients, which no parameter changes
	Customers     float64
	Gradient      float64 // as in Fit
	AtBound       bool    // customers differ no more than chance makes them, or nothing ever went wrong
	Converged     bool
}

// FitRates fits the beta-binomial by maximum likelihood (Skellam, J. Royal Stat. Soc. B 10, 1948):
//
//	ln L = lnG(k+a) - lnG(a) + lnG(n-k+b) - lnG(b) - lnG(n+a+b) + lnG(a+b),  a = rate*strength, b = (1-rate)*strength
func FitRates(ctx context.Context, t Trials) (RateFit, error) {
	if err := t.Check(); err != nil {
		return RateFit{}, fmt.Errorf("fit rates: %w", err)
	}
	repeated, customers, bad, all := 0.0, 0.0, 0.0, 0.0
	for i, c := range t.Count {
		customers, bad, all = customers+c, bad+c*t.Bad[i], all+c*t.All[i]
		if t.All[i] > 1 {
			repeated += c
		}
	}
	if repeated < leastRepeaters {
		return RateFit{}, fmt.Errorf("fit rates: %w: got %.0f, want %d", ErrTooFewTrials, repeated, leastRepeaters)
	}
	centre := math.Min(math.Max(bad/all, 0.5/all), 1-0.5/all)
	at := func(strength float64) []float64 {
		return []float64{math.Log(centre * strength), math.Log((1 - centre) * strength)}
	}
	surface := t.meanLogLikelihood(customers)
	o, err := maximise(ctx, surface, surface, at(10), [][]float64{at(2), at(10), at(60)})
	if err != nil {
		return RateFit{}, fmt.Errorf("fit rates: %w", err)
	}
	a, b := math.Exp(o.theta[0]), math.Exp(o.theta[1])
	f := RateFit{
		Rate: a / (a + b), Strength: a + b, StdErrors: [2]float64{math.NaN(), math.NaN()},
		LogLikelihood: o.value * customers, Customers: customers, Gradient: o.gradient, AtBound: o.atBound[0] || o.atBound[1],
	}
	f.Converged = o.gradient < 1e-7 && o.inverse != nil && !f.AtBound
	if f.Converged { // by the delta method, from the logarithms of a and b
		slopes := [2][2]float64{{f.Rate * (1 - f.Rate), -f.Rate * (1 - f.Rate)}, {a, b}}
		for i, d := range slopes {
			variance := d[0]*d[0]*o.inverse.At(0, 0) + 2*d[0]*d[1]*o.inverse.At(0, 1) + d[1]*d[1]*o.inverse.At(1, 1)
			f.StdErrors[i] = math.Sqrt(variance / customers)
		}
	}
	return f, nil
}

// meanLogLikelihood is the log-likelihood per customer over the logarithms of a and b.
func (t Trials) meanLogLikelihood(customers float64) surface {
	return func(theta, gradient []float64) float64 {
		a, b := math.Exp(theta[0]), math.Exp(theta[1])
		value := lgamma(a+b) - lgamma(a) - lgamma(b)
		dA, dB := digamma(a+b)-digamma(a), digamma(a+b)-digamma(b)
		total := sumRows(len(t.Bad), func(lo, hi int) (s sums) {
			for i := lo; i < hi; i++ {
				k, n, w := t.Bad[i], t.All[i], t.Count[i]
				both := digamma(n + a + b)
				s[0] += w * (value + lgamma(k+a) + lgamma(n-k+b) - lgamma(n+a+b))
				s[1] += w * (dA + digamma(k+a) - both)
				s[2] += w * (dB + digamma(n-k+b) - both)
			}
			return s
		})
		gradient[0], gradient[1] = a*total[1]/customers, b*total[2]/customers
		return total[0] / customers
	}
}

// ShrunkRate is the rate of a customer with bad of all trials gone wrong, shrunk to the company's: the mean of its Beta
// posterior.
func ShrunkRate(bad, all, rate, strength float64) float64 {
	return (bad + strength*rate) / (all + strength)
}

// RateBound is the rate that a customer's own stays below with a probability of level: the quantile of its Beta
// posterior, Beta(bad + strength*rate, all - bad + strength*(1-rate)).
func RateBound(bad, all, rate, strength, level float64) float64 {
	a, b := bad+strength*rate, all-bad+strength*(1-rate)
	switch {
	case a <= 0:
		return 0
	case b <= 0:
		return 1
	default:
		return mathext.InvRegIncBeta(a, b, level)
	}
}
