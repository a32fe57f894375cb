package predict

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// historyTable is the input of RenewalFitTable: one date, customers and two categories, one of them small.
func historyTable(level, node []string, pairs []RenewalPair, counts []int64) arrow.Table {
	var w columnWriter
	var asOf []arrow.Date32
	var gaps, silent []int64
	var total, logs []float64
	for i, p := range pairs {
		asOf, gaps, silent = append(asOf, 15000), append(gaps, int64(p.Gaps)), append(silent, int64(p.Since))
		total, logs = append(total, p.Total), append(logs, p.LogTotal*float64(counts[i]))
	}
	w.dates("as_of_on", asOf)
	w.texts("level", level)
	w.texts("node", node)
	w.texts("category_group", make([]string, len(node)))
	w.texts("category_department", make([]string, len(node)))
	w.counts("gap_count", gaps)
	w.counts("silent_days", silent)
	w.counts("pair_count", counts)
	w.numbers("gap_days_total", total)
	w.numbers("gap_days_log_total", logs)
	return w.table(int64(len(pairs)))
}

func TestRenewalFitTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	law := Renewal{2, 1.5, 60, 0.5, 1.5}
	var level, node []string
	var pairs, toner []RenewalPair
	var counts []int64
	add := func(l, n string, list []RenewalPair, count int64) {
		for _, p := range list {
			p.Since, p.Total = math.Floor(p.Since), math.Ceil(p.Total)
			level, node, pairs, counts = append(level, l), append(node, n), append(pairs, p), append(counts, count)
			for range count {
				if n == "toner" {
					toner = append(toner, p)
				}
			}
		}
	}
	add(levelCategory, "toner", randomPairs(rng, law, 600), 2)
	add(levelCategory, "paper", randomPairs(rng, law, 40), 1)
	add(levelCustomer, "customer", randomPairs(rng, law, 10), 1) // too few gaps, perhaps: no rows then
	in := historyTable(level, node, pairs, counts)
	defer in.Release()
	out, err := RenewalFitTable(t.Context(), in, map[string]any{"fit_pairs": int64(300)})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	levels, nodes, parameters := read.texts("level"), read.texts("node"), read.texts("parameter")
	values, stdErrors, n, own := read.numbers("value"), read.numbers("std_error"), read.numbers("n"), read.truths("own")
	if read.err != nil {
		t.Fatal(read.err)
	}
	k := map[string]float64{}
	for i := range levels {
		if parameters[i] != "k" {
			continue
		}
		k[levels[i]+" "+nodes[i]] = values[i]
		switch levels[i] + " " + nodes[i] {
		case "category toner":
			if !own[i] || n[i] != 1200 || math.IsNaN(stdErrors[i]) {
				t.Errorf("toner: own %t, n %g, std_error %g, want a fit of its own on 1200", own[i], n[i], stdErrors[i])
			}
		case "category paper":
			if own[i] || n[i] != 40 || !math.IsNaN(stdErrors[i]) {
				t.Errorf("paper: own %t, n %g, std_error %g, want the fit of all", own[i], n[i], stdErrors[i])
			}
		}
	}
	if k["category paper"] != k["all all"] || k["category paper"] == 0 {
		t.Errorf("paper has k %g, want that of all, %g", k["category paper"], k["all all"])
	}
	// Counted pairs are pairs: the tree of the same pairs one by one is the same.
	groups := []RenewalGroup{{Path: []string{"toner"}, Pairs: toner}, {Path: []string{"paper"}, Pairs: pairs[600:640]}}
	tree, err := FitRenewalTree(t.Context(), groups, RenewalOptions{LeastPairs: 300})
	if err != nil {
		t.Fatal(err)
	}
	at, _ := tree.Of("toner")
	if want := tree.Nodes[at].Fit.K; math.Abs(k["category toner"]-want) > 2e-6 {
		t.Errorf("toner has k %g, want %g as of pairs one by one", k["category toner"], want)
	}
}

