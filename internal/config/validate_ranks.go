package config

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (v *validator) ranks() {
	r := v.Ranks
	v.rankWindow()
	v.choice(r.Measure, "ranks.measure", "ranks", "measure")
	v.score()
	v.check(r.LargeShare.Value > 0, []string{"ranks", "large_share"}, "", "got %s, want more than 0", r.LargeShare)
	v.check(r.GrowthThreshold > 0, []string{"ranks", "growth_threshold"}, "write 1.1 for 10 % more", "got %g, want more than 0", r.GrowthThreshold)
	v.check(r.Shrinkage >= 0, []string{"ranks", "shrinkage"}, "", "got %g, want 0 or more", r.Shrinkage)
	v.choice(r.GrowingBy, "ranks.growing_by", "ranks", "growing_by")
	v.check(len(r.Rules) > 0, []string{"ranks", "rules"}, "leave it out for the default scheme", "got no rules, want at least one")
	for i, rule := range r.Rules {
		path := []string{"ranks", "rules", strconv.Itoa(i)}
		v.check(strings.TrimSpace(rule.Rank) != "", below(path, "rank"), "", "got nothing, want the rank's name")
		v.oneLine(rule.Rank, below(path, "rank")...)
		v.check(strings.TrimSpace(rule.When) != "" || i == len(r.Rules)-1, below(path, "when"), "move the rule to the end",
			"a rule without a condition holds for everybody, so those after it never do")
	}
}

// rankWindow checks the window, and that last year's is over before it begins.
func (v *validator) rankWindow() {
	r, window, compare := v.Ranks, []string{"ranks", "window"}, []string{"ranks", "compare"}
	v.choice(r.Compare, "ranks.compare", compare...)
	if !v.check(r.Window.Days+r.Window.Months >= 1, window, "", "got %s, want at least 1d", r.Window) || r.Compare != CompareLastYear {
		return
	}
	at := compare
	if v.Given(window...) {
		at = window
	}
	v.check(r.Window.Days <= 365 && r.Window.Months <= 12, at, "write at most 12 months or 365d, or compare: previous",
		"a window of %s and the same of last year share days", r.Window)
}

// score checks that a score is given where it is the measure, and only there.
func (v *validator) score() {
	path, score := []string{"ranks", "score"}, v.Ranks.Score
	if v.Ranks.Measure != MeasureScore {
		v.check(!v.Given(path...), path, "write measure: score, or take it out", "the measure is %s, so no score counts", v.Ranks.Measure)
		return
	}
	weights := map[string]float64{"sales": score.Sales, "gross_profit": score.GrossProfit, "orders": score.Orders}
	for name, weight := range weights {
		v.check(weight >= 0 && weight <= 1e6 && math.Abs(weight*1e4-math.Round(weight*1e4)) < 1e-6, below(path, name), "",
			"got %v, want 0 to 1000000, with at most 4 decimals", weight)
	}
	v.check(max(score.Sales, score.GrossProfit, score.Orders) > 0, path, "write score: {sales: 0.6, gross_profit: 0.4}",
		"the measure is score, and nothing in it has a weight")
	hasCost := false
	for _, source := range v.Sources {
		_, mapped := source.Columns["cost"]
		hasCost = hasCost || source.Table == "sales" && mapped
	}
	v.check(score.GrossProfit == 0 || hasCost, below(path, "gross_profit"), "map cost under the columns of a source of sales, or take it out",
		"no source of sales has a cost, so there is no gross profit to weigh")
}

func (v *validator) approaches() {
	v.check(len(v.Approaches.Rules) > 0, []string{"approaches", "rules"}, "leave it out for the default ones", "got no rules, want at least one")
	for i, rule := range v.Approaches.Rules {
		path := []string{"approaches", "rules", strconv.Itoa(i)}
		v.check(strings.TrimSpace(rule.Approach) != "", below(path, "approach"), "", "got nothing, want the approach's name")
		v.oneLine(rule.Approach, below(path, "approach")...)
		v.check(strings.TrimSpace(rule.When) != "" || i == len(v.Approaches.Rules)-1, below(path, "when"), "move the rule to the end",
			"a rule without a condition holds for everybody, so those after it never do")
	}
	for name, label := range v.Approaches.Labels {
		path := []string{"approaches", "labels", name}
		v.oneLine(label.En, below(path, "en")...)
		v.oneLine(label.Ja, below(path, "ja")...)
	}
}

// approachNames are the approaches of the rules, each once, in the order of their first rules, then those of the labels.
func (c *Config) approachNames() []string {
	var names []string
	for _, rule := range c.Approaches.Rules {
		if !slices.Contains(names, rule.Approach) {
			names = append(names, rule.Approach)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Approaches.Labels)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// rankNames are the ranks of the scheme, each once, in the order of their first rules.
func (c *Config) rankNames() []string {
	var names []string
	for _, rule := range c.Ranks.Rules {
		if !slices.Contains(names, rule.Rank) {
			names = append(names, rule.Rank)
		}
	}
	return names
}

func (v *validator) perks() {
	ranks := v.rankNames()
	seen := map[string]bool{}
	for i, perk := range v.Perks {
		path := []string{"perks", strconv.Itoa(i)}
		if v.check(strings.TrimSpace(perk.Name) != "", below(path, "name"), "", "got nothing, want the perk's name") {
			v.check(!seen[perk.Name], below(path, "name"), "", "another perk is called %q", v.shown(perk.Name, below(path, "name")))
			seen[perk.Name] = true
		}
		v.check(len(perk.Ranks) > 0, below(path, "ranks"), "", "got none, want the ranks that it is for")
		for j, rank := range perk.Ranks {
			at := below(below(path, "ranks"), strconv.Itoa(j))
			shown := v.shown(rank, at)
			v.check(slices.Contains(ranks, rank) || v.isBroken([]string{"ranks", "rules"}), at, didYouMean(shown, ranks),
				"got %q, want a rank of the rules: %s", shown, oneOf(ranks))
			v.check(slices.Index(perk.Ranks, rank) == j, at, "", "the rank %q is already in the list", shown)
		}
		v.amount(perk.Cost, below(path, "cost"))
		v.check(perk.Limit.Per%(24*time.Hour) == 0, below(path, "limit"), "", "got %q, want whole days such as 1 per 90d", perk.Limit)
	}
}

// amount checks that what something costs is not less than nothing.
func (v *validator) amount(cost Decimal, path []string) {
	v.check(!strings.HasPrefix(string(cost), "-"), path, "", "got %q, want 0 or more", v.shown(string(cost), path))
}
