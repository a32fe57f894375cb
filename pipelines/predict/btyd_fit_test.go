package predict

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The fits of CDNOW. params are printed to the digits of the source. Where a source is another program that stopped
// searching short of the top (its likelihood is lower than ours at more digits than it prints), its digits cannot all be
// met by a better search: `stopped` holds that point; the likelihood there must be the printed one, lower than ours, and
// the point within a hundredth of a standard error of ours.
func TestFitCDNOW(t *testing.T) {
	const sample, master = "cdnow_sample.txt", "cdnow_master.txt.gz"
	for _, c := range []struct {
		name, file, until string
		repeats           float64
		law               Law
		params, logL      string
		stopped           Params
		stoppedAt         string
	}{
		// Fader, Hardie, Lee 2005, tables 1 and 2; six digits: CLVTools tests/testthat/test_correctness_bgnbd.R; its
		// log-likelihood at the printed parameters by BTYD (measured).
		{"paper", sample, "19970930", 2457, BGNBD, ".243 4.414 .793 2.426", "-9582.4",
			Params{.2426, 4.4136, .7929, 2.4259}, "-9582.429207"},
		{"CLVTools", sample, "19970930", 2457, BGNBD, ".2426 4.4136 .7929 2.4259", "-9582.429",
			Params{.2425945, 4.4136019, .7929199, 2.4258881}, "-9582.429"},
		// The same paper for Pareto/NBD; CLVTools test_correctness_pnbd_nocovstaticcov.R; BTYD (measured).
		{"paper", sample, "19970930", 2457, ParetoNBD, ".553 10.578 .606 11.669", "-9595.0",
			Params{.5533971, 10.5801985, .6060625, 11.6562237}, "-9594.976198"},
		{"CLVTools", sample, "19970930", 2457, ParetoNBD, ".553 10.58 .606 11.67", "-9594.976",
			Params{.55315, 10.57633, .60625, 11.67150}, "-9594.976"},
		// BTYDplus by way of lifetimes tests/test_estimation.py, test_params_out_is_close_to_BTYDplus; six digits: lifetimes
		// (measured). No log-likelihood is published.
		{"BTYDplus", sample, "19970930", 2457, MBGNBD, ".525 6.183 .891 1.614", "-9582.136",
			Params{.524838, 6.182988, .891356, 1.614000}, "-9582.136"},
		// CLVTools with estimation.split = 37 and 39 (measured): another date, other numbers.
		{"split 37", sample, "19970917", 2345, BGNBD, ".23664 4.2081 .9502 2.8656", "-9134.881",
			Params{.2366379, 4.208138, .9502849, 2.865754}, "-9134.881"},
		{"split 37", sample, "19970917", 2345, ParetoNBD, ".546 10.282 .737 14.54", "-9147.545",
			Params{.5455189, 10.28189, .737285, 14.54469}, "-9147.545"},
		{"split 39", sample, "19971001", 2462, BGNBD, ".2419155 4.40181 .80309 2.4619", "-9602.861",
			Params{.2419155, 4.401811, .8030844, 2.461852}, "-9602.861"},
		{"split 39", sample, "19971001", 2462, ParetoNBD, ".551 10.555 .625 12.244", "-9615.242",
			Params{.5510888, 10.55477, .6249236, 12.24444}, "-9615.242"},
		// The master file: two programs for BG/NBD, lifetimes' parameters and BTYD's likelihood for Pareto/NBD (measured).
		{"master", master, "19970930", 24337, BGNBD, ".2516 4.789 .723 2.16", "-95368.4439",
			Params{.251617, 4.788750, .723133, 2.160130}, "-95368.44395"},
		{"master", master, "19970930", 24337, ParetoNBD, ".5974 11.586 .5222 8.828", "-95415.11862",
			Params{.597444, 11.586152, .522185, 8.827588}, "-95415.11862"},
		{"master", master, "19970930", 24337, MBGNBD, ".637140 7.310290 .807474 1.228394", "-95336.958",
			Params{.637140, 7.310290, .807474, 1.228394}, "-95336.958"},
		// To the end of the file BTYD's likelihood of Pareto/NBD is NaN: its 2F1 overflows.
		{"master, 78 weeks", master, "19980630", 44021, BGNBD, ".26713 5.9865 .4835 2.1116", "-173425.9163",
			Params{.267129, 5.986544, .483506, 2.111546}, "-173425.9163"},
		{"master, 78 weeks", master, "19980630", 44021, ParetoNBD, ".6110 13.614 .3126 6.149", "-173327.996",
			Params{.611034, 13.614788, .312554, 6.146956}, "-173327.996"},
		{"master, 78 weeks", master, "19980630", 44021, MBGNBD, ".689419 9.88938 .4916 .858515", "-173294.442",
			Params{.689419, 9.889382, .491600, .858515}, "-173294.442"},
	} {
		t.Run(c.name+" "+string(c.law), func(t *testing.T) {
			data := readCDNOW(t, c.file, c.until, 0)
			if got := total(data.x); got != c.repeats {
				t.Fatalf("got %v repeat purchases, want %v", got, c.repeats)
			}
			h := data.grouped(t)
			f := fit(t, c.law, h)
			for i, printed := range strings.Fields(c.params) {
				near(t, c.law.Names()[i], f.Params[i], printed)
			}
			near(t, "log-likelihood", f.LogLikelihood, c.logL)
			surface, rows, err := likelihood(c.law, h)
			if err != nil {
				t.Fatal(err)
			}
			there := surface(logs(c.stopped), make([]float64, 4)) * rows.customers
			near(t, "log-likelihood where the other program stopped", there, c.stoppedAt)
			if there > f.LogLikelihood+1e-9 {
				t.Errorf("got %.9f, lower than %.9f where the other program stopped", f.LogLikelihood, there)
			}
			for i, v := range c.stopped {
				if d := math.Abs(v-f.Params[i]) / f.StdErrors[i]; d > .01 {
					t.Errorf("%s: got %v, want it near %v: %.3f standard errors", c.law.Names()[i], f.Params[i], v, d)
				}
			}
		})
	}
}

