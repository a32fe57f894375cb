package effect

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Arm is what one arm of an experiment comes down to: how many units, their mean outcome, and its sample variance
// (divided by n - 1).
type Arm struct {
	N        float64
	Mean     float64
	Variance float64
}

// Interval is a difference with what it is uncertain by, in the unit of the outcome (of Lift: a share, .1 is 10 %).
type Interval struct {
	Difference float64
	StdError   float64
	DF         float64 // degrees of freedom of Student's t
	Low, High  float64 // the two-sided interval
	P          float64 // two-sided, of no difference
}

// Welch is the difference of the means, treated less control, by Welch's unequal-variances t-test (Welch 1947; degrees
// of freedom after Satterthwaite 1946). Confidence is the coverage of the interval, such as 0.95. An error says why
// there is none: an arm with fewer than two units, or no spread in either.
func Welch(treated, control Arm, confidence float64) (Interval, error) {
	if err := comparable(treated, control, confidence); err != nil {
		return Interval{}, err
	}
	t, c := treated.Variance/treated.N, control.Variance/control.N
	return interval(treated.Mean-control.Mean, math.Sqrt(t+c), satterthwaite(treated, control), confidence), nil
}

// Lift is the difference relative to the control's mean: .1 says that the treated have 10 % more. Its standard error is
// by the delta method, se² = Vt/mc² + Vc·mt²/mc⁴. It needs a positive mean of the control.
func Lift(treated, control Arm, confidence float64) (Interval, error) {
	if err := comparable(treated, control, confidence); err != nil {
		return Interval{}, err
	}
	if control.Mean <= 0 {
		return Interval{}, fmt.Errorf("lift: the control's mean is %g, want more than 0", control.Mean)
	}
	mean2 := control.Mean * control.Mean
	t := treated.Variance / treated.N / mean2
	c := control.Variance / control.N * treated.Mean * treated.Mean / (mean2 * mean2)
	se := math.Sqrt(t + c)
	return interval((treated.Mean-control.Mean)/control.Mean, se, satterthwaite(treated, control), confidence), nil
}

// Compare is the interval that is reported: Welch's or Student's, whichever is wider. Welch's alone claims too much
// where few are held out and spending is skewed: a small arm without a big buyer has a low mean and, for the same
// reason, a low variance. Measured on the Online Retail lines, with nothing sent to anybody and 3,000 draws each, Welch
// finds a gain in 20 %, 13 to 17 % and 8 to 11 % of the draws at hold-outs of 5, 10 and 20 %, instead of 2.5 %; Student's
// variance is of both arms together and does not fall for that, but finds a loss in 4 to 7 %. The wider of both keeps
// either below 2.5 %, is the same as Welch's for arms of equal size, and costs hardly any power (84 for 86 %).
//
// The lift is nil where the control's mean is not above zero.
func Compare(treated, control Arm, confidence float64) (difference Interval, lift *Interval, err error) {
	difference, err = Welch(treated, control, confidence)
	if err != nil {
		return Interval{}, nil, err
	}
	variance := ((treated.N-1)*treated.Variance + (control.N-1)*control.Variance) / (treated.N + control.N - 2)
	stdError := math.Sqrt(variance/treated.N + variance/control.N)
	pooled := interval(difference.Difference, stdError, treated.N+control.N-2, confidence)
	if pooled.High-pooled.Low > difference.High-difference.Low {
		difference = pooled
		treated.Variance, control.Variance = variance, variance
	}
	if l, err := Lift(treated, control, confidence); err == nil {
		lift = &l
	}
	return difference, lift, nil
}

func comparable(treated, control Arm, confidence float64) error {
	switch {
	case !(confidence > 0 && confidence < 1):
		return fmt.Errorf("confidence: got %g, want a number between 0 and 1", confidence)
	case treated.N < 2 || control.N < 2:
		return fmt.Errorf("compare arms: got %g and %g units, want 2 or more in each", treated.N, control.N)
	case !(treated.Variance >= 0) || !(control.Variance >= 0):
		return fmt.Errorf("compare arms: got variances %g and %g, want 0 or more", treated.Variance, control.Variance)
	case treated.Variance == 0 && control.Variance == 0:
		return fmt.Errorf("compare arms: no unit of either arm differs from the others")
	}
	return nil
}

func satterthwaite(treated, control Arm) float64 {
	t, c := treated.Variance/treated.N, control.Variance/control.N
	return (t + c) * (t + c) / (t*t/(treated.N-1) + c*c/(control.N-1))
}

func interval(difference, stdError, df, confidence float64) Interval {
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	half := -student.Quantile((1-confidence)/2) * stdError
	return Interval{
		Difference: difference,
		StdError:   stdError,
		DF:         df,
		Low:        difference - half,
		High:       difference + half,
		P:          2 * student.CDF(-math.Abs(difference/stdError)),
	}
}
