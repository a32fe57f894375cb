package predict

import "math"

// The second stage: the renewal model knows one customer's purchases of one category, and nothing of whether the customer
// comes to the shop at all. Five numbers that anyone can read, weighed by a logistic regression on the window before,
// raise the area under the curve on Online Retail from .710 to .749 (field-analytics.md, section 2.3), and correct the
// level. The regression is fitted with everything as it was known N days ago, the models too, and asked what came since.

// StackWidth is the number of features.
const StackWidth = 5

// StackNames are the features in their order, as predictions.fit records them.
var StackNames = [StackWidth]string{
	"pair_logit", "customer_logit", "category_share", "recency_ratio", "category_repeat_rate",
}

// StackRidge is the prior that the product uses: a standard deviation of 1 for the weight of a standardised feature.
const StackRidge = 1

// StackInput is what the second stage is told about one pair.
type StackInput struct {
	PairDue     float64 // P(due within N) of the pair
	CustomerDue float64 // the same for the customer's purchases of anything
	// Purchase days of the category and of anything, both at least 1, and their last silences in days: the customer has
	// been silent for no longer than the pair.
	CategoryDays, StoreDays   int
	CategorySince, StoreSince float64
	RepeatRate                float64 // RepeatRate of the category, in (0, 1)
}

// Features appends the pair's five features to x.
func (in StackInput) Features(x []float64) []float64 {
	return append(x,
		stackLogit(in.PairDue),
		stackLogit(in.CustomerDue),
		math.Log(float64(max(in.CategoryDays, 1))/float64(max(in.StoreDays, 1))),
		math.Log((1+math.Max(in.StoreSince, 0))/(1+math.Max(in.CategorySince, 0))),
		math.Log(math.Max(in.RepeatRate, 1e-6)),
	)
}

// stackLogit is ln p/(1-p), held where one case in a million lies: beyond, a model knows nothing.
func stackLogit(p float64) float64 {
	p = math.Max(1e-6, math.Min(1-1e-6, p))
	return math.Log(p / (1 - p))
}

// stackRepeatWorth is how many pairs the overall repeat rate is worth in a category's.
const stackRepeatWorth = 20

// RepeatRate is the share of a category's customers who bought it more than once, shrunk to the share overall by 20
// pairs. overall is the share among all pairs: with none, use 0.2.
func RepeatRate(repeaters, pairs int, overall float64) float64 {
	return (float64(repeaters) + stackRepeatWorth*overall) / (float64(pairs) + stackRepeatWorth)
}

// FitStack fits the second stage on features made by StackInput.Features, five a row. With ErrTooFewEvents (a young shop,
// a short window) the pair's own PairDue is the forecast.
func FitStack(x []float64, bought []bool) (Logit, error) {
	return FitLogit(x, StackWidth, bought, StackRidge)
}

// Probabilities fills out with the probability of each row of width features, on all processors.
func (l Logit) Probabilities(x []float64, out []float64) {
	const chunk = 1 << 14
	width := len(l.Weights)
	chunksInParallel((len(out)+chunk-1)/chunk, func(c int) {
		for i := c * chunk; i < min((c+1)*chunk, len(out)); i++ {
			out[i] = l.Probability(x[i*width : (i+1)*width])
		}
	})
}
