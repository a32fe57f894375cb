package predict

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The curve gives the dates of the exact quantiles to a hundredth of a day and a ten-thousandth of the wait, and the scores
// bit by bit.
func TestRenewalFiguresAreTheModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	for _, p := range []Renewal{
		{1.729, 0.632, 92.277, 0.674, 0.817}, // field-analytics.md 2.3: Online Retail pairs, groceries
		{2.116, 1.296, 41.754, 0.424, 0.825},
		{0.4, 0.2, 5, 1, 1}, {12, 6, 400, 0.1, 3}, {60, 0.9, 30, 0.01, 9},
	} {
		f := newRenewalFigures(p, 30)
		pairs := append(randomPairs(rng, p, 300), RenewalPair{}, RenewalPair{Since: 700}, RenewalPair{Since: 1e6},
			RenewalPair{Gaps: 90, Total: 700, Since: 3}, RenewalPair{Gaps: 90, Total: 700, Since: 3000})
		for _, c := range pairs {
			f.prepare(c.Gaps)
			got := f.scored(&c, 30)
			if want := p.Score(c, 30); got != want {
				t.Fatalf("%+v of %+v: score %+v, want %+v", c, p, got, want)
			}
			u := [3]float64{0.1, 0.5, 0.9}
			for i, after := range f.waits(&c, got.Elapsed, u) {
				want := p.Quantile(c, u[i]) - c.Since
				if math.Abs(after-want) > 0.01+1e-4*want+1e-9*c.Since {
					t.Errorf("%+v of %+v: quantile %g after %g, want %g", c, p, u[i], after, want)
				}
			}
			blended, _ := p.BlendedCycle(c)
			if got := f.levels[c.Gaps].blended * (p.Alpha + p.K*c.Total); math.Abs(got/blended-1) > 1e-7 {
				t.Errorf("%+v of %+v: blended cycle %g, want %g", c, p, got, blended)
			}
		}
		if cycle, _ := p.Cycle(); math.Abs(f.category/cycle-1) > 1e-6 {
			t.Errorf("%+v: cycle %g, want %g", p, f.category, cycle)
		}
	}
}
