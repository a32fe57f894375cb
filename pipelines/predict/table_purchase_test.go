package predict

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// lawInput is the SELECT of predictions.purchase_law_fit for CDNOW's sample as of 1997-10-01, with $value_days 90.
func lawInput(t *testing.T, until, earlier string, days float64) arrow.Table {
	t.Helper()
	now, before := readCDNOW(t, "cdnow_sample.txt", until, 0), readCDNOW(t, "cdnow_sample.txt", earlier, days/7)
	var isEarlier []bool
	var x, last, age []float64
	var buyers []float64
	for i := range now.x {
		isEarlier, buyers = append(isEarlier, false), append(buyers, 0)
		x, last, age = append(x, now.x[i]), append(last, now.last[i]), append(age, now.age[i])
	}
	for i := range before.x {
		isEarlier, buyers = append(isEarlier, true), append(buyers, math.Min(before.later[i], 1))
		x, last, age = append(x, before.x[i]), append(last, before.last[i]), append(age, before.age[i])
	}
	ones := make([]float64, len(x))
	for i := range ones {
		ones[i] = 1
	}
	var w columnWriter
	w.truths("is_earlier", isEarlier)
	w.numbers("repeat_count", x)
	w.numbers("last_weeks", last)
	w.numbers("age_weeks", age)
	w.numbers("customer_count", ones)
	w.numbers("buyer_count", buyers)
	return w.table(int64(len(x)))
}

