package predict

import (
	"fmt"
	"math"
)

// likelihood is a model's surface over the data.
func likelihood(law Law, h Histories) (surface, *rows, error) {
	data := newRows(h)
	switch law {
	case BGNBD, MBGNBD:
		return geometric{data, law == MBGNBD}.meanLogLikelihood, data, nil
	case ParetoNBD:
		return newLapsing(data).meanLogLikelihood, data, nil
	default:
		return nil, nil, fmt.Errorf("purchase model: got %q, want one of %v", law, Laws())
	}
}

// thin takes the histories of n customers at even distances: enough to find the way to the summit, not to measure it.
func thin(h Histories, n int) Histories {
	if h.Len() <= 2*n {
		return h
	}
	var out Histories
	step := h.Customers() / float64(n)
	passed, next := 0.0, step/2 // customers, up to this history; and the next one taken
	for i, count := range h.Count {
		passed += count
		if next > passed {
			continue
		}
		taken := math.Floor((passed-next)/step) + 1
		next += taken * step
		out.Repeats = append(out.Repeats, h.Repeats[i])
		out.Last = append(out.Last, h.Last[i])
		out.Age = append(out.Age, h.Age[i])
		out.Count = append(out.Count, taken)
	}
	return out
}

// purchaseStarts are points from which to search, and the middle of the bounds: heterogeneous and homogeneous customers,
// quick and slow to leave. Times are in units of the mean age.
func purchaseStarts(law Law, data *rows) (centre []float64, starts [][]float64) {
	age := math.Max(data.meanAge, math.SmallestNonzeroFloat64)
	scale := math.Log(age)
	for _, s := range []struct{ r, leave, stay float64 }{{0.5, 0.8, 2.5}, {1, 0.3, 3}, {0.2, 2, 4}, {3, 0.7, 0.7}} {
		alpha := s.r / math.Max(data.meanX, 0.01) * 0.7 // some of the age is spent after leaving
		starts = append(starts, []float64{
			math.Log(s.r), math.Log(alpha) + scale, math.Log(s.leave), math.Log(s.stay),
		})
	}
	centre = []float64{0, scale, 0, 0}
	if law == ParetoNBD {
		centre[3] = scale
		for i := range starts {
			starts[i][3] += scale - math.Log(4)
		}
	}
	return centre, starts
}
