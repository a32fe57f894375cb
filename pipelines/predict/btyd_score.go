package predict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Horizon is what is asked about the time after each customer's age.
type Horizon struct {
	Within   float64 // the time within which purchases are counted, in the unit of the histories; more than 0
	Discount float64 // the continuous rate per unit of time, more than 0; 0 leaves out Scores.Discounted
}

// Scores are forecasts of customers, one element a history.
type Scores struct {
	Alive      []Estimate // P(alive); not a rank of dormancy: under BG/NBD it is 1 for who bought once
	Buys       []Estimate // probability of at least one purchase within Horizon.Within
	Purchases  []Estimate // expected purchases within Horizon.Within
	Discounted []Estimate // expected purchases for ever, discounted (DERT); nil without a rate
}

// Score forecasts each history. Histories without a Count (nil) count as one each. The intervals are by the delta method:
// the fit's covariance, carried through the derivatives of the log-odds of a probability and of the logarithm of a number,
// which are central differences along the covariance's principal factors. They hold the uncertainty of the parameters,
// not the chance of what one customer does.
func (f Fit) Score(h Histories, ask Horizon) (Scores, error) {
	if h.Count == nil {
		h.Count = make([]float64, h.Len())
		for i := range h.Count {
			h.Count[i] = 1
		}
	}
	if err := h.Check(); err != nil {
		return Scores{}, fmt.Errorf("score by %s: %w", f.Law, err)
	}
	if !(ask.Within > 0) || math.IsInf(ask.Within, 1) || !(ask.Discount >= 0) || math.IsInf(ask.Discount, 1) {
		return Scores{}, fmt.Errorf("score by %s: got horizon %+v, want a positive time and a rate from 0", f.Law, ask)
	}
	s := newScorer(newRows(h), ask)
	here, err := s.at(f.Law, f.Params)
	if err != nil {
		return Scores{}, err
	}
	var variance [4][]float64
	for q := range here {
		variance[q] = make([]float64, len(here[q]))
	}
	for _, direction := range f.directions() {
		if err := s.addVariance(f, direction, variance); err != nil {
			return Scores{}, err
		}
	}
	finish := func(q int, estimate func(value, variance float64) Estimate) []Estimate {
		out := make([]Estimate, len(here[q]))
		for i, v := range here[q] {
			out[i] = estimate(v, variance[q][i])
			if !f.Converged {
				out[i].Low, out[i].High = math.NaN(), math.NaN()
			}
		}
		return out
	}
	scores := Scores{Alive: finish(0, logitEstimate), Buys: finish(1, logitEstimate), Purchases: finish(2, logEstimate)}
	if ask.Discount > 0 {
		scores.Discounted = finish(3, logEstimate)
	}
	return scores, nil
}

// directions are vectors whose outer products add up to the covariance.
func (f Fit) directions() [][4]float64 {
	if !f.Converged {
		return nil
	}
	covariance := mat.NewSymDense(4, nil)
	for i := range 4 {
		for j := i; j < 4; j++ {
			covariance.SetSym(i, j, f.Covariance[i][j])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var out [][4]float64
	for k, v := range eigen.Values(nil) {
		if v <= 0 {
			continue
		}
		var d [4]float64
		for i := range d {
			d[i] = math.Sqrt(v) * vectors.At(i, k)
		}
		out = append(out, d)
	}
	return out
}

// scorer computes forecasts at several parameters. What does not depend on t_x is computed once for all histories of the
// same repeats and age.
type scorer struct {
	*rows
	ask   Horizon
	kinds []pair  // the different repeats and ages
	kind  []int32 // of each row
}

func newScorer(r *rows, ask Horizon) *scorer {
	s := &scorer{rows: r, ask: ask, kind: make([]int32, len(r.n))}
	at := map[pair]int32{}
	for i, x := range r.x {
		p := pair{x, r.age[i]}
		k, ok := at[p]
		if !ok {
			k = int32(len(s.kinds))
			at[p] = k
			s.kinds = append(s.kinds, p)
		}
		s.kind[i] = k
	}
	return s
}

// at returns the quantities of Scores, in its order, for each row.
func (s *scorer) at(law Law, p Params) (out [4][]float64, err error) {
	o, err := NewOutlook(law, p)
	if err != nil {
		return out, err
	}
	byRepeats := make([][]int32, len(s.counts)) // kinds
	for k, p := range s.kinds {
		byRepeats[p.x] = append(byRepeats[p.x], int32(k))
	}
	after := make([][3]float64, len(s.kinds))
	each(len(byRepeats), func(x int) {
		stays := o.after(s.counts[x])
		for _, k := range byRepeats[x] {
			age := s.times[s.kinds[k].time]
			after[k][0] = stays.buys(age, s.ask.Within)
			after[k][1] = stays.purchases(age, s.ask.Within)
			if s.ask.Discount > 0 {
				after[k][2] = stays.discounted(age, s.ask.Discount)
			}
		}
	})
	out[0] = o.aliveAll(s.rows)
	for q := 1; q < len(out); q++ {
		out[q] = make([]float64, len(out[0]))
		for i, alive := range out[0] {
			out[q][i] = alive * after[s.kind[i]][q-1]
		}
	}
	return out, nil
}

// addVariance adds the square of the derivatives along a direction, on the scales of the intervals.
func (s *scorer) addVariance(f Fit, direction [4]float64, variance [4][]float64) error {
	const step = 0.1 // of a standard error: far from rounding, near enough to be straight
	var sides [2][4][]float64
	for side, sign := range []float64{1, -1} {
		p := f.Params
		for i := range p {
			p[i] *= math.Exp(sign * step * direction[i])
		}
		var err error
		if sides[side], err = s.at(f.Law, p); err != nil {
			return err
		}
	}
	for q, up := range sides[0] {
		for i, v := range up {
			a, b := math.Log(v), math.Log(sides[1][q][i])
			if q < 2 { // probabilities
				a -= math.Log1p(-v)
				b -= math.Log1p(-sides[1][q][i])
			}
			if d := (a - b) / (2 * step); !math.IsNaN(d) && !math.IsInf(d, 0) {
				variance[q][i] += d * d
			}
		}
	}
	return nil
}
