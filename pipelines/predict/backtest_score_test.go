package predict

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// backtestRows are made-up rows of a backtest: who bought again often and of late comes oftener.
type backtestRows struct {
	gaps, span, silent, usual, p, first []float64
	known, since, came                  []bool
}

func newBacktestRows(n int) backtestRows {
	r := rand.New(rand.NewPCG(1, 2))
	var b backtestRows
	for i := range n {
		gaps := float64(i % 9)
		silent := float64(r.IntN(120))
		p := 0.05 + 0.5*math.Exp(-silent/40)
		b.gaps, b.span, b.silent = append(b.gaps, gaps), append(b.span, gaps*float64(20+i%7)), append(b.silent, silent)
		b.usual = append(b.usual, 30)
		b.p, b.first = append(b.p, p), append(b.first, p/3)
		b.known, b.since = append(b.known, i%2 == 0), append(b.since, i%4 == 0)
		b.came = append(b.came, r.Float64() < p)
	}
	return b
}

func (b backtestRows) common(w *columnWriter) {
	w.numbers("gap_count", b.gaps)
	w.numbers("gap_days_total", b.span)
	w.numbers("silent_days", b.silent)
	w.numbers("usual_gap_days", b.usual)
	w.truths("was_known", b.known)
	w.truths("has_bought_since", b.since)
	w.truths("came", b.came)
}

func (b backtestRows) pairs() arrow.Table {
	var w columnWriter
	b.common(&w)
	w.numbers("due_probability", b.p)
	w.numbers("first_stage_probability", b.first)
	return w.table(int64(len(b.came)))
}

func scoredPairs(t *testing.T, b backtestRows) (map[string]BacktestModel, []string) {
	t.Helper()
	in := b.pairs()
	defer in.Release()
	models, notes, err := BacktestPairs(t.Context(), in, 30)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]BacktestModel{}
	for _, m := range models {
		byName[m.Name] = m
	}
	return byName, notes
}

func TestBacktestPairs(t *testing.T) {
	b := newBacktestRows(4000)
	models, notes := scoredPairs(t, b)
	if len(models) != 6 || len(notes) != 0 {
		t.Fatalf("got %d models and the notes %q, want six and none", len(models), notes)
	}
	own, err := MeasureForecast(b.p, b.came)
	if err != nil {
		t.Fatal(err)
	}
	m := models["replacement"]
	if m.Table != "predictions.replacement" || *m.LogLoss != rounded(own.LogLoss) || *m.Ratio != rounded(own.Ratio) || len(m.Bins) != 10 ||
		len(m.ByRepeats) != 5 || m.IsFlagged {
		t.Errorf("replacement is %+v", m)
	}
	if m := models["first_stage"]; m.Table != "" || !m.IsFlagged || len(m.ByRepeats) != 0 {
		t.Errorf("a third of what came is not flagged, or told as the product's own: %+v", m)
	}
	// Half of those who were known before bought; one of each kind is added to them.
	if m := models["base_rate"]; math.Abs(*m.Predicted/float64(m.Rows)-0.5) > 1e-6 || *m.AUC != 0.5 || *m.Lift != 1 {
		t.Errorf("the same for all is %+v", m)
	}
	for _, rule := range []string{"date_rule", "fixed_days"} {
		if m := models[rule]; m.LogLoss != nil || m.Ratio != nil || len(m.Bins) != 0 || m.AUC == nil {
			t.Errorf("%s only ranks, and is %+v", rule, m)
		}
	}
	// Here the silence is all there is to know.
	if a, b := *models["fixed_days"].AUC, *m.AUC; math.Abs(a-b) > 1e-9 {
		t.Errorf("fixed days rank as %g, want as the forecast: %g", a, b)
	}
}

// What cannot be fitted is named and left out; the rest is scored.
func TestBacktestOfLittle(t *testing.T) {
	b := newBacktestRows(60)
	for i := range b.came {
		b.p[i], b.gaps[i], b.span[i], b.usual[i], b.known[i] = math.NaN(), 0, 0, math.NaN(), false
	}
	models, notes := scoredPairs(t, b)
	said := strings.Join(notes, "\n")
	for _, want := range []string{"replacement could not be fitted", "bg_nbd: ", "base_rate: nobody was known 30 days before", "date_rule: nobody had bought twice"} {
		if !strings.Contains(said, want) {
			t.Errorf("the notes do not say %q:\n%s", want, said)
		}
	}
	if _, there := models["fixed_days"]; !there || len(models) != 2 {
		t.Errorf("got the models %v, want the first stage and fixed days", models)
	}
	empty := newBacktestRows(0).pairs()
	defer empty.Release()
	if models, notes, err := BacktestPairs(t.Context(), empty, 30); err != nil || len(models) != 0 || len(notes) != 1 {
		t.Errorf("without pairs: got %d models, %q, %v", len(models), notes, err)
	}
}

