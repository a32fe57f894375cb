package onboard

import (
	"fmt"
	"math"
)

// agreement is how many rows an equation holds on, of those that can show it.
type agreement struct{ holds, rows int }

func (a agreement) share() float64 {
	if a.rows == 0 {
		return 0
	}
	return float64(a.holds) / float64(a.rows)
}

// proves: nearly all rows, and enough of them.
func (a agreement) proves() bool { return a.rows >= 3 && a.share() >= 0.98 }

func (a agreement) String() string {
	return fmt.Sprintf("%.1f %% of %d rows", math.Floor(1000*a.share())/10, a.rows)
}

// product tests price × quantity = amount. Rows with a quantity of 1 hold too, but do not show it by themselves: without
// any other they prove nothing.
func product(price, quantity, amount *Column) agreement {
	var a agreement
	telling := 0
	for r := range amount.cells {
		p, q, m := price.number(r), quantity.number(r), amount.number(r)
		if math.IsNaN(p) || math.IsNaN(q) || math.IsNaN(m) || p == 0 && m == 0 {
			continue
		}
		a.rows++
		if q != 1 && p != 0 {
			telling++
		}
		if math.Abs(p*q-m) <= 1.0001 || math.Abs(math.Abs(p*q)-math.Abs(m)) <= 0.5 {
			a.holds++
		}
	}
	if telling == 0 {
		return agreement{}
	}
	return a
}

// orderSums tests per order that the sum of lines, with what is added and taken off, is the order's total. line gives
// the amount of a row. It returns the best agreement over what may belong to the sum, and says of what that is made.
func orderSums(order *Column, line func(r int) float64, total *Column, plus, minus []*Column) (agreement, string) {
	type sum struct {
		lines, total float64
		rest         []float64
		rows         int
	}
	extra := append(append([]*Column{}, plus...), minus...)
	sums := map[uint32]*sum{}
	var keys []uint32
	for r, k := range order.cells {
		v := line(r)
		if math.IsNaN(v) {
			continue
		}
		s := sums[k]
		if s == nil {
			s = &sum{total: total.number(r), rest: make([]float64, len(extra))}
			for i, c := range extra {
				if x := c.number(r); !math.IsNaN(x) {
					s.rest[i] = x
				}
			}
			sums[k] = s
			keys = append(keys, k)
		}
		s.lines += v
		s.rows++
	}
	best, made := agreement{}, ""
	for mask := range 1 << min(len(extra), 8) {
		var a agreement
		for _, k := range keys {
			s := sums[k]
			if math.IsNaN(s.total) {
				continue
			}
			v := s.lines
			for i := range extra {
				if mask&(1<<i) != 0 {
					if i < len(plus) {
						v += s.rest[i]
					} else {
						v -= math.Abs(s.rest[i])
					}
				}
			}
			a.rows++
			if math.Abs(v-s.total) < 0.5*float64(s.rows)+0.01 {
				a.holds++
			}
		}
		if a.share() > best.share()+1e-9 {
			best, made = a, "the lines"
			for i, c := range extra {
				if mask&(1<<i) != 0 {
					made += map[bool]string{true: " + ", false: " - "}[i < len(plus)] + c.Name
				}
			}
		}
	}
	return best, made
}

// triples finds three columns of numbers of which the first times the second is the third, by values alone. quantity is
// the one with the smaller numbers.
func triples(columns []*Column) (found [][3]*Column) {
	var numeric []*Column
	for _, c := range columns {
		if c.Numeric() && c.facts.Distinct > 1 && c.Filled()*2 > c.facts.Rows && !(c.IsDate() && c.facts.Form == formSolid) {
			numeric = append(numeric, c)
		}
	}
	if len(numeric) > 20 {
		numeric = numeric[:20]
	}
	for i, a := range numeric {
		for _, b := range numeric[i+1:] {
			for _, m := range numeric {
				if m == a || m == b {
					continue
				}
				if got := product(a, b, m); !got.proves() {
					continue
				}
				if got := product(b, a, m); !got.proves() {
					continue
				}
				if mean(a) < mean(b) {
					found = append(found, [3]*Column{b, a, m})
				} else {
					found = append(found, [3]*Column{a, b, m})
				}
			}
		}
	}
	return found
}

func mean(c *Column) float64 {
	sum, n := 0.0, 0.0
	for id, v := range c.nums {
		if !math.IsNaN(v) {
			sum += math.Abs(v) * float64(c.counts[id])
			n += float64(c.counts[id])
		}
	}
	return sum / max(n, 1)
}
