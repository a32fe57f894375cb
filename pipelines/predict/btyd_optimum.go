package predict

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// surface is a mean log-likelihood over the logarithms of positive parameters: it returns the value at theta and writes
// the gradient.
type surface func(theta, gradient []float64) float64

// optimum is where a search ended.
type optimum struct {
	theta    []float64
	value    float64
	gradient float64       // the largest derivative in size
	inverse  *mat.SymDense // of minus the second derivatives of the mean; nil where they are not those of a maximum
	atBound  []bool        // the parameter ran to where the data no longer tell it from a limit
}

// reach is how far a parameter may go from its centre, as a logarithm: a factor of 22,000. Models at the ends are limits
// (all customers alike, nobody leaves) as well as these can be told from data.
const reach = 10.0

// maximise searches from each start on a rough surface, then from the best of their ends on the full one, and ends with
// Newton steps. centre gives each parameter's middle, hence its bounds.
func maximise(ctx context.Context, full, rough surface, centre []float64, starts [][]float64) (optimum, error) {
	best, top := []float64(nil), math.Inf(-1)
	for _, start := range starts {
		theta, value := climb(ctx, rough, centre, start, 30)
		if value > top {
			best, top = theta, value
		}
	}
	if err := ctx.Err(); err != nil {
		return optimum{}, err
	}
	if best == nil {
		return optimum{}, fmt.Errorf("maximise likelihood: none of %d starts has a finite value", len(starts))
	}
	theta, _ := climb(ctx, full, centre, best, 60)
	if err := ctx.Err(); err != nil {
		return optimum{}, err
	}
	return polish(full, centre, theta), nil
}

// climb is a quasi-Newton search. It moves freely in u where theta = centre + reach tanh(u/reach), so that theta keeps to
// its bounds and is almost u near the centre. Where the top lies at infinity the way there is endless: steps bounds it.
func climb(ctx context.Context, f surface, centre, start []float64, steps int) (theta []float64, value float64) {
	n := len(start)
	at, slope := make([]float64, n), make([]float64, n)
	var known []float64
	evaluate := func(u []float64) {
		if known != nil && slices.Equal(known, u) {
			return
		}
		known = append(known[:0], u...)
		for i, v := range u {
			at[i] = centre[i] + reach*math.Tanh(v/reach)
		}
		value = f(at, slope)
	}
	problem := optimize.Problem{
		Func: func(u []float64) float64 { evaluate(u); return -value },
		Grad: func(g, u []float64) {
			evaluate(u)
			for i := range g {
				t := (at[i] - centre[i]) / reach
				g[i] = -slope[i] * (1 - t*t)
			}
		},
		Status: func() (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() },
	}
	u := make([]float64, n)
	for i := range u {
		u[i] = reach * math.Atanh(math.Max(-0.99, math.Min(0.99, (start[i]-centre[i])/reach)))
	}
	// A line search that finds nothing higher ends in an error, and at a point that may well be the top: polish decides.
	result, _ := optimize.Minimize(problem, u, &optimize.Settings{
		GradientThreshold: 1e-5, MajorIterations: steps, Converger: optimize.NeverTerminate{},
	}, &optimize.BFGS{})
	theta = append([]float64(nil), start...)
	if result == nil || result.X == nil {
		return theta, math.Inf(-1)
	}
	for i, v := range result.X {
		theta[i] = centre[i] + reach*math.Tanh(v/reach)
	}
	return theta, -result.F
}

// polish takes Newton steps until the gradient is down to the rounding of the sums. Where the surface is not curved like a
// summit, or a step leads down, the steps are shortened by adding to the curvature (Levenberg and Marquardt).
func polish(f surface, centre, start []float64) optimum {
	n := len(start)
	slope, nextSlope := make([]float64, n), make([]float64, n)
	o := optimum{theta: append([]float64(nil), start...)}
	o.value = f(o.theta, slope)
	curve := curvature(f, o.theta)
	for steps, damping := 0, 0.0; steps < 30 && largest(slope) > 1e-11 && damping < 1e3; steps++ {
		if slices.Contains(edge(o.theta, centre), true) {
			break // the top lies beyond: nothing to be precise about
		}
		next, ok := newtonStep(curve, damping, centre, o.theta, slope)
		var value float64
		if ok {
			value = f(next, nextSlope)
			ok = value > o.value || largest(nextSlope) < largest(slope) && value > o.value-1e-12*math.Abs(o.value)
		}
		if !ok {
			damping = math.Max(1e-6, 10*damping)
			continue
		}
		far := largest(slope) > 1e-6 || damping > 0
		o.theta, o.value = next, value
		slope, nextSlope = nextSlope, slope
		damping /= 10
		if damping < 1e-7 {
			damping = 0
		}
		if far {
			curve = curvature(f, o.theta)
		}
	}
	o.gradient = largest(slope)
	o.atBound = edge(o.theta, centre)
	o.inverse = inverse(curve)
	return o
}

// edge tells which parameters are at their bounds.
func edge(theta, centre []float64) []bool {
	at := make([]bool, len(theta))
	for i, t := range theta {
		at[i] = math.Abs(t-centre[i]) > 0.95*reach
	}
	return at
}

// newtonStep is the next point within the bounds; ok is false where the damped curvature is not that of a summit.
func newtonStep(curve *mat.SymDense, damping float64, centre, theta, slope []float64) (next []float64, ok bool) {
	n := len(theta)
	damped := mat.NewSymDense(n, nil)
	damped.CopySym(curve)
	for i := range n {
		damped.SetSym(i, i, curve.At(i, i)+damping)
	}
	var chol mat.Cholesky
	var step mat.VecDense
	if !chol.Factorize(damped) || chol.SolveVecTo(&step, mat.NewVecDense(n, slope)) != nil {
		return nil, false
	}
	next = append([]float64(nil), theta...)
	for i := range next {
		next[i] = math.Max(centre[i]-reach, math.Min(centre[i]+reach, next[i]+step.AtVec(i)))
	}
	return next, true
}

// inverse is nil where a curvature is not that of a maximum, or as good as flat in some direction.
func inverse(curve *mat.SymDense) *mat.SymDense {
	var chol mat.Cholesky
	if !chol.Factorize(curve) || chol.Cond() > 1e12 {
		return nil
	}
	var out mat.SymDense
	if chol.InverseTo(&out) != nil {
		return nil
	}
	return &out
}

// curvature is minus the matrix of second derivatives, by central differences of the gradient.
func curvature(f surface, theta []float64) *mat.SymDense {
	const h = 1e-4
	n := len(theta)
	out := mat.NewSymDense(n, nil)
	at, up, down := append([]float64(nil), theta...), make([]float64, n), make([]float64, n)
	for i := range theta {
		at[i] = theta[i] + h
		f(at, up)
		at[i] = theta[i] - h
		f(at, down)
		at[i] = theta[i]
		for j := range theta {
			second := (down[j] - up[j]) / (2 * h)
			if j < i { // each mixed derivative comes twice: the mean of both
				second = (second + out.At(i, j)) / 2
			}
			out.SetSym(i, j, second)
		}
	}
	return out
}

// largest is the largest size in a vector; NaN counts as infinite.
func largest(v []float64) float64 {
	top := 0.0
	for _, x := range v {
		if math.IsNaN(x) {
			return math.Inf(1)
		}
		top = math.Max(top, math.Abs(x))
	}
	return top
}
