package predict

import (
	"context"
	"fmt"
	"math"
)

// nbd is the limit that the purchase laws share, in which nobody leaves: purchases at a rate of the customer's own (Gamma).
// Ehrenberg, Applied Statistics 8 (1959). It is believed only where no other law converges: then the data show nobody
// leaving, the other laws run off towards this one, and its forecasts for ever are upper limits.
const nbd Law = "nbd"

// nbdFit is the fitted limit. Parameters are as in Fit: r, and alpha in units of time.
type nbdFit struct {
	r, alpha      float64
	covariance    [2][2]float64 // of the logarithms
	logLikelihood float64
	atBound       []string
	converged     bool
}

func nbdNames() [2]string { return [2]string{"r", "alpha"} }

// fitNBD maximises
//
//	ln L = lnG(r+x) - lnG(r) + r ln alpha - (r+x) ln(alpha+T)
//
// summed over customers, which is what the likelihoods of the other laws come to when nobody leaves.
func fitNBD(ctx context.Context, h Histories) (nbdFit, error) {
	if err := h.Check(); err != nil {
		return nbdFit{}, fmt.Errorf("fit %s: %w", nbd, err)
	}
	data := newRows(h)
	surface := func(theta, gradient []float64) float64 {
		r, alpha := math.Exp(theta[0]), math.Exp(theta[1])
		value, slope := make([]float64, len(data.counts)), make([]float64, len(data.counts))
		for i, x := range data.counts {
			value[i], slope[i] = lgamma(r+x)-lgamma(r)+r*theta[1], digamma(r+x)-digamma(r)+theta[1]
		}
		total := sumRows(len(data.n), func(lo, hi int) (s sums) {
			for i := lo; i < hi; i++ {
				x, whole, n := data.counts[data.x[i]], alpha+data.times[data.age[i]], data.n[i]
				log := math.Log(whole)
				s[0] += n * (value[data.x[i]] - (r+x)*log)
				s[1] += n * (slope[data.x[i]] - log)
				s[2] += n * (r/alpha - (r+x)/whole)
			}
			return s
		})
		gradient[0], gradient[1] = r*total[1]/data.customers, alpha*total[2]/data.customers
		return total[0] / data.customers
	}
	// starts have the data's mean rate
	scale := math.Log(data.meanAge / data.meanX)
	var starts [][]float64
	for _, r := range []float64{.25, 1, 4} {
		starts = append(starts, []float64{math.Log(r), math.Log(r) + scale})
	}
	o, err := maximise(ctx, surface, surface, []float64{0, scale}, starts)
	if err != nil {
		return nbdFit{}, fmt.Errorf("fit %s: %w", nbd, err)
	}
	f := nbdFit{r: math.Exp(o.theta[0]), alpha: math.Exp(o.theta[1]), logLikelihood: o.value * data.customers}
	f.converged = o.gradient < 1e-7 && o.inverse != nil
	for i, at := range o.atBound {
		if at {
			f.atBound, f.converged = append(f.atBound, nbdNames()[i]), false
		}
	}
	if f.converged {
		for i := range f.covariance {
			for j := range f.covariance[i] {
				f.covariance[i][j] = o.inverse.At(i, j) / data.customers
			}
		}
	}
	return f, nil
}

// score forecasts as Fit.Score does: everybody is alive.
func (f nbdFit) score(h Histories, ask Horizon) Scores {
	var s Scores
	for i, x := range h.Repeats {
		shape, whole := f.r+x, f.alpha+h.Age[i]
		rate := shape / whole
		variance := f.variance(f.r/shape, -f.alpha/whole)
		s.Alive = append(s.Alive, Estimate{1, 1, 1})
		s.Purchases = append(s.Purchases, logEstimate(rate*ask.Within, variance))
		s.Discounted = append(s.Discounted, logEstimate(rate/ask.Discount, variance))

		// the log-odds of not buying are those of e^-l, l = (r+x) ln(1 + t/(alpha+T))
		log := math.Log1p(ask.Within / whole)
		buys := -math.Expm1(-shape * log)
		dAlpha := shape * f.alpha * (1/(whole+ask.Within) - 1/whole)
		s.Buys = append(s.Buys, logitEstimate(buys, f.variance(f.r*log/buys, dAlpha/buys)))
	}
	return s
}

// variance carries the covariance through derivatives over the parameters' logarithms.
func (f nbdFit) variance(dR, dAlpha float64) float64 {
	return dR*dR*f.covariance[0][0] + 2*dR*dAlpha*f.covariance[0][1] + dAlpha*dAlpha*f.covariance[1][1]
}
