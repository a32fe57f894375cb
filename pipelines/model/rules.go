package model

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// The generated model of the rank rules, and the tables whose columns a rule may name.
const (
	rankRuleTable = "metrics.rank_rule"
	periodTable   = "metrics.customer_period"
	masterTable   = "core.customers"
)

// generatedColumns are known before the models are generated, so that a set can be read and its tests run without a
// configuration.
var generatedColumns = map[string][]Column{
	rankRuleTable: {
		{Name: "as_of_on", Type: "date", NotNull: true, Meaning: "data strictly before it"},
		{Name: "customer_id", Type: "varchar", NotNull: true, Ref: Ref{masterTable, "customer_id"}},
		{Name: "rank", Type: "varchar", Meaning: "null: no rule holds"},
		{Name: "rule_position", Type: "integer", Meaning: "of the rule that gave it, from 1"},
	},
}

// condition is an expression that a person wrote into config.yaml.
type condition struct {
	text string
	// fault puts a fault found in text, at line and column from 1, to its place in config.yaml.
	fault func(position.Fault) position.Fault
}

// RankRules generates the model metrics.rank_rule from ranks.rules: for each customer and date, the first rule that
// holds. A rule without a condition always holds. The conditions are checked when the model joins a set (With).
func RankRules(c *config.Config) Model {
	m := Model{Schema: Metrics, Name: "rank_rule", File: rankRuleTable + " (generated from ranks.rules)"}
	var text strings.Builder
	text.WriteString("-- " + rankRuleTable + ": the first rank rule that holds, for each customer and date.\n" +
		"-- ja:      ランク規則の判定\n-- grain:   as_of_on, customer_id\n-- columns:\n")
	for _, col := range generatedColumns[rankRuleTable] {
		fmt.Fprintf(&text, "--   %s  %s", col.Name, col.Type)
		if col.NotNull {
			text.WriteString("  not null")
		}
		if col.Ref.Table != "" {
			text.WriteString("  -> " + col.Ref.Table)
		}
		text.WriteString("  " + col.Meaning + "\n")
	}
	text.WriteString("\nselect\n    as_of_on,\n    customer_id,\n    case rule_position\n")
	for i, r := range c.Ranks.Rules {
		fmt.Fprintf(&text, "        when %d then %s\n", i+1, warehouse.Literal(r.Rank))
	}
	text.WriteString("        else null\n    end::varchar as rank,\n    rule_position,\nfrom (\n    select\n        as_of_on,\n        customer_id,\n        case\n")
	for i, r := range c.Ranks.Rules {
		when := r.When
		if strings.TrimSpace(when) == "" {
			when = "true"
		} else {
			m.conditions = append(m.conditions, condition{when, ruleFault(c, i)})
		}
		fmt.Fprintf(&text, "            when (\n%s\n            ) then %d\n", when, i+1)
	}
	text.WriteString("            else null\n        end::integer as rule_position,\n    from " + periodTable + "\n    left join " + masterTable + " using (customer_id)\n)\n")
	m.Text = text.String()
	// The header was written above, and a test holds that it reads without a fault.
	_ = readHeader(&m)
	return m
}

// ruleFault maps faults in the condition of rule i.
func ruleFault(c *config.Config, i int) func(position.Fault) position.Fault {
	path := []string{"ranks", "rules", strconv.Itoa(i), "when"}
	return func(f position.Fault) position.Fault {
		return c.Fault(c.Within(max(f.Line, 1), max(f.Column, 1), path...), f.Try, "ranks.rules[%d].when: %s", i+1, f.Message)
	}
}

// checkConditions holds the conditions to the whitelist and to the columns of the tables they are about.
func (m Model) checkConditions(ctx context.Context, db *warehouse.DB, s *Set) (position.Faults, error) {
	var faults, more position.Faults
	known := []string{}
	for _, table := range []string{periodTable, masterTable} {
		columns, _ := s.Columns(table)
		for _, c := range columns {
			known = append(known, c.Name)
		}
	}
	for _, k := range m.conditions {
		st, err := db.ParseExpression(ctx, position.Position{Line: 1, Column: 1}, k.text)
		if errors.As(err, &more) {
			for _, f := range more {
				faults = append(faults, k.fault(f))
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("parse rank rule: %w", err)
		}
		for _, ref := range st.Columns() {
			column := strings.ToLower(ref.Names[len(ref.Names)-1])
			if containsFold(known, column) {
				continue
			}
			try := "columns are those of " + periodTable + " and " + masterTable
			if near := position.Nearest(column, known); near != "" {
				try = "did you mean " + near + "?"
			}
			faults = append(faults, k.fault(position.Fault{Position: ref.Position, Try: try, Message: "unknown column " + column}))
		}
	}
	return faults, nil
}

func containsFold(list []string, s string) bool {
	for _, v := range list {
		if strings.EqualFold(v, s) {
			return true
		}
	}
	return false
}
