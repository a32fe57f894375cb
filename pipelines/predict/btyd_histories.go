package predict

import (
	"fmt"
	"math"
)

// Histories are purchase histories as the purchase models see them, in slices of the same length. Times are since the
// customer's first purchase, in one unit for all (days, weeks); so are the parameters that come of them.
type Histories struct {
	Repeats []float64 // x: purchases after the first, at most one a day
	Last    []float64 // t_x: time of the last purchase, 0 where x is 0
	Age     []float64 // T: time to the end of the observation, not before Last
	Count   []float64 // customers with exactly this history
}

// Len is the number of histories, not of customers.
func (h Histories) Len() int { return len(h.Repeats) }

// Customers is the number of customers.
func (h Histories) Customers() float64 {
	var n float64
	for _, c := range h.Count {
		n += c
	}
	return n
}

// Ungrouped takes one history a customer as they are. The slices are kept, not copied.
func Ungrouped(repeats, last, age []float64) (Histories, error) {
	h := Histories{Repeats: repeats, Last: last, Age: age, Count: make([]float64, len(repeats))}
	for i := range h.Count {
		h.Count[i] = 1
	}
	return h, h.Check()
}

// Check reports the first history that no customer can have.
func (h Histories) Check() error {
	n := len(h.Repeats)
	if len(h.Last) != n || len(h.Age) != n || len(h.Count) != n {
		return fmt.Errorf("histories: got slices of %d, %d, %d, %d, want one length",
			n, len(h.Last), len(h.Age), len(h.Count))
	}
	for i, x := range h.Repeats {
		if err := checkHistory(x, h.Last[i], h.Age[i]); err != nil {
			return fmt.Errorf("history %d: %w", i, err)
		}
		if c := h.Count[i]; !(c > 0) || math.IsInf(c, 1) {
			return fmt.Errorf("history %d: got %v customers, want a positive number", i, c)
		}
	}
	return nil
}

func checkHistory(x, last, age float64) error {
	switch {
	case !(x >= 0) || x != math.Trunc(x) || math.IsInf(x, 1):
		return fmt.Errorf("got %v repeat purchases, want a whole number from 0", x)
	case !(age >= 0) || math.IsInf(age, 1):
		return fmt.Errorf("got age %v, want a number from 0", age)
	case !(last >= 0) || last > age:
		return fmt.Errorf("got the last purchase at %v, want it between 0 and the age %v", last, age)
	case (x == 0) != (last == 0):
		return fmt.Errorf("got %v repeat purchases, the last at %v: want both 0 or neither", x, last)
	}
	return nil
}
