package predict

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// What was expected of the 39 weeks after 1997-09-30 (measured with BTYD and lifetimes), at the parameters where those
// programs stopped; and the same from our own fits, which are within a tenth of a thousandth of it.
func TestHoldoutOfCDNOW(t *testing.T) {
	predicted := func(c cdnow, law Law, p Params) (each []float64) {
		o := outlook(t, law, p)
		for i, x := range c.x {
			each = append(each, o.Purchases(x, c.last[i], c.age[i], 39))
		}
		return each
	}
	sample := readCDNOW(t, "cdnow_sample.txt", "19970930", 39)
	near(t, "actual, sample", total(sample.later), "1882")
	near(t, "Pareto/NBD, sample", total(predicted(sample, ParetoNBD, paramsBTYDPareto)), "1665.34")
	near(t, "BG/NBD, sample", total(predicted(sample, BGNBD, paramsBTYD)), "1653.43")
	near(t, "our Pareto/NBD, sample", total(predicted(sample, ParetoNBD, fit(t, ParetoNBD, sample.grouped(t)).Params)), "1665.5")
	near(t, "our BG/NBD, sample", total(predicted(sample, BGNBD, fit(t, BGNBD, sample.grouped(t)).Params)), "1653.4")

	master := readCDNOW(t, "cdnow_master.txt.gz", "19970930", 39)
	near(t, "actual, master", total(master.later), "19684")
	p := predicted(master, BGNBD, Params{.251617, 4.788750, .723133, 2.160130})
	near(t, "BG/NBD, master", total(p), "16875.0")
	var absolute, square float64
	for i, v := range p {
		d := v - master.later[i]
		absolute += math.Abs(d)
		square += d * d
	}
	n := float64(len(p))
	near(t, "mean absolute error", absolute/n, ".81875")
	near(t, "root mean square error", math.Sqrt(square/n), "1.73289")
	near(t, "correlation", correlation(p, master.later), ".66879")
	near(t, "our BG/NBD, master", total(predicted(master, BGNBD, fit(t, BGNBD, master.grouped(t)).Params)), "16873.7")
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	ma, mb := total(a)/n, total(b)/n
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// Scores of many are the forecasts of each, and the interval is what a simulation from the covariance gives.
func TestScores(t *testing.T) {
	c := readCDNOW(t, "cdnow_sample.txt", "19970930", 0)
	random := rand.New(rand.NewPCG(7, 7))
	for _, law := range Laws() {
		f := fit(t, law, c.grouped(t))
		h := Histories{Repeats: []float64{0, 1, 7, 26}, Last: []float64{0, 20, 30, 30.86}, Age: []float64{38, 30, 38, 31}}
		scores, err := f.Score(h, Horizon{Within: 13, Discount: .0027})
		if err != nil {
			t.Fatal(err)
		}
		draws := make([][4][]float64, h.Len())
		for range 1500 {
			p := f.Params
			for _, d := range f.directions() {
				z := random.NormFloat64()
				for i := range p {
					p[i] *= math.Exp(z * d[i])
				}
			}
			o := outlook(t, law, p)
			for i, x := range h.Repeats {
				last, age := h.Last[i], h.Age[i]
				for q, v := range []float64{
					o.Alive(x, last, age), o.Buys(x, last, age, 13), o.Purchases(x, last, age, 13),
					o.Discounted(x, last, age, .0027),
				} {
					draws[i][q] = append(draws[i][q], v)
				}
			}
		}
		o, err := f.Outlook()
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range h.Repeats {
			last, age := h.Last[i], h.Age[i]
			for q, c := range []struct {
				name string
				got  Estimate
				want float64
			}{
				{"alive", scores.Alive[i], o.Alive(x, last, age)},
				{"buys", scores.Buys[i], o.Buys(x, last, age, 13)},
				{"purchases", scores.Purchases[i], o.Purchases(x, last, age, 13)},
				{"discounted", scores.Discounted[i], o.Discounted(x, last, age, .0027)},
			} {
				if math.Abs(c.got.Value/c.want-1) > 1e-12 {
					t.Errorf("%s %s of history %d: got %v, want %v", law, c.name, i, c.got.Value, c.want)
				}
				inside := 0
				for _, v := range draws[i][q] {
					if v >= c.got.Low && v <= c.got.High {
						inside++
					}
				}
				if share := float64(inside) / 1500; share < .90 || share > .98 && c.got.Low < c.got.High {
					t.Errorf("%s %s of history %d: %v holds %v of the simulated, want about .95", law, c.name, i, c.got, share)
				}
			}
		}
	}
}

func TestScoreRefuses(t *testing.T) {
	f := Fit{Law: BGNBD, Params: Params{.25, 4.4, .8, 2.4}} // not fitted: no covariance
	h := Histories{Repeats: []float64{1}, Last: []float64{2}, Age: []float64{3}}
	s, err := f.Score(h, Horizon{Within: 4})
	if err != nil {
		t.Fatal(err)
	}
	if s.Discounted != nil || math.IsNaN(s.Buys[0].Value) || !math.IsNaN(s.Buys[0].Low) || !math.IsNaN(s.Purchases[0].High) {
		t.Errorf("got %+v, want values without intervals, nothing discounted", s)
	}
	for want, ask := range map[string]Horizon{"positive time": {}, "rate from 0": {Within: 1, Discount: -1}} {
		if _, err := f.Score(h, ask); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want an error with %q", ask, err, want)
		}
	}
}

