package predict

import "fmt"

// RepeatBucket is the forecast for pairs with so many gaps. A model can be right on the whole and wrong for those who
// bought once, four of five pairs, or for the best customers, who matter most.
type RepeatBucket struct {
	From, To int // gaps; To is -1 for no end
	Forecast
}

// Label is how the bucket is printed: "0", "2-3", "8+".
func (b RepeatBucket) Label() string {
	switch {
	case b.To < 0:
		return fmt.Sprintf("%d+", b.From)
	case b.From == b.To:
		return fmt.Sprint(b.From)
	}
	return fmt.Sprintf("%d-%d", b.From, b.To)
}

// repeatCuts begin the buckets: 0, 1, 2-3, 4-7, 8+.
var repeatCuts = [...]int{0, 1, 2, 4, 8}

// MeasureByRepeats is MeasureForecast for each bucket of the pairs' number of gaps; buckets without rows are left out.
func MeasureByRepeats(gaps []int, probabilities []float64, came []bool) ([]RepeatBucket, error) {
	if len(gaps) != len(probabilities) || len(gaps) != len(came) {
		return nil, fmt.Errorf("measure by repeats: got %d gaps, %d probabilities, %d outcomes, want as many of each",
			len(gaps), len(probabilities), len(came))
	}
	var buckets []RepeatBucket
	for i, from := range repeatCuts {
		to := -1
		if i+1 < len(repeatCuts) {
			to = repeatCuts[i+1] - 1
		}
		var p []float64
		var c []bool
		for j, m := range gaps {
			if m >= from && (to < 0 || m <= to) {
				p, c = append(p, probabilities[j]), append(c, came[j])
			}
		}
		if len(p) == 0 {
			continue
		}
		f, err := MeasureForecast(p, c)
		if err != nil {
			return nil, err
		}
		buckets = append(buckets, RepeatBucket{from, to, f})
	}
	return buckets, nil
}
