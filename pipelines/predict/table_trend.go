package predict

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// The states of predictions.trend_fit, and where a season is from.
const (
	trendFitted   = "fitted"
	trendTooEarly = "too early"
	trendNew      = "new"
	trendEnded    = "ended"
	trendTooFew   = "not enough data"

	levelProduct = "product"
	seasonOwn    = "own"
)

// trendNode is a series of predictions.trend_fit under work.
type trendNode struct {
	level, node, parent string
	start               int // month of the year of the first month, 0 is January
	sales               []float64
	state, seasonFrom   string
	fit                 Trend
}

// TrendFitTable is the estimator of predictions.trend_fit. It takes months (level, node, parent, month_number since
// January 1970, sales_amount), those of a node together and in order, a node without any with a null one, and gives a row
// for each node: its growth and season, or why there are none.
func TrendFitTable(ctx context.Context, in arrow.Table, _ map[string]any) (arrow.Table, error) {
	read := columnReader{in: in}
	level, name, parent := read.texts("level"), read.texts("node"), read.texts("parent")
	month, sales := read.numbers("month_number"), read.numbers("sales_amount")
	if read.err != nil {
		return nil, fmt.Errorf("fit trends: %w", read.err)
	}
	var nodes []*trendNode
	for i := range level {
		if i == 0 || level[i] != level[i-1] || name[i] != name[i-1] {
			nodes = append(nodes, &trendNode{level: level[i], node: name[i], parent: parent[i]})
		}
		if math.IsNaN(month[i]) {
			continue
		}
		n := nodes[len(nodes)-1]
		if len(n.sales) == 0 {
			n.start = int(month[i]) % yearMonths
		}
		n.sales = append(n.sales, sales[i])
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fitTrends(nodes)
	return trendTable(nodes), nil
}

// fitTrends fits the whole, then what has a season of its own, then what needs another's.
func fitTrends(nodes []*trendNode) {
	byName := map[string]*trendNode{}
	for _, n := range nodes {
		byName[n.level+" "+n.node] = n
	}
	all := byName[levelAll+" "+levelAll]
	short := all == nil || len(all.sales) < seasonMonths
	for _, n := range nodes {
		n.ownSeason(short)
	}
	for _, n := range nodes {
		if n.state != "" {
			continue
		}
		from := all
		if category := byName[levelCategory+" "+n.parent]; n.level == levelProduct && category.hasSeason() {
			from = category
		}
		if !from.hasSeason() {
			n.state = trendTooEarly
			continue
		}
		fit, ok := FitTrend(n.sales, n.start, &from.fit.Season)
		if !ok {
			n.state = trendTooFew
			continue
		}
		fit.SeasonP = from.fit.SeasonP
		n.fit, n.state, n.seasonFrom = fit, trendFitted, from.level
	}
}

// ownSeason says what a node's own months allow: a fit where they are two years, the reason why there is none, or no
// state yet where another's season may help.
func (n *trendNode) ownSeason(short bool) {
	sold, lately := soldMonths(n.sales)
	switch {
	case short:
		n.state = trendTooEarly
	case len(n.sales) < youngMonths:
		n.state = trendNew
	case !lately:
		n.state = trendEnded
	case sold < yearMonths:
		n.state = trendTooFew
	case len(n.sales) >= seasonMonths:
		fit, ok := FitTrend(n.sales, n.start, nil)
		if !ok {
			n.state = trendTooFew
			return
		}
		n.fit, n.state, n.seasonFrom = fit, trendFitted, seasonOwn
	}
}

func (n *trendNode) hasSeason() bool { return n != nil && n.seasonFrom == seasonOwn }

// trendTable writes the rows; what a node has not is null.
func trendTable(nodes []*trendNode) arrow.Table {
	var w columnWriter
	texts := func(name string, of func(*trendNode) string) {
		values := make([]string, len(nodes))
		for i, n := range nodes {
			values[i] = of(n)
		}
		w.textsOrNull(name, values)
	}
	counts := func(name string, of func(*trendNode) int64) {
		values := make([]int64, len(nodes))
		for i, n := range nodes {
			values[i] = of(n)
		}
		w.counts(name, values)
	}
	numbers := func(name string, of func(*trendNode) float64) {
		values := make([]float64, len(nodes))
		for i, n := range nodes {
			values[i] = of(n)
		}
		w.numbers(name, values)
	}
	fitted := func(name string, of func(Trend) float64) {
		numbers(name, func(n *trendNode) float64 {
			if n.state != trendFitted {
				return math.NaN()
			}
			return of(n.fit)
		})
	}
	texts("level", func(n *trendNode) string { return n.level })
	texts("node", func(n *trendNode) string { return n.node })
	texts("state", func(n *trendNode) string { return n.state })
	texts("season_from", func(n *trendNode) string { return n.seasonFrom })
	counts("month_count", func(n *trendNode) int64 { return int64(len(n.sales)) })
	counts("sold_month_count", func(n *trendNode) int64 { sold, _ := soldMonths(n.sales); return int64(sold) })
	fitted("log_growth", func(t Trend) float64 { return t.LogGrowth })
	fitted("std_error", func(t Trend) float64 { return t.StdError })
	fitted("log_growth_low", func(t Trend) float64 { return t.Low })
	fitted("log_growth_high", func(t Trend) float64 { return t.High })
	fitted("p_value", func(t Trend) float64 { return t.PValue })
	adjusted := adjustedByLevel(nodes)
	numbers("p_adjusted", func(n *trendNode) float64 { return adjusted[n] })
	fitted("dispersion", func(t Trend) float64 { return t.Dispersion })
	counts("pair_count", func(n *trendNode) int64 { all, _, _ := pairs(n.sales); return all })
	counts("pair_up_count", func(n *trendNode) int64 { _, up, _ := pairs(n.sales); return up })
	counts("pair_down_count", func(n *trendNode) int64 { _, _, down := pairs(n.sales); return down })
	ratio := func(of func(ratio, low, high float64) float64) func(*trendNode) float64 {
		return func(n *trendNode) float64 {
			if r, low, high, ok := YearRatio(n.sales); ok {
				return of(r, low, high)
			}
			return math.NaN()
		}
	}
	numbers("year_ratio", ratio(func(r, _, _ float64) float64 { return r }))
	numbers("year_ratio_low", ratio(func(_, low, _ float64) float64 { return low }))
	numbers("year_ratio_high", ratio(func(_, _, high float64) float64 { return high }))
	numbers("year_amount", func(n *trendNode) float64 {
		sum := 0.0
		for _, y := range n.sales[max(len(n.sales)-yearMonths, 0):] {
			sum += y
		}
		return sum
	})
	fitted("recent_amount", func(t Trend) float64 { return t.Recent })
	fitted("season_p_value", func(t Trend) float64 { return t.SeasonP })
	for m := range yearMonths {
		fitted("season_"+strconv.Itoa(m+1), func(t Trend) float64 { return t.Season[m] })
	}
	return w.table(int64(len(nodes)))
}

// adjustedByLevel are the p-values with all nodes of the level considered; NaN where there is no fit.
func adjustedByLevel(nodes []*trendNode) map[*trendNode]float64 {
	adjusted := make(map[*trendNode]float64, len(nodes))
	for from, to := 0, 0; from < len(nodes); from = to {
		var p []float64
		for to = from; to < len(nodes) && nodes[to].level == nodes[from].level; to++ {
			v := math.NaN()
			if nodes[to].state == trendFitted {
				v = nodes[to].fit.PValue
			}
			p = append(p, v)
		}
		for i, a := range Adjusted(p) {
			adjusted[nodes[from+i]] = a
		}
	}
	return adjusted
}
