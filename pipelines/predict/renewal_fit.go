package predict

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// ErrTooFewGaps means that no cycle can be learnt: too few pairs were bought twice.
var ErrTooFewGaps = errors.New("too few gaps between purchases")

// renewalLeastGaps is how many gaps a fit needs; below, five parameters are noise.
const renewalLeastGaps = 30

// RenewalFit is a fitted category.
type RenewalFit struct {
	Renewal
	// StdError holds the standard error of each parameter, NaN where the likelihood is flat. For a shrunk fit it counts
	// the shrinkage as knowledge.
	StdError Renewal
	// Covariance is that of the logarithms of k, r, α, a, b; NaN where StdError is.
	Covariance [5][5]float64
	// LogLikelihood is that of the data, without the shrinkage.
	LogLikelihood float64
	Pairs, Gaps   int
	// Converged means that the gradient vanishes, the curvature is that of a maximum, and no parameter was stopped at a
	// bound. A fit that is not converged is still the best point found.
	Converged bool
	// Unbound names the parameters that the data alone let run off: all customers alike, or nobody leaving. A weak prior
	// holds such a fit, and StdError counts it as knowledge.
	Unbound []string
}

// renewalObjective is what a fit minimises: minus the log-likelihood per pair, plus the shrinkage towards a parent, plus
// a wall at the bounds.
type renewalObjective struct {
	sample  *renewalSample
	parent  renewalVector
	tau     float64 // weight of |θ - parent|² in units of log-likelihood; 0 without a parent
	centre  renewalVector
	at      renewalVector // the last point evaluated, and what came
	known   bool
	value   float64
	slope   renewalVector
	failure error
}

// The bounds: within a factor of e^8 = 3,000 of the centre all models differ visibly; beyond, a limit (all customers
// alike, gaps all equal) is reached as well as it can be told from data.
const (
	renewalBound = 8.0
	renewalWall  = 1.0
)

func newRenewalObjective(s *renewalSample) *renewalObjective {
	// 1 for the pure numbers; α has the unit of time.
	unit := math.Max((s.days+s.waits)/math.Max(s.gaps+s.pairs, 1), 1e-6)
	return &renewalObjective{sample: s, centre: renewalVector{2: math.Log(unit)}}
}

// evaluate fills value and slope at θ, once for the same θ.
func (o *renewalObjective) evaluate(theta renewalVector) {
	if o.known && theta == o.at {
		return
	}
	o.at, o.known = theta, true
	inside := theta
	wall := 0.0
	var wallSlope renewalVector
	for i := range theta {
		beyond := theta[i] - o.centre[i]
		beyond -= math.Max(-renewalBound, math.Min(renewalBound, beyond))
		wall += renewalWall * beyond * beyond
		wallSlope[i] = 2 * renewalWall * beyond
		// The line search may look far out: the likelihood itself is never evaluated where it overflows.
		inside[i] = o.centre[i] + math.Max(-2*renewalBound, math.Min(2*renewalBound, theta[i]-o.centre[i]))
	}
	value, slope := o.sample.evaluate(inside)
	n := o.sample.pairs
	o.value = -value/n + wall
	for i := range slope {
		apart := theta[i] - o.parent[i]
		o.value += o.tau / n * apart * apart
		o.slope[i] = -slope[i]/n + 2*o.tau/n*apart + wallSlope[i]
	}
}

// descend is a quasi-Newton search from start; a line search that finds nothing better ends it, where it is.
func (o *renewalObjective) descend(ctx context.Context, start renewalVector) (renewalVector, float64) {
	problem := optimize.Problem{
		Func: func(x []float64) float64 { o.evaluate(renewalVector(x)); return o.value },
		Grad: func(grad, x []float64) { o.evaluate(renewalVector(x)); copy(grad, o.slope[:]) },
		Status: func() (optimize.Status, error) {
			if ctx.Err() != nil {
				return optimize.Failure, ctx.Err()
			}
			return optimize.NotTerminated, nil
		},
	}
	result, err := optimize.Minimize(problem, start[:], &optimize.Settings{
		GradientThreshold: 1e-5, MajorIterations: 200, Converger: optimize.NeverTerminate{},
	}, &optimize.BFGS{})
	if result == nil {
		o.failure = err
		return start, math.Inf(1)
	}
	return renewalVector(result.X), result.F
}

// curvature is the matrix of second derivatives, by differences of the analytic gradient. The gradient is exact to some
// twelve digits, so a step this short costs none of the six that are shown.
func (o *renewalObjective) curvature(theta renewalVector) *mat.SymDense {
	const h = 1e-5
	o.evaluate(theta)
	here := o.slope
	var rows [5]renewalVector
	for i := range theta {
		up := theta
		up[i] += h
		o.evaluate(up)
		for j := range here {
			rows[i][j] = (o.slope[j] - here[j]) / h
		}
	}
	hessian := mat.NewSymDense(5, nil)
	for i := range 5 {
		for j := i; j < 5; j++ {
			hessian.SetSym(i, j, (rows[i][j]+rows[j][i])/2)
		}
	}
	return hessian
}

