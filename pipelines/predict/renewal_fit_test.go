package predict

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Parameters and log-likelihoods: reference/field-analytics.md, section 2.3 (L-BFGS-B with numeric gradients, stopped
// where its steps vanished: within a thousandth of the optimum, which the last check proves to be ours).
func TestRenewalFitsOnRealData(t *testing.T) {
	retail, err := retailLogs()
	if err != nil {
		t.Fatal(err)
	}
	cdnow, err := cdnowLogs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		logs  []purchaseLog
		cut   string
		pairs int
		want  Renewal
		logL  float64
	}{
		{"Online Retail pairs", retail.pairs, "2011-09-07", 162012, Renewal{1.729, 0.632, 92.277, 0.674, 0.817}, -394283.9},
		{"Online Retail customers", retail.store, "2011-09-07", 3355, Renewal{1.871, 0.840, 61.388, 0.134, 1.906}, -36064.8},
		{"CDNOW", cdnow, "1997-09-30", 23570, Renewal{1.079, 0.663, 49.743, 0.843, 1.208}, -142664.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			pairs, _ := pairsAt(c.logs, dayNumber(t, c.cut))
			if len(pairs) != c.pairs {
				t.Errorf("%d pairs, want %d", len(pairs), c.pairs)
			}
			fit, err := FitRenewal(t.Context(), pairs)
			if err != nil {
				t.Fatal(err)
			}
			if !fit.Converged {
				t.Error("not converged")
			}
			got := [...]float64{fit.K, fit.R, fit.Alpha, fit.A, fit.B}
			for i, want := range [...]float64{c.want.K, c.want.R, c.want.Alpha, c.want.A, c.want.B} {
				if math.Abs(got[i]-want) > 1e-3*want+0.0005 {
					t.Errorf("parameter %d is %.5f, want %.3f ± 0.1%%", i, got[i], want)
				}
			}
			if math.Abs(fit.LogLikelihood-c.logL) > 0.05 {
				t.Errorf("log-likelihood is %.3f, want %.1f", fit.LogLikelihood, c.logL)
			}
			if there, _ := newRenewalSample(pairs).evaluate(c.want.log()); there > fit.LogLikelihood {
				t.Errorf("log-likelihood is %.6f, and higher at the published parameters: %.6f", fit.LogLikelihood, there)
			}
		})
	}
}

func BenchmarkFitRenewal(b *testing.B) {
	pairs := randomPairs(rand.New(rand.NewPCG(5, 5)), Renewal{1.729, 0.632, 92.277, 0.674, 0.817}, 1_000_000)
	for i, p := range pairs { // whole days, as sales have
		if p.Gaps > 0 {
			pairs[i].LogTotal += float64(p.Gaps) * math.Log(math.Max(1, math.Ceil(p.Total))/p.Total)
			pairs[i].Total = math.Max(1, math.Ceil(p.Total))
		}
		pairs[i].Since = math.Floor(p.Since)
	}
	for b.Loop() {
		if fit, err := FitRenewal(b.Context(), pairs); err != nil || !fit.Converged {
			b.Fatalf("converged %v, %v", fit.Converged, err)
		}
	}
	b.ReportMetric(float64(len(newRenewalSample(pairs).rows)), "groups")
}
