package predict

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Ranking says how well a score orders what came: any score, such as days since the last purchase. Scores that are equal
// share their outcomes evenly, so no order of the rows matters.
type Ranking struct {
	Rows, Events int
	// AUC is the probability that one that came scored above one that did not, ties half; .5 is chance. NaN without
	// both kinds.
	AUC, AUCError float64 // the standard error by DeLong, DeLong and Clarke-Pearson (1988)
	// Lift is the rate of events in the tenth that scored highest, over the rate in all.
	Lift float64
}

// Forecast says how well probabilities foretold what came.
type Forecast struct {
	Ranking
	LogLoss float64 // mean of -ln of the probability given to what came; probabilities held off 0 and 1 by 1e-15
	Brier   float64 // mean squared error
	// CalibrationError is the mean distance between forecast and frequency over ten bins of equally many rows (ECE).
	CalibrationError float64
	Predicted        float64 // sum of the probabilities: events expected
	Ratio            float64 // Predicted / Events; NaN without events
	Bins             []CalibrationBin
}

// CalibrationBin is a row of the calibration table.
type CalibrationBin struct {
	Rows      int
	Events    float64 // not whole where equal forecasts lie in two bins
	Lowest    float64 // the range of forecasts
	Highest   float64
	Forecast  float64 // their mean
	Frequency float64
	// The 95 % interval of the frequency, by Wilson (1927).
	FrequencyLow, FrequencyHigh float64
}

const forecastBins = 10

// rankedGroup is a run of rows with one score.
type rankedGroup struct {
	score           float64
	misses, hits    float64
	before, hitsBef float64 // rows and hits of lower scores
}

// rankOutcomes sorts rows into runs of equal scores, ascending. An error where lengths differ or a score is no number.
func rankOutcomes(scores []float64, came []bool) ([]rankedGroup, error) {
	if len(scores) != len(came) {
		return nil, fmt.Errorf("measure forecast: got %d scores, want %d, one an outcome", len(scores), len(came))
	}
	order := make([]int32, len(scores))
	for i := range order {
		order[i] = int32(i)
		if math.IsNaN(scores[i]) {
			return nil, fmt.Errorf("measure forecast: score %d is not a number", i)
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(scores[a], scores[b]) })
	var groups []rankedGroup
	rows, hits := 0.0, 0.0
	for _, i := range order {
		if n := len(groups); n == 0 || groups[n-1].score != scores[i] {
			groups = append(groups, rankedGroup{score: scores[i], before: rows, hitsBef: hits})
		}
		g := &groups[len(groups)-1]
		rows++
		if came[i] {
			g.hits++
			hits++
		} else {
			g.misses++
		}
	}
	return groups, nil
}

// MeasureRanking compares scores with what came.
func MeasureRanking(scores []float64, came []bool) (Ranking, error) {
	groups, err := rankOutcomes(scores, came)
	if err != nil {
		return Ranking{}, err
	}
	return rankingOf(groups), nil
}

func rankingOf(groups []rankedGroup) Ranking {
	rows, hits := 0.0, 0.0
	for _, g := range groups {
		rows += g.hits + g.misses
		hits += g.hits
	}
	r := Ranking{Rows: int(rows), Events: int(hits), AUC: math.NaN(), AUCError: math.NaN(), Lift: math.NaN()}
	misses := rows - hits
	if hits == 0 || misses == 0 {
		return r
	}
	// The placement of each row among those of the other kind; their means are the AUC, their variances its error.
	sum, hitSquares, missSquares := 0.0, 0.0, 0.0
	for _, g := range groups {
		below := (g.before - g.hitsBef + g.misses/2) / misses  // of misses below a hit of this score
		above := (hits - g.hitsBef - g.hits + g.hits/2) / hits // of hits above a miss of this score
		sum += g.hits * below
		hitSquares += g.hits * below * below
		missSquares += g.misses * above * above
	}
	r.AUC = sum / hits
	if hits > 1 && misses > 1 {
		hitVariance := math.Max(hitSquares-hits*r.AUC*r.AUC, 0) / (hits - 1)
		missVariance := math.Max(missSquares-misses*r.AUC*r.AUC, 0) / (misses - 1)
		r.AUCError = math.Sqrt(hitVariance/hits + missVariance/misses)
	}
	top, found := rows/10, 0.0
	for i := len(groups) - 1; i >= 0 && top > 0; i-- {
		g := groups[i]
		take := math.Min(top, g.hits+g.misses)
		found += g.hits * take / (g.hits + g.misses)
		top -= take
	}
	r.Lift = found / (rows / 10) / (hits / rows)
	return r
}

