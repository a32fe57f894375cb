package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	ruledTables   = periodTable + "\n    left join " + masterTable + " using (customer_id)"
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
	// rule is the number of its rule, from 0.
	rule int
	// fault puts a fault found in text, at line and column from 1, to its place in config.yaml.
	fault func(position.Fault) position.Fault
}

// rankRule is a rule as it is written into the generated model.
type rankRule struct{ rank, when string }

// RankRules generates the model metrics.rank_rule from ranks.rules: for each customer and date, the first rule that
// holds. A rule without a condition always holds. The conditions are checked when the model joins a set (With).
func RankRules(c *config.Config) Model {
	m := Model{Schema: Metrics, Name: "rank_rule", File: rankRuleTable + " (generated from ranks.rules)"}
	m.rules = make([]rankRule, len(c.Ranks.Rules))
	for i, r := range c.Ranks.Rules {
		m.rules[i] = rankRule{rank: r.Rank, when: "true"}
		switch {
		case !c.Sound("ranks", "rules", strconv.Itoa(i), "when"):
			m.rules[i].when = "false" // told already by whoever read the file
		case strings.TrimSpace(r.When) != "":
			m.rules[i].when = r.When
			m.conditions = append(m.conditions, condition{r.When, i, ruleFault(c, i)})
		}
	}
	m.writeRules()
	return m
}

// writeRules makes the model's text, and its header from that.
func (m *Model) writeRules() {
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
	for i, r := range m.rules {
		fmt.Fprintf(&text, "        when %d then %s\n", i+1, warehouse.Literal(r.rank))
	}
	text.WriteString("        else null\n    end::varchar as rank,\n    rule_position,\nfrom (\n    select\n        as_of_on,\n        customer_id,\n        case\n")
	for i, r := range m.rules {
		fmt.Fprintf(&text, "            when (\n%s\n            ) then %d\n", r.when, i+1)
	}
	text.WriteString("            else null\n        end::integer as rule_position,\n    from " + ruledTables + "\n)\n")
	m.Text, m.Header = text.String(), Header{}
	// The header was written above, and a test holds that it reads without a fault.
	_ = readHeader(m)
}

// ruleFault maps faults in the condition of rule i.
func ruleFault(c *config.Config, i int) func(position.Fault) position.Fault {
	path := []string{"ranks", "rules", strconv.Itoa(i), "when"}
	return func(f position.Fault) position.Fault {
		return c.Fault(c.Within(max(f.Line, 1), max(f.Column, 1), path...), f.Try, "ranks.rules[%d].when: %s", i+1, f.Message)
	}
}

// checkConditions holds each condition to the whitelist and to the columns of the tables they are about. It returns the
// model with those that break them taken out.
func (m Model) checkConditions(ctx context.Context, db *warehouse.DB, s *Set) (Model, position.Faults, error) {
	var faults position.Faults
	known := []string{}
	for _, table := range []string{periodTable, masterTable} {
		if read, ok := s.Model(table); ok && read.shapeless { // its header is the fault, not who reads it
			known = nil
			break
		}
		columns, _ := s.Columns(table)
		for _, c := range columns {
			known = append(known, c.Name)
		}
	}
	var good, bad []condition
	for _, k := range m.conditions {
		more, err := k.check(ctx, db, known)
		if err != nil {
			return m, nil, err
		}
		faults = append(faults, more...)
		if len(more) > 0 {
			bad = append(bad, k)
		} else {
			good = append(good, k)
		}
	}
	if len(bad) == 0 {
		return m, nil, nil
	}
	m.conditions = good
	m.without(bad)
	return m, faults, nil
}

// without writes the model anew with conditions that never hold in the place of bad ones.
func (m *Model) without(bad []condition) {
	m.rules = slices.Clone(m.rules)
	for _, k := range bad {
		m.rules[k.rule].when = "false"
	}
	m.writeRules()
}

// check holds one condition to the whitelist and to known columns, nil where they are not known.
func (k condition) check(ctx context.Context, db *warehouse.DB, known []string) (position.Faults, error) {
	var faults, more position.Faults
	st, err := db.ParseExpression(ctx, position.Position{Line: 1, Column: 1}, k.text)
	if errors.As(err, &more) {
		for _, f := range more {
			faults = append(faults, k.fault(f))
		}
		return faults, nil
	}
	if err != nil {
		return nil, fmt.Errorf("parse rank rule: %w", err)
	}
	for _, ref := range st.Columns() {
		column := strings.ToLower(ref.Names[len(ref.Names)-1])
		if known == nil || containsFold(known, column) {
			continue
		}
		try := "columns are those of " + periodTable + " and " + masterTable
		if near := position.Nearest(column, known); near != "" {
			try = "did you mean " + near + "?"
		}
		faults = append(faults, k.fault(position.Fault{Position: ref.Position, Try: try, Message: "unknown column " + column}))
	}
	return faults, nil
}

// bindConditions binds each condition by itself to empty tables, so that what DuckDB says of it has its place in
// config.yaml, not in the generated text.
func (m Model) bindConditions(ctx context.Context, db *warehouse.DB) (position.Faults, error) {
	var faults position.Faults
	for _, k := range m.conditions {
		const before = "select case when (\n"
		_, err := db.Exec(ctx, "create or replace temp table rule_bound as "+before+k.text+"\n) then 1 end as holds from "+ruledTables)
		var se *warehouse.SQLError
		switch {
		case err == nil:
		case errors.As(err, &se) && !isFatal(err):
			faults = append(faults, k.fault(position.Fault{Position: position.Position{Line: se.Line - 1, Column: se.Column}, Message: se.Message}))
		default:
			return nil, fmt.Errorf("bind rank rule: %w", err)
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
