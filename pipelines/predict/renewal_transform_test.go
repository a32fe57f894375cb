package predict

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
)

func day(year, month, d int) calendar.Date {
	return calendar.DateOf(time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC))
}

// seasonalDays sells 4 a day, 12 in December, and doubles every year.
func seasonalDays(from, until calendar.Date, scale float64) []DayCount {
	var days []DayCount
	for d := from; d.Before(until); d = d.AddDays(1) {
		n := 4 * scale * math.Pow(2, float64(d.UTC().Year()-2008))
		if d.UTC().Month() == time.December {
			n *= 3
		}
		days = append(days, DayCount{d, n})
	}
	return days
}

func TestSeasonFindsDecember(t *testing.T) {
	from, until := day(2008, 1, 1), day(2011, 1, 1)
	s := EstimateSeason(seasonalDays(from, until, 100), from, until, Season{}, 20)
	// 335 ordinary days and 31 of threefold sales: the mean is 428/366, so December is 3·366/428 and June 366/428.
	for _, c := range []struct {
		on   calendar.Date
		want float64
	}{{day(2012, 12, 15), 3 * 366.0 / 428}, {day(2012, 6, 15), 366.0 / 428}} {
		if got := s.Index(c.on); math.Abs(got-c.want) > 0.02*c.want {
			t.Errorf("index on %s is %.3f, want %.3f", c.on, got, c.want)
		}
	}
	mean := 0.0
	for _, v := range s.Weeks() {
		mean += v / 52
	}
	if math.Abs(mean-1) > 1e-12 {
		t.Errorf("mean index is %g, want 1", mean)
	}
}

func TestSeasonIsAClock(t *testing.T) {
	from, until := day(2008, 1, 1), day(2011, 1, 1)
	s := EstimateSeason(seasonalDays(from, until, 1), from, until, Season{}, 20)
	for _, span := range [][2]calendar.Date{
		{day(2011, 11, 20), day(2012, 3, 5)}, {day(2012, 2, 27), day(2012, 3, 2)}, {day(2000, 12, 30), day(2001, 1, 2)}, {day(2011, 5, 1), day(2011, 5, 1)},
	} {
		want := 0.0
		for d := span[0].AddDays(1); !span[1].Before(d); d = d.AddDays(1) {
			want += s.Index(d)
		}
		if got := s.Between(span[0], span[1]); math.Abs(got-want) > 1e-8 {
			t.Errorf("from %s to %s: %.9f, want the sum of the days, %.9f", span[0], span[1], got, want)
		}
		if back := s.Between(span[1], span[0]); math.Abs(back+want) > 1e-8 {
			t.Errorf("backwards %.9f, want %.9f", back, -want)
		}
	}
	var none Season
	if got := none.Between(day(2011, 1, 1), day(2011, 3, 1)); got != 59 || none.Index(day(2011, 1, 1)) != 1 || none.Weeks() != nil {
		t.Errorf("without seasons 59 days are %g", got)
	}
}

func TestSeasonShrinksAndKnowsItsLimits(t *testing.T) {
	from, until := day(2008, 1, 1), day(2011, 1, 1)
	parent := EstimateSeason(seasonalDays(from, until, 100), from, until, Season{}, 20)
	december, june := day(2010, 12, 15), day(2010, 6, 15)
	if s := EstimateSeason(nil, from, until, parent, 20); math.Abs(s.Index(december)-parent.Index(december)) > 0.05 {
		t.Errorf("a category without sales has %.3f in December, want its parent's %.3f", s.Index(december), parent.Index(december))
	}
	few := EstimateSeason([]DayCount{{june, 1}, {day(2009, 6, 14), 1}}, from, until, Season{}, 20)
	if i := few.Index(june); !(i > 1 && i < 1.15) {
		t.Errorf("two sales in June make an index of %.3f, want a little above 1", i)
	}
	if s := EstimateSeason(seasonalDays(day(2009, 6, 1), until, 1), day(2009, 6, 1), until, Season{}, 20); s.Weeks() != nil {
		t.Error("19 months tell a season")
	}
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct{ days, quantity, usual, g, want float64 }{
		{60, 20, 10, 1, 30}, {60, 20, 10, 0, 60}, {60, 40, 10, 0.5, 30}, {60, 0, 10, 1, 60}, {60, 10, 10, 0.7, 60},
	} {
		if got := QuantityGap(c.days, c.quantity, c.usual, c.g); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %g", c, got)
		}
	}
	// Customers differ in size and in pace, large ones buying more often; each one's gap grows with its quantity^0.6.
	rng := rand.New(rand.NewPCG(4, 2))
	var m QuantityMoments
	for range 2000 {
		size := rng.NormFloat64()
		var x, y []float64
		for range 2 + rng.IntN(6) {
			q := size + 0.5*rng.NormFloat64()
			x, y = append(x, q), append(y, 4-0.8*size+0.6*q-0.6*size+0.7*rng.NormFloat64())
		}
		mx, my := 0.0, 0.0
		for i := range x {
			mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(y))
		}
		m.Pairs++
		m.Gaps += len(x)
		for i := range x {
			m.XX, m.XY, m.YY = m.XX+(x[i]-mx)*(x[i]-mx), m.XY+(x[i]-mx)*(y[i]-my), m.YY+(y[i]-my)*(y[i]-my)
		}
	}
	if g, se := QuantityExponent(m); math.Abs(g-0.6) > 4*se || se > 0.05 {
		t.Errorf("exponent %.3f ± %.3f, drawn with .6", g, se)
	}
	if g, se := QuantityExponent(QuantityMoments{Gaps: 5, Pairs: 2}); g != 0 || se != 0.5 {
		t.Errorf("quantities that never vary: %g ± %g, want 0 ± .5", g, se)
	}
}

func TestRenewalTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	regular, poisson := Renewal{4, 2, 60, 0.5, 1.5}, Renewal{1, 2, 60, 0.5, 1.5}
	groups := []RenewalGroup{
		{Path: []string{"office", "toner"}, Pairs: randomPairs(rng, regular, 4000)},
		{Path: []string{"office", "chairs"}, Pairs: randomPairs(rng, poisson, 4000)},
		{Path: []string{"office", "clips"}, Pairs: randomPairs(rng, poisson, 50)},
		{Path: []string{"garden", "seeds"}, Pairs: randomPairs(rng, poisson, 40)},
	}
	tree, err := FitRenewalTree(t.Context(), groups, RenewalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var paths [][]string
	for _, n := range tree.Nodes {
		paths = append(paths, n.Path)
		if !n.Fit.Converged {
			t.Errorf("%q is not converged", n.Path)
		}
	}
	if d := cmp.Diff([][]string{{}, {"office"}, {"office", "chairs"}, {"office", "toner"}}, paths); d != "" {
		t.Error(d)
	}
	of := func(own bool, path ...string) Renewal {
		node, isOwn := tree.Of(path...)
		if isOwn != own {
			t.Errorf("%q: own %v, want %v", path, isOwn, own)
		}
		return tree.Nodes[node].Fit.Renewal
	}
	if toner, chairs := of(true, "office", "toner").K, of(true, "office", "chairs").K; math.Abs(toner-4) > 0.5 || math.Abs(chairs-1) > 0.1 {
		t.Errorf("regularity of toner %.2f and chairs %.2f, drawn with 4 and 1", toner, chairs)
	}
	if of(false, "office", "clips") != of(true, "office") || of(false, "garden", "seeds") != of(true) || of(false, "new") != of(true) {
		t.Error("a small category does not have its parent's fit")
	}
	// Neither the order of the groups nor that of the pairs changes a digit.
	slices.Reverse(groups)
	for _, g := range groups {
		slices.Reverse(g.Pairs)
	}
	again, err := FitRenewalTree(t.Context(), groups, RenewalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(tree.Nodes, again.Nodes); d != "" {
		t.Errorf("in another order: %s", d)
	}
}

func TestRenewalFitRefuses(t *testing.T) {
	if _, err := FitRenewal(t.Context(), make([]RenewalPair, 1000)); !errors.Is(err, ErrTooFewGaps) {
		t.Errorf("no gaps: %v", err)
	}
	if _, err := FitRenewalTree(t.Context(), nil, RenewalOptions{}); !errors.Is(err, ErrTooFewGaps) {
		t.Errorf("no groups: %v", err)
	}
	if _, err := FitRenewalTree(t.Context(), []RenewalGroup{{Path: []string{""}}}, RenewalOptions{}); err == nil {
		t.Error("a category without a name is accepted")
	}
	for _, bad := range []RenewalPair{
		{Since: -1}, {Since: math.NaN()}, {Gaps: 1}, {Total: 5}, {Gaps: -1}, NewRenewalPair([]float64{0, 3}, 1), NewRenewalPair([]float64{-2, 3}, 1),
	} {
		if _, err := FitRenewal(t.Context(), []RenewalPair{{Since: 1}, bad}); err == nil || !strings.Contains(err.Error(), "pair 1 has") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := FitRenewalTree(t.Context(), []RenewalGroup{{Path: []string{"a"}, Pairs: []RenewalPair{{Since: -1}}}}, RenewalOptions{}); err == nil {
		t.Error("a tree with a negative silence is accepted")
	}
	// Gaps that are all equal, customers who never leave: the likelihood has no top, and the fit says so.
	pairs := make([]RenewalPair, 500)
	for i := range pairs {
		pairs[i] = NewRenewalPair([]float64{30, 30, 30}, float64(i%30))
	}
	fit, err := FitRenewal(t.Context(), pairs)
	if err != nil || fit.Converged || !fit.Valid() {
		t.Errorf("equal gaps: converged %v, %+v, %v", fit.Converged, fit.Renewal, err)
	}
	s := fit.Score(RenewalPair{3, 90, 3 * math.Log(30), 29}, 3)
	if !(s.Due > 0.9) {
		t.Errorf("after 29 of ever 30 days, due within 3 is %.3f", s.Due)
	}
}
