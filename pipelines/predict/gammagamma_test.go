package predict

import (
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// readSpending reads the published summary of the sample: x and zbar of each customer, also of those without a repeat.
func readSpending(t testing.TB) (x, mean []float64) {
	t.Helper()
	file, err := os.Open("../../testdata/cdnow/cdnow_customers_summary_with_transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		n, err1 := strconv.ParseFloat(line[1], 64)
		m, err2 := strconv.ParseFloat(line[4], 64)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		x, mean = append(x, n), append(mean, m)
	}
	return x, mean
}

// spending takes those who bought again for money.
func spending(x, mean []float64) Spending {
	var s Spending
	for i, n := range x {
		if n > 0 && mean[i] > 0 {
			s.Purchases, s.Mean, s.Count = append(s.Purchases, n), append(s.Mean, mean[i]), append(s.Count, 1)
		}
	}
	return s
}

func fitSpending(t testing.TB, s Spending) SpendFit {
	t.Helper()
	f, err := FitSpending(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if !f.Converged {
		t.Fatalf("not converged: %+v", f)
	}
	return f
}

// spendLogLikelihood is the sum at given parameters.
func spendLogLikelihood(s Spending, p, q, gamma float64) float64 {
	g := newGammaGamma(s)
	return g.customers * g.meanLogLikelihood([]float64{math.Log(p), math.Log(q), math.Log(gamma)}, make([]float64, 3))
}

func TestFitSpending(t *testing.T) {
	// Fader and Hardie, note 025: 6.25, 3.74, 15.44; CLVTools test_correctness_gg.R has the log-likelihood. BTYD at the
	// note's rounded parameters (measured).
	log := readCDNOW(t, "cdnow_sample.txt", "19970930", 0)
	sample := spending(log.x, log.spend)
	if len(sample.Mean) != 946 {
		t.Fatalf("got %d repeaters in the sample, want 946", len(sample.Mean))
	}
	f := fitSpending(t, sample)
	near(t, "p", f.P, "6.25")
	near(t, "q", f.Q, "3.74")
	near(t, "gamma", f.Gamma, "15.44")
	near(t, "log-likelihood", f.LogLikelihood, "-4055.9177")
	near(t, "log-likelihood at the note's parameters", spendLogLikelihood(sample, 6.25, 3.74, 15.44), "-4055.919232")

	// lifetimes (measured) on the summary, where the means are rounded to cents.
	f = fitSpending(t, spending(readSpending(t)))
	near(t, "p of the summary", f.P, "6.24880") // lifetimes prints 6.248802, cut: 6.24880251
	near(t, "q of the summary", f.Q, "3.744588")
	near(t, "gamma of the summary", f.Gamma, "15.447748")
	near(t, "log-likelihood of the summary", f.LogLikelihood, "-4055.9232")

	// The master file (measured with lifetimes): two calibrations. For the first it stopped at a gamma of 14.983689, where
	// p and q of its six digits are at most as likely as ours.
	for _, c := range []struct {
		until, params, logL string
		n                   int
	}{
		{"19970930", "6.275359 3.624450 14.98369", "-40763.476", 9450},
		{"19980630", "5.086044 3.995121 21.252238", "-49496.524", 11515},
	} {
		data := readCDNOW(t, "cdnow_master.txt.gz", c.until, 0)
		s := spending(data.x, data.spend)
		if len(s.Mean) != c.n {
			t.Errorf("to %s: got %d spenders, want %d", c.until, len(s.Mean), c.n)
		}
		f := fitSpending(t, s)
		near(t, "log-likelihood to "+c.until, f.LogLikelihood, c.logL)
		for i, printed := range strings.Fields(c.params) {
			near(t, SpendNames()[i]+" to "+c.until, []float64{f.P, f.Q, f.Gamma}[i], printed)
		}
	}
}

func TestExpectedSpending(t *testing.T) {
	note := SpendFit{P: 6.25, Q: 3.74, Gamma: 15.44}
	// BTYD (measured).
	near(t, "E(M) of 3 purchases of 35", note.Expected(3, 35).Value, "35.02791996")
	near(t, "E(M) of 1 purchase of 45", note.Expected(1, 45).Value, "42.0189099")
	// (The reference has this value for 10 purchases; by the formula that stands beside it, it is that of one, and ten
	// give 6.25 (15.44 + 450) / (62.5 + 2.74).)
	near(t, "E(M) of 10 purchases of 45", note.Expected(10, 45).Value, "44.5892091")
	near(t, "E(M) of the population", note.Expected(0, 0).Value, "35.2189781")
	// Fader and Hardie, note 025, the first ten customers, as in lifetimes' tests: at unrounded parameters and means.
	log := readCDNOW(t, "cdnow_sample.txt", "19970930", 0)
	x, mean := log.x, log.spend
	f := fitSpending(t, spending(x, mean))
	for i, printed := range strings.Fields("24.65 18.91 35.17 35.17 35.17 71.46 18.91 35.17 27.28 35.17") {
		near(t, "E(M) of customer "+strconv.Itoa(i+1), f.Expected(x[i], mean[i]).Value, printed)
	}
	few, many, none := f.Expected(1, 80), f.Expected(50, 80), note.Expected(1, 80)
	if !(few.Low < few.Value && few.Value < few.High && many.High-many.Low < few.High-few.Low) {
		t.Errorf("got intervals %v of one purchase, %v of 50: want the second narrower", few, many)
	}
	if !math.IsNaN(none.Low) || !math.IsNaN(none.High) {
		t.Errorf("got %v of parameters without a fit, want no interval", none)
	}
	if got := (SpendFit{P: 2, Q: .9, Gamma: 5}).Expected(0, 0).Value; !math.IsInf(got, 1) {
		t.Errorf("got %v for a population without a mean, want +Inf", got)
	}
}

func TestSpendingRefuses(t *testing.T) {
	one := Spending{Purchases: []float64{1}, Mean: []float64{5}, Count: []float64{29}}
	if _, err := FitSpending(context.Background(), one); !errors.Is(err, ErrTooFewSpenders) {
		t.Errorf("29 customers: got %v, want ErrTooFewSpenders", err)
	}
	one.Mean[0] = 0
	if _, err := FitSpending(context.Background(), one); err == nil || !strings.Contains(err.Error(), "mean 0") {
		t.Errorf("free of charge: got %v, want a refusal", err)
	}
	one.Mean[0], one.Count[0] = 5, 100 // all alike: nothing tells p from its limit
	if f, err := FitSpending(context.Background(), one); err != nil || f.Converged {
		t.Errorf("all alike: got %+v, %v; want a fit that did not converge", f, err)
	}
}
