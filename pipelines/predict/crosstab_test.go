package predict

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The 15 p-values of Benjamini and Hochberg (1995), section 4.1: at 5 % four are found, and the fourth is at .0095 * 15/4.
func TestAdjustedOfThePaper(t *testing.T) {
	p := []float64{
		0.0298, 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000, math.NaN(),
	}
	got := Adjusted(p)
	found := 0
	for i, a := range got {
		if a <= .05 {
			found++
		}
		if !math.IsNaN(p[i]) && (a < p[i] || a > 1) {
			t.Errorf("p %g: got %g adjusted", p[i], a)
		}
	}
	if found != 4 {
		t.Errorf("got %d findings at 5 %%, want 4", found)
	}
	for i, want := range map[int]float64{4: .0095 * 15 / 4, 1: .0015, 14: 1} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("p %g: got %g adjusted, want %g", p[i], got[i], want)
		}
	}
	// the sixth, .0278, would have .0278 * 15/6: more than the seventh, so it has the seventh's
	if want := .0298 * 15 / 7; math.Abs(got[0]-want) > 1e-12 || got[6] != got[0] {
		t.Errorf("got %g and %g, want %g twice", got[6], got[0], want)
	}
	if !math.IsNaN(got[15]) {
		t.Errorf("what was not tested got %g", got[15])
	}
}

// 15 of 25 against 5 of 25: z = .4 / sqrt(.4 * .6 * 2/25) = 2.886751, two-sided p = .003892.
func TestTwoProportions(t *testing.T) {
	cell := TabCell{Buyers: 15, Customers: 25, AllBuyers: 20, AllCustomers: 50}
	if got := cell.PValue(); math.Abs(got-.003892) > 5e-7 {
		t.Errorf("got p %.6f, want .003892", got)
	}
	if other := (TabCell{Buyers: 5, Customers: 25, AllBuyers: 20, AllCustomers: 50}).PValue(); math.Abs(other-cell.PValue()) > 1e-12 {
		t.Errorf("the others' view: got p %g, want the same", other)
	}
	for _, c := range []struct {
		TabCell
		want bool
	}{
		{TabCell{0, 25, 10, 50}, true}, // five expected, none found: that is data
		{TabCell{9, 24, 10, 50}, false},
		{TabCell{20, 25, 46, 50}, false}, // four others in all
		{TabCell{20, 45, 20, 50}, false},
	} {
		if got := c.Testable(); got != c.want {
			t.Errorf("%v: testable %t, want %t", c.TabCell, got, c.want)
		}
	}
}

// The lift's interval holds it, keeps to what is possible, and holds the true lift about 95 times of 100.
func TestLiftInterval(t *testing.T) {
	for _, c := range []TabCell{{0, 30, 20, 100}, {30, 30, 60, 100}, {5, 30, 5, 100}, {1, 2, 50, 100}, {30, 30, 30, 100}, {40, 60, 90, 200}} {
		lift, low, high := c.Lift()
		if !(0 <= low && low <= lift && lift <= high && high <= c.AllCustomers/c.Customers+1e-9) {
			t.Errorf("%v: got %g (%g to %g)", c, lift, low, high)
		}
	}
	if lift, low, high := (TabCell{3, 10, 3, 10}).Lift(); lift != 1 || low != 1 || high != 1 {
		t.Errorf("everybody: got %g (%g to %g), want 1", lift, low, high)
	}
	rng := rand.New(rand.NewPCG(11, 9))
	binomial := func(n int, p float64) (k float64) {
		for range n {
			if rng.Float64() < p {
				k++
			}
		}
		return k
	}
	for _, law := range []struct {
		n1, n2 int
		p1, p2 float64
	}{{30, 300, .3, .1}, {60, 60, .5, .5}, {200, 2000, .03, .02}, {25, 100, .9, .6}} {
		held, runs := 0, 4000
		share := float64(law.n1) / float64(law.n1+law.n2)
		true1 := law.p1 / (share*law.p1 + (1-share)*law.p2)
		for range runs {
			k1, k2 := binomial(law.n1, law.p1), binomial(law.n2, law.p2)
			_, low, high := TabCell{k1, float64(law.n1), k1 + k2, float64(law.n1 + law.n2)}.Lift()
			if k1+k2 == 0 || low <= true1 && true1 <= high {
				held++
			}
		}
		if rate := float64(held) / float64(runs); rate < .93 || rate > .985 {
			t.Errorf("%+v: the interval holds the truth in %.3f of the cases, want about .95", law, rate)
		}
	}
}

// Where no customer differs from another, the findings of a whole tab are rare: at most about 5 % of the tabs have any.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	const values, products, customers = 8, 20, 60
	tabs, runs := 0, 400
	for range runs {
		var p []float64
		for range products {
			var bought [values]float64
			all := 0.0
			for v := range bought {
				for range customers {
					if rng.Float64() < .25 {
						bought[v]++
						all++
					}
				}
			}
			for _, k := range bought {
				p = append(p, TabCell{k, customers, all, values * customers}.PValue())
			}
		}
		for _, a := range Adjusted(p) {
			if a <= .05 {
				tabs++
				break
			}
		}
	}
	if rate := float64(tabs) / float64(runs); rate > .08 {
		t.Errorf("%.3f of the tabs find what is not there, want about .05", rate)
	}
}

// Cells come back in their order with the test of their own attribute and level.
func TestCrossTabTable(t *testing.T) {
	var in columnWriter
	in.texts("attribute", []string{"kind", "kind", "kind", "kind", "region"})
	in.texts("value", []string{"company", "person", "company", "person", "Kyoto"})
	in.texts("level", []string{"category", "category", "group", "group", "category"})
	in.texts("product", []string{"toner", "toner", "supplies", "supplies", "toner"})
	in.counts("customer_count", []int64{25, 25, 25, 25, 3})
	in.counts("buyer_count", []int64{15, 5, 12, 12, 1})
	in.counts("all_customer_count", []int64{50, 50, 50, 50, 50})
	in.counts("all_buyer_count", []int64{20, 20, 24, 24, 20})
	for _, name := range []string{"sales_amount", "value_amount", "product_amount", "all_amount"} {
		in.numbers(name, []float64{1, 2, 3, 4, 5})
	}
	rows := in.table(5)
	defer rows.Release()
	out, err := CrossTabTable(t.Context(), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	read := columnReader{in: out}
	lift, p, adjusted := read.numbers("lift"), read.numbers("p_value"), read.numbers("p_adjusted")
	if read.err != nil {
		t.Fatal(read.err)
	}
	if math.Abs(lift[0]-1.5) > 1e-6 || math.Abs(lift[1]-.5) > 1e-6 || lift[2] != 1 {
		t.Errorf("lift: got %v", lift)
	}
	if math.Abs(adjusted[0]-.003892) > 1e-6 || adjusted[2] != 1 || p[0] != p[1] {
		t.Errorf("p: got %v, adjusted %v, want each tab by itself", p, adjusted)
	}
	if !math.IsNaN(p[4]) || !math.IsNaN(adjusted[4]) {
		t.Errorf("3 customers: got p %g, want none", p[4])
	}
}
