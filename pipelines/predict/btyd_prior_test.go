package predict

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// On Online Retail no law finds leaving by the data alone: their likelihoods fall to that of their limit. A weak prior holds
// them, near enough to the limit to cost no more than a unit of log-likelihood, and the held-out days decide.
func TestPurchaseLawsHeldByAPrior(t *testing.T) {
	retail, err := retailLogs()
	if err != nil {
		t.Fatal(err)
	}
	cut := dayNumber(t, "2011-09-07")
	var x, last, age []float64
	for _, l := range retail.anything {
		p, ok := l.before(cut)
		if !ok {
			continue
		}
		x, last, age = append(x, float64(p.Gaps)), append(last, p.Total/7), append(age, (p.Total+p.Since)/7)
	}
	h, _, err := Group(x, last, age)
	if err != nil {
		t.Fatal(err)
	}
	limit, err := fitNBD(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range []Law{BGNBD, MBGNBD, ParetoNBD} {
		f, err := FitPurchasesWithPrior(t.Context(), law, h)
		if err != nil {
			t.Fatal(err)
		}
		if !f.Converged || !f.Prior || math.IsNaN(f.StdErrors[3]) {
			t.Errorf("%s: got %+v, want a fit that a prior holds", law, f)
		}
		if below := limit.logLikelihood - f.LogLikelihood; below > 2 {
			t.Errorf("%s: log-likelihood is %g below that of the limit", law, below)
		}
	}
}

// Where the data do show leaving, the prior moves nothing by more than half a standard error: it is weak.
func TestThePriorIsWeak(t *testing.T) {
	h := readCDNOW(t, "cdnow_sample.txt", "19970930", 0).grouped(t)
	for _, law := range Laws() {
		plain := fit(t, law, h)
		held, err := FitPurchasesWithPrior(t.Context(), law, h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range plain.Params {
			if z := math.Abs(math.Log(held.Params[i]/plain.Params[i])) / math.Sqrt(plain.Covariance[i][i]); z > .5 {
				t.Errorf("%s %s: got %v, %v without a prior: %.2f standard errors", law, law.Names()[i], held.Params[i], plain.Params[i], z)
			}
		}
		if plain.Prior || held.LogLikelihood > plain.LogLikelihood {
			t.Errorf("%s: log-likelihood %v with a prior, %v without", law, held.LogLikelihood, plain.LogLikelihood)
		}
	}
}

// Everybody leaves alike, so that the likelihood rises for ever: the note names what the data do not bound.
func TestPurchaseLawsWhereAllLeaveAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	h := drawn(t, random, BGNBD, Params{8, 17, 2000, 2000 * 40}, 400)
	if plain, err := FitPurchases(t.Context(), BGNBD, h); err != nil || plain.Converged {
		t.Fatalf("got %+v, %v, want data without a maximum", plain, err)
	}
	fits, err := fitLaws(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	if f := fits[0]; !f.converged || !f.prior || !strings.HasPrefix(f.note, "held by a weak prior: the data alone ") || f.covariance == nil {
		t.Errorf("%s: got %+v", f.law, f)
	}
	if at, _ := chooseFit(fits); fits[at].law == nbd {
		t.Errorf("chose %s, in which nobody leaves", fits[at].law)
	}
}
