package predict

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

// The closed form against the mixture it stands for, integrated: F(w) = ∫ P(k, kλw) Gamma(λ; R, α+kS) dλ.
func TestRenewalScoreIsTheMixture(t *testing.T) {
	p := Renewal{1.729, 0.632, 92.277, 0.674, 0.817} // field-analytics.md 2.3, Online Retail pairs
	for _, c := range []RenewalPair{{Since: 40}, {2, 84, 0, 30}, {Gaps: 9, Total: 400, Since: 200}} {
		shape, rate := p.R+p.K*float64(c.Gaps), p.Alpha+p.K*c.Total
		f := func(w float64) float64 {
			// λ = v/(1-v) maps the half line to (0, 1).
			return quad.Fixed(func(v float64) float64 {
				u := v * v * v * v // the density is singular at 0 for shapes below 1
				lambda := u / (1 - u) / rate
				lg, _ := math.Lgamma(shape)
				density := math.Exp(shape*math.Log(rate) + (shape-1)*math.Log(lambda) - rate*lambda - lg)
				return mathext.GammaIncReg(p.K, p.K*lambda*w) * density * 4 * v * v * v / ((1 - u) * (1 - u)) / rate
			}, 0, 1, 400, nil, 0)
		}
		q := p.A / (p.A + p.B + float64(c.Gaps))
		here := q + (1-q)*(1-f(c.Since))
		want := RenewalScore{f(c.Since), (1 - q) * (1 - f(c.Since)) / here, (1 - q) * (f(c.Since+30) - f(c.Since)) / here}
		got := p.Score(c, 30)
		for name, v := range map[string][2]float64{"elapsed": {got.Elapsed, want.Elapsed}, "active": {got.Active, want.Active}, "due": {got.Due, want.Due}} {
			if math.Abs(v[0]-v[1]) > 1e-6 {
				t.Errorf("%+v: %s is %.8f, want %.8f", c, name, v[0], v[1])
			}
		}
	}
}

func TestRenewalScorerEqualsScore(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	p := Renewal{2.116, 1.296, 41.754, 0.424, 0.825} // field-analytics.md 2.3, groceries
	pairs := randomPairs(rng, p, 5000)
	for i := range 2000 {
		pairs[i].Since = math.Floor(pairs[i].Since)
	}
	pairs = append(pairs, RenewalPair{}, RenewalPair{Since: 1e9}, RenewalPair{Gaps: 300, Total: 3000, LogTotal: 700, Since: 4000},
		RenewalPair{Gaps: 64, Total: 640, LogTotal: 140, Since: 2})
	which := make([]int32, len(pairs))
	out := make([]RenewalScore, len(pairs))
	ScoreRenewals([]*RenewalScorer{NewRenewalScorer(p, 14)}, which, pairs, out)
	for i, c := range pairs {
		if want := p.Score(c, 14); out[i] != want {
			t.Fatalf("%+v: %+v, want %+v", c, out[i], want)
		}
		for _, v := range [...]float64{out[i].Elapsed, out[i].Active, out[i].Due} {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("%+v: %+v is no probability", c, out[i])
			}
		}
		if out[i].Due > out[i].Active+1e-12 {
			t.Fatalf("%+v: due %g above active %g", c, out[i].Due, out[i].Active)
		}
	}
}

func TestRenewalQuantileInvertsTheGap(t *testing.T) {
	p := Renewal{2.116, 0.9, 41.754, 0.424, 0.825}
	for _, c := range []RenewalPair{{}, {Since: 10}, {Since: 5000}, {3, 126, 11, 44}, {Gaps: 40, Total: 400, Since: 300}} {
		for _, u := range []float64{0.001, 0.1, 0.5, 0.9, 0.999} {
			y := p.Quantile(c, u)
			at := func(w float64) float64 { return 1 - p.Score(RenewalPair{c.Gaps, c.Total, 0, w}, 0).Elapsed }
			if math.Abs(at(y)/at(c.Since)-(1-u)) > 1e-7 && at(c.Since) > 1e-9 || y < c.Since {
				t.Errorf("%+v: quantile %g is %g, beyond it %g of %g", c, u, y, at(y), at(c.Since))
			}
		}
	}
	// A silence without a probability: the power law's own quantile.
	if y := p.Quantile(RenewalPair{Gaps: 400, Total: 400, Since: 1e7}, 0.5); !(y > 1e7 && y < 1.1e7) {
		t.Errorf("quantile after an endless silence is %g", y)
	}
}

func TestRenewalCycles(t *testing.T) {
	p := Renewal{K: 2, R: 3, Alpha: 120, A: 1, B: 1}
	if cycle, mean := p.Cycle(); cycle != 60 || !mean {
		t.Errorf("cycle %g mean %v, want 120/(3-1)", cycle, mean)
	}
	// (120 + 2·126) / (3 + 2·3 - 1) = 46.5: weights 2 of 60 days and 6 of 42.
	o := p.Outlook(RenewalPair{3, 126, 3 * math.Log(42), 44}, 30, 0.8)
	if o.BlendedCycle != 46.5 || o.OwnMean != 42 || !(o.Earliest < o.Expected && o.Expected < o.Latest) {
		t.Errorf("outlook %+v", o)
	}
	p.R = 0.8
	if cycle, mean := p.Cycle(); mean || math.Abs(p.Score(RenewalPair{Since: cycle}, 1).Elapsed-0.5) > 1e-9 {
		t.Errorf("cycle %g mean %v, want the median", cycle, mean)
	}
	for _, c := range []struct{ gaps, want float64 }{{0, 365}, {50, math.Sqrt(60 * 365)}, {1e9, 60}} {
		got, _ := Renewal{K: 2, R: 3, Alpha: 120, A: 1, B: 1}.WithReplacementDays(365, c.gaps, 50).Cycle()
		if math.Abs(got-c.want) > 1e-3 {
			t.Errorf("with %g gaps beside 50 of 365 days the cycle is %g, want %g", c.gaps, got, c.want)
		}
	}
}

// The goal is 10M pairs in 5 s on two cores: 500 ns a pair. Four of five pairs have no gap, as in Online Retail.
func BenchmarkScoreRenewals(b *testing.B) {
	p := Renewal{1.729, 0.632, 92.277, 0.674, 0.817}
	pairs := randomPairs(rand.New(rand.NewPCG(5, 5)), p, 1_000_000)
	repeaters := 0
	for i := range pairs {
		pairs[i].Since = math.Floor(pairs[i].Since)
		if pairs[i].Gaps > 0 {
			repeaters++
		}
	}
	scorers := make([]*RenewalScorer, 60)
	for i := range scorers {
		scorers[i] = NewRenewalScorer(p, 30)
	}
	which := make([]int32, len(pairs))
	for i := range which {
		which[i] = int32(i % len(scorers))
	}
	out := make([]RenewalScore, len(pairs))
	for b.Loop() {
		ScoreRenewals(scorers, which, pairs, out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(pairs)), "ns/pair")
	b.ReportMetric(float64(repeaters)/float64(len(pairs)), "repeaters")
}
