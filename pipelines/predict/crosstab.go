package predict

import (
	"math"
	"slices"
)

// Cross-tabs compare the buyers of a product among some customers with those among the others: files crosstab.

// leastExpected is how many buyers, and how many others, chance alone must give inside and outside before a difference
// of proportions is tested: the usual rule of the chi-squared test. It looks at the margins only, not at what was found.
const leastExpected = 5

// TabCell is a cell of a cross-tab: of n customers with a value k bought a product, of all N with any value K did.
type TabCell struct{ Buyers, Customers, AllBuyers, AllCustomers float64 }

// Testable says whether there are enough customers to test the cell.
func (c TabCell) Testable() bool {
	rate, outside := c.AllBuyers/c.AllCustomers, c.AllCustomers-c.Customers
	return min(c.Customers, outside)*min(rate, 1-rate) >= leastExpected
}

// PValue is the probability that two shares differ as much where there is no difference: the test of two proportions
// with a pooled variance, two-sided. Testable must hold.
func (c TabCell) PValue() float64 {
	outside := c.AllCustomers - c.Customers
	rate := c.AllBuyers / c.AllCustomers
	difference := c.Buyers/c.Customers - (c.AllBuyers-c.Buyers)/outside
	z := difference / math.Sqrt(rate*(1-rate)*(1/c.Customers+1/outside))
	return math.Erfc(math.Abs(z) / math.Sqrt2)
}

// Lift is the share of buyers by the share among all, with its 95 % interval: the ratio of the shares inside and outside
// by Donner and Zou, Statistical Methods in Medical Research 21 (2012), from Wilson's intervals of both, brought upon all
// customers. Without customers outside everything is 1.
func (c TabCell) Lift() (lift, low, high float64) {
	outside := c.AllCustomers - c.Customers
	if outside <= 0 || c.AllBuyers <= 0 {
		return 1, 1, 1
	}
	p1, p2 := c.Buyers/c.Customers, (c.AllBuyers-c.Buyers)/outside
	l1, u1 := wilson(p1, c.Customers)
	l2, u2 := wilson(p2, outside)
	p := p1 * p2
	below, above := l1*(2*p1-l1), u1*(2*p1-u1)
	ratioLow, ratioHigh := 0.0, math.Inf(1)
	if below > 0 {
		ratioLow = below / (p + math.Sqrt(p*p-below*u2*(2*p2-u2)))
	}
	if of := l2 * (2*p2 - l2); of > 0 {
		ratioHigh = (p + math.Sqrt(math.Max(p*p-above*of, 0))) / of
	}
	share := c.Customers / c.AllCustomers
	uponAll := func(ratio float64) float64 {
		if math.IsInf(ratio, 1) {
			return 1 / share
		}
		return ratio / (share*ratio + 1 - share)
	}
	lift = p1 / (c.AllBuyers / c.AllCustomers)
	// where an end of the interval is the lift itself, the last bits may differ
	return lift, min(uponAll(ratioLow), lift), max(uponAll(ratioHigh), lift)
}

// Adjusted are the p-values after Benjamini and Hochberg, J. R. Statist. Soc. B 57 (1995): of the findings with an adjusted
// value up to q, the expected share that is chance is at most q. NaN is not tested: it stays so and does not count.
func Adjusted(p []float64) []float64 {
	adjusted := make([]float64, len(p))
	order := make([]int, 0, len(p))
	for i, v := range p {
		adjusted[i] = math.NaN()
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	least, m := 1.0, float64(len(order))
	for i, at := range order {
		least = min(least, p[at]*m/(m-float64(i)))
		adjusted[at] = least
	}
	return adjusted
}
