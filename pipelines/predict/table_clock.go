package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/tokui/tokui/internal/calendar"
)

// clockDay is a purchase day of a pair.
type clockDay struct {
	customer int64
	category string
	on       int // days since 1970
	quantity float64
}

// ClockFitTable is the estimator of predictions.clock_fit. It takes the purchase days of some customers before $as_of
// (customer_key, category, category_group, category_department, ordered_on, quantity; in this order), learns each category's
// season and quantity exponent from those before $due_days ago, and compares how well gaps measured in days, by stock, by
// season and by both foretell who bought since. The plain days stay unless another clock is better by more than two standard
// errors of the difference.
func ClockFitTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	ahead, err := wholeParameter(p, "due_days")
	if err != nil {
		return nil, fmt.Errorf("fit clocks: %w", err)
	}
	read := columnReader{in: in}
	customer, category, on := read.numbers("customer_key"), read.texts("category"), read.dates("ordered_on")
	group, department := read.texts("category_group"), read.texts("category_department")
	quantity, asOf := read.numbers("quantity"), read.dates("as_of_on")
	if read.err != nil {
		return nil, fmt.Errorf("fit clocks: %w", read.err)
	}
	c := clocks{ahead: ahead, paths: map[string][]string{}}
	for i := range on {
		c.days = append(c.days, clockDay{int64(customer[i]), category[i], int(on[i]), quantity[i]})
		c.end = int(asOf[i]) - ahead - 1
		if c.paths[category[i]] == nil {
			c.paths[category[i]] = renewalNodes(department[i], group[i], category[i])
		}
	}
	c.learn()
	if err := c.choose(ctx); err != nil {
		return nil, fmt.Errorf("fit clocks: %w", err)
	}
	return c.table(), nil
}

// clocks are how a shop may measure the time between purchases.
type clocks struct {
	days  []clockDay
	paths map[string][]string // of the categories, as in RenewalGroup
	ahead int
	end   int // the last day before the held-out ones

	quantities map[string]categoryQuantity
	seasons    map[string]Season // without entries where there is too little history
	counts     map[string]int64  // purchase days that a season rests on

	useQuantity, useSeason bool
	losses                 [clockKinds]float64 // NaN: not compared
}

// categoryQuantity is what a category's gaps owe to the quantity bought.
type categoryQuantity struct {
	usual, exponent, stdError float64
	gaps                      int64
}

// The clocks in order: plain days, by stock, by season, by both.
const clockKinds = 4

func clockUses(kind int) (quantity, season bool) { return kind&1 != 0, kind&2 != 0 }

// learn estimates from the days up to the end.
func (c *clocks) learn() {
	known := slices.DeleteFunc(slices.Clone(c.days), func(d clockDay) bool { return d.on > c.end })
	c.quantities = quantityExponents(known)
	c.counts = map[string]int64{}
	c.seasons = map[string]Season{}
	if len(known) == 0 {
		return
	}
	first := known[0].on
	byNode := map[string]map[int]float64{"": {}}
	for _, d := range known {
		first = min(first, d.on)
		c.counts[d.category]++
		byNode[""][d.on]++
		path := c.paths[d.category]
		for n := range path {
			key := renewalPath(path[:n+1])
			if byNode[key] == nil {
				byNode[key] = map[int]float64{}
			}
			byNode[key][d.on]++
		}
	}
	from, until := dateOfDay(first), dateOfDay(c.end+1)
	estimated := map[string]Season{}
	var estimate func(path []string) Season
	estimate = func(path []string) Season {
		key := renewalPath(path)
		if s, ok := estimated[key]; ok {
			return s
		}
		parent := Season{}
		if len(path) > 0 {
			parent = estimate(path[:len(path)-1])
		}
		var days []DayCount
		for on, n := range byNode[key] {
			days = append(days, DayCount{dateOfDay(on), n})
		}
		estimated[key] = EstimateSeason(days, from, until, parent, seasonWorth)
		return estimated[key]
	}
	for category, path := range c.paths {
		if s := estimate(path); s.Weeks() != nil && c.counts[category] > 0 {
			c.seasons[category] = s
		}
	}
}

// seasonWorth is how many purchase days of a week the parent's index is worth in a category's.
const seasonWorth = 20

func dateOfDay(day int) calendar.Date {
	return calendar.DateOf(time.Unix(int64(day)*86400, 0).UTC())
}

// quantityExponents are those of each category, from days sorted by customer, category and date.
func quantityExponents(days []clockDay) map[string]categoryQuantity {
	moments := map[string]*QuantityMoments{}
	logs, counts := map[string]float64{}, map[string]float64{}
	eachPair(days, func(pair []clockDay) {
		category := pair[0].category
		m := moments[category]
		if m == nil {
			m = &QuantityMoments{}
			moments[category] = m
		}
		var x, y []float64
		for i, d := range pair {
			if !(d.quantity > 0) {
				continue
			}
			logs[category] += math.Log(d.quantity)
			counts[category]++
			if i+1 < len(pair) {
				x, y = append(x, math.Log(d.quantity)), append(y, math.Log(float64(pair[i+1].on-d.on)))
			}
		}
		m.addPair(x, y)
	})
	out := map[string]categoryQuantity{}
	for category, m := range moments {
		if counts[category] == 0 {
			continue
		}
		q := categoryQuantity{usual: math.Exp(logs[category] / counts[category]), gaps: int64(m.Gaps)}
		q.exponent, q.stdError = QuantityExponent(*m)
		out[category] = q
	}
	return out
}

