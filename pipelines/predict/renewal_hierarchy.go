package predict

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// RenewalGroup is one category and its pairs.
type RenewalGroup struct {
	// Path names the category from the widest to the narrowest level, such as department, group, category: one to three
	// names, none empty. Groups of the same path are one.
	Path  []string
	Pairs []RenewalPair
	// Counts says for each of Pairs how many it stands for, LogTotal being their mean; nil is one each.
	Counts []float64
}

// size is how many pairs there are.
func (g *RenewalGroup) size() float64 {
	if g.Counts == nil {
		return float64(len(g.Pairs))
	}
	n := 0.0
	for _, count := range g.Counts {
		n += count
	}
	return n
}

// check names what is wrong with the counts, "" when nothing is.
func (g *RenewalGroup) check() string {
	if g.Counts != nil && len(g.Counts) != len(g.Pairs) {
		return "not as many counts as pairs"
	}
	for _, count := range g.Counts {
		if !(count > 0) || math.IsInf(count, 1) {
			return "a count that is not positive"
		}
	}
	return ""
}

// RenewalOptions says how far a category's parameters may leave its parent's.
type RenewalOptions struct {
	// Tau weighs the shrinkage: a category maximises ln L - Tau |θ - θ_parent|² over θ = ln(k, r, α, a, b). The prior's
	// standard deviation is 1/sqrt(2 Tau): 0.16 with 20, the default, so without data two of three categories are within a
	// sixth of their parent. Set once, not tuned (field-analytics.md, section 6).
	Tau float64
	// LeastPairs is how many pairs a category needs for a fit of its own, 300 by default; a smaller one has its parent's.
	LeastPairs int
	// Near, where set, is the tree of nearly the same pairs, such as those of a month before: the search starts there.
	Near *RenewalTree
}

func (o RenewalOptions) withDefaults() RenewalOptions {
	if o.Tau == 0 {
		o.Tau = 20
	}
	if o.LeastPairs == 0 {
		o.LeastPairs = 300
	}
	return o
}

// RenewalNode is the fit of one level of one path; Path is empty for all pairs together.
type RenewalNode struct {
	Path []string
	Fit  RenewalFit
}

// RenewalTree holds the fits of a hierarchy of categories: the root first, then parents before children, by path.
type RenewalTree struct {
	Nodes []RenewalNode
	index map[string]int
}

// Of is the node whose fit a category uses: its own, or that of its nearest ancestor that has one; own is false then. An
// unknown path has the fit of what is known of it. One RenewalScorer a node serves all its categories.
func (t RenewalTree) Of(path ...string) (node int, own bool) {
	for n := len(path); n > 0; n-- {
		if i, ok := t.index[renewalPath(path[:n])]; ok {
			return i, n == len(path)
		}
	}
	return 0, len(path) == 0
}

func renewalPath(path []string) string { return strings.Join(path, "\x1f") }

