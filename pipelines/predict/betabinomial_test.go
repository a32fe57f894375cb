package predict

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// TestFitRatesOfGeissler fits the boys among the first 12 children of 6,115 families in Saxony (Geissler 1889, in
// Lindsey and Altham, Applied Statistics 47, 1998). The example of the article "Beta-binomial distribution" of the English
// Wikipedia prints alpha 34.09558, beta 31.5715 and the log-likelihood -12492.9. Its search stopped a little early: the
// gradient there is not zero, and the likelihood lower than at the top, which lies less than 0.01 away (the standard error
// of alpha is 4).
func TestFitRatesOfGeissler(t *testing.T) {
	families := []float64{3, 24, 104, 286, 670, 1033, 1343, 1112, 829, 478, 181, 45, 7}
	var data Trials
	coefficients := 0.0
	for boys, n := range families {
		data.Bad, data.All, data.Count = append(data.Bad, float64(boys)), append(data.All, 12), append(data.Count, n)
		coefficients += n * (lgamma(13) - lgamma(float64(boys)+1) - lgamma(13-float64(boys)))
	}
	f, err := FitRates(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	alpha, beta := f.Rate*f.Strength, (1-f.Rate)*f.Strength
	if !f.Converged || math.Abs(alpha-34.09558) > 0.01 || math.Abs(beta-31.5715) > 0.01 || f.Customers != 6115 {
		t.Errorf("got alpha %.5f, beta %.5f, %+v", alpha, beta, f)
	}
	gradient := make([]float64, 2)
	printed := 6115 * data.meanLogLikelihood(6115)([]float64{math.Log(34.09558), math.Log(31.5715)}, gradient)
	if printed >= f.LogLikelihood || f.Gradient > 1e-10 || math.Abs(gradient[0]) < 1e-9 {
		t.Errorf("the printed values have log-likelihood %v and gradient %v, the fit %v and %v", printed, gradient, f.LogLikelihood, f.Gradient)
	}
	if got := f.LogLikelihood + coefficients; math.Abs(got+12492.9) > 0.05 {
		t.Errorf("got log-likelihood %.3f", got)
	}
}

// TestFitRatesRecovers draws customers with rates of their own and finds the parameters within three standard errors; the
// bound holds for about as many of them as it says.
func TestFitRatesRecovers(t *testing.T) {
	const rate, strength, level = 0.15, 8.0, 0.9
	random := rand.New(rand.NewPCG(7, 1))
	var data Trials
	var own []float64
	for range 4000 {
		p := distuv.Beta{Alpha: rate * strength, Beta: (1 - rate) * strength, Src: random}.Rand()
		n, bad := float64(1+random.IntN(15)), 0.0
		for range int(n) {
			if random.Float64() < p {
				bad++
			}
		}
		own = append(own, p)
		data.Bad, data.All, data.Count = append(data.Bad, bad), append(data.All, n), append(data.Count, 1)
	}
	f, err := FitRates(t.Context(), data)
	if err != nil || !f.Converged {
		t.Fatal(err, f)
	}
	if math.Abs(f.Rate-rate) > 3*f.StdErrors[0] || math.Abs(f.Strength-strength) > 3*f.StdErrors[1] || f.StdErrors[0] > 0.01 {
		t.Errorf("got %+v, want rate %v and strength %v", f, rate, strength)
	}
	below := 0.0
	for i, p := range own {
		if p <= RateBound(data.Bad[i], data.All[i], f.Rate, f.Strength, level) {
			below++
		}
	}
	if got := below / float64(len(own)); math.Abs(got-level) > 0.02 {
		t.Errorf("the bound of %v holds for %.3f of the customers", level, got)
	}
}

func TestFitRatesOfTooLittle(t *testing.T) {
	_, err := FitRates(t.Context(), Trials{Bad: []float64{0, 1}, All: []float64{1, 5}, Count: []float64{1000, 29}})
	if !errors.Is(err, ErrTooFewTrials) {
		t.Errorf("got %v", err)
	}
	for name, data := range map[string]Trials{
		"nothing went wrong": {Bad: []float64{0, 0}, All: []float64{3, 20}, Count: []float64{100, 50}},
		"all alike":          {Bad: []float64{4, 5, 6}, All: []float64{10, 10, 10}, Count: []float64{10, 200, 10}},
	} {
		f, err := FitRates(t.Context(), data)
		if err != nil || f.Converged {
			t.Errorf("%s: got %v, %+v, want a fit that says it is none", name, err, f)
		}
	}
	if _, err := FitRates(t.Context(), Trials{Bad: []float64{2}, All: []float64{1}, Count: []float64{1}}); err == nil {
		t.Error("more bad trials than trials were accepted")
	}
}

// TestRateBound holds quantiles of Beta with known values: 1 - (1-p)^(1/n) for Beta(1, n).
func TestRateBound(t *testing.T) {
	for _, tt := range []struct{ bad, all, rate, strength, want float64 }{
		{0, 0, 0.2, 5, 1 - math.Pow(0.1, 1.0/4)}, // Beta(1, 4)
		{0, 9, 0.5, 2, 1 - math.Pow(0.1, 1.0/10)},
		{9, 9, 0.5, 2, math.Pow(0.9, 1.0/10)}, // Beta(10, 1)
		{0, 5, 0, 10, 0},
		{5, 5, 1, 10, 1},
	} {
		if got := RateBound(tt.bad, tt.all, tt.rate, tt.strength, 0.9); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
	if got := ShrunkRate(1, 1, 0.2, 9); math.Abs(got-0.28) > 1e-12 {
		t.Errorf("got %v", got)
	}
}

// TestRateBoundIsAQuantile holds that the bound is where the posterior's distribution reaches the level, from a single
// trial to a million, for companies in which next to nothing or nearly everything goes wrong.
func TestRateBoundIsAQuantile(t *testing.T) {
	for _, all := range []float64{1, 7, 100, 1e4, 1e6} {
		for _, share := range []float64{0, 0.001, 0.3, 0.999, 1} {
			for _, rate := range []float64{1e-6, 0.01, 0.2, 0.9} {
				for _, strength := range []float64{0.5, 10, 5000} {
					bad := math.Round(share * all)
					a, b := bad+strength*rate, all-bad+strength*(1-rate)
					x := RateBound(bad, all, rate, strength, 0.9)
					if !(x >= 0 && x <= 1) {
						t.Fatalf("%v of %v, %v, %v: got %v", bad, all, rate, strength, x)
					}
					if x < 1e-12 || x > 1-1e-12 { // all but a point at an end: the next number is already beyond
						continue
					}
					if got := mathext.RegIncBeta(a, b, x); math.Abs(got-0.9) > 1e-6 {
						t.Errorf("%v of %v, %v, %v: the distribution at %v is %v", bad, all, rate, strength, x, got)
					}
				}
			}
		}
	}
}

// TestRiskTables holds the way from the rows of the SELECT to those of the tables.
func TestRiskTables(t *testing.T) {
	var w columnWriter
	w.texts("kind", []string{"payment", "payment", "return", "payment"})
	w.numbers("bad_count", []float64{0, 1, 1, 4})
	w.numbers("trial_count", []float64{4, 4, 4, 4})
	w.numbers("customer_count", []float64{60, 20, 3, 10})
	in := w.table(4)
	defer in.Release()
	out, err := RiskFitTable(context.Background(), in, map[string]any{"risk_strength": 12.0})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	kinds, values, converged := read.texts("kind"), read.numbers("value"), read.truths("converged")
	if read.err != nil || len(kinds) != 4 || kinds[0] != "payment" || kinds[2] != "return" || !converged[0] || converged[2] {
		t.Fatalf("got %v %v %v %v", kinds, values, converged, read.err)
	}
	if values[0] < 0.1 || values[0] > 0.25 || values[1] <= 0 || values[1] > 5 {
		t.Errorf("payment: got rate %v, strength %v", values[0], values[1])
	}
	if want := rounded(3.5 / 13); values[2] != want || values[3] != 12 { // (3 + 0.5) of (12 + 1)
		t.Errorf("return: got rate %v, strength %v, want %v, 12", values[2], values[3], want)
	}

	var s columnWriter
	s.texts("kind", []string{"return"})
	s.numbers("bad_count", []float64{0})
	s.numbers("trial_count", []float64{9})
	s.numbers("rate", []float64{0.5})
	s.numbers("strength", []float64{2})
	pairs := s.table(1)
	defer pairs.Release()
	risks, err := RiskTable(context.Background(), pairs, map[string]any{"risk_level": 0.9})
	if err != nil {
		t.Fatal(err)
	}
	defer risks.Release()
	read = columnReader{in: risks}
	if got := read.numbers("rate_high"); got[0] != rounded(1-math.Pow(0.1, 0.1)) {
		t.Errorf("got %v", got)
	}
	if got := read.numbers("shrunk_rate"); got[0] != rounded(1.0/11) {
		t.Errorf("got %v", got)
	}
	if _, err := RiskTable(context.Background(), pairs, map[string]any{"risk_level": 1.0}); err == nil {
		t.Error("a level of 1 was accepted")
	}
}
