package predict

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mixed is a small set of histories of all kinds: light and heavy, fresh and gone, of age 0.
func mixed(t testing.TB) Histories {
	t.Helper()
	h := Histories{
		Repeats: []float64{0, 0, 1, 2, 3, 7, 26, 150, 254, 1000},
		Last:    []float64{0, 0, 5, 30.43, .14, 77, 30.86, 20, 97.14, 10},
		Age:     []float64{0, 38.86, 5, 38.86, 38, 77.86, 31, 77, 97.29, 100},
		Count:   []float64{2, 40, 12, 7, 3, 2, 1, 1, 1, 1},
	}
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestGradients(t *testing.T) {
	points := []Params{
		{.25, 4.4, .8, 2.4}, {.55, 10.6, .6, 11.7}, {3, .5, .05, 40}, {.02, 300, 5, .3}, {.6, 14, .3, 6}, {1, 1, 1, 1},
		{2, .01, 1, 30}, {2, 30, 1, .01}, // the tails' long series and the integral
	}
	for _, law := range Laws() {
		f, _, err := likelihood(law, mixed(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range points {
			theta, gradient, ignored := logs(p), make([]float64, 4), make([]float64, 4)
			value := f(theta, gradient)
			if math.IsNaN(value) || math.IsInf(value, 0) {
				t.Errorf("%s at %v: got value %v", law, p, value)
			}
			for i := range theta {
				const h = 1e-4
				at := append([]float64(nil), theta...)
				side := func(d float64) float64 { at[i] = theta[i] + d; return f(at, ignored) }
				want := (8*(side(h)-side(-h)) - (side(2*h) - side(-2*h))) / (12 * h)
				if d := math.Abs(gradient[i] - want); d > 1e-8*(1+math.Abs(value)) {
					t.Errorf("%s at %v, ln %s: got derivative %v, want %v by differences", law, p, law.Names()[i], gradient[i], want)
				}
			}
		}
	}
}

// The two forms of the tail agree where they meet, and with the integral where both are quick.
func TestTailShare(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		k, s := math.Exp(8*random.Float64()-2), math.Exp(6*random.Float64()-3)
		rho := math.Exp(4.8*random.Float64() - 2.4)
		var series, integral [4]float64
		series[0], series[1], series[2], series[3] = tailShare(k, s, rho)
		integral[0], integral[1], integral[2], integral[3] = tailIntegral(k, s, rho)
		for i := range series {
			if d := math.Abs(series[i] - integral[i]); d > 1e-11*(1+math.Abs(series[i])) {
				t.Errorf("H(%v, %v, %v), part %d: got %v by series, %v by integral", k, s, rho, i, series[i], integral[i])
			}
		}
	}
	// k = 1, rho = 1: the mean of 1/(1+v) is s/(s+1).
	if h, _, _, _ := tailShare(1, 2, 1); math.Abs(math.Exp(h)-2./3) > 1e-15 {
		t.Errorf("H(1, 2, 1): got %v, want 2/3", math.Exp(h))
	}
}

// The probabilities of all purchase counts add up to one, and their mean is E[X(t)].
func TestCountsAddUp(t *testing.T) {
	for _, law := range Laws() {
		for _, p := range []Params{{.25, 4.4, .8, 2.4}, {.55, 10.6, .6, 11.7}, {2, 5, 1, 1}} {
			o := outlook(t, law, p)
			var sum, mean float64
			for n := range 300 {
				q := o.Probability(float64(n), 20)
				sum += q
				mean += float64(n) * q
			}
			if math.Abs(sum-1) > 1e-9 || math.Abs(mean-o.New(20)) > 1e-8 {
				t.Errorf("%s %v: got total %v, mean %v; want 1, %v", law, p, sum, mean, o.New(20))
			}
		}
	}
}

// What is expected within t, for t beyond all horizons, is what is expected undiscounted; within a short time it is the
// probability of one purchase; and discounting takes off what the rate says: the integral by parts over E[Y(t)].
func TestForecastsAgree(t *testing.T) {
	for _, law := range Laws() {
		o := outlook(t, law, Params{.6, 5, 2.5, 6})
		for _, x := range []float64{0, 1, 4, 60} {
			last := 20 * x / (x + 1)
			soon := o.Purchases(x, last, 30, 1e-4)
			if d := math.Abs(o.Buys(x, last, 30, 1e-4)/soon - 1); d > 2e-3 {
				t.Errorf("%s x=%v: P(buys) and E[Y] differ by %v within a moment", law, x, d)
			}
			const rate, step = .05, .05
			parts := 0.0
			for i := range 8_000 { // Simpson's rule would need E[Y] smooth at 0 as well; the midpoint's error is 1e-5 here
				at := (float64(i) + .5) * step
				parts += rate * math.Exp(-rate*at) * o.Purchases(x, last, 30, at) * step
			}
			if got := o.Discounted(x, last, 30, rate); math.Abs(got/parts-1) > 2e-5 {
				t.Errorf("%s x=%v: got %v discounted, want %v by parts", law, x, got, parts)
			}
		}
	}
}

func TestGroup(t *testing.T) {
	x := []float64{2, 0, 2, 0, 1, 2}
	last := []float64{3, 0, 3, 0, 1, 2}
	age := []float64{9, 9, 9, 8, 9, 9}
	h, index, err := Group(x, last, age)
	if err != nil {
		t.Fatal(err)
	}
	want := Histories{
		Repeats: []float64{0, 0, 1, 2, 2}, Last: []float64{0, 0, 1, 2, 3}, Age: []float64{8, 9, 9, 9, 9},
		Count: []float64{1, 1, 1, 1, 2},
	}
	if d := cmp.Diff(want, h); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int32{4, 1, 4, 0, 2, 3}, index); d != "" {
		t.Error(d)
	}
	last[5] = 10
	if _, _, err := Group(x, last, age); err == nil || !strings.Contains(err.Error(), "history 5: got the last purchase at 10") {
		t.Errorf("last after age: got %v", err)
	}
}