func lawTable(t *testing.T, in arrow.Table) *columnReader {
	t.Helper()
	defer in.Release()
	out, err := PurchaseLawFitTable(context.Background(), in, map[string]any{"value_days": int64(90)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Release)
	return &columnReader{in: out}
}

func TestPurchaseLawFitTable(t *testing.T) {
	read := lawTable(t, lawInput(t, "19970930", "19970702", 90))
	law, value, loss := read.texts("law"), read.numbers("value"), read.numbers("held_out_log_loss")
	chosen, by := read.truths("is_chosen"), read.texts("chosen_by")
	if read.err != nil || len(law) != 14 {
		t.Fatalf("got %d rows, %v", len(law), read.err)
	}
	// Fader, Hardie, Lee (2005); the times here are rounded to 6 digits
	for i, want := range []string{"0.2426", "4.4136", "0.7929", "2.4259"} {
		near(t, read.texts("parameter")[i], value[i], want)
	}
	near(t, "log-likelihood", read.numbers("log_likelihood")[0], "-9582.43")
	best := 0
	for i := range loss {
		if loss[i] < loss[best] {
			best = i
		}
	}
	for i := range law {
		if chosen[i] != (law[i] == law[best]) || (by[i] == "held-out log loss") != chosen[i] {
			t.Errorf("%s: log loss %v, the least is %v of %s; chosen %v by %q", law[i], loss[i], loss[best], law[best], chosen[i], by[i])
		}
	}
}

func TestPurchaseLawWithoutHeldOutDays(t *testing.T) {
	// before 1997-01-10 three dozen customers had not bought again: only the likelihood can tell
	read := lawTable(t, lawInput(t, "19970930", "19970103", 0))
	for i, chosen := range read.truths("is_chosen") {
		if by := read.texts("chosen_by")[i]; (by == "log-likelihood") != chosen {
			t.Errorf("row %d: chosen %v by %q", i, chosen, by)
		}
		if loss := read.numbers("held_out_log_loss")[i]; !math.IsNaN(loss) {
			t.Errorf("row %d: got the log loss %v from no days", i, loss)
		}
	}
}

func TestPurchaseLawOfTooLittle(t *testing.T) {
	read := lawTable(t, lawInput(t, "19970105", "19970102", 3))
	value, note := read.numbers("value"), read.texts("note")
	for i, converged := range read.truths("converged") {
		if converged || !math.IsNaN(value[i]) || !strings.Contains(note[i], "too few repeat purchases") {
			t.Errorf("row %d: got %v, converged %v, note %q", i, value[i], converged, note[i])
		}
	}
	if n := read.numbers("n"); len(n) != 14 || !(n[0] > 0) {
		t.Errorf("got n %v, want 14 times the customers", n)
	}
}

func TestSpendFitTableOfTooLittle(t *testing.T) {
	var w columnWriter
	w.numbers("repeat_count", []float64{1, 2})
	w.numbers("repeat_amount_mean", []float64{10, 20})
	w.numbers("customer_count", []float64{3, 4})
	in := w.table(2)
	defer in.Release()
	out, err := SpendFitTable(context.Background(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	if n, note := read.numbers("n"), read.texts("note"); len(n) != 3 || n[0] != 7 || !strings.Contains(note[0], "too few") {
		t.Errorf("got n %v, note %q", n, note)
	}
}

// valueInput is the SELECT of predictions.customer_value: a law, Gamma-Gamma where wanted, and three customers.
func valueInput(withSpend bool, margin float64) arrow.Table {
	law := []string{"pareto_nbd", "pareto_nbd", "pareto_nbd", "pareto_nbd"}
	names := []string{"r", "alpha", "s", "beta"}
	// the parameters of the RFM-CLV paper, in man/pnbd.DERT.Rd of BTYD
	value := []float64{.562997, 12.559037, .40811, 10.514805}
	if withSpend {
		law = append(law, "gamma_gamma", "gamma_gamma", "gamma_gamma")
		names, value = append(names, "p", "q", "gamma"), append(value, 6.25, 3.74, 15.44)
	}
	parameters := len(law)
	nan := math.NaN()
	var ids, by []string
	var x, last, age, mean, variance, margins, keys []float64
	for range parameters {
		ids, by, x, last, age, mean = append(ids, ""), append(by, "log-likelihood"), append(x, nan), append(last, nan), append(age, nan), append(mean, nan)
		variance, margins, keys = append(variance, 0), append(margins, margin), append(keys, nan)
	}
	for i, c := range [][4]float64{{7, 35, 77.86, 35}, {0, 0, 77.86, nan}, {7, 35, 77.86, 45}} {
		law, names, value, by = append(law, ""), append(names, ""), append(value, nan), append(by, "")
		ids, keys = append(ids, string(rune('a'+i))), append(keys, float64(i))
		x, last, age, mean = append(x, c[0]), append(last, c[1]), append(age, c[2]), append(mean, c[3])
		variance, margins = append(variance, nan), append(margins, nan)
	}
	var w columnWriter
	w.textsOrNull("law", law)
	w.textsOrNull("chosen_by", by)
	w.textsOrNull("parameter", names)
	w.numbers("value", value)
	for _, name := range []string{"covariance_1", "covariance_2", "covariance_3", "covariance_4"} {
		w.numbers(name, variance)
	}
	w.textsOrNull("customer_id", ids)
	w.numbers("customer_key", keys)
	w.numbers("repeat_count", x)
	w.numbers("last_weeks", last)
	w.numbers("age_weeks", age)
	w.numbers("repeat_amount_mean", mean)
	w.numbers("margin_rate", margins)
	return w.table(int64(len(law)))
}

func TestCustomerValueTable(t *testing.T) {
	// BTYD: DERT of (7, 35, 77.86) is 1.864183328, of (0, 0, 77.86) .3647559281, at .0027 a week
	rate := math.Expm1(.0027 * daysOfYear / 7)
	value := func(withSpend bool) *columnReader {
		in := valueInput(withSpend, .25)
		defer in.Release()
		out, err := CustomerValueTable(context.Background(), in, map[string]any{"value_days": int64(90), "discount_rate": rate})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(out.Release)
		return &columnReader{in: out}
	}
	read := value(true)
	discounted, spend, worth := read.numbers("discounted_purchase_count"), read.numbers("spend_amount"), read.numbers("value_amount")
	if read.err != nil || len(worth) != 3 {
		t.Fatalf("got %d rows, %v", len(worth), read.err)
	}
	near(t, "DERT", discounted[0], "1.86418")
	near(t, "DERT of who never bought again", discounted[1], "0.36476")
	near(t, "population spend", spend[1], "35.22") // E(M) = 35.2189781
	for i := range worth {
		if want := discounted[i] * spend[i] * .25; math.Abs(worth[i]-want) > .01 {
			t.Errorf("customer %d: got the value %v, want %v", i, worth[i], want)
		}
	}
	if !(spend[2] > spend[0]) || discounted[2] != discounted[0] {
		t.Errorf("customers alike but for their spending: got %v, %v", spend, discounted)
	}

	read = value(false)
	if v, d := read.numbers("value_amount"), read.numbers("discounted_purchase_count"); !math.IsNaN(v[0]) || d[0] != discounted[0] {
		t.Errorf("without a fit of spending: got the value %v, DERT %v", v, d)
	}
}

// TestPurchaseLawWhereNobodyLeaves draws customers who never leave: the limit is believed, and agrees with the law that
// ran off towards it.
func TestPurchaseLawWhereNobodyLeaves(t *testing.T) {
	random := rand.New(rand.NewPCG(1959, 8))
	var x, last, age []float64
	for range 1500 {
		rate, count, until := gammaDraw(random, .9)/10, 0.0, 0.0
		for at := random.ExpFloat64() / rate; at < 52; at += random.ExpFloat64() / rate {
			count, until = count+1, at
		}
		x, last, age = append(x, count), append(last, until), append(age, 52)
	}
	h, _, err := Group(x, last, age)
	if err != nil {
		t.Fatal(err)
	}
	limit, err := fitNBD(context.Background(), h)
	if err != nil || !limit.converged {
		t.Fatalf("got %+v, %v", limit, err)
	}
	if got := math.Abs(limit.r - .9); got > 4*limit.r*math.Sqrt(limit.covariance[0][0]) {
		t.Errorf("r: got %v, want .9 within 4 standard errors", limit.r)
	}
	fits, err := fitLaws(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	at, by := chooseFit(fits)
	if at < 0 || fits[at].law != nbd || by != "nobody is seen to leave" {
		t.Fatalf("got %d by %q of %+v", at, by, fits)
	}
	ask := Horizon{Within: 13, Discount: .0027}
	near, err := Fit{Law: BGNBD, Params: Params{limit.r, limit.alpha, 1e-9, 1}}.Score(h, ask)
	if err != nil {
		t.Fatal(err)
	}
	scores := limit.score(h, ask)
	for i := range scores.Buys {
		for what, pair := range map[string][2]Estimate{
			"buys": {scores.Buys[i], near.Buys[i]}, "purchases": {scores.Purchases[i], near.Purchases[i]},
			"discounted": {scores.Discounted[i], near.Discounted[i]},
		} {
			if got, want := pair[0].Value, pair[1].Value; math.Abs(got-want) > 1e-5*want {
				t.Fatalf("%s of %v repeats: got %v, want %v", what, h.Repeats[i], got, want)
			}
			if !(pair[0].Low < pair[0].Value && pair[0].Value < pair[0].High) {
				t.Fatalf("%s: the interval of %+v", what, pair[0])
			}
		}
	}
}

func TestChooseFit(t *testing.T) {
	nan := math.NaN()
	limit := lawFit{law: nbd, converged: true, logLikelihood: -100, loss: nan}
	for _, c := range []struct {
		name string
		fits []lawFit
		at   int
		by   string
	}{
		{"the least log loss, not the likelihood", []lawFit{
			{law: BGNBD, converged: true, logLikelihood: -90, loss: .5}, {law: MBGNBD, converged: true, logLikelihood: -95, loss: .4}, limit,
		}, 1, chosenByLogLoss},
		{"no held-out days", []lawFit{
			{law: BGNBD, converged: true, logLikelihood: -95, loss: nan}, {law: MBGNBD, logLikelihood: -90, loss: nan}, limit,
		}, 0, chosenByLikelihood},
		{"no leaving", []lawFit{{law: BGNBD, converged: true, prior: true, logLikelihood: -101, loss: nan}, limit}, 1, chosenAsLimit},
		{"all leave alike", []lawFit{
			{law: BGNBD, converged: true, prior: true, logLikelihood: -96, loss: nan},
			{law: MBGNBD, converged: true, prior: true, logLikelihood: -95, loss: nan}, limit,
		}, 1, chosenByLikelihood},
		{"data before priors", []lawFit{
			{law: BGNBD, converged: true, prior: true, logLikelihood: -80, loss: nan},
			{law: MBGNBD, converged: true, logLikelihood: -95, loss: nan}, limit,
		}, 1, chosenByLikelihood},
		{"the limit foretells best", []lawFit{
			{law: BGNBD, converged: true, prior: true, logLikelihood: -99, loss: .5}, {law: nbd, converged: true, logLikelihood: -100, loss: .4},
		}, 1, chosenByLogLoss},
		{"nothing", []lawFit{unfitted(BGNBD, "too few"), unfitted(nbd, "too few")}, -1, ""},
	} {
		if at, by := chooseFit(c.fits); at != c.at || by != c.by {
			t.Errorf("%s: got %d by %q, want %d by %q", c.name, at, by, c.at, c.by)
		}
	}
}
