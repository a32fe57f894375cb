package predict

import (
	"testing"
)

// scored is one backtest of the renewal model on real data, all that is known at the end of the day cut.
type scored struct {
	came               []bool
	gaps               []int
	pooled, byCategory []float64
	features           []float64 // of the second stage
	since              []float64
}

// scoreAt fits at the end of the day cut and scores the n days after.
func scoreAt(t *testing.T, pairLogs, storeLogs []purchaseLog, cut, n int) scored {
	t.Helper()
	pairs, which := pairsAt(pairLogs, cut)
	store, whose := pairsAt(storeLogs, cut)
	byCategory := map[string][]RenewalPair{}
	for i, p := range pairs {
		c := pairLogs[which[i]].category
		byCategory[c] = append(byCategory[c], p)
	}
	var groups []RenewalGroup
	for c, p := range byCategory {
		groups = append(groups, RenewalGroup{[]string{c}, p})
	}
	tree, err := FitRenewalTree(t.Context(), groups, RenewalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	customers, err := FitRenewal(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range append(tree.Nodes, RenewalNode{[]string{"store"}, customers}) {
		if !node.Fit.Converged {
			t.Errorf("fit of %q is not converged: %+v", node.Path, node.Fit)
		}
	}
	customer := map[string]int{}
	for i, j := range whose {
		customer[storeLogs[j].customer] = i
	}
	ahead := float64(n)
	root, _ := tree.Of()
	repeats := float64(0)
	for _, p := range pairs {
		if p.Gaps > 0 {
			repeats += 1 / float64(len(pairs))
		}
	}
	scorers, rates := map[string]*RenewalScorer{}, map[string]float64{}
	for c, list := range byCategory {
		fit, _ := tree.Of(c)
		scorers[c] = NewRenewalScorer(fit.Renewal, ahead)
		repeaters := 0
		for _, p := range list {
			if p.Gaps > 0 {
				repeaters++
			}
		}
		rates[c] = RepeatRate(repeaters, len(list), repeats)
	}
	all := NewRenewalScorer(root.Renewal, ahead)
	var s scored
	for i := range pairs {
		p, l := &pairs[i], pairLogs[which[i]]
		who := store[customer[l.customer]]
		s.came = append(s.came, l.buysIn(cut, n))
		s.gaps = append(s.gaps, p.Gaps)
		s.since = append(s.since, -p.Since)
		s.pooled = append(s.pooled, all.Score(p).Due)
		due := scorers[l.category].Score(p).Due
		s.byCategory = append(s.byCategory, due)
		s.features = StackInput{
			PairDue: due, CustomerDue: customers.Score(who, ahead).Due,
			CategoryDays: p.Gaps + 1, StoreDays: who.Gaps + 1,
			CategorySince: p.Since, StoreSince: who.Since, RepeatRate: rates[l.category],
		}.Features(s.features)
	}
	return s
}

func measured(t *testing.T, name string, p []float64, came []bool) Forecast {
	t.Helper()
	f, err := MeasureForecast(p, came)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%-12s AUC %.4f ± %.4f lift %.2f log loss %.4f Brier %.4f ECE %.4f pred/actual %.2f", name, f.AUC, f.AUCError, f.Lift,
		f.LogLoss, f.Brier, f.CalibrationError, f.Ratio)
	return f
}

func TestBacktestOnlineRetail(t *testing.T) {
	retail, err := retailLogs()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{30, 90} {
		cut := dayNumber(t, "2011-09-07")
		before, now := scoreAt(t, retail.pairs, retail.store, cut-n, n), scoreAt(t, retail.pairs, retail.store, cut, n)
		stack, err := FitStack(before.features, before.came)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", stack)
		p := make([]float64, len(now.came))
		stack.Probabilities(now.features, p)
		measured(t, "since", make([]float64, len(now.came)), now.came)
		measured(t, "pooled", now.pooled, now.came)
		measured(t, "by category", now.byCategory, now.came)
		measured(t, "stack", p, now.came)
	}
}