// scoreInput is the input of ReplacementFitTable and ReplacementTable for pairs of one category, whose clock and assets may be
// given: no numbers are none.
type scoreInput struct {
	pairs                                   []RenewalPair
	law                                     Renewal
	came                                    []bool
	weights                                 []float64
	clockTotal, clockSilent, ahead, stretch []float64
	isAsset                                 []bool
	winRate                                 []float64
	replacementDays                         float64
}

func (c scoreInput) table() arrow.Table {
	var w columnWriter
	n := len(c.pairs)
	constant := func(name string, v float64) {
		values := make([]float64, n)
		for i := range values {
			values[i] = v
		}
		w.numbers(name, values)
	}
	orNull := func(name string, values []float64) {
		if values == nil {
			constant(name, math.NaN())
			return
		}
		w.numbers(name, values)
	}
	var gaps, silent []int64
	var total []float64
	for _, p := range c.pairs {
		gaps, silent, total = append(gaps, int64(p.Gaps)), append(silent, int64(p.Since)), append(total, p.Total)
	}
	w.counts("gap_count", gaps)
	w.counts("silent_days", silent)
	w.counts("store_silent_days", silent)
	w.numbers("gap_days_total", total)
	for i, v := range []float64{c.law.K, c.law.R, c.law.Alpha, c.law.A, c.law.B} {
		constant(RenewalParameters()[i], v)
	}
	constant("category_gap_count", 100)
	constant("replacement_days", c.replacementDays)
	constant("repeat_rate", 0.4)
	constant("customer_due_probability", 0.5)
	constant("store_day_count", 9)
	if c.came == nil {
		c.came = make([]bool, n)
	}
	w.truths("has_bought", c.came)
	for i, name := range append([]string{"intercept"}, StackNames[:]...) {
		weight := math.NaN()
		if c.weights != nil {
			weight = c.weights[i]
		}
		constant("stack_"+name, weight)
	}
	orNull("clock_total", c.clockTotal)
	orNull("clock_silent", c.clockSilent)
	orNull("clock_ahead", c.ahead)
	orNull("clock_stretch", c.stretch)
	if c.isAsset == nil {
		c.isAsset = make([]bool, n)
	}
	w.truths("is_asset", c.isAsset)
	orNull("win_rate", c.winRate)
	return w.table(int64(n))
}

