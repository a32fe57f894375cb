package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Law names a purchase model.
type Law string

// The purchase models; see the package's documentation.
const (
	BGNBD     Law = "bg_nbd"
	MBGNBD    Law = "mbg_nbd"
	ParetoNBD Law = "pareto_nbd"
)

// Laws are all purchase models, in the order in which ties are decided.
func Laws() []Law { return []Law{BGNBD, MBGNBD, ParetoNBD} }

// Params are a purchase model's parameters: r and alpha of the purchase rate's Gamma distribution (alpha in units of
// time), then a and b of the Beta distribution of leaving, or for Pareto/NBD s and beta of the leaving rate's Gamma
// distribution (beta in units of time).
type Params [4]float64

// Names are the parameters' names, as they stand in predictions.fit.
func (l Law) Names() [4]string {
	if l == ParetoNBD {
		return [4]string{"r", "alpha", "s", "beta"}
	}
	return [4]string{"r", "alpha", "a", "b"}
}

// ErrTooFewPurchases means that the histories cannot tell purchase rates from leaving: hardly anybody bought again.
var ErrTooFewPurchases = errors.New("too few repeat purchases")

// leastRepeaters is how many customers must have bought again; below, four parameters are noise.
const leastRepeaters = 30

// Fit is a fitted purchase model.
type Fit struct {
	Law    Law
	Params Params
	// StdErrors are the parameters' standard errors, from the second derivatives at the optimum; NaN where it is not one.
	StdErrors Params
	// Covariance is that of the logarithms of the parameters; zero where StdErrors are NaN.
	Covariance [4][4]float64
	// LogLikelihood is the natural logarithm, summed over customers.
	LogLikelihood float64
	// Customers counts customers, Groups their different histories.
	Customers float64
	Groups    int
	// Gradient is the largest derivative of the mean log-likelihood over a parameter's logarithm, where the search ended.
	Gradient float64
	// AtBound names the parameters that the data do not keep from running off.
	AtBound []string
	// Converged means that Gradient is below 1e-7, the curvature is that of a maximum and no parameter is at a bound.
	Converged bool
	// Prior means that the data alone have no maximum within the bounds, and that a weak prior holds the fit: see
	// FitPurchasesWithPrior. Gradient and StdErrors count it as knowledge, LogLikelihood does not.
	Prior bool
}

// FitPurchases fits a purchase model by maximum likelihood: from several starts on a thinned sample, then from the best
// on all, in the logarithms of the parameters and within bounds around the scale of the data. The histories may be
// grouped or not: the optimum is the same. Errors: impossible histories, ErrTooFewPurchases, the context's end. A fit that
// did not converge is no error; it says so.
func FitPurchases(ctx context.Context, law Law, h Histories) (Fit, error) {
	if err := h.Check(); err != nil {
		return Fit{}, fmt.Errorf("fit %s: %w", law, err)
	}
	var repeaters float64
	for i, x := range h.Repeats {
		if x > 0 {
			repeaters += h.Count[i]
		}
	}
	if repeaters < leastRepeaters {
		return Fit{}, fmt.Errorf("fit %s: %w: %.0f customers bought again, want %d",
			law, ErrTooFewPurchases, repeaters, leastRepeaters)
	}
	full, data, err := likelihood(law, h)
	if err != nil {
		return Fit{}, err
	}
	rough, _, err := likelihood(law, thin(h, 1024))
	if err != nil {
		return Fit{}, err
	}
	centre, starts := purchaseStarts(law, data)
	best, err := maximise(ctx, full, rough, centre, starts)
	if err != nil {
		return Fit{}, fmt.Errorf("fit %s: %w", law, err)
	}
	return newFit(law, best, data.customers, h.Len()), nil
}

// leavingSpread is the standard deviation of the weak prior, on the scale of logarithms: two of three shops are within a
// factor of 4.5 of its centre, so a few dozen customers outweigh it.
const leavingSpread = 1.5

// FitPurchasesWithPrior is FitPurchases where the data alone do not bound how customers leave: nobody does, as far as a
// short history shows, or all do alike, and the likelihood rises for ever along a ridge. The logarithms of the two
// parameters of leaving then have a normal prior of standard deviation 1.5 around 1 and 3 (a quarter leave after a purchase,
// as in the published fits) or, for Pareto/NBD, 1 and the mean age. The purchase rates have none.
func FitPurchasesWithPrior(ctx context.Context, law Law, h Histories) (Fit, error) {
	if err := h.Check(); err != nil {
		return Fit{}, fmt.Errorf("fit %s: %w", law, err)
	}
	full, data, err := likelihood(law, h)
	if err != nil {
		return Fit{}, err
	}
	rough, thinned, err := likelihood(law, thin(h, 1024))
	if err != nil {
		return Fit{}, err
	}
	centre, starts := purchaseStarts(law, data)
	prior := []float64{0, 0, centre[2], centre[3]}
	if law != ParetoNBD {
		prior[3] += math.Log(3)
	}
	held := func(f surface, customers float64) surface {
		return func(theta, gradient []float64) float64 {
			value := f(theta, gradient)
			for i := 2; i < len(theta); i++ {
				apart := (theta[i] - prior[i]) / leavingSpread
				value -= apart * apart / 2 / customers
				gradient[i] -= apart / leavingSpread / customers
			}
			return value
		}
	}
	best, err := maximise(ctx, held(full, data.customers), held(rough, thinned.customers), centre, starts)
	if err != nil {
		return Fit{}, fmt.Errorf("fit %s with a prior: %w", law, err)
	}
	f := newFit(law, best, data.customers, h.Len())
	f.LogLikelihood, f.Prior = full(best.theta, make([]float64, len(best.theta)))*data.customers, true
	return f, nil
}

func newFit(law Law, o optimum, customers float64, groups int) Fit {
	f := Fit{
		Law: law, LogLikelihood: o.value * customers, Customers: customers, Groups: groups, Gradient: o.gradient,
	}
	f.Converged = o.gradient < 1e-7 && o.inverse != nil
	for i, theta := range o.theta {
		f.Params[i] = math.Exp(theta)
		f.StdErrors[i] = math.NaN()
		if o.atBound[i] {
			f.AtBound = append(f.AtBound, law.Names()[i])
			f.Converged = false
		}
	}
	if !f.Converged {
		return f
	}
	for i, p := range f.Params {
		for j := range f.Params {
			f.Covariance[i][j] = o.inverse.At(i, j) / customers
		}
		f.StdErrors[i] = p * math.Sqrt(f.Covariance[i][i])
	}
	return f
}

// Parameter is one number of a fit, as it stands in predictions.fit.
type Parameter struct {
	Name            string
	Value, StdError float64 // StdError is NaN where the fit did not converge
}

// Parameters are the fit's numbers in the order of Names.
func (f Fit) Parameters() []Parameter {
	var out []Parameter
	for i, name := range f.Law.Names() {
		out = append(out, Parameter{name, f.Params[i], f.StdErrors[i]})
	}
	return out
}
