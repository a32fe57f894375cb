package config

import (
	"strings"
)

// Table is the content of one table of the schema config, as sql/contract/config.sql describes it.
type Table struct {
	// Name is schema-qualified: config.perk.
	Name    string
	Columns []string
	// Rows hold, per column: string, int, float64, bool, or nil for NULL. Money is its decimal text.
	Rows [][]any
}

// Tables is the configuration as SQL models read it: every table of sql/contract/config.sql, in its order.
func Tables(c *Config) []Table {
	return []Table{companyTable(c), rankTable(c), ruleTable(c), approachTable(c), approachRuleTable(c), rfmTable(c), holdTable(c), perkTable(c), campaignTable(c), reportTable(c), sourceTable(c), jobTable(c)}
}

func companyTable(c *Config) Table {
	return Table{
		Name:    "config.company",
		Columns: []string{"name", "locale", "timezone", "currency", "as_of"},
		Rows:    [][]any{{orNull(c.Company.Name), c.Locale, c.Timezone, c.Currency, c.AsOf}},
	}
}

func rankTable(c *Config) Table {
	t := Table{Name: "config.rank", Columns: []string{"rank", "position"}}
	for i, rank := range c.rankNames() {
		t.Rows = append(t.Rows, []any{rank, i + 1})
	}
	return t
}

func ruleTable(c *Config) Table {
	t := Table{Name: "config.rank_rule", Columns: []string{"position", "rank", "condition"}}
	for i, rule := range c.Ranks.Rules {
		t.Rows = append(t.Rows, []any{i + 1, rule.Rank, orNull(strings.TrimSpace(rule.When))})
	}
	return t
}

// holdTable has a row for each kind of interaction that holds marketing back.
func holdTable(c *Config) Table {
	t := Table{Name: "config.hold", Columns: []string{"kind", "limit_days"}}
	for _, hold := range []struct {
		kind string
		Hold
	}{{"complaint", c.HoldBack.Complaint}, {"repair", c.HoldBack.Repair}} {
		switch {
		case !hold.On:
		case hold.Days == 0:
			t.Rows = append(t.Rows, []any{hold.kind, nil})
		default:
			t.Rows = append(t.Rows, []any{hold.kind, int(hold.Days)})
		}
	}
	return t
}

// approachTable has those of the rules, in their order, then those that only have a label.
func approachTable(c *Config) Table {
	t := Table{Name: "config.approach", Columns: []string{"approach", "position", "label", "label_ja"}}
	for i, name := range c.approachNames() {
		label := c.approachLabel(name)
		t.Rows = append(t.Rows, []any{name, i + 1, label.En, label.Ja})
	}
	return t
}

func approachRuleTable(c *Config) Table {
	t := Table{Name: "config.approach_rule", Columns: []string{"position", "approach", "condition"}}
	for i, rule := range c.Approaches.Rules {
		t.Rows = append(t.Rows, []any{i + 1, rule.Approach, orNull(strings.TrimSpace(rule.When))})
	}
	return t
}

// rfmTable has the bound from which a score is given, recency's being the last day for it.
func rfmTable(c *Config) Table {
	t := Table{Name: "config.rfm_cut", Columns: []string{"measure", "score", "bound"}}
	add := func(measure string, score int, bound any) { t.Rows = append(t.Rows, []any{measure, score, bound}) }
	for i, days := range c.RFM.RecencyDays {
		add("recency", 5-i, days)
	}
	for i, orders := range c.RFM.Orders {
		add("frequency", 2+i, orders)
	}
	for i, amount := range c.RFM.Amounts {
		add("monetary", 2+i, string(amount))
	}
	return t
}

// perkTable has a row a perk and rank.
func perkTable(c *Config) Table {
	t := Table{
		Name:    "config.perk",
		Columns: []string{"perk", "rank", "position", "text", "discount_rate", "cost", "limit_count", "limit_days"},
	}
	for i, perk := range c.Perks {
		var discount, count, limitDays any
		if perk.Discount.Set {
			discount = perk.Discount.Value
		}
		if perk.Limit.Count > 0 {
			count, limitDays = perk.Limit.Count, perk.Limit.Days()
		}
		for _, rank := range perk.Ranks {
			t.Rows = append(t.Rows, []any{perk.Name, rank, i + 1, perk.Text, discount, orNull(string(perk.Cost)), count, limitDays})
		}
	}
	return t
}

func campaignTable(c *Config) Table {
	t := Table{
		Name: "config.campaign",
		Columns: []string{
			"campaign", "title", "position", "channel", "purpose", "template", "holdout_rate", "outcome", "outcome_by_category",
			"effect_window_days", "cost_per_message",
		},
	}
	for i, name := range c.CampaignNames {
		p := c.Campaigns[name]
		t.Rows = append(t.Rows, []any{
			name, p.Title, i + 1, p.Channel, p.Purpose, orNull(p.Template), p.Holdout.Value, p.Effect.Measure(), p.Effect.ByCategory(),
			int(p.Effect.Window), orNull(string(p.Effect.CostPerMessage)),
		})
	}
	return t
}

func reportTable(c *Config) Table {
	t := Table{Name: "config.report", Columns: []string{"report", "title", "template", "recipient_count"}}
	for _, name := range c.ReportNames {
		r := c.Reports[name]
		t.Rows = append(t.Rows, []any{name, r.Title, r.Template, len(r.To)})
	}
	return t
}

func sourceTable(c *Config) Table {
	t := Table{Name: "config.source", Columns: []string{"source", "table_name", "position"}}
	for i, name := range c.SourceNames {
		t.Rows = append(t.Rows, []any{name, c.Sources[name].Table, i + 1})
	}
	return t
}

// jobTable has the steps of a job as one text, separated by commas.
func jobTable(c *Config) Table {
	t := Table{Name: "config.job", Columns: []string{"job", "position", "schedule", "steps"}}
	for i, name := range c.JobNames {
		job := c.Jobs[name]
		t.Rows = append(t.Rows, []any{name, i + 1, orNull(job.Schedule), strings.Join(job.Steps, ", ")})
	}
	return t
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
