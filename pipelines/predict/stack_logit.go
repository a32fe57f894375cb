package predict

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ErrTooFewEvents means that a regression has too few outcomes of either kind to be believed.
var ErrTooFewEvents = errors.New("too few outcomes")

// stackLeastEvents of each outcome a coefficient: below about ten, logistic coefficients are biased (Peduzzi et al. 1996).
const stackLeastEvents = 10

// Logit is a fitted logistic regression, in the units of its features.
type Logit struct {
	Intercept      float64
	Weights        []float64
	InterceptError float64 // standard errors; of a ridge, so they count the prior as knowledge
	Errors         []float64
	Covariance     [][]float64 // of the intercept and the weights, in this order
	LogLikelihood  float64     // without the prior
	Rows, Events   int
	Converged      bool
}

// LogitError is the standard error of ln p/(1-p) at these features: p's interval is that of its logit, mapped back.
func (l Logit) LogitError(features []float64) float64 {
	at := append([]float64{1}, features...)
	variance := 0.0
	for i, row := range l.Covariance {
		for j, v := range row {
			variance += at[i] * v * at[j]
		}
	}
	return math.Sqrt(math.Max(variance, 0))
}

// Probability is 1 / (1 + e^-(intercept + Σ weight · feature)).
func (l Logit) Probability(features []float64) float64 {
	eta := l.Intercept
	for i, w := range l.Weights {
		eta += w * features[i]
	}
	return stackLogistic(eta)
}

func stackLogistic(eta float64) float64 {
	if eta >= 0 {
		return 1 / (1 + math.Exp(-eta))
	}
	e := math.Exp(eta)
	return e / (1 + e)
}

// FitLogit fits by Newton's method with a ridge: ln L - ridge/2 Σ w², w per standard deviation of a feature, the intercept
// free. Row i has the features x[i·width : (i+1)·width] and the outcome y[i]. The sums do not depend on the number of
// processors. ErrTooFewEvents where either outcome occurs less than ten times a feature; any feature that is not a number
// is an error.
func FitLogit(x []float64, width int, y []bool, ridge float64) (Logit, error) {
	if width <= 0 || len(x) != width*len(y) {
		return Logit{}, fmt.Errorf("fit logit: got %d features for %d rows, want %d in each", len(x), len(y), width)
	}
	events := 0
	for _, v := range y {
		if v {
			events++
		}
	}
	if least := min(events, len(y)-events); least < stackLeastEvents*width {
		return Logit{}, fmt.Errorf("fit logit: %w: got %d of the rarer, want %d", ErrTooFewEvents, least, stackLeastEvents*width)
	}
	s, err := newLogitSums(x, width, y)
	if err != nil {
		return Logit{}, err
	}
	// Standardised: β[0] is the intercept at the means.
	beta := make([]float64, width+1)
	share := float64(events) / float64(len(y))
	beta[0] = math.Log(share / (1 - share))
	value, slope, curve := s.evaluate(beta, ridge)
	fit := Logit{Rows: len(y), Events: events}
	var chol mat.Cholesky
	for range 50 {
		if !chol.Factorize(curve) {
			return Logit{}, errors.New("fit logit: curvature is not that of a maximum: a feature is a combination of others")
		}
		if logitLargest(slope)/float64(len(y)) < 1e-9 {
			fit.Converged = true
			break
		}
		var step mat.VecDense
		if err := chol.SolveVecTo(&step, mat.NewVecDense(width+1, slope)); err != nil {
			return Logit{}, fmt.Errorf("fit logit: %w", err)
		}
		scale, better := 1.0, false
		for ; scale > 1e-6 && !better; scale /= 2 {
			next := make([]float64, width+1)
			for i := range next {
				next[i] = beta[i] + scale*step.AtVec(i)
			}
			if v, g, c := s.evaluate(next, ridge); v > value {
				beta, value, slope, curve, better = next, v, g, c, true
			}
		}
		if !better { // a rounding error from the top
			fit.Converged = logitLargest(slope)/float64(len(y)) < 1e-6
			break
		}
	}
	var covariance mat.SymDense
	if err := chol.InverseTo(&covariance); err != nil {
		return Logit{}, fmt.Errorf("fit logit: %w", err)
	}
	return s.inUnits(fit, beta, value, ridge, &covariance), nil
}

