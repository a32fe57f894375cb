package predict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRankingByHand(t *testing.T) {
	for _, c := range []struct {
		name   string
		scores []float64
		came   []bool
		auc    float64
	}{
		{"perfect", []float64{1, 2, 3, 4}, []bool{false, false, true, true}, 1},
		{"backwards", []float64{4, 3, 2, 1}, []bool{false, false, true, true}, 0},
		{"all alike", []float64{5, 5, 5, 5}, []bool{false, true, false, true}, 0.5},
		{"a tie", []float64{1, 2, 2, 3}, []bool{false, false, true, true}, 0.875}, // 3 pairs won, 1 halved, of 4
		{"one kind", []float64{1, 2}, []bool{true, true}, math.NaN()},
		{"nothing", nil, nil, math.NaN()},
	} {
		r, err := MeasureRanking(c.scores, c.came)
		if err != nil || !(r.AUC == c.auc || math.IsNaN(r.AUC) && math.IsNaN(c.auc)) {
			t.Errorf("%s: AUC %g, %v, want %g", c.name, r.AUC, err, c.auc)
		}
	}
}

// The definitions by brute force, on scores with many ties.
func TestRankingByDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	var scores []float64
	var came []bool
	for range 300 {
		s := math.Floor(8*rng.Float64()) / 8
		scores, came = append(scores, s), append(came, rng.Float64() < s)
	}
	kernel := func(hit, miss float64) float64 {
		switch {
		case hit > miss:
			return 1
		case hit == miss:
			return 0.5
		}
		return 0
	}
	var hits, misses []float64 // placements
	for i := range scores {
		sum, n := 0.0, 0.0
		for j := range scores {
			if came[i] && !came[j] {
				sum, n = sum+kernel(scores[i], scores[j]), n+1
			} else if !came[i] && came[j] {
				sum, n = sum+kernel(scores[j], scores[i]), n+1
			}
		}
		if came[i] {
			hits = append(hits, sum/n)
		} else {
			misses = append(misses, sum/n)
		}
	}
	moments := func(v []float64) (mean, variance float64) {
		for _, x := range v {
			mean += x / float64(len(v))
		}
		for _, x := range v {
			variance += (x - mean) * (x - mean) / float64(len(v)-1)
		}
		return mean, variance
	}
	mean, hitVariance := moments(hits)
	_, missVariance := moments(misses)
	want := math.Sqrt(hitVariance/float64(len(hits)) + missVariance/float64(len(misses)))
	r, err := MeasureRanking(scores, came)
	if err != nil || math.Abs(r.AUC-mean) > 1e-12 || math.Abs(r.AUCError-want) > 1e-12 {
		t.Errorf("AUC %g ± %g, %v, want %g ± %g", r.AUC, r.AUCError, err, mean, want)
	}
}

func TestForecastByHand(t *testing.T) {
	// Ten of .1 with one event, ten of .5 with six: equal-count bins cut the runs into five each.
	p := append(slices.Repeat([]float64{.1}, 10), slices.Repeat([]float64{.5}, 10)...)
	came := make([]bool, 20)
	for _, i := range []int{3, 10, 11, 12, 13, 14, 15} {
		came[i] = true
	}
	f, err := MeasureForecast(p, came)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string][2]float64{
		"log loss": {f.LogLoss, -(math.Log(.1) + 9*math.Log(.9) + 10*math.Log(.5)) / 20},
		"brier":    {f.Brier, (.81 + 9*.01 + 10*.25) / 20},
		"ece":      {f.CalibrationError, .05}, // 0 in the lower half, .1 in the upper
		"ratio":    {f.Ratio, 6.0 / 7},
		"lift":     {f.Lift, .6 / .35}, // the tenth that scored highest is two of ten alike
		"low":      {f.Bins[9].FrequencyLow, .13155},
		"high":     {f.Bins[9].FrequencyHigh, .93692},
	} {
		if math.Abs(v[0]-v[1]) > 5e-5 {
			t.Errorf("%s is %.6f, want %.6f", name, v[0], v[1])
		}
	}
	if len(f.Bins) != 10 || f.Bins[9].Rows != 2 || math.Abs(f.Bins[9].Events-1.2) > 1e-12 || f.Bins[0].Highest != .1 {
		t.Errorf("bins %+v", f.Bins)
	}
	// No order of the rows matters.
	slices.Reverse(p)
	slices.Reverse(came)
	if again, err := MeasureForecast(p, came); err != nil || math.Abs(again.CalibrationError-f.CalibrationError) > 1e-15 || again.AUC != f.AUC {
		t.Errorf("reversed: %+v, %v", again, err)
	}
	for _, bad := range [][]float64{{-.1}, {1.1}, {math.NaN()}, {.1, .2}} {
		if _, err := MeasureForecast(bad, []bool{true}); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	if f, err := MeasureForecast([]float64{0, 1}, []bool{true, false}); err != nil || math.IsInf(f.LogLoss, 0) {
		t.Errorf("certainty that fails has the loss %g, %v; want a finite one", f.LogLoss, err)
	}
}

func TestMiscalibrated(t *testing.T) {
	for _, c := range []struct {
		predicted float64
		events    int
		want      bool
	}{
		{100, 100, false}, {79, 100, true}, {81, 100, false}, {124, 100, false}, {126, 100, true},
		{3, 5, false}, {20, 0, true}, {2, 0, false}, {0, 0, false}, {0, 50, true},
	} {
		f := Forecast{Ranking: Ranking{Events: c.events}, Predicted: c.predicted, Ratio: c.predicted / float64(c.events)}
		if got := f.Miscalibrated(); got != c.want {
			t.Errorf("%g predicted of %d: flagged %v, want %v", c.predicted, c.events, got, c.want)
		}
	}
}

func TestRepeatBuckets(t *testing.T) {
	gaps := []int{0, 0, 1, 2, 3, 9}
	buckets, err := MeasureByRepeats(gaps, []float64{.1, .2, .3, .4, .5, .6}, make([]bool, 6))
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, b := range buckets {
		labels = append(labels, b.Label())
	}
	if want := []string{"0", "1", "2-3", "8+"}; !slices.Equal(labels, want) || buckets[2].Rows != 2 {
		t.Errorf("buckets %v, want %v", labels, want)
	}
}
