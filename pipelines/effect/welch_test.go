package effect

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"testing"
)

// near fails unless got is want to the digits that want is printed with.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.9g, want %.9g within %g", what, got, want, tolerance)
	}
}

// arm is what n units with this sum and sum of squares come down to.
func arm(n, sum, squares float64) Arm {
	mean := sum / n
	return Arm{N: n, Mean: mean, Variance: (squares - sum*mean) / (n - 1)}
}

// The numbers of GrowthBook's packages/stats/tests/frequentist/test_tests.py (MIT), printed there to five digits.
func TestAgainstGrowthBook(t *testing.T) {
	a, b := arm(3407, 1396.87, 52377.9767), arm(3461, 2422.7, 134698.29)
	tests := []struct {
		name             string
		estimate         func(treated, control Arm, confidence float64) (Interval, error)
		treated, control Arm
		diff, se         float64
		low, high, p     float64
	}{
		{"absolute", Welch, b, a, .29, .12478, .04538, .53462, .02016},
		{"relative", Lift, b, a, .70732, .37879, -.03526, 1.44989, .06191},
		{"proportions", Lift, arm(30, 16, 16), arm(28, 14, 14), .06667, .2717, -.47767, .61101, .80707},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := test.estimate(test.treated, test.control, .95)
			if err != nil {
				t.Fatal(err)
			}
			// proportions: GrowthBook divides p(1-p) by n where Welch divides by n - 1
			tolerance := 1e-5
			if test.name == "proportions" {
				tolerance = 2e-2
			}
			near(t, "difference", e.Difference, test.diff, 1e-5)
			near(t, "std error", e.StdError, test.se, tolerance)
			near(t, "low", e.Low, test.low, tolerance)
			near(t, "high", e.High, test.high, tolerance)
			near(t, "p", e.P, test.p, tolerance)
		})
	}
}

// The spend of the Hillstrom experiment (testdata/hillstrom/SOURCE.md), with the differences and errors of
// field-analytics.md, section 4.4, computed there with SciPy.
func TestAgainstHillstrom(t *testing.T) {
	visit, conversion, spend := hillstrom(t)
	none := "No E-Mail"
	tests := []struct {
		outcome           map[string]Arm
		arm               string
		n                 float64
		diff, se          float64
		low, high, t, p   float64
		tolerance, pRange float64
	}{
		{spend, "Mens E-Mail", 21307, .769827, .145247, .485149, 1.054505, 5.3001, 1.164e-07, 1e-6, 1e-10},
		{spend, "Womens E-Mail", 21387, .424412, .130333, .168965, .679860, 3.2564, 1.129e-03, 1e-6, 1e-6},
		{spend, "any", 42694, .596796, .112556, .376190, .817402, 5.3022, 1.148e-07, 1e-6, 1e-10},
		{visit, "Mens E-Mail", 21307, .076590, .003386, 0, 0, 0, 0, 1e-6, 0},
		{visit, "Womens E-Mail", 21387, .045233, .003234, 0, 0, 0, 0, 1e-6, 0},
		{conversion, "Mens E-Mail", 21307, .006805, .000921, 0, 0, 0, 0, 1e-6, 0},
		{conversion, "Womens E-Mail", 21387, .003111, .000823, 0, 0, 0, 0, 1e-6, 0},
	}
	for _, test := range tests {
		t.Run(test.arm, func(t *testing.T) {
			treated, control := test.outcome[test.arm], test.outcome[none]
			if treated.N != test.n || control.N != 21306 {
				t.Fatalf("units: got %g and %g, want %g and 21306", treated.N, control.N, test.n)
			}
			e, err := Welch(treated, control, .95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "difference", e.Difference, test.diff, test.tolerance)
			near(t, "std error", e.StdError, test.se, test.tolerance)
			if test.t == 0 {
				return
			}
			// the reference takes the normal's 1.95996 where Student's t has 1.96003: 1e-5 of these standard errors
			near(t, "low", e.Low, test.low, 1.1e-5)
			near(t, "high", e.High, test.high, 1.1e-5)
			near(t, "t", e.Difference/e.StdError, test.t, 1e-4)
			near(t, "p", e.P, test.p, test.pRange)
		})
	}
	for name, want := range map[string][2]float64{"Mens E-Mail": {1.1793, .3240}, "Womens E-Mail": {.6502, .2556}} {
		e, err := Lift(spend[name], spend[none], .95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+" lift", e.Difference, want[0], 1e-4)
		near(t, name+" lift std error", e.StdError, want[1], 1e-4)
	}
}

func TestWelchRefuses(t *testing.T) {
	some := Arm{N: 10, Mean: 1, Variance: 1}
	tests := map[string]struct {
		treated, control Arm
		confidence       float64
	}{
		"one unit":        {Arm{N: 1, Mean: 1}, some, .95},
		"no spread":       {Arm{N: 9, Mean: 1}, Arm{N: 9, Mean: 1}, .95},
		"no variance":     {Arm{N: 9, Mean: 1, Variance: math.NaN()}, some, .95},
		"full confidence": {some, some, 1},
	}
	for name, test := range tests {
		if e, err := Welch(test.treated, test.control, test.confidence); err == nil {
			t.Errorf("%s: got %+v, want an error", name, e)
		}
	}
	if e, err := Lift(some, Arm{N: 9, Variance: 1}, .95); err == nil {
		t.Errorf("lift over a mean of 0: got %+v, want an error", e)
	}
}

// Without spread in one arm, the other alone says how uncertain the difference is.
func TestWelchWithOneConstantArm(t *testing.T) {
	e, err := Welch(Arm{N: 5, Mean: 3, Variance: 4}, Arm{N: 100, Mean: 1}, .95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "df", e.DF, 4, 1e-12)
	near(t, "high", e.High, 2+2.776445105*math.Sqrt(.8), 1e-8) // t(.975, 4) as tables print it
}

// hillstrom reads the experiment into arms: the three of the draw, and "any" mail.
func hillstrom(t *testing.T) (visit, conversion, spend map[string]Arm) {
	t.Helper()
	f, err := os.Open("../../testdata/hillstrom/hillstrom.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ n, sum, squares float64 }
	columns := map[string]map[string]*sums{"visit": {}, "conversion": {}, "spend": {}}
	reader := csv.NewReader(plain)
	header, err := reader.Read()
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names := []string{row[8]}
		if row[8] != "No E-Mail" {
			names = append(names, "any")
		}
		for i, column := range header {
			if columns[column] == nil {
				continue
			}
			value, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				s := columns[column][name]
				if s == nil {
					s = &sums{}
					columns[column][name] = s
				}
				s.n, s.sum, s.squares = s.n+1, s.sum+value, s.squares+value*value
			}
		}
	}
	arms := func(column string) map[string]Arm {
		m := map[string]Arm{}
		for name, s := range columns[column] {
			m[name] = arm(s.n, s.sum, s.squares)
		}
		return m
	}
	return arms("visit"), arms("conversion"), arms("spend")
}
