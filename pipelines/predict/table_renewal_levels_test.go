package predict

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Each level is fitted where it has enough pairs, and a category without has the numbers of the nearest level above that has.
func TestRenewalFitTableOfLevels(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 4))
	var w columnWriter
	type catalogue struct {
		department, group, category string
		law                         Renewal
		n                           int
	}
	office, kitchen := Renewal{4, 3, 120, 0.5, 3}, Renewal{1, 1.5, 20, 0.5, 3}
	var level, node, group, department []string
	var pairs []RenewalPair
	var counts []int64
	for _, c := range []catalogue{
		{"office", "print", "toner", office, 500}, {"office", "print", "drum", office, 100},
		{"office", "paper", "paper", office, 100}, // its group has too few as well
		{"kitchen", "", "coffee", kitchen, 600}, {"", "", "coffee machine", kitchen, 100},
	} {
		for _, p := range randomPairs(rng, c.law, c.n) {
			level, node = append(level, levelCategory), append(node, c.category)
			group, department = append(group, c.group), append(department, c.department)
			pairs, counts = append(pairs, p), append(counts, 1)
		}
	}
	in := historyTable(level, node, pairs, counts)
	defer in.Release()
	w.keep(in, "as_of_on", "level", "node", "gap_count", "silent_days", "pair_count", "gap_days_total", "gap_days_log_total")
	w.texts("category_group", group)
	w.texts("category_department", department)
	leveled := w.table(in.NumRows())
	defer leveled.Release()
	out, err := RenewalFitTable(t.Context(), leveled, map[string]any{"fit_pairs": int64(300)})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	levels, nodes, parameters, values := read.texts("level"), read.texts("node"), read.texts("parameter"), read.numbers("value")
	n, own := read.numbers("n"), read.truths("own")
	if read.err != nil {
		t.Fatal(read.err)
	}
	k, pairsOf := map[string]float64{}, map[string]float64{}
	for i := range levels {
		if parameters[i] == "k" {
			k[levels[i]+" "+nodes[i]], pairsOf[levels[i]+" "+nodes[i]] = values[i], n[i]
		}
		if small := nodes[i] == "drum" || nodes[i] == "paper" || nodes[i] == "coffee machine"; own[i] == small {
			t.Errorf("%s %s: own fit %t", levels[i], nodes[i], own[i])
		}
	}
	for node, want := range map[string]float64{
		"all all": 1400, "department office": 700, "department kitchen": 600, "group print": 600, "category toner": 500,
		"category drum": 100, "category paper": 100, "category coffee": 600, "category coffee machine": 100,
	} {
		if pairsOf[node] != want {
			t.Errorf("%s: n is %g, want %g", node, pairsOf[node], want)
		}
	}
	if len(k) != 9 {
		t.Errorf("got %v", k)
	}
	for small, above := range map[string]string{
		"category drum": "group print", "category paper": "department office", "category coffee machine": "all all",
	} {
		if k[small] != k[above] {
			t.Errorf("%s has k %g, want that of %s, %g", small, k[small], above, k[above])
		}
	}
	if !(k["department office"] > k["all all"] && k["all all"] > k["department kitchen"]) {
		t.Errorf("got %v, want office regular, kitchen by chance, all between", k)
	}
}

// Where all customers leave with the same small chance, the likelihood rises for ever; a weak prior holds the fit, whose
// forecast is that of the truth.
func TestRenewalFitWithoutAMaximum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	truth := Renewal{1.7, 8, 110, 40, 40 * 400}
	pairs := randomPairs(rng, truth, 300)
	fit, err := FitRenewal(t.Context(), pairs)
	if err != nil {
		t.Fatal(err)
	}
	if !fit.Converged || len(fit.Unbound) == 0 || math.IsNaN(fit.StdError.B) {
		t.Fatalf("got %+v, want a fit that a prior holds", fit)
	}
	for _, c := range []RenewalPair{{Since: 20}, {Gaps: 5, Total: 80, Since: 10}, {Gaps: 30, Total: 450, Since: 25}} {
		if got, want := fit.Score(c, 30).Due, truth.Score(c, 30).Due; math.Abs(got-want) > 0.06 {
			t.Errorf("%+v: due %g, want %g", c, got, want)
		}
	}
	// data that have a maximum have no prior
	if plain, err := FitRenewal(t.Context(), randomPairs(rng, Renewal{2, 1.5, 60, 0.5, 1.5}, 2000)); err != nil || !plain.Converged || plain.Unbound != nil {
		t.Errorf("got %+v, %v", plain, err)
	}
}

// The search from a fit of nearly the same pairs ends where the search from nowhere does.
func TestRenewalTreeFromNear(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	older, newer := randomPairs(rng, Renewal{2, 1.5, 60, 0.5, 1.5}, 3000), randomPairs(rng, Renewal{2.2, 1.4, 66, 0.6, 1.5}, 3000)
	tree := func(pairs []RenewalPair, near *RenewalTree) RenewalTree {
		t.Helper()
		groups := []RenewalGroup{{Path: []string{"a"}, Pairs: pairs[:2000]}, {Path: []string{"b"}, Pairs: pairs[2000:]}}
		out, err := FitRenewalTree(t.Context(), groups, RenewalOptions{Near: near})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := tree(older, nil)
	plain, warm := tree(newer, nil), tree(newer, &before)
	for i, node := range warm.Nodes {
		want := plain.Nodes[i].Fit
		for j, v := range node.Fit.log() {
			if !node.Fit.Converged || math.Abs(v-want.log()[j]) > 1e-6 {
				t.Errorf("%q parameter %d: got %v, want %v", node.Path, j, v, want.log()[j])
			}
		}
	}
}
