package predict

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// leadLaw is a made-up company's: the intercept and the weights that the test expects back.
var leadLaw = [LeadWidth + 1]float64{-1.2, -0.4, 1.1, 0.3, 0.9, 1.4, 0.5, 0.4, 0.8}

// leadTable draws past leads by leadLaw, and puts current ones behind them: an average one, a hot one, one of whom the master
// does not know whether it decides.
func leadTable(past int) arrow.Table {
	r := rand.New(rand.NewPCG(31, 7))
	var signs [LeadWidth][]float64
	var outcome []float64
	var contacts []string
	add := func(id string, bought float64, row [LeadWidth]float64) {
		contacts, outcome = append(contacts, id), append(outcome, bought)
		for j := range row {
			signs[j] = append(signs[j], row[j])
		}
	}
	for range past {
		row := [LeadWidth]float64{
			math.Log(1 + 300*r.Float64()), float64(r.IntN(4) / 3), math.Log(float64(1 + r.IntN(5))),
			math.Log(float64(1 + r.IntN(3))), float64(r.IntN(6) / 5), r.NormFloat64() / 2, math.Log(float64(1 + r.IntN(4))),
			float64(r.IntN(2)),
		}
		eta := leadLaw[0]
		for j, v := range row {
			eta += leadLaw[j+1] * v
		}
		bought := 0.0
		if r.Float64() < 1/(1+math.Exp(-eta)) {
			bought = 1
		}
		if r.IntN(10) == 0 {
			row[LeadWidth-1] = math.NaN()
		}
		add("past", bought, row)
	}
	add("cold", math.NaN(), [LeadWidth]float64{5, 0, 0, 0, 0, 0, 0, 0})
	add("hot", math.NaN(), [LeadWidth]float64{2, 1, 1.1, 0.7, 1, 0.5, 1.1, 1})
	add("unknown", math.NaN(), [LeadWidth]float64{2, 1, 1.1, 0.7, 1, 0.5, 1.1, math.NaN()})
	var w columnWriter
	w.texts("contact_id", contacts)
	w.numbers("has_bought", outcome)
	for j, name := range LeadSigns() {
		w.numbers(name, signs[j])
	}
	return w.table(int64(len(outcome)))
}

// TestLeadFitTable: the weights that the leads were drawn by come back, each within four standard errors (by chance one of
// the nine lies outside once in 1,800 draws); one in ten unknown decision makers does not spoil that.
func TestLeadFitTable(t *testing.T) {
	in := leadTable(6000)
	defer in.Release()
	out, err := LeadFitTable(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	names, values, stdErrors, n := read.texts("parameter"), read.numbers("value"), read.numbers("std_error"), read.numbers("n")
	converged := read.truths("converged")
	if read.err != nil {
		t.Fatal(read.err)
	}
	for i, name := range names {
		if off := math.Abs(values[i] - leadLaw[i]); !(off < 4*stdErrors[i]) || !converged[i] || n[i] != 6000 {
			t.Errorf("%s: got %g ± %g on %g rows, want %g", name, values[i], stdErrors[i], n[i], leadLaw[i])
		}
	}
}

// TestLeadScoreTable: probabilities near the law's, inside their intervals; what the signs add makes up the difference to
// an average lead; what is not known adds nothing.
func TestLeadScoreTable(t *testing.T) {
	in := leadTable(6000)
	defer in.Release()
	out, err := LeadScoreTable(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	ids, p := read.texts("contact_id"), read.numbers("probability")
	low, high := read.numbers("probability_low"), read.numbers("probability_high")
	decides := read.numbers("decision_maker_effect")
	total := make([]float64, len(ids))
	for _, name := range LeadSigns() {
		for i, v := range read.numbers(name + "_effect") {
			total[i] += v
		}
	}
	if read.err != nil {
		t.Fatal(read.err)
	}
	if got := strings.Join(ids, " "); got != "cold hot unknown" {
		t.Fatalf("got the leads %q", got)
	}
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	for i, eta := range []float64{-1.2 - 0.4*5, -1.2 + 0.8 + 0.25 + 0.44 + 0.63 + 0.33 + 1.1 + 1.4 - 0.8} {
		want := 1 / (1 + math.Exp(-eta))
		if !(low[i] <= want && want <= high[i]) || !(low[i] < p[i] && p[i] < high[i]) || high[i]-low[i] > 0.1 {
			t.Errorf("%s: got %g in [%g, %g], want an interval around %g", ids[i], p[i], low[i], high[i], want)
		}
	}
	if difference := logit(p[1]) - logit(p[0]); math.Abs(difference-(total[1]-total[0])) > 1e-4 {
		t.Errorf("the signs add up to a difference of %g, the log-odds differ by %g", total[1]-total[0], difference)
	}
	if decides[2] != 0 || decides[1] <= 0 || !(p[2] < p[1]) {
		t.Errorf("who may or may not decide: got an effect of %g and %g of %g, want none and less", decides[2], p[2], p[1])
	}
}

// TestFewLeads: with conversions for five to seven signs the last ones are left out, with a note, and add nothing.
func TestFewLeads(t *testing.T) {
	in := leadTable(200)
	defer in.Release()
	fit, err := LeadFitTable(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer fit.Release()
	scored, err := LeadScoreTable(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer scored.Release()
	read, readScores := columnReader{in: fit}, columnReader{in: scored}
	values, events, converged := read.numbers("value"), read.numbers("conversion_count"), read.truths("converged")
	p, decides := readScores.numbers("probability"), readScores.numbers("decision_maker_effect")
	if read.err != nil || readScores.err != nil {
		t.Fatal(read.err, readScores.err)
	}
	signs := int(events[0]) / 10
	if signs < 5 || signs > 7 {
		t.Fatalf("the draw has %g conversions, want 50 to 79 for this test", events[0])
	}
	for i := range values {
		if left := i > signs; math.IsNaN(values[i]) != left || converged[i] == left {
			t.Errorf("parameter %d: got %g, converged %t; %d signs are fitted", i, values[i], converged[i], signs)
		}
	}
	for i := range p {
		if math.IsNaN(p[i]) || decides[i] != 0 {
			t.Errorf("lead %d: got %g, and %g for deciding, want a probability that does not know it", i, p[i], decides[i])
		}
	}
}

// TestTooFewLeads: with fewer than ten conversions for each of five signs nothing is claimed, and the table says why.
func TestTooFewLeads(t *testing.T) {
	in := leadTable(100)
	defer in.Release()
	fit, err := LeadFitTable(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer fit.Release()
	scored, err := LeadScoreTable(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer scored.Release()
	read, readScores := columnReader{in: fit}, columnReader{in: scored}
	values, notes := read.numbers("value"), read.texts("note")
	p := readScores.numbers("probability")
	if read.err != nil || readScores.err != nil {
		t.Fatal(read.err, readScores.err)
	}
	if len(values) != LeadWidth+1 || len(p) != 3 {
		t.Fatalf("got %d parameters and %d leads, want %d and 3", len(values), len(p), LeadWidth+1)
	}
	for i := range values {
		if !math.IsNaN(values[i]) || !strings.Contains(notes[i], "want 50") {
			t.Errorf("parameter %d: got %g, %q, want none and how many are needed", i, values[i], notes[i])
		}
	}
	for i := range p {
		if !math.IsNaN(p[i]) {
			t.Errorf("lead %d: got the probability %g, want none", i, p[i])
		}
	}
}
