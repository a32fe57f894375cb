package predict

import (
	"context"
	"fmt"
	"math"

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
		theta, value := climb(ctx, rough, centre, start)
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
	theta, _ := climb(ctx, full, centre, best)
	if err := ctx.Err(); err != nil {
		return optimum{}, err
	}
	return polish(full, centre, theta), nil
}

// climb is a quasi-Newton search. It moves freely in u where theta = centre + reach tanh(u/reach), so that theta keeps to
// its bounds and is almost u near the centre.
func climb(ctx context.Context, f surface, centre, start []float64) (theta []float64, value float64) {
	n := len(start)
	at, slope := make([]float64, n), make([]float64, n)
	var known []float64
	evaluate := func(u []float64) {
		if known != nil && equal(known, u) {
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
		GradientThreshold: 1e-5, MajorIterations: 200, Converger: optimize.NeverTerminate{},
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

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// polish takes Newton steps until the gradient is down to the rounding of the sums.
func polish(f surface, centre, start []float64) optimum {
	n := len(start)
	slope := make([]float64, n)
	o := optimum{theta: append([]float64(nil), start...), atBound: make([]bool, n)}
	o.value = f(o.theta, slope)
	curve := curvature(f, o.theta)
	for steps := 0; steps < 8 && largest(slope) > 1e-11; steps++ {
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(curve) || chol.SolveVecTo(&step, mat.NewVecDense(n, slope)) != nil {
			break
		}
		next, nextSlope := append([]float64(nil), o.theta...), make([]float64, n)
		for i := range next {
			next[i] = math.Max(centre[i]-reach, math.Min(centre[i]+reach, next[i]+step.AtVec(i)))
		}
		value := f(next, nextSlope)
		if !(largest(nextSlope) < largest(slope)) || value < o.value-1e-12*math.Abs(o.value) {
			break
		}
		far := largest(slope) > 1e-6
		o.theta, o.value, slope = next, value, nextSlope
		if far {
			curve = curvature(f, o.theta)
		}
	}
	o.gradient = largest(slope)
	for i, t := range o.theta {
		o.atBound[i] = math.Abs(t-centre[i]) > 0.95*reach
	}
	o.inverse = inverse(curve)
	return o
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
