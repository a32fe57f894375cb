package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

func (v *validator) ranks() {
	r := v.Ranks
	v.check(r.Window >= 1, []string{"ranks", "window"}, "", "got %s, want at least 1d", r.Window)
	v.choice(r.Measure, "ranks.measure", "ranks", "measure")
	v.check(r.LargeShare.Value > 0, []string{"ranks", "large_share"}, "", "got %s, want more than 0", r.LargeShare)
	v.check(r.GrowthThreshold > 0, []string{"ranks", "growth_threshold"}, "write 1.1 for 10 % more", "got %g, want more than 0", r.GrowthThreshold)
	v.check(r.Shrinkage >= 0, []string{"ranks", "shrinkage"}, "", "got %g, want 0 or more", r.Shrinkage)
	v.check(len(r.Rules) > 0, []string{"ranks", "rules"}, "leave it out for the default scheme", "got no rules, want at least one")
	for i, rule := range r.Rules {
		path := []string{"ranks", "rules", strconv.Itoa(i)}
		v.check(strings.TrimSpace(rule.Rank) != "", below(path, "rank"), "", "got nothing, want the rank's name")
		v.oneLine(rule.Rank, below(path, "rank")...)
		v.check(strings.TrimSpace(rule.When) != "" || i == len(r.Rules)-1, below(path, "when"), "move the rule to the end",
			"a rule without a condition holds for everybody, so those after it never do")
	}
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