func TestReplacementTables(t *testing.T) {
	p := map[string]any{"due_days": int64(30)}
	law := Renewal{2, 0.9, 60, 0.5, 1.5} // no mean: medians
	nan := math.NaN()
	pairs := []RenewalPair{{Since: 10}, {Gaps: 3, Total: 126, Since: 43}, {Gaps: 2, Total: 40, Since: 2000}, {Since: 10}}
	none := scoreInput{pairs: pairs, law: law, replacementDays: nan}
	read := func(in scoreInput, estimate func(context.Context, arrow.Table, map[string]any) (arrow.Table, error)) *columnReader {
		t.Helper()
		table := in.table()
		defer table.Release()
		out, err := estimate(t.Context(), table, p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(out.Release)
		return &columnReader{in: out}
	}
	// like holds the rows to what the model says of pairs, each at a horizon of its own and stretched.
	like := func(t *testing.T, got *columnReader, law Renewal, pairs []RenewalPair, ahead, stretch []float64) {
		t.Helper()
		due, active, stage := got.numbers("due_probability"), got.numbers("active_probability"), got.texts("stage")
		category, blended := got.numbers("category_cycle_days"), got.numbers("cycle_days")
		from, on, until := got.numbers("expected_days_low"), got.numbers("expected_days"), got.numbers("expected_days_high")
		if got.err != nil {
			t.Fatal(got.err)
		}
		for i, pair := range pairs {
			want := law.Outlook(pair, ahead[i], expectedShare)
			if stage[i] != "renewal" || math.Abs(due[i]-want.Due) > 1e-6 || math.Abs(active[i]-want.Active) > 1e-6 {
				t.Errorf("pair %d: stage %s, due %g, active %g, want renewal, %g, %g", i, stage[i], due[i], active[i], want.Due, want.Active)
			}
			if math.Abs(category[i]-want.CategoryCycle) > 1e-5 || math.Abs(blended[i]-want.BlendedCycle/stretch[i]) > 1e-5 {
				t.Errorf("pair %d: cycles %g, %g, want %g, %g", i, category[i], blended[i], want.CategoryCycle, want.BlendedCycle/stretch[i])
			}
			for name, v := range map[string][2]float64{
				"from": {from[i], want.Earliest}, "on": {on[i], want.Expected}, "until": {until[i], want.Latest},
			} {
				days := math.Min(expectedHorizon, math.Max(1, v[1]/stretch[i]))
				if v[0] < days-0.02*days/100 || v[0] > days+1.02 {
					t.Errorf("pair %d: expected %s %g days ahead, want %g and no more than the day's rest", i, name, v[0], days)
				}
			}
		}
	}
	day, ones := []float64{30, 30, 30, 30}, []float64{1, 1, 1, 1}

	t.Run("first stage", func(t *testing.T) { like(t, read(none, ReplacementTable), law, pairs, day, ones) })
	t.Run("manufacturer", func(t *testing.T) {
		// 100 gaps and 50 of the manufacturer's, also for who has none of its own
		with := none
		with.replacementDays = 365
		like(t, read(with, ReplacementTable), law.WithReplacementDays(365, 100, 50), pairs, day, ones)
	})
	t.Run("clock", func(t *testing.T) {
		// The season has made 126 days 150, 43 days 60 and the next 30 days 45; the last purchase was of twice the usual.
		with := none
		with.clockTotal, with.clockSilent = []float64{nan, 150, nan, nan}, []float64{nan, 60, nan, nan}
		with.ahead, with.stretch = []float64{nan, 45, nan, nan}, []float64{nan, 0.5, nan, nan}
		clocked := append([]RenewalPair(nil), pairs...)
		clocked[1] = RenewalPair{Gaps: 3, Total: 150, Since: 30}
		like(t, read(with, ReplacementTable), law, clocked, []float64{30, 22.5, 30, 30}, []float64{1, 0.5, 1, 1})
	})
	t.Run("assets", func(t *testing.T) {
		with := none
		with.weights = []float64{-1, 0.5, 0, 0, 0, 0} // the second stage knows nothing of assets
		with.isAsset, with.winRate = []bool{true, true, true, false}, []float64{nan, 0.2, 0.2, nan}
		got := read(with, ReplacementTable)
		due, active, stage := got.numbers("due_probability"), got.numbers("active_probability"), got.texts("stage")
		for i, want := range []string{"asset", "competitor", "competitor", "stack"} {
			if stage[i] != want {
				t.Errorf("pair %d: stage %s, want %s", i, stage[i], want)
			}
		}
		for i, share := range []float64{1.5 / 2, 0.2, 0.2} { // 1 - a/(a+b), and the win rates
			now := law.Score(pairs[i], 30)
			later := law.Score(RenewalPair{Gaps: pairs[i].Gaps, Total: pairs[i].Total, Since: pairs[i].Since + 30}, 30)
			want := share * (later.Elapsed - now.Elapsed) / (1 - now.Elapsed)
			if math.Abs(active[i]-share) > 1e-6 || math.Abs(due[i]-want) > 1e-5 {
				t.Errorf("pair %d: due %g, active %g, want %g, %g", i, due[i], active[i], want, share)
			}
		}
	})
	t.Run("second stage", func(t *testing.T) {
		weighted := none
		weighted.weights = []float64{-1, 0.5, 0, 0, 0, 0}
		got := read(weighted, ReplacementTable)
		due, first, stage := got.numbers("due_probability"), got.numbers("first_stage_probability"), got.texts("stage")
		for i := range pairs {
			if want := stackLogistic(-1 + 0.5*stackLogit(first[i])); stage[i] != "stack" || math.Abs(due[i]-want) > 2e-6 {
				t.Errorf("pair %d: stage %s, due %g, want stack, %g", i, stage[i], due[i], want)
			}
		}
	})
	t.Run("too few to fit", func(t *testing.T) {
		if got := read(none, ReplacementFitTable); got.in.NumRows() != 0 || got.in.NumCols() != 6 {
			t.Errorf("%d rows of %d columns, want none of 6", got.in.NumRows(), got.in.NumCols())
		}
	})
	t.Run("fit", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(8, 2))
		many := randomPairs(rng, law, 4000)
		came := make([]bool, len(many))
		for i := range many {
			many[i].Since, many[i].Total = math.Floor(many[i].Since), math.Ceil(many[i].Total)
			came[i] = rng.Float64() < law.Score(many[i], 30).Due
		}
		got := read(scoreInput{pairs: many, law: law, came: came, replacementDays: nan}, ReplacementFitTable)
		names, values, converged := got.texts("parameter"), got.numbers("value"), got.truths("converged")
		if len(names) != 6 || names[0] != "intercept" || names[1] != "pair_logit" || !converged[0] {
			t.Fatalf("parameters %v, converged %v", names, converged)
		}
		// The outcome is drawn by the pair's own probability, so its log-odds count in full.
		if math.Abs(values[1]-1) > 0.2 {
			t.Errorf("pair_logit counts %g, want 1", values[1])
		}
	})
}

