package effect

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// SuspectP is the p-value below which a draw does not look random: small, because it is asked of every edition.
const SuspectP = 0.001

// leastExpected is the smallest expected count for which the chi-square approximation is used (Cochran 1954).
const leastExpected = 5

// SampleRatio asks whether the units fell into the arms as the draw was meant to let them: Pearson's chi-square of the
// counts against the shares (which add up to 1), and its p-value. An experiment that fails it has lost units on one
// side, and its difference means nothing. An error says that the question cannot be answered: too few units.
func SampleRatio(counts []int64, shares []float64) (chiSquare, p float64, err error) {
	if len(counts) != len(shares) || len(counts) < 2 {
		return 0, 0, fmt.Errorf("sample ratio: got %d counts and %d shares, want two or more of each", len(counts), len(shares))
	}
	var total int64
	for _, n := range counts {
		total += n
	}
	for i, n := range counts {
		expected := float64(total) * shares[i]
		if !(expected >= leastExpected) {
			return 0, 0, fmt.Errorf("sample ratio: %.1f units expected in an arm, want %d or more", expected, leastExpected)
		}
		off := float64(n) - expected
		chiSquare += off * off / expected
	}
	return chiSquare, distuv.ChiSquared{K: float64(len(counts) - 1)}.Survival(chiSquare), nil
}
