package predict

import "math"

// Estimate is a number and the interval that holds the true one with a probability of 95 %, as far as the model is
// right. The interval is NaN where the fit did not converge.
type Estimate struct{ Value, Low, High float64 }

// quantile95 is the normal quantile of a two-sided interval of 95 %.
const quantile95 = 1.959963984540054

// logEstimate is an estimate of a positive number from the variance of its logarithm.
func logEstimate(value, variance float64) Estimate {
	if value == 0 {
		return Estimate{}
	}
	spread := math.Exp(quantile95 * math.Sqrt(variance))
	return Estimate{value, value / spread, value * spread}
}

// logitEstimate is an estimate of a probability from the variance of its log-odds. Certainty has no spread.
func logitEstimate(p, variance float64) Estimate {
	if p <= 0 || p >= 1 {
		return Estimate{p, p, p}
	}
	logit, spread := math.Log(p)-math.Log1p(-p), quantile95*math.Sqrt(variance)
	return Estimate{p, logistic(logit - spread), logistic(logit + spread)}
}

// Times is the estimate of a product of independent positive estimates and a constant: the value of a customer is that of
// a purchase, times the discounted number of purchases, times the margin. Intervals add up as on the scale of logarithms.
func (e Estimate) Times(other Estimate, constant float64) Estimate {
	value := e.Value * other.Value * constant
	if value == 0 {
		return Estimate{}
	}
	width := func(e Estimate) float64 { return math.Log(e.High/e.Low) / 2 }
	spread := math.Exp(math.Hypot(width(e), width(other)))
	low, high := value/spread, value*spread
	return Estimate{value, math.Min(low, high), math.Max(low, high)} // a negative margin turns the interval round
}
