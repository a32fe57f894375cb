package effect

import "testing"

// GrowthBook's packages/back-end/test/stats.test.ts (MIT), and the arms of the Hillstrom experiment by SciPy.
func TestSampleRatio(t *testing.T) {
	tests := []struct {
		counts    []int64
		shares    []float64
		p         float64
		tolerance float64
	}{
		{[]int64{1000, 1200}, []float64{.5, .5}, .000020079, 1e-9},
		{[]int64{135, 115}, []float64{.5, .5}, .205903211, 1e-9},
		{[]int64{310, 98}, []float64{.75, .25}, .647434186, 1e-9},
		{[]int64{0, 10, 10}, []float64{.34, .33, .33}, .005790624, 1e-9},
		{[]int64{500, 500, 600}, []float64{.34, .33, .33}, .000592638, 1e-9},
		{[]int64{500, 500}, []float64{.5, .5}, 1, 1e-12},
		{[]int64{21306, 21307, 21387}, []float64{1. / 3, 1. / 3, 1. / 3}, .90369, 5e-6},
	}
	for _, test := range tests {
		_, p, err := SampleRatio(test.counts, test.shares)
		if err != nil {
			t.Fatalf("%v: %v", test.counts, err)
		}
		near(t, "p", p, test.p, test.tolerance)
	}
	if chi2, _, err := SampleRatio([]int64{21306, 21307, 21387}, []float64{1. / 3, 1. / 3, 1. / 3}); err != nil {
		t.Error(err)
	} else {
		near(t, "chi-square of Hillstrom", chi2, .20253, 5e-6)
	}
}

func TestSampleRatioRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		counts []int64
		shares []float64
	}{
		"too few units":     {[]int64{20, 2}, []float64{.9, .1}},
		"no share":          {[]int64{20, 2}, []float64{1, 0}},
		"one arm":           {[]int64{20}, []float64{1}},
		"shares of another": {[]int64{20, 20}, []float64{1}},
	} {
		if _, p, err := SampleRatio(test.counts, test.shares); err == nil {
			t.Errorf("%s: got p %g, want an error", name, p)
		}
	}
}