// eachPair calls f with the days of each pair.
func eachPair(days []clockDay, f func(pair []clockDay)) {
	for from := 0; from < len(days); {
		to := from + 1
		for to < len(days) && days[to].customer == days[from].customer && days[to].category == days[from].category {
			to++
		}
		f(days[from:to])
		from = to
	}
}

// heldOutPairs are the pairs as a clock measured them at the end, how long it will run in the held-out days, and whether they
// were bought in these.
type heldOutPairs struct {
	pairs []RenewalPair
	ahead []float64
	came  []bool
}

func (c *clocks) pairs(kind int) heldOutPairs {
	byQuantity, bySeason := clockUses(kind)
	var out heldOutPairs
	eachPair(c.days, func(pair []clockDay) {
		known := 0
		for known < len(pair) && pair[known].on <= c.end {
			known++
		}
		if known == 0 {
			return
		}
		season, quantity := Season{}, c.quantities[pair[0].category]
		if bySeason {
			season = c.seasons[pair[0].category]
		}
		stretched := func(from clockDay, to int) float64 {
			days := season.Between(dateOfDay(from.on), dateOfDay(to))
			if byQuantity {
				days = QuantityGap(days, from.quantity, quantity.usual, quantity.exponent)
			}
			return days
		}
		var p RenewalPair
		for i := 1; i < known; i++ {
			p.add(stretched(pair[i-1], pair[i].on))
		}
		last := pair[known-1]
		p.Since = stretched(last, c.end)
		out.pairs = append(out.pairs, p)
		out.ahead = append(out.ahead, stretched(last, c.end+c.ahead)-p.Since)
		out.came = append(out.came, known < len(pair) && pair[known].on <= c.end+c.ahead)
	})
	return out
}

// choose compares the clocks on the held-out days.
func (c *clocks) choose(ctx context.Context) error {
	for kind := range c.losses {
		c.losses[kind] = math.NaN()
	}
	possible := [clockKinds]bool{true}
	for _, q := range c.quantities {
		possible[1] = possible[1] || q.exponent > 0
	}
	possible[2] = len(c.seasons) > 0
	possible[3] = possible[1] && possible[2]
	if !possible[1] && !possible[2] {
		return nil
	}
	var plain []float64
	best := 0
	for kind := range c.losses {
		if !possible[kind] {
			continue
		}
		loss, err := clockLosses(ctx, c.pairs(kind))
		if errors.Is(err, ErrTooFewGaps) || loss == nil && err == nil {
			return nil
		}
		if err != nil {
			return err
		}
		if kind == 0 {
			plain = loss
		}
		mean, gain := meanOf(loss), make([]float64, len(loss))
		c.losses[kind] = mean
		for i := range loss {
			gain[i] = plain[i] - loss[i]
		}
		average, spread := meanOf(gain), 0.0
		for _, g := range gain {
			spread += (g - average) * (g - average)
		}
		n := float64(len(gain))
		if average > clockSurety*math.Sqrt(spread/n/n) && mean < c.losses[best] {
			best = kind
		}
	}
	c.useQuantity, c.useSeason = clockUses(best)
	return nil
}

// clockSurety is by how many standard errors a clock must foretell better than plain days.
const clockSurety = 2

func meanOf(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// clockLosses are the log losses of pairs under one fit for all, nil where too little came to tell.
func clockLosses(ctx context.Context, h heldOutPairs) ([]float64, error) {
	came := 0
	for _, c := range h.came {
		if c {
			came++
		}
	}
	if came < leastOutcomes || len(h.came)-came < leastOutcomes {
		return nil, nil
	}
	fit, err := FitRenewal(ctx, h.pairs)
	if err != nil {
		return nil, err
	}
	figures := newRenewalFigures(fit.Renewal, 0)
	for i := range h.pairs {
		figures.prepare(h.pairs[i].Gaps)
	}
	out := make([]float64, len(h.pairs))
	eachRow(len(out), func(i int) {
		p := figures.scored(&h.pairs[i], h.ahead[i]).Due
		p = math.Max(1e-15, math.Min(1-1e-15, p))
		if out[i] = -math.Log1p(-p); h.came[i] {
			out[i] = -math.Log(p)
		}
	})
	return out, nil
}

func (c *clocks) table() arrow.Table {
	categories := make([]string, 0, len(c.paths))
	for category := range c.paths {
		categories = append(categories, category)
	}
	slices.SortFunc(categories, strings.Compare)
	var category, parameter []string
	var value, stdError, loss, plain []float64
	var n []int64
	var used []bool
	add := func(name, of string, v, err float64, count int64, use bool, kind int) {
		category, parameter = append(category, name), append(parameter, of)
		value, stdError, n = append(value, v), append(stdError, err), append(n, count)
		used, loss, plain = append(used, use), append(loss, c.losses[kind]), append(plain, c.losses[0])
	}
	for _, name := range categories {
		if q, ok := c.quantities[name]; ok {
			add(name, "usual_quantity", q.usual, math.NaN(), c.counts[name], c.useQuantity, 1)
			add(name, "quantity_exponent", q.exponent, q.stdError, q.gaps, c.useQuantity, 1)
		}
		for w, index := range c.seasons[name].Weeks() {
			add(name, fmt.Sprintf("week_%02d", w+1), index, math.NaN(), c.counts[name], c.useSeason, 2)
		}
	}
	var w columnWriter
	w.texts("category", category)
	w.texts("parameter", parameter)
	w.numbers("value", value)
	w.numbers("std_error", stdError)
	w.counts("n", n)
	w.truths("is_used", used)
	w.numbers("held_out_log_loss", loss)
	w.numbers("plain_log_loss", plain)
	return w.table(int64(len(category)))
}