// CLVTools test_correctness_pnbd_nocovstaticcov.R prints .0476264 .8427222 .1872594 6.2105448. It differentiates the
// likelihood twice by differences, where four digits hold; ours differentiates the analytic gradient once, and the digits
// here are the same by second differences of the likelihood over steps of 2e-3 and 4e-3, extrapolated.
func TestStandardErrors(t *testing.T) {
	h := readCDNOW(t, "cdnow_sample.txt", "19970930", 0).grouped(t)
	f := fit(t, ParetoNBD, h)
	printed, exact := strings.Fields(".0476 .8427 .1873 6.211"), strings.Fields(".04762793 .8427225 .1872813 6.211114")
	for i, name := range ParetoNBD.Names() {
		near(t, "standard error of "+name, f.StdErrors[i], printed[i])
		near(t, "standard error of "+name, f.StdErrors[i], exact[i])
	}
	surface, rows, err := likelihood(ParetoNBD, h)
	if err != nil {
		t.Fatal(err)
	}
	theta, ignored := logs(f.Params), make([]float64, 4)
	second := func(i, j int, step float64) float64 {
		at := func(a, b float64) float64 {
			moved := append([]float64(nil), theta...)
			moved[i] += a * step
			moved[j] += b * step
			return surface(moved, ignored)
		}
		return -(at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * step * step)
	}
	curve := mat.NewSymDense(4, nil)
	for i := range 4 {
		for j := i; j < 4; j++ {
			curve.SetSym(i, j, (4*second(i, j, 2e-3)-second(i, j, 4e-3))/3)
		}
	}
	covariance := inverse(curve)
	for i, p := range f.Params {
		want := p * math.Sqrt(covariance.At(i, i)/rows.customers)
		if math.Abs(f.StdErrors[i]/want-1) > 5e-6 {
			t.Errorf("standard error of %s: got %v, want %v by second differences", ParetoNBD.Names()[i], f.StdErrors[i], want)
		}
	}
}

// Grouped and ungrouped histories have one optimum, whatever their order and their unit of time.
func TestGroupingChangesNothing(t *testing.T) {
	c := readCDNOW(t, "cdnow_master.txt.gz", "19970930", 0)
	ungrouped, err := Ungrouped(c.x, c.last, c.age)
	if err != nil {
		t.Fatal(err)
	}
	days := c.grouped(t)
	for i := range days.Last {
		days.Last[i], days.Age[i] = math.Round(7*days.Last[i]), math.Round(7*days.Age[i])
	}
	for _, law := range Laws() {
		want, got, inDays := fit(t, law, ungrouped), fit(t, law, c.grouped(t)), fit(t, law, days)
		cores := runtime.GOMAXPROCS(1)
		again := fit(t, law, c.grouped(t))
		runtime.GOMAXPROCS(cores)
		if again.Params != got.Params || again.LogLikelihood != got.LogLikelihood {
			t.Errorf("%s: got %v, then %v on one core", law, got, again)
		}
		if math.Abs(got.LogLikelihood-want.LogLikelihood) > 1e-7 {
			t.Errorf("%s: got log-likelihood %.9f grouped, %.9f ungrouped", law, got.LogLikelihood, want.LogLikelihood)
		}
		for i, v := range want.Params {
			unit := 1.0
			if i == 1 || law == ParetoNBD && i == 3 {
				unit = 7
			}
			if math.Abs(got.Params[i]/v-1) > 1e-7 || math.Abs(inDays.Params[i]/unit/v-1) > 1e-7 {
				t.Errorf("%s %s: got %v grouped, %v in days, want %v", law, law.Names()[i], got.Params[i], inDays.Params[i], v)
			}
		}
	}
}