// MeasureForecast compares probabilities with what came. A probability outside [0, 1] is an error.
func MeasureForecast(probabilities []float64, came []bool) (Forecast, error) {
	groups, err := rankOutcomes(probabilities, came)
	if err != nil {
		return Forecast{}, err
	}
	if n := len(groups); n > 0 && (groups[0].score < 0 || groups[n-1].score > 1) {
		return Forecast{}, fmt.Errorf("measure forecast: probabilities run from %g to %g, want 0 to 1", groups[0].score, groups[n-1].score)
	}
	f := Forecast{Ranking: rankingOf(groups), Bins: calibrationBins(groups)}
	rows := float64(f.Rows)
	for _, g := range groups {
		p := math.Max(1e-15, math.Min(1-1e-15, g.score))
		f.LogLoss -= (g.hits*math.Log(p) + g.misses*math.Log1p(-p)) / rows
		f.Brier += (g.hits*(1-g.score)*(1-g.score) + g.misses*g.score*g.score) / rows
		f.Predicted += (g.hits + g.misses) * g.score
	}
	for _, b := range f.Bins {
		f.CalibrationError += float64(b.Rows) / rows * math.Abs(b.Forecast-b.Frequency)
	}
	f.Ratio = f.Predicted / float64(f.Events)
	if f.Events == 0 {
		f.Ratio = math.NaN()
	}
	return f, nil
}

// Miscalibrated reports whether the forecast expects less than 0.8 or more than 1.25 of the events that came: then its
// probabilities order customers, and must not be read as numbers. Chance is allowed for: with so few events that the
// difference is within two standard deviations of a Poisson count, it is not flagged.
func (f Forecast) Miscalibrated() bool {
	if math.Abs(f.Predicted-float64(f.Events)) <= 2*math.Sqrt(math.Max(f.Predicted, 1)) {
		return false
	}
	return !(f.Ratio >= 0.8 && f.Ratio <= 1.25)
}

// calibrationBins cuts the rows, in order of their forecast, into ten of equal size (to a row); a run of equal forecasts
// that a cut divides gives each side its share of what came.
func calibrationBins(groups []rankedGroup) []CalibrationBin {
	rows := 0
	for _, g := range groups {
		rows += int(g.hits + g.misses)
	}
	var bins []CalibrationBin
	next, left := 0, 0.0
	if len(groups) > 0 {
		left = groups[0].hits + groups[0].misses
	}
	for b := range forecastBins {
		size := (b+1)*rows/forecastBins - b*rows/forecastBins
		if size == 0 {
			continue
		}
		bin := CalibrationBin{Rows: size, Lowest: math.Inf(1)}
		for need := float64(size); need > 0; {
			g := groups[next]
			take := math.Min(need, left)
			bin.Events += g.hits * take / (g.hits + g.misses)
			bin.Forecast += g.score * take / float64(size)
			bin.Lowest, bin.Highest = math.Min(bin.Lowest, g.score), g.score
			need, left = need-take, left-take
			if left == 0 && next+1 < len(groups) {
				next++
				left = groups[next].hits + groups[next].misses
			}
		}
		bin.Frequency = bin.Events / float64(size)
		bin.FrequencyLow, bin.FrequencyHigh = wilson(bin.Frequency, float64(size))
		bins = append(bins, bin)
	}
	return bins
}

// wilson is the 95 % score interval of a share of n.
func wilson(share, n float64) (low, high float64) {
	const z = 1.959963984540054
	centre := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return math.Max(0, centre-half), math.Min(1, centre+half)
}