// polish takes Newton steps from a point near the minimum until the gradient is down to the noise of the sums. A matrix of
// second derivatives costs five gradients, so it is kept for as long as the steps get on with it; metric, where not nil, is
// one of a similar surface to begin with. ok is false where the surface is not that of a minimum.
func (o *renewalObjective) polish(theta renewalVector, metric *mat.SymDense) (best renewalVector, covariance *mat.SymDense, ok bool) {
	const enough, tolerable, steps, near = 1e-8, 1e-6, 40, 1e-3
	var chol *mat.Cholesky
	var at renewalVector // where chol was computed
	measure := func() bool {
		at = theta
		chol = &mat.Cholesky{}
		return chol.Factorize(o.curvature(theta))
	}
	borrowed := false
	if metric != nil {
		at, chol = theta, &mat.Cholesky{}
		borrowed = chol.Factorize(metric)
	}
	if !borrowed && !measure() {
		return theta, nil, false
	}
	for range steps {
		o.evaluate(theta)
		value, slope := o.value, o.slope
		if renewalLargest(slope) < enough {
			break
		}
		var step mat.VecDense
		if err := chol.SolveVecTo(&step, mat.NewVecDense(5, slope[:])); err != nil {
			return theta, nil, false
		}
		next, scale := theta, 1.0
		for ; scale > 1e-3; scale /= 2 {
			for i := range next {
				next[i] = theta[i] - scale*step.AtVec(i)
			}
			o.evaluate(next)
			if o.value < value || renewalLargest(o.slope) < renewalLargest(slope)/2 {
				break
			}
		}
		stuck := scale <= 1e-3
		if stuck && at == theta && !borrowed {
			break // nothing better within a rounding error: it is the minimum if the gradient agrees
		}
		moved, least := 0.0, 8.0
		if !stuck {
			for i := range theta {
				moved = math.Max(moved, math.Abs(next[i]-theta[i]))
			}
			theta = next
		}
		if borrowed {
			least = 2
		}
		if stuck || renewalLargest(o.slope) > renewalLargest(slope)/least || borrowed && moved < near {
			borrowed = false
			if !measure() {
				return theta, nil, false
			}
		}
	}
	moved := 0.0
	for i := range theta {
		moved = math.Max(moved, math.Abs(theta[i]-at[i]))
	}
	if (moved > near || borrowed) && !measure() {
		return theta, nil, false
	}
	covariance = mat.NewSymDense(5, nil)
	if err := chol.InverseTo(covariance); err != nil {
		return theta, nil, false // as good as singular
	}
	o.evaluate(theta)
	return theta, covariance, renewalLargest(o.slope) < tolerable
}

func renewalLargest(v renewalVector) float64 {
	largest := 0.0
	for _, x := range v {
		if !(math.Abs(x) <= largest) { // NaN is largest
			largest = math.Abs(x)
		}
	}
	return largest
}

// FitRenewal fits one group of pairs by maximum likelihood, from several starts on a thinned sample and then on all. It
// returns ErrTooFewGaps where there are less than 30 gaps, an error for pairs that cannot be (a silence below 0, gaps that
// are not positive), and the context's error when that ends.
func FitRenewal(ctx context.Context, pairs []RenewalPair) (RenewalFit, error) {
	if err := checkRenewalPairs(pairs); err != nil {
		return RenewalFit{}, fmt.Errorf("fit renewal: %w", err)
	}
	return fitRenewalSample(ctx, newRenewalSample(pairs))
}

func checkRenewalPairs(pairs []RenewalPair) error {
	for i := range pairs {
		if fault := pairs[i].check(); fault != "" {
			return fmt.Errorf("pair %d has %s: %+v", i, fault, pairs[i])
		}
	}
	return nil
}

// The starts: irregular and regular buyers, alike and unlike; few and many who leave.
func (o *renewalObjective) starts() []renewalVector {
	var starts []renewalVector
	for _, p := range []Renewal{
		{1, 0.7, 0.7, 0.5, 1}, {2, 0.7, 0.7, 0.5, 1}, {1.5, 3, 3, 0.2, 2}, {4, 1.5, 1.5, 1, 1}, {0.7, 1, 1, 1, 4},
	} {
		theta := p.log()
		theta[2] += o.centre[2]
		starts = append(starts, theta)
	}
	return starts
}