func TestChooseLaw(t *testing.T) {
	c := readCDNOW(t, "cdnow_master.txt.gz", "19970930", 4)
	h, index, err := Group(c.x, c.last, c.age)
	if err != nil {
		t.Fatal(err)
	}
	bought := make([]float64, h.Len())
	for i, n := range c.later {
		if n > 0 {
			bought[index[i]]++
		}
	}
	choice, err := ChooseLaw(context.Background(), Laws(), h, 4, bought)
	if err != nil {
		t.Fatal(err)
	}
	least := math.Inf(1)
	for _, c := range choice.Candidates {
		t.Logf("%s: log loss %.5f", c.Fit.Law, c.LogLoss)
		least = math.Min(least, c.LogLoss)
		if c.Fit.Law == BGNBD {
			near(t, "BG/NBD log loss of 28 days", c.LogLoss, ".2203") // reference, section 2.3 (measured)
		}
		if c.Fit.Law == choice.Law && c.LogLoss > .221 {
			t.Errorf("%s: got log loss %v, want at most .221", c.Fit.Law, c.LogLoss)
		}
	}
	for _, c := range choice.Candidates {
		if c.LogLoss == least && c.Fit.Law != choice.Law {
			t.Errorf("got %s, want %s with the least log loss", choice.Law, c.Fit.Law)
		}
	}
	few := Histories{Repeats: []float64{0}, Last: []float64{0}, Age: []float64{9}, Count: []float64{900}}
	if _, err := ChooseLaw(context.Background(), Laws(), few, 4, []float64{3}); !errors.Is(err, ErrNoModel) ||
		!errors.Is(err, ErrTooFewPurchases) {
		t.Errorf("no repeat purchases: got %v, want ErrNoModel and its reason", err)
	}
}

func TestTimes(t *testing.T) {
	spend, number := Estimate{35, 30, 35 * 35 / 30.}, Estimate{2, 1, 4}
	got := number.Times(spend, .3)
	if math.Abs(got.Value-21) > 1e-12 || !(got.Low < 10.5 && got.Low > 9) || !(got.High > 42 && got.High < 46) {
		t.Errorf("got %v, want 21 within some more than 10.5 to 42", got)
	}
	if loss := number.Times(spend, -.3); !(loss.Low < loss.Value && loss.Value < loss.High) {
		t.Errorf("negative margin: got %v, want the interval in order", loss)
	}
}
