package predict

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

func TestBetaAgreesWithGonumAndItsDifferences(t *testing.T) {
	for _, p := range []float64{0.3, 1, 1.729, 6} {
		for _, q := range []float64{0.2, 0.632, 3, 40.5, 900} {
			s := newBetaShape(p, q)
			s.dP = mathext.Digamma(p) - mathext.Digamma(p+q)
			s.dQ = mathext.Digamma(q) - mathext.Digamma(p+q)
			for _, z := range []float64{1e-6, 0.01, 0.2, 0.5, 0.9, 0.999} {
				want := mathext.RegIncBeta(p, q, z)
				got := s.slope(z, 1-z)
				lower, upper := s.at(z, 1-z)
				if math.Abs(got.lower-want) > 1e-12 || math.Abs(lower-want) > 1e-12 || math.Abs(upper+lower-1) > 1e-15 {
					t.Errorf("I_%g(%g, %g) = %.15g and %.15g, want %.15g", z, p, q, got.lower, lower, want)
				}
				const h = 1e-5
				byP := (mathext.RegIncBeta(p+h*p, q, z) - mathext.RegIncBeta(p-h*p, q, z)) / (2 * h * p)
				byQ := (mathext.RegIncBeta(p, q+h*q, z) - mathext.RegIncBeta(p, q-h*q, z)) / (2 * h * q)
				if math.Abs(got.dP-byP) > 1e-7 || math.Abs(got.dQ-byQ) > 1e-7 {
					t.Errorf("slope of I_%g(%g, %g) = %.10g %.10g, want %.10g %.10g", z, p, q, got.dP, got.dQ, byP, byQ)
				}
			}
		}
	}
}

// randomPairs draws customers from the model itself, observed for a year at most.
func randomPairs(rng *rand.Rand, p Renewal, n int) []RenewalPair {
	gamma := func(shape float64) float64 { // Marsaglia and Tsang 2000
		boost := 1.0
		if shape < 1 {
			boost = math.Pow(rng.Float64(), 1/shape)
			shape++
		}
		d := shape - 1.0/3
		for {
			x := rng.NormFloat64()
			v := 1 + x/math.Sqrt(9*d)
			if v <= 0 {
				continue
			}
			v *= v * v
			if math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
				return d * v * boost
			}
		}
	}
	pairs := make([]RenewalPair, n)
	for i := range pairs {
		rate := gamma(p.R) / p.Alpha
		x, y := gamma(p.A), gamma(p.B)
		leave := x / (x + y)
		left := 365 * rng.Float64()
		var gaps []float64
		for rng.Float64() >= leave {
			gap := gamma(p.K) / (p.K * rate)
			if gap > left {
				break
			}
			left -= gap
			gaps = append(gaps, gap)
		}
		pairs[i] = NewRenewalPair(gaps, left)
	}
	return pairs
}

func TestRenewalGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	s := newRenewalSample(randomPairs(rng, Renewal{1.7, 0.9, 60, 0.6, 1.2}, 400), []RenewalPair{{}, {Gaps: 1, Total: 4, LogTotal: math.Log(4)}})
	for _, p := range []Renewal{{1.7, 0.9, 60, 0.6, 1.2}, {1, 1, 1, 1, 1}, {12, 0.1, 900, 0.01, 40}, {0.4, 30, 2000, 5, 0.3}} {
		theta := p.log()
		_, slope := s.evaluate(theta)
		for i := range theta {
			const h = 1e-5
			up, down := theta, theta
			up[i] += h
			down[i] -= h
			above, _ := s.evaluate(up)
			below, _ := s.evaluate(down)
			if want := (above - below) / (2 * h); math.Abs(slope[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%+v: slope by parameter %d is %.9g, want %.9g", p, i, slope[i], want)
			}
		}
	}
}

func TestRenewalFitFindsWhatWasDrawn(t *testing.T) {
	truth := Renewal{2.2, 1.4, 50, 0.5, 1.5}
	pair := RenewalPair{Gaps: 2, Total: 80, Since: 40}
	fit, err := FitRenewal(t.Context(), randomPairs(rand.New(rand.NewPCG(1, 9)), truth, 20000))
	if err != nil || !fit.Converged {
		t.Fatalf("fit: converged %v, %v", fit.Converged, err)
	}
	got, want, se := fit.Renewal.log(), truth.log(), fit.StdError
	for i, e := range [...]float64{se.K, se.R, se.Alpha, se.A, se.B} {
		// Four standard errors: one in 16,000 draws, and the draw is fixed.
		if off := (math.Exp(got[i]) - math.Exp(want[i])) / e; !(math.Abs(off) < 4) {
			t.Errorf("parameter %d is %.4g ± %.2g, drawn with %.4g", i, math.Exp(got[i]), e, math.Exp(want[i]))
		}
	}
	off := fit.Score(pair, 30).Due - truth.Score(pair, 30).Due
	if se := fit.DueError(pair, 30); !(se > 1e-4 && se < 0.02 && math.Abs(off) < 4*se) {
		t.Errorf("due is off by %.5f, its error said to be %.5f", off, se)
	}
}
