package predict

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mtcars (Henderson and Velleman 1981; R's datasets): glm(am ~ wt, binomial) prints 12.040 (4.510), -4.024 (1.436) and a
// residual deviance of 19.176. (R takes the errors from the last step but one, so their last digit is its own.)
func TestLogitAgreesWithR(t *testing.T) {
	weight := []float64{2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190, 3.150, 3.440, 3.440, 4.070, 3.730, 3.780, 5.250, 5.424,
		5.345, 2.200, 1.615, 1.835, 2.465, 3.520, 3.435, 3.840, 3.845, 1.935, 2.140, 1.513, 3.170, 2.770, 3.570, 2.780}
	manual := make([]bool, len(weight))
	for _, i := range []int{0, 1, 2, 17, 18, 19, 25, 26, 27, 28, 29, 30, 31} {
		manual[i] = true
	}
	fit, err := FitLogit(weight, 1, manual, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := []float64{fit.Intercept, fit.InterceptError, fit.Weights[0], fit.Errors[0], -2 * fit.LogLikelihood}
	for i, want := range []float64{12.040, 4.510, -4.024, 1.436, 19.176} {
		if math.Abs(got[i]-want) > 0.001 {
			t.Errorf("number %d is %.5f, want %.3f", i, got[i], want)
		}
	}
	// At a weight of 0 the error is the intercept's; at the mean weight, 3.21725, it is far smaller, since the two
	// coefficients move together.
	if a, b := fit.LogitError([]float64{0}), fit.LogitError([]float64{3.21725}); math.Abs(a-fit.InterceptError) > 1e-9 || b > 1 {
		t.Errorf("errors of the logit are %g at 0 and %g at the mean", a, b)
	}
	if !fit.Converged || fit.Rows != 32 || fit.Events != 13 {
		t.Errorf("fit %+v", fit)
	}
}

func TestLogitRecoversAndSurvives(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 7))
	var x []float64
	var y []bool
	for range 50_000 {
		a, b := rng.NormFloat64(), 100+10*rng.NormFloat64()
		x = append(x, a, b, 7, -a) // a constant, and a mirror image
		y = append(y, rng.Float64() < stackLogistic(-12+0.8*a+0.1*b))
	}
	fit, err := FitLogit(x, 4, y, StackRidge)
	if err != nil || !fit.Converged {
		t.Fatalf("converged %v, %v", fit.Converged, err)
	}
	// The ridge parts the weight of a between a and -a, and gives the constant none.
	if math.Abs(fit.Weights[0]-fit.Weights[3]-0.8) > 0.05 || math.Abs(fit.Weights[1]-0.1) > 0.005 || math.Abs(fit.Weights[2]) > 1e-9 {
		t.Errorf("weights %v, drawn with .8, .1, 0", fit.Weights)
	}
	out := make([]float64, len(y))
	fit.Probabilities(x, out)
	sum, events := 0.0, 0.0
	for i, p := range out {
		sum += p
		if y[i] {
			events++
		}
	}
	if math.Abs(sum-events) > 0.01 { // what a free intercept guarantees
		t.Errorf("expects %.3f events of %.0f", sum, events)
	}
}

func TestLogitRefuses(t *testing.T) {
	y := make([]bool, 100)
	for i := range 19 {
		y[i] = true
	}
	if _, err := FitLogit(make([]float64, 200), 2, y, 1); !errors.Is(err, ErrTooFewEvents) {
		t.Errorf("19 events for 2 features: %v", err)
	}
	y[30] = true
	x := make([]float64, 200)
	x[7] = math.NaN()
	if _, err := FitLogit(x, 2, y, 1); err == nil || err.Error() != "fit logit: feature 1 of row 3 is NaN, want a finite number" {
		t.Errorf("NaN: %v", err)
	}
	if _, err := FitLogit(x[1:], 2, y, 1); err == nil {
		t.Error("199 features for 100 rows of 2 are accepted")
	}
	if _, err := FitLogit(make([]float64, 200), 2, y, 0); err == nil {
		t.Error("constant features without a ridge are accepted")
	}
}

func TestStackFeatures(t *testing.T) {
	got := StackInput{PairDue: 0.2, CustomerDue: 0, CategoryDays: 2, StoreDays: 8, CategorySince: 29, StoreSince: 9, RepeatRate: 0.25}.Features(nil)
	want := []float64{math.Log(0.25), math.Log(1e-6 / (1 - 1e-6)), math.Log(0.25), math.Log(10.0 / 30), math.Log(0.25)}
	if d := cmp.Diff(want, got); d != "" || len(got) != len(StackNames) {
		t.Error(d)
	}
	if r := RepeatRate(0, 0, 0.3); r != 0.3 {
		t.Errorf("repeat rate of nothing is %g, want that of all", r)
	}
	if r := RepeatRate(60, 80, 0.2); r != 0.64 { // (60 + 20·.2) / 100
		t.Errorf("repeat rate is %g, want .64", r)
	}
}
