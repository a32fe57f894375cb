package predict

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// clockShop draws the purchase days of customers of two categories from 2008-01-01 to 2011-07-01. A gap of the model's clock
// is stretched by the quantity bought, and passes quickly in summer, as far as the shop has either.
func clockShop(exponent, summer float64) []clockDay {
	rng := rand.New(rand.NewPCG(2011, 7))
	end := daysSince1970(2011, 7, 1)
	var days []clockDay
	for customer := range int64(1500) {
		for _, category := range []string{"ice", "paper"} {
			rate := gammaDraw(rng, 3) / 240
			on := float64(daysSince1970(2008, 1, 1)) + 400*rng.Float64()
			for on < float64(end) {
				quantity := math.Exp2(float64(rng.IntN(5) - 2))
				days = append(days, clockDay{customer, category, int(on), 8 * quantity})
				if rng.Float64() < 0.05 {
					break
				}
				left := gammaDraw(rng, 4) / (4 * rate) * math.Pow(quantity, exponent)
				for left > 0 && on < float64(end) {
					pace := 1.0
					if month := dateOfDay(int(on)).UTC().Month(); category == "ice" && month >= 6 && month <= 8 {
						pace = summer
					}
					on, left = on+1, left-pace
				}
			}
		}
	}
	slices.SortStableFunc(days, func(a, b clockDay) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), strings.Compare(a.category, b.category), cmp.Compare(a.on, b.on))
	})
	return slices.CompactFunc(days, func(a, b clockDay) bool {
		return a.customer == b.customer && a.category == b.category && a.on == b.on
	})
}

func daysSince1970(year, month, d int) int { return day(year, month, d).Sub(dateOfDay(0)) }

func clockTable(t *testing.T, days []clockDay) *columnReader {
	t.Helper()
	var w columnWriter
	var customer []int64
	var category, none []string
	var on, asOf []arrow.Date32
	var quantity []float64
	for _, d := range days {
		customer, category, none = append(customer, d.customer), append(category, d.category), append(none, "")
		on, asOf = append(on, arrow.Date32(d.on)), append(asOf, arrow.Date32(daysSince1970(2011, 7, 1)))
		quantity = append(quantity, d.quantity)
	}
	w.counts("customer_key", customer)
	w.texts("category", category)
	w.texts("category_group", none)
	w.texts("category_department", none)
	w.dates("ordered_on", on)
	w.dates("as_of_on", asOf)
	w.numbers("quantity", quantity)
	in := w.table(int64(len(days)))
	defer in.Release()
	out, err := ClockFitTable(t.Context(), in, map[string]any{"due_days": int64(30)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Release)
	return &columnReader{in: out}
}

// A clock is used where the shop has it, and only there.
func TestClockFitTable(t *testing.T) {
	for _, c := range []struct {
		name             string
		exponent, summer float64
	}{{"plain", 0, 1}, {"stock", 0.7, 1}, {"season", 0, 4}, {"both", 0.7, 4}} {
		t.Run(c.name, func(t *testing.T) {
			read := clockTable(t, clockShop(c.exponent, c.summer))
			category, parameter, value := read.texts("category"), read.texts("parameter"), read.numbers("value")
			stdError, used := read.numbers("std_error"), read.truths("is_used")
			loss, plain := read.numbers("held_out_log_loss"), read.numbers("plain_log_loss")
			if read.err != nil {
				t.Fatal(read.err)
			}
			if len(value) != 2*(2+seasonWeeks) {
				t.Fatalf("got %d rows, want two of stock and 52 weeks for each of two categories", len(value))
			}
			for i := range value {
				isWeek := strings.HasPrefix(parameter[i], "week")
				if want := isWeek && c.summer != 1 || !isWeek && c.exponent != 0; used[i] != want {
					t.Fatalf("%s of %s: used %t, want %t; log loss %g, plain %g", parameter[i], category[i], used[i], want, loss[i], plain[i])
				}
				switch {
				case parameter[i] == "quantity_exponent" && math.Abs(value[i]-c.exponent) > 4*stdError[i]+0.05:
					t.Errorf("exponent of %s is %g ± %g, want %g", category[i], value[i], stdError[i], c.exponent)
				case parameter[i] == "week_28" && category[i] == "ice" && c.summer == 4 && !(value[i] > 1.8):
					t.Errorf("in July ice sells %g, want much more than 1", value[i])
				case parameter[i] == "week_28" && category[i] == "paper" && math.Abs(value[i]-1) > 0.25:
					t.Errorf("in July paper sells %g, want 1", value[i])
				}
			}
		})
	}
}

// Eighteen months tell no season, and where too little came nothing is compared.
func TestClockFitTableOfTooLittle(t *testing.T) {
	days := slices.DeleteFunc(clockShop(0, 4), func(d clockDay) bool { return d.on < daysSince1970(2010, 1, 1) })
	read := clockTable(t, days)
	for _, parameter := range read.texts("parameter") {
		if strings.HasPrefix(parameter, "week") {
			t.Fatalf("got %s", parameter)
		}
	}
	read = clockTable(t, days[:40])
	for i, loss := range read.numbers("plain_log_loss") {
		if !math.IsNaN(loss) || read.truths("is_used")[i] {
			t.Errorf("row %d: got log loss %g of next to nothing", i, loss)
		}
	}
	if none := clockTable(t, nil); none.in.NumRows() != 0 {
		t.Errorf("got %d rows of nothing", none.in.NumRows())
	}
}
