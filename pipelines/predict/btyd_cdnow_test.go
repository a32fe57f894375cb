package predict

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cdnow is the shop's purchase log, reduced: one history a customer in weeks, and what came after.
type cdnow struct {
	x, last, age []float64
	spend        []float64 // mean spend of the repeat purchases, 0 without one
	later        []float64 // purchases in the weeks after the calibration
}

// readCDNOW reads the sample or the master file up to the day `until` and counts the purchases of `weeks` weeks after.
func readCDNOW(t testing.TB, name, until string, weeks float64) cdnow {
	t.Helper()
	file, err := os.Open("../../testdata/cdnow/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	day := func(s string) float64 {
		d, err := time.Parse("20060102", s)
		if err != nil {
			t.Fatal(err)
		}
		return float64(d.Unix() / 86400)
	}
	end := day(until)
	type purchases struct {
		days  []float64
		spend []float64 // by day
	}
	byCustomer := map[string]*purchases{}
	var order []string
	for lines := bufio.NewScanner(in); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 4 || f[0] == "customer_id" {
			continue
		}
		id, date, dollars := f[0], f[len(f)-3], f[len(f)-1]
		if len(f) == 5 {
			id = f[1]
		}
		amount, err := strconv.ParseFloat(dollars, 64)
		if err != nil {
			t.Fatal(err)
		}
		c, ok := byCustomer[id]
		if !ok {
			c = &purchases{}
			byCustomer[id] = c
			order = append(order, id)
		}
		d := day(date)
		if n := len(c.days); n > 0 && c.days[n-1] == d {
			c.spend[n-1] += amount
			continue
		}
		c.days, c.spend = append(c.days, d), append(c.spend, amount)
	}
	var out cdnow
	for _, id := range order {
		c := byCustomer[id]
		first := c.days[0]
		if first > end {
			continue
		}
		var x, last, spend, later float64
		for i, d := range c.days[1:] {
			switch {
			case d <= end:
				x, last, spend = x+1, d-first, spend+c.spend[i+1]
			case d <= end+7*weeks:
				later++
			}
		}
		out.x = append(out.x, x)
		out.last = append(out.last, last/7)
		out.age = append(out.age, (end-first)/7)
		out.spend = append(out.spend, spend/math.Max(x, 1))
		out.later = append(out.later, later)
	}
	return out
}

func (c cdnow) grouped(t testing.TB) Histories {
	t.Helper()
	h, _, err := Group(c.x, c.last, c.age)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func total(list []float64) float64 {
	var sum float64
	for _, v := range list {
		sum += v
	}
	return sum
}

// near holds got to half a unit of the last digit of a printed number.
func near(t testing.TB, what string, got float64, printed string) {
	t.Helper()
	want, err := strconv.ParseFloat(printed, 64)
	if err != nil {
		t.Fatal(err)
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(printed), "e")
	_, decimals, _ := strings.Cut(mantissa, ".")
	half := 0.5 * math.Pow(10, -float64(len(decimals)))
	if e, err := strconv.Atoi(exponent); err == nil {
		half *= math.Pow(10, float64(e))
	}
	if !(math.Abs(got-want) <= half*(1+1e-9)) {
		t.Errorf("%s: got %.10g, want %s", what, got, printed)
	}
}

func fit(t testing.TB, law Law, h Histories) Fit {
	t.Helper()
	f, err := FitPurchases(context.Background(), law, h)
	if err != nil {
		t.Fatal(err)
	}
	if !f.Converged {
		t.Fatalf("%s: not converged: %+v", law, f)
	}
	return f
}