func TestFitRefuses(t *testing.T) {
	few := Histories{Repeats: []float64{0, 1}, Last: []float64{0, 3}, Age: []float64{9, 9}, Count: []float64{900, 29}}
	if _, err := FitPurchases(context.Background(), BGNBD, few); !errors.Is(err, ErrTooFewPurchases) {
		t.Errorf("29 repeaters: got %v, want ErrTooFewPurchases", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	enough := Histories{Repeats: []float64{0, 1}, Last: []float64{0, 3}, Age: []float64{9, 9}, Count: []float64{900, 99}}
	if _, err := FitPurchases(ended, BGNBD, enough); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got %v, want context.Canceled", err)
	}
	if _, err := FitPurchases(context.Background(), "nbd", enough); err == nil || !strings.Contains(err.Error(), `"nbd"`) {
		t.Errorf("unknown model: got %v", err)
	}
	for want, h := range map[string]Histories{
		"whole number":                    {[]float64{.5}, []float64{1}, []float64{2}, []float64{1}},
		"between 0 and":                   {[]float64{1}, []float64{3}, []float64{2}, []float64{1}},
		"both 0 or neither":               {[]float64{1}, []float64{0}, []float64{2}, []float64{1}},
		"got age":                         {[]float64{0}, []float64{0}, []float64{math.NaN()}, []float64{1}},
		"customers, want a positive":      {[]float64{0}, []float64{0}, []float64{1}, []float64{0}},
		"slices of 1, 0, 1, 1, want one ": {[]float64{0}, nil, []float64{1}, []float64{0}},
	} {
		if _, err := FitPurchases(context.Background(), BGNBD, h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %q", h, err, want)
		}
	}
}

// Data without leaving, or without differences between customers, have their optimum at infinity: the fit must stay
// among the numbers and say so, or find an interior point.
func TestFitAtTheEnds(t *testing.T) {
	var all Histories
	for x := range 12 { // everybody buys once a week and is still there
		all.Repeats = append(all.Repeats, float64(x+1))
		all.Last = append(all.Last, float64(x+1))
		all.Age = append(all.Age, float64(x+1)+.2)
		all.Count = append(all.Count, 50)
	}
	for _, law := range Laws() {
		f, err := FitPurchases(context.Background(), law, all)
		if err != nil {
			t.Fatal(err)
		}
		if f.Converged || len(f.AtBound) == 0 {
			t.Errorf("%s: got %+v, want a fit that says it ran to a bound", law, f)
		}
		for i, p := range f.Params {
			if !(p > 0 && p < 1e8) || !math.IsNaN(f.StdErrors[i]) {
				t.Errorf("%s: got %v ± %v, want a number without an error", law, p, f.StdErrors[i])
			}
		}
	}
}

// From data of each model, drawn at parameters of all kinds, the fit finds a point at least as likely as the truth, and
// the truth within five standard errors.
func TestFitRecovers(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, law := range Laws() {
		for range 12 {
			between := func(lo, hi float64) float64 { return lo * math.Pow(hi/lo, random.Float64()) }
			truth := Params{between(.4, 2), between(10, 60), between(.3, 2), between(.5, 4)}
			if law == ParetoNBD {
				truth[3] = between(5, 60)
			}
			h := drawn(t, random, law, truth, 10_000)
			f, err := FitPurchases(context.Background(), law, h)
			if err != nil {
				t.Fatal(err)
			}
			surface, rows, err := likelihood(law, h)
			if err != nil {
				t.Fatal(err)
			}
			if there := rows.customers * surface(logs(truth), make([]float64, 4)); f.LogLikelihood < there {
				t.Errorf("%s %v: got log-likelihood %v, lower than %v of the truth", law, truth, f.LogLikelihood, there)
			}
			if !f.Converged {
				t.Errorf("%s %v: not converged: %+v", law, truth, f)
			}
			for i, p := range f.Params {
				if z := math.Log(p/truth[i]) / math.Sqrt(f.Covariance[i][i]); math.Abs(z) > 5 {
					t.Errorf("%s %v: got %s = %v, %.1f standard errors off", law, truth, law.Names()[i], p, z)
				}
			}
		}
	}
}

// drawn are histories of n customers of a model, in continuous time.
func drawn(t testing.TB, random *rand.Rand, law Law, p Params, n int) Histories {
	t.Helper()
	x, last, age := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		age[i] = float64(20 + random.IntN(80))
		rate, leaves, end := gammaDraw(random, p[0])/p[1], 0.0, age[i]
		if law == ParetoNBD {
			end = math.Min(end, random.ExpFloat64()/gammaDraw(random, p[2])*p[3])
		} else {
			a, b := gammaDraw(random, p[2]), gammaDraw(random, p[3])
			leaves = a / (a + b)
		}
		if law == MBGNBD && random.Float64() < leaves {
			continue
		}
		for at := random.ExpFloat64() / rate; at <= end; at += random.ExpFloat64() / rate {
			x[i]++
			last[i] = at
			if random.Float64() < leaves {
				break
			}
		}
	}
	h, _, err := Group(x, last, age)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