func fitRenewalSample(ctx context.Context, s *renewalSample) (RenewalFit, error) {
	if s.gaps < renewalLeastGaps {
		return RenewalFit{}, fmt.Errorf("fit renewal: %w: got %.0f, want %d", ErrTooFewGaps, s.gaps, renewalLeastGaps)
	}
	// Where the optimum lies shows on some hundred rows; the last search, on all of them, starts beside its goal.
	rough := newRenewalObjective(s.thin(renewalRoughRows))
	best, least := renewalVector{}, math.Inf(1)
	for _, start := range rough.starts() {
		if theta, value := rough.descend(ctx, start); value < least {
			best, least = theta, value
		}
	}
	if math.IsInf(least, 1) || math.IsNaN(least) {
		return RenewalFit{}, fmt.Errorf("fit renewal: no start led anywhere: %w", errors.Join(rough.failure, ctx.Err()))
	}
	var metric *mat.SymDense
	if fair := s.thin(renewalFairRows); len(fair.rows) > renewalRoughRows && len(fair.rows) < len(s.rows) {
		o := newRenewalObjective(fair)
		best, _ = o.descend(ctx, best)
		metric = o.curvature(best) // per pair, so that of the whole is about the same
	}
	fit, err := newRenewalObjective(s).finish(ctx, best, metric)
	if err != nil || fit.Converged {
		return fit, err
	}
	held := newRenewalObjective(s)
	held.parent, held.tau = renewalPrior.log(), renewalPriorTau
	held.parent[2] += held.centre[2]
	second, err := held.finish(ctx, held.parent, nil)
	if err != nil || !second.Converged {
		return fit, err
	}
	for i, v := range fit.log() {
		if math.Abs(v-held.centre[i]) >= renewalBound {
			second.Unbound = append(second.Unbound, RenewalParameters()[i])
		}
	}
	if second.Unbound == nil {
		second.Unbound = []string{"a", "b"} // a ridge that the search has not run to its end
	}
	return second, nil
}

// The weak prior that holds a fit without a maximum of its own: a normal one of standard deviation 2 on the logarithm of each
// parameter, so two of three shops are within a factor of 7.4 of its centre. α is in the mean time of a gap or a silence.
var renewalPrior = Renewal{1.5, 1, 1, 0.5, 1.5}

const renewalPriorTau = 1. / 8 // 1 / (2 · 2²)

// The rows of the samples that a large fit looks at first.
const (
	renewalRoughRows = 768
	renewalFairRows  = 4096
)

// finish searches from start on the whole sample and gathers the result. metric is as in polish.
func (o *renewalObjective) finish(ctx context.Context, start renewalVector, metric *mat.SymDense) (RenewalFit, error) {
	theta, covariance, ok := o.polish(start, metric)
	if !ok { // too far for Newton
		theta, _ = o.descend(ctx, start)
		theta, covariance, ok = o.polish(theta, nil)
	}
	if err := ctx.Err(); err != nil {
		return RenewalFit{}, fmt.Errorf("fit renewal: %w", err)
	}
	p := theta.exp()
	if !p.Valid() {
		return RenewalFit{}, fmt.Errorf("fit renewal: search left the numbers: %+v", p)
	}
	for i := range theta {
		ok = ok && math.Abs(theta[i]-o.centre[i]) < renewalBound
	}
	value, _ := o.sample.evaluate(theta)
	fit := RenewalFit{
		Renewal: p, LogLikelihood: value, Pairs: int(o.sample.pairs), Gaps: int(o.sample.gaps), Converged: ok,
	}
	for i := range 5 {
		for j := range 5 {
			fit.Covariance[i][j] = math.NaN()
			if covariance != nil {
				fit.Covariance[i][j] = covariance.At(i, j) / o.sample.pairs
			}
		}
	}
	se := func(i int, v float64) float64 { return v * math.Sqrt(fit.Covariance[i][i]) } // se(p) = p · se(ln p)
	fit.StdError = Renewal{se(0, p.K), se(1, p.R), se(2, p.Alpha), se(3, p.A), se(4, p.B)}
	return fit, nil
}

// DueError is the standard error of Score's Due that comes from not knowing the parameters exactly (by the delta method):
// what more customers would make smaller. NaN where the fit has no standard errors.
func (f RenewalFit) DueError(c RenewalPair, ahead float64) float64 {
	const h = 1e-4
	var slope renewalVector
	for i := range slope {
		up, down := f.log(), f.log()
		up[i] += h
		down[i] -= h
		slope[i] = (up.exp().Score(c, ahead).Due - down.exp().Score(c, ahead).Due) / (2 * h)
	}
	variance := 0.0
	for i := range slope {
		for j := range slope {
			variance += slope[i] * f.Covariance[i][j] * slope[j]
		}
	}
	return math.Sqrt(variance)
}