// FitRenewalTree fits all pairs together, then each level shrunk towards the one above. It returns ErrTooFewGaps where
// even all pairs together have too few gaps; a level with too few pairs has no node.
func FitRenewalTree(ctx context.Context, groups []RenewalGroup, o RenewalOptions) (RenewalTree, error) {
	o = o.withDefaults()
	members := map[string][]int{}
	paths := map[string][]string{}
	for i, g := range groups {
		if len(g.Path) == 0 || slices.Contains(g.Path, "") {
			return RenewalTree{}, fmt.Errorf("fit renewals: group %d has the path %q, want at least one name, none empty", i, g.Path)
		}
		if err := checkRenewalPairs(g.Pairs); err != nil {
			return RenewalTree{}, fmt.Errorf("fit renewals: category %q: %w", g.Path, err)
		}
		if fault := g.check(); fault != "" {
			return RenewalTree{}, fmt.Errorf("fit renewals: category %q has %s", g.Path, fault)
		}
		for n := range len(g.Path) + 1 {
			key := renewalPath(g.Path[:n])
			members[key] = append(members[key], i)
			paths[key] = g.Path[:n]
		}
	}
	order := make([]string, 0, len(paths))
	for key := range paths {
		order = append(order, key)
	}
	slices.SortFunc(order, func(a, b string) int { return slices.Compare(paths[a], paths[b]) })

	tree := RenewalTree{index: map[string]int{}}
	for _, key := range order {
		path := paths[key]
		sets := make([]RenewalGroup, 0, len(members[key]))
		pairs := 0.0
		for _, i := range members[key] {
			sets = append(sets, groups[i])
			pairs += groups[i].size()
		}
		if len(path) > 0 && pairs < float64(o.LeastPairs) {
			continue
		}
		sample := newRenewalGroupSample(sets)
		var near *RenewalFit
		if o.Near != nil {
			if at, own := o.Near.Of(path...); own {
				near = &o.Near.Nodes[at].Fit
			}
		}
		var fit RenewalFit
		var err error
		if len(path) == 0 {
			fit, err = fitRenewalNear(ctx, sample, near)
		} else {
			parent, _ := tree.Of(path[:len(path)-1]...)
			fit, err = fitRenewalShrunk(ctx, sample, tree.Nodes[parent].Fit, near, o.Tau)
		}
		if err != nil {
			return RenewalTree{}, fmt.Errorf("fit renewal of %q: %w", path, err)
		}
		tree.index[key] = len(tree.Nodes)
		tree.Nodes = append(tree.Nodes, RenewalNode{path, fit})
	}
	if len(tree.Nodes) == 0 {
		return RenewalTree{}, fmt.Errorf("fit renewals: %w: there are no pairs", ErrTooFewGaps)
	}
	return tree, nil
}

// fitRenewalNear is fitRenewalSample, from the fit of nearly the same pairs where that leads to an optimum at once.
func fitRenewalNear(ctx context.Context, s *renewalSample, near *RenewalFit) (RenewalFit, error) {
	if near != nil && near.Converged && near.Unbound == nil && s.gaps >= renewalLeastGaps {
		o := newRenewalObjective(s)
		if fit, err := o.finish(ctx, near.log(), o.metricOf(*near, 0)); err == nil && fit.Converged {
			return fit, nil
		}
	}
	return fitRenewalSample(ctx, s)
}

// fitRenewalShrunk starts at the parent, which the shrinkage makes the only sensible start, or at a fit of nearly the same
// pairs. Pairs without any gap say something too (how few come back), so none are required.
func fitRenewalShrunk(ctx context.Context, s *renewalSample, parent RenewalFit, near *RenewalFit, tau float64) (RenewalFit, error) {
	o := newRenewalObjective(s)
	o.parent, o.tau = parent.log(), tau
	o.centre = o.parent
	if near != nil && near.Converged {
		return o.finish(ctx, near.log(), o.metricOf(*near, 0)) // its shrinkage is in its covariance
	}
	return o.finish(ctx, o.parent, o.metricOf(parent, 2*tau/s.pairs))
}

// metricOf is what the matrix of second derivatives is about, if the pairs are like those of another fit; nil where that of
// the other is not known. more is added to its diagonal.
func (o *renewalObjective) metricOf(other RenewalFit, more float64) *mat.SymDense {
	covariance := mat.NewSymDense(5, nil)
	for i := range 5 {
		for j := i; j < 5; j++ {
			covariance.SetSym(i, j, other.Covariance[i][j]*float64(other.Pairs))
		}
	}
	var chol mat.Cholesky
	metric := mat.NewSymDense(5, nil)
	if !other.Converged || !chol.Factorize(covariance) || chol.InverseTo(metric) != nil {
		return nil
	}
	for i := range 5 {
		metric.SetSym(i, i, metric.At(i, i)+more)
	}
	return metric
}
