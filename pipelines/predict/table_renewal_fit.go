package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// The levels of predictions.renewal_fit.
const (
	levelCustomer   = "customer"
	levelAll        = "all"
	levelDepartment = "department"
	levelGroup      = "group"
	levelCategory   = "category"
)

// RenewalParameters are the names of a renewal fit's parameters, as they stand in predictions.renewal_fit.
func RenewalParameters() [5]string { return [5]string{"k", "r", "alpha", "a", "b"} }

// RenewalFitTable is the estimator of predictions.renewal_fit. It takes histories (as_of_on, level, node, gap_count,
// gap_days_total, silent_days; pair_count of them, whose gaps' logarithms add up to gap_days_log_total; for a category also
// category_group and category_department, null where it has none) and gives the parameters by as_of_on, level and node.
// Categories with fewer than $fit_pairs pairs have the numbers of the level above. A level with too few gaps to learn from
// has no rows.
func RenewalFitTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	least, err := wholeParameter(p, "fit_pairs")
	if err != nil {
		return nil, fmt.Errorf("fit renewals: %w", err)
	}
	read := columnReader{in: in}
	asOf, level, node := read.dates("as_of_on"), read.texts("level"), read.texts("node")
	groupName, department := read.texts("category_group"), read.texts("category_department")
	gaps, total, silent := read.numbers("gap_count"), read.numbers("gap_days_total"), read.numbers("silent_days")
	count, logs := read.numbers("pair_count"), read.numbers("gap_days_log_total")
	if read.err != nil {
		return nil, fmt.Errorf("fit renewals: %w", read.err)
	}
	groups := map[arrow.Date32]map[string]map[string]*RenewalGroup{}
	for i := range asOf {
		if groups[asOf[i]] == nil {
			groups[asOf[i]] = map[string]map[string]*RenewalGroup{levelCustomer: {}, levelCategory: {}}
		}
		nodes, ok := groups[asOf[i]][level[i]]
		if !ok {
			return nil, fmt.Errorf("fit renewals: row %d has the level %q, want %s or %s", i+1, level[i], levelCustomer, levelCategory)
		}
		g := nodes[node[i]]
		if g == nil {
			g = &RenewalGroup{Path: renewalNodes(department[i], groupName[i], node[i])}
			nodes[node[i]] = g
		}
		g.Pairs = append(g.Pairs, RenewalPair{Gaps: int(gaps[i]), Total: total[i], LogTotal: logs[i] / count[i], Since: silent[i]})
		g.Counts = append(g.Counts, count[i])
	}
	out := renewalFitRows{trees: map[string]*RenewalTree{}}
	dates := make([]arrow.Date32, 0, len(groups))
	for date := range groups {
		dates = append(dates, date)
	}
	slices.Sort(dates)
	for _, date := range dates {
		if err := out.fitCustomers(ctx, date, groups[date][levelCustomer]); err != nil {
			return nil, err
		}
		if err := out.fitCategories(ctx, date, groups[date][levelCategory], least); err != nil {
			return nil, err
		}
	}
	return out.table(), nil
}

// renewalNodes is the path of a category: a name for each level that there is, which tells the level too, so that a group
// and a category may share theirs.
func renewalNodes(department, group, category string) []string {
	var path []string
	for _, n := range [][2]string{{levelDepartment, department}, {levelGroup, group}, {levelCategory, category}} {
		if n[1] != "" {
			path = append(path, n[0]+" "+n[1])
		}
	}
	return path
}

// renewalNode is the level and the name of the last node of a path.
func renewalNode(path []string) (level, name string) {
	if len(path) == 0 {
		return levelAll, levelAll
	}
	level, name, _ = strings.Cut(path[len(path)-1], " ")
	return level, name
}

// renewalFitRows are the rows of predictions.renewal_fit under construction.
type renewalFitRows struct {
	asOf                   []arrow.Date32
	level, node, parameter []string
	value, stdError, logs  []float64
	n                      []int64
	converged, own         []bool
	note                   []string

	trees map[string]*RenewalTree // of the date before, by level: a month changes little
}

func (r *renewalFitRows) fitCustomers(ctx context.Context, asOf arrow.Date32, nodes map[string]*RenewalGroup) error {
	all := make([]RenewalGroup, 0, 1)
	for _, g := range nodes {
		all = append(all, *g)
	}
	// A tree of which no branch is fitted is the fit of all.
	tree, err := FitRenewalTree(ctx, all, RenewalOptions{LeastPairs: math.MaxInt, Near: r.trees[levelCustomer]})
	if errors.Is(err, ErrTooFewGaps) {
		return nil
	}
	if err != nil {
		return err
	}
	r.trees[levelCustomer] = &tree
	r.add(asOf, levelCustomer, levelCustomer, tree.Nodes[0].Fit, int64(tree.Nodes[0].Fit.Pairs), true)
	return nil
}

func (r *renewalFitRows) fitCategories(ctx context.Context, asOf arrow.Date32, nodes map[string]*RenewalGroup, least int) error {
	names := make([]string, 0, len(nodes))
	for name := range nodes {
		names = append(names, name)
	}
	slices.Sort(names)
	all := make([]RenewalGroup, 0, len(names))
	for _, name := range names {
		all = append(all, *nodes[name])
	}
	tree, err := FitRenewalTree(ctx, all, RenewalOptions{LeastPairs: least, Near: r.trees[levelCategory]})
	if errors.Is(err, ErrTooFewGaps) {
		return nil
	}
	if err != nil {
		return err
	}
	r.trees[levelCategory] = &tree
	for _, node := range tree.Nodes {
		if level, name := renewalNode(node.Path); level != levelCategory {
			r.add(asOf, level, name, node.Fit, int64(node.Fit.Pairs), true)
		}
	}
	for i, name := range names {
		at, own := tree.Of(all[i].Path...)
		r.add(asOf, levelCategory, name, tree.Nodes[at].Fit, int64(all[i].size()), own)
	}
	return nil
}

func (r *renewalFitRows) add(asOf arrow.Date32, level, node string, f RenewalFit, n int64, own bool) {
	values := [5]float64{f.K, f.R, f.Alpha, f.A, f.B}
	note := ""
	if len(f.Unbound) > 0 {
		note = "held by a weak prior: the data alone do not bound " + strings.Join(f.Unbound, ", ")
	}
	errs := [5]float64{f.StdError.K, f.StdError.R, f.StdError.Alpha, f.StdError.A, f.StdError.B}
	for i, parameter := range RenewalParameters() {
		stdError, logs := errs[i], f.LogLikelihood
		if !own {
			stdError, logs = math.NaN(), math.NaN()
		}
		r.asOf, r.level, r.node = append(r.asOf, asOf), append(r.level, level), append(r.node, node)
		r.parameter, r.value = append(r.parameter, parameter), append(r.value, values[i])
		r.stdError, r.logs = append(r.stdError, stdError), append(r.logs, logs)
		r.n, r.converged, r.own = append(r.n, n), append(r.converged, f.Converged), append(r.own, own)
		r.note = append(r.note, note)
	}
}

func (r *renewalFitRows) table() arrow.Table {
	var w columnWriter
	w.dates("as_of_on", r.asOf)
	w.texts("level", r.level)
	w.texts("node", r.node)
	w.texts("parameter", r.parameter)
	w.numbers("value", r.value)
	w.numbers("std_error", r.stdError)
	w.numbers("log_likelihood", r.logs)
	w.counts("n", r.n)
	w.truths("converged", r.converged)
	w.truths("own", r.own)
	w.textsOrNull("note", r.note)
	return w.table(int64(len(r.value)))
}