func TestReadBacktest(t *testing.T) {
	for text, want := range map[string]string{
		`{"version": 1, "at": "2011-09-07"}`: "",
		`{"version": 2}`:                     "got version 2, want 1",
		`{"version": `:                       "unexpected end",
	} {
		_, err := ReadBacktest([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// The second stage of whole customers, on real data as the product makes it: it beats the renewal model alone, days of
// silence, and the .2200 that a correction of the level gives (field-analytics.md, section 2.3); and it leaves the level alone.
func TestPurchaseSecondStage(t *testing.T) {
	logs, err := cdnowLogs()
	if err != nil {
		t.Fatal(err)
	}
	const ahead = 28
	cut := dayNumber(t, "1997-09-30")
	at := func(cut int) (Renewal, []RenewalPair, []bool) {
		pairs, which := pairsAt(logs, cut)
		fit, err := FitRenewal(t.Context(), pairs)
		if err != nil {
			t.Fatal(err)
		}
		var bought []bool
		for _, i := range which {
			bought = append(bought, logs[i].buysIn(cut, ahead))
		}
		return fit.Renewal, pairs, bought
	}
	table := func(law Renewal, pairs []RenewalPair, bought []bool) *columnWriter {
		var w columnWriter
		var gaps, total, silent []float64
		for _, p := range pairs {
			gaps, total, silent = append(gaps, float64(p.Gaps)), append(total, p.Total), append(silent, p.Since)
		}
		w.numbers("gap_count", gaps)
		w.numbers("gap_days_total", total)
		w.numbers("silent_days", silent)
		for i, v := range []float64{law.K, law.R, law.Alpha, law.A, law.B} {
			same := make([]float64, len(pairs))
			for j := range same {
				same[j] = v
			}
			w.numbers(RenewalParameters()[i], same)
		}
		w.truths("has_bought", bought)
		return &w
	}
	law, pairs, bought := at(cut - ahead)
	in := table(law, pairs, bought).table(int64(len(pairs)))
	defer in.Release()
	out, err := PurchaseFitTable(t.Context(), in, map[string]any{"dormant_within_days": int64(ahead)})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	names, values := read.texts("parameter"), read.numbers("value")
	if read.err != nil || strings.Join(names, " ") != "intercept renewal_logit silence frequency" {
		t.Fatalf("got the parameters %v, %v", names, read.err)
	}
	read = columnReader{in: in}
	before := readRenewalRows(&read, "")
	expected, _ := before.scores(ahead)
	fit, sum, said := Logit{Intercept: values[0], Weights: values[1:]}, 0.0, 0.0
	for i, p := range expected {
		sum, said = sum+p, said+fit.Probability(purchaseSigns(nil, p, before.pairs[i]))
	}
	if math.Abs(said-sum) > 0.0001*sum {
		t.Errorf("of the window before, the second stage foretells %.1f, want what the first did: %.1f", said, sum)
	}
	law, pairs, bought = at(cut)
	w := table(law, pairs, bought)
	for i, name := range names {
		same := make([]float64, len(pairs))
		for j := range same {
			same[j] = values[i]
		}
		w.numbers("stack_"+name, same)
	}
	scored := w.table(int64(len(pairs)))
	defer scored.Release()
	read = columnReader{in: scored}
	customers := readRenewalRows(&read, "")
	first, _ := customers.scores(ahead)
	p, _ := weighed(&read, customers, first)
	if read.err != nil {
		t.Fatal(read.err)
	}
	plain, both := measured(t, "renewal", first, bought), measured(t, "both stages", p, bought)
	within(t, "log loss of the renewal model", plain.LogLoss, .2213, .0001)
	if both.LogLoss > .2200 || both.AUC < plain.AUC || both.Miscalibrated() {
		t.Errorf("both stages: log loss %.4f, AUC %.4f, ratio %.2f; want at most .2200, at least %.4f, about 1", both.LogLoss, both.AUC, both.Ratio, plain.AUC)
	}
	var silence []float64
	for _, pair := range pairs {
		silence = append(silence, -pair.Since)
	}
	fixed, err := MeasureRanking(silence, bought)
	if err != nil {
		t.Fatal(err)
	}
	if both.AUC <= fixed.AUC {
		t.Errorf("days of silence alone rank as well: %.4f, %.4f", fixed.AUC, both.AUC)
	}
}