func TestPurchaseTable(t *testing.T) {
	law := Renewal{1.9, 0.8, 61, 0.13, 1.9}
	var w columnWriter
	w.texts("customer_id", []string{"c1", "c2"})
	w.counts("customer_key", []int64{1, 2})
	nan := math.NaN()
	for _, prefix := range []string{"", "earlier_"} {
		second := 5.0
		if prefix != "" {
			second = nan // c2 was not known
		}
		w.numbers(prefix+"gap_count", []float64{2, second})
		w.numbers(prefix+"gap_days_total", []float64{40, second * 20})
		w.numbers(prefix+"silent_days", []float64{12, second})
		for i, v := range []float64{law.K, law.R, law.Alpha, law.A, law.B} {
			w.numbers(prefix+RenewalParameters()[i], []float64{v, v})
		}
	}
	// the second stage is there for the second customer only
	weights := [4]float64{0.5, 0.8, -0.2, 0.3}
	for i, name := range []string{"intercept", "renewal_logit", "silence", "frequency"} {
		w.numbers("stack_"+name, []float64{nan, weights[i]})
	}
	in := w.table(2)
	defer in.Release()
	out, err := PurchaseTable(t.Context(), in, map[string]any{"due_days": int64(30), "dormant_within_days": int64(90)})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	first, stage := read.numbers("first_stage_probability"), read.texts("stage")
	buys, due, earlier := read.numbers("buy_probability"), read.numbers("due_probability"), read.numbers("earlier_due_probability")
	if read.err != nil {
		t.Fatal(read.err)
	}
	pair := RenewalPair{Gaps: 2, Total: 40, Since: 12}
	second := law.Score(RenewalPair{Gaps: 5, Total: 100, Since: 5}, 90).Due
	logit := weights[0] + weights[1]*math.Log(second/(1-second)) + weights[2]*math.Log(6) + weights[3]*math.Log(6)
	for _, c := range []struct{ got, want float64 }{
		{buys[0], law.Score(pair, 90).Due}, {due[0], law.Score(pair, 30).Due}, {earlier[0], due[0]},
		{first[0], buys[0]}, {first[1], second}, {buys[1], 1 / (1 + math.Exp(-logit))},
	} {
		if math.Abs(c.got-c.want) > 1e-6 {
			t.Errorf("got %g, want %g", c.got, c.want)
		}
	}
	if stage[0] != "renewal" || stage[1] != "stack" {
		t.Errorf("got the stages %q, want renewal and stack", stage)
	}
	if !math.IsNaN(earlier[1]) {
		t.Errorf("a customer who was not known is given %g, want null", earlier[1])
	}
	if _, err := PurchaseTable(t.Context(), in, map[string]any{"due_days": int64(30)}); err == nil {
		t.Error("no error without a parameter that is needed")
	}
}
