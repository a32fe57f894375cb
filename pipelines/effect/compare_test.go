package effect

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Where nothing was sent to anybody, a 95 % interval lies above zero in 2.5 % of the draws. Welch's does so far more
// often when few are held out and spending is skewed; the reported one does not.
func TestCompareClaimsNoGainWhereThereIsNone(t *testing.T) {
	const units, draws, holdout = 800, 2000, .1
	random := rand.New(rand.NewPCG(1, 2))
	spend := make([]float64, units)
	for i := range spend {
		if random.Float64() < .25 { // a quarter buys, and a few of them very much
			spend[i] = math.Exp(4 + 1.8*random.NormFloat64())
		}
	}
	var welchGains, gains, losses float64
	for range draws {
		var sums [2]struct{ n, sum, squares float64 }
		for _, v := range spend {
			arm := 0
			if random.Float64() < holdout {
				arm = 1
			}
			s := &sums[arm]
			s.n, s.sum, s.squares = s.n+1, s.sum+v, s.squares+v*v
		}
		treated, control := arm(sums[0].n, sums[0].sum, sums[0].squares), arm(sums[1].n, sums[1].sum, sums[1].squares)
		w, err := Welch(treated, control, .95)
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := Compare(treated, control, .95)
		if err != nil {
			t.Fatal(err)
		}
		if c.Low > w.Low || c.High < w.High {
			t.Fatalf("got %+v, narrower than Welch's %+v", c, w)
		}
		if w.Low > 0 {
			welchGains++
		}
		if c.Low > 0 {
			gains++
		}
		if c.High < 0 {
			losses++
		}
	}
	if share := welchGains / draws; share < .06 {
		t.Errorf("Welch's interval lies above zero in %.3f of the draws: this test shows nothing", share)
	}
	if share := gains / draws; share > .035 {
		t.Errorf("the reported interval lies above zero in %.3f of the draws, want .025 or less", share)
	}
	if share := losses / draws; share > .035 {
		t.Errorf("the reported interval lies below zero in %.3f of the draws, want .025 or less", share)
	}
}

// With arms of equal size both standard errors are the same, so Hillstrom's numbers stand.
func TestCompareAgreesWithWelchOnEqualArms(t *testing.T) {
	_, _, spend := hillstrom(t)
	c, lift, err := Compare(spend["Mens E-Mail"], spend["No E-Mail"], .95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "difference", c.Difference, .769827, 1e-6)
	near(t, "std error", c.StdError, .145247, 2e-6)
	near(t, "low", c.Low, .485149, 1.2e-5)
	if lift == nil {
		t.Fatal("no lift over a positive mean")
	}
	near(t, "lift", lift.Difference, 1.1793, 1e-4)
	if _, lift, err := Compare(Arm{N: 9, Mean: 1, Variance: 1}, Arm{N: 9, Variance: 1}, .95); err != nil || lift != nil {
		t.Errorf("over a mean of 0: got lift %v, %v, want none", lift, err)
	}
}