func logitLargest(v []float64) float64 {
	largest := 0.0
	for _, x := range v {
		largest = math.Max(largest, math.Abs(x))
	}
	return largest
}

// logitSums holds the data with each feature's mean and standard deviation.
type logitSums struct {
	x           []float64
	width       int
	y           []bool
	mean, scale []float64
}

const logitChunk = 8192

func newLogitSums(x []float64, width int, y []bool) (*logitSums, error) {
	s := &logitSums{x: x, width: width, y: y, mean: make([]float64, width), scale: make([]float64, width)}
	n := float64(len(y))
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("fit logit: feature %d of row %d is %g, want a finite number", i%width, i/width, v)
		}
		s.mean[i%width] += v
	}
	for j := range s.mean {
		s.mean[j] /= n
	}
	for i, v := range x {
		d := v - s.mean[i%width]
		s.scale[i%width] += d * d / n
	}
	for j := range s.scale {
		s.scale[j] = math.Sqrt(s.scale[j])
		if s.scale[j] <= 1e-9*math.Abs(s.mean[j]) || s.scale[j] == 0 { // constant but for rounding: weight 0, by the ridge
			s.scale[j] = 1
		}
	}
	return s, nil
}

// evaluate is the penalised log-likelihood, its gradient, and minus its matrix of second derivatives.
func (s *logitSums) evaluate(beta []float64, ridge float64) (float64, []float64, *mat.SymDense) {
	d := s.width + 1
	chunks := (len(s.y) + logitChunk - 1) / logitChunk
	partial := make([][]float64, chunks) // value, gradient, upper triangle
	chunksInParallel(chunks, func(c int) {
		sums := make([]float64, 1+d+d*d)
		slope, curve := sums[1:1+d], sums[1+d:]
		z := make([]float64, d)
		z[0] = 1
		for i := c * logitChunk; i < min((c+1)*logitChunk, len(s.y)); i++ {
			eta := beta[0]
			for j := range s.width {
				z[j+1] = (s.x[i*s.width+j] - s.mean[j]) / s.scale[j]
				eta += beta[j+1] * z[j+1]
			}
			p := stackLogistic(eta)
			miss := -p
			if s.y[i] {
				miss = 1 - p
				sums[0] -= math.Log1p(math.Exp(-math.Abs(eta))) + math.Max(-eta, 0)
			} else {
				sums[0] -= math.Log1p(math.Exp(-math.Abs(eta))) + math.Max(eta, 0)
			}
			weight := p * (1 - p)
			for j := range d {
				slope[j] += miss * z[j]
				for k := j; k < d; k++ {
					curve[j*d+k] += weight * z[j] * z[k]
				}
			}
		}
		partial[c] = sums
	})
	total := make([]float64, 1+d+d*d)
	for _, sums := range partial {
		for i, v := range sums {
			total[i] += v
		}
	}
	for j := 1; j < d; j++ {
		total[0] -= ridge / 2 * beta[j] * beta[j]
		total[1+j] -= ridge * beta[j]
		total[1+d+j*d+j] += ridge
	}
	return total[0], total[1 : 1+d], mat.NewSymDense(d, total[1+d:])
}

// inUnits undoes the standardisation: w = β/σ, intercept = β0 - Σ w·mean.
func (s *logitSums) inUnits(fit Logit, beta []float64, value, ridge float64, covariance *mat.SymDense) Logit {
	fit.LogLikelihood, fit.Intercept = value, beta[0]
	back := mat.NewDense(s.width+1, s.width+1, nil) // the standardised coefficients → those in units
	back.Set(0, 0, 1)
	for j := range s.width {
		b, scale := beta[j+1], s.scale[j]
		fit.Weights = append(fit.Weights, b/scale)
		fit.Intercept -= b / scale * s.mean[j]
		fit.LogLikelihood += ridge / 2 * b * b
		back.Set(j+1, j+1, 1/scale)
		back.Set(0, j+1, -s.mean[j]/scale)
	}
	var units mat.Dense
	units.Product(back, covariance, back.T())
	for j := range s.width + 1 {
		fit.Covariance = append(fit.Covariance, mat.Row(nil, j, &units))
		fit.Errors = append(fit.Errors, math.Sqrt(units.At(j, j)))
	}
	fit.InterceptError, fit.Errors = fit.Errors[0], fit.Errors[1:]
	return fit
}
