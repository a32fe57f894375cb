package predict

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// trendInput writes the input of TrendFitTable.
type trendInput struct {
	level, node, parent []string
	month, sales        []float64
}

// add appends a node whose months end with number 503, December 2011.
func (in *trendInput) add(level, node, parent string, sales []float64) {
	if len(sales) == 0 {
		sales = []float64{math.NaN()}
	}
	for i, y := range sales {
		number := float64(504 - len(sales) + i)
		if math.IsNaN(y) {
			number, y = math.NaN(), 0
		}
		in.level, in.node, in.parent = append(in.level, level), append(in.node, node), append(in.parent, parent)
		in.month, in.sales = append(in.month, number), append(in.sales, y)
	}
}

func (in *trendInput) fit(t *testing.T) map[string]map[string]float64 {
	t.Helper()
	var w columnWriter
	w.texts("level", in.level)
	w.texts("node", in.node)
	w.texts("parent", in.parent)
	w.numbers("month_number", in.month)
	w.numbers("sales_amount", in.sales)
	table := w.table(int64(len(in.level)))
	defer table.Release()
	out, err := TrendFitTable(t.Context(), table, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Release)
	return rowsOf(t, out)
}

// rowsOf are the rows of the table by node; texts are told by the columns "state X" and "season X", which are 1.
func rowsOf(t *testing.T, out arrow.Table) map[string]map[string]float64 {
	t.Helper()
	read := columnReader{in: out}
	nodes, states, seasons := read.texts("node"), read.texts("state"), read.texts("season_from")
	rows := map[string]map[string]float64{}
	for i, node := range nodes {
		rows[node] = map[string]float64{"state " + states[i]: 1, "season " + seasons[i]: 1}
	}
	for _, name := range []string{"log_growth", "std_error", "p_adjusted", "month_count", "pair_count", "year_ratio", "year_amount", "recent_amount", "season_12"} {
		for i, v := range read.numbers(name) {
			rows[nodes[i]][name] = v
		}
	}
	if read.err != nil {
		t.Fatal(read.err)
	}
	return rows
}

func TestTrendFitTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	season := christmas()
	nothing := make([]float64, 36)
	for i := range 12 {
		nothing[i] = 50
	}
	seldom := make([]float64, 36)
	seldom[3], seldom[30] = 80, 90
	var in trendInput
	in.add("all", "all", "", series(rng, 36, 0, season, .05, 5, 0))
	in.add("category", "toner", "", series(rng, 30, 6, season, .3, 5, 0))
	in.add("product", "ended", "toner", nothing)
	in.add("product", "grown", "toner", series(rng, 36, 0, season, .4, 5, 0))
	in.add("product", "just", "", nil)
	in.add("product", "lone", "", series(rng, 20, 4, season, -.5, 5, 0))
	in.add("product", "new", "toner", series(rng, 14, 10, season, 0, 5, 0))
	in.add("product", "seldom", "toner", seldom)
	in.add("product", "young", "toner", series(rng, 20, 4, season, .3, 5, 0))
	rows := in.fit(t)
	for node, want := range map[string][2]string{
		"all": {"fitted", "own"}, "toner": {"fitted", "own"}, "grown": {"fitted", "own"}, "young": {"fitted", "category"},
		"lone": {"fitted", "all"}, "new": {"new", ""}, "just": {"new", ""}, "ended": {"ended", ""}, "seldom": {"not enough data", ""},
	} {
		if row := rows[node]; row["state "+want[0]] != 1 || row["season "+want[1]] != 1 {
			t.Errorf("%s: got %v, want %s by the season of %q", node, row, want[0], want[1])
		}
	}
	for node, growth := range map[string]float64{"all": .05, "toner": .3, "grown": .4, "young": .3, "lone": -.5} {
		if row := rows[node]; math.Abs(row["log_growth"]-growth) > 4*row["std_error"] || row["std_error"] > .1 || math.Abs(row["season_12"]-season[11]) > .4 {
			t.Errorf("%s: got %v, want growth %g and December %g", node, row, growth, season[11])
		}
	}
	if row := rows["new"]; !math.IsNaN(row["log_growth"]) || !math.IsNaN(row["season_12"]) || row["month_count"] != 14 || row["year_amount"] <= 0 {
		t.Errorf("new: got %v", row)
	}
	if row := rows["just"]; row["month_count"] != 0 || row["year_amount"] != 0 {
		t.Errorf("sold first in a month that is not over: got %v", row)
	}
}

// With 23 months of sales in all, nothing is told, whatever a product does.
func TestTrendFitTableTooEarly(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	var in trendInput
	in.add("all", "all", "", series(rng, 23, 1, christmas(), 0, 5, 0))
	in.add("product", "grown", "", series(rng, 23, 1, christmas(), 1, 5, 0))
	in.add("product", "new", "", series(rng, 3, 9, christmas(), 1, 5, 0))
	for node, row := range in.fit(t) {
		if row["state too early"] != 1 || !math.IsNaN(row["log_growth"]) {
			t.Errorf("%s: got %v, want too early", node, row)
		}
	}
}
