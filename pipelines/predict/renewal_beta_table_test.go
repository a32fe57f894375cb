package predict

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// The table is the function, to six digits at least, and on both tails.
func TestBetaTable(t *testing.T) {
	for _, c := range [][2]float64{{1.7, 0.6}, {2.1, 18}, {0.5, 3}, {6, 2.7}, {1.1, 60}} {
		p, q := c[0], c[1]
		s := newBetaShape(p, q)
		s.dP, s.dQ = mathext.Digamma(p)-mathext.Digamma(p+q), mathext.Digamma(q)-mathext.Digamma(p+q)
		table := newBetaTable(&s, -9, 4)
		if table == nil {
			t.Fatalf("%v: no table", c)
		}
		for x := -9.0; x <= 4; x += 0.013 {
			z := 1 / (1 + math.Exp(-x))
			got, want := table.at(x), s.slope(z, 1/(1+math.Exp(x)))
			for name, v := range map[string][3]float64{
				"upper": {got.upper, want.upper, want.upper}, "lower": {got.lower, want.lower, 1},
				"by p": {got.dP, want.dP, want.upper}, "by q": {got.dQ, want.dQ, want.upper},
			} {
				if math.Abs(v[0]-v[1]) > 1e-6*(v[2]+math.Abs(v[1])) {
					t.Fatalf("%v at %g: %s is %g, want %g", c, x, name, v[0], v[1])
				}
			}
		}
	}
}

// The likelihood and its gradient are the same with tables and without.
func TestRenewalTablesChangeNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	pairs := randomPairs(rng, Renewal{1.7, 0.7, 90, 0.6, 0.9}, 60_000)
	sample := newRenewalSample(pairs)
	for _, p := range []Renewal{{1.7, 0.7, 90, 0.6, 0.9}, {3, 2, 60, 0.2, 2}, {0.8, 0.4, 200, 3, 1}} {
		tabled := sample.tables(p)
		plain, used := append([]renewalLevel(nil), tabled...), 0
		for i := range plain {
			if plain[i].table != nil {
				used++
			}
			plain[i].table = nil
		}
		if used == 0 {
			t.Fatal("no table was used")
		}
		got, gotSlope := sumRenewalRows(p, tabled, sample.rows)
		want, wantSlope := sumRenewalRows(p, plain, sample.rows)
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%+v: %.6f with tables, want %.6f", p, got, want)
		}
		for i := range gotSlope {
			if math.Abs(gotSlope[i]-wantSlope[i]) > 1e-7*sample.pairs {
				t.Errorf("%+v: slope %d is %g with tables, want %g", p, i, gotSlope[i], wantSlope[i])
			}
		}
	}
}
