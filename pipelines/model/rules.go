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

// The generated models of rules, and the tables whose columns a rule may name.
const (
	rankRuleTable     = "metrics.rank_rule"
	approachRuleTable = "metrics.approach_rule"
	periodTable       = "metrics.customer_period"
	masterTable       = "core.customers"
	customerTable     = "metrics.customer"
	stateTable        = "metrics.customer_state"
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
	approachRuleTable: {
		{Name: "customer_id", Type: "varchar", NotNull: true, Ref: Ref{masterTable, "customer_id"}},
		{Name: "approach", Type: "varchar", Meaning: "null: no rule holds"},
		{Name: "rule_position", Type: "integer", Meaning: "of the rule that gave it, from 1"},
	},
}

// ruling is what a generated model decides: for each row of its first table, the first rule that holds.
type ruling struct {
	table, sentence, label string
	keys                   []string // that a row is told by
	outcome                string   // the column of what a rule gives
	tables                 []string // joined by customer_id; the columns that a rule may name
	path                   []string // of the rules in config.yaml
}

var (
	rankRuling = ruling{
		table: rankRuleTable, sentence: "the first rank rule that holds, for each customer and date", label: "ランク規則の判定",
		keys: []string{"as_of_on", "customer_id"}, outcome: "rank", tables: []string{periodTable, masterTable}, path: []string{"ranks", "rules"},
	}
	approachRuling = ruling{
		table: approachRuleTable, sentence: "the first rule of approach that holds, for each customer", label: "対応方針規則の判定",
		keys: []string{"customer_id"}, outcome: "approach", tables: []string{customerTable, stateTable}, path: []string{"approaches", "rules"},
	}
)

// from is the tables of a ruling, joined.
func (r ruling) from() string {
	return strings.Join(r.tables, "\n    left join ") + " using (customer_id)"
}

// at is the place of rule i's condition in config.yaml.
func (r ruling) at(i int) []string {
	return append(slices.Clone(r.path), strconv.Itoa(i), "when")
}

// condition is an expression that a person wrote into config.yaml.
type condition struct {
	text string
	// rule is the number of its rule, from 0.
	rule int
	// fault puts a fault found in text, at line and column from 1, to its place in config.yaml.
	fault func(position.Fault) position.Fault
}

// outcomeRule is a rule as it is written into the generated model.
type outcomeRule struct{ outcome, when string }

// Generated generates the models of the rules in config.yaml. The conditions are checked when the models join a set (With).
func Generated(c *config.Config) []Model { return []Model{RankRules(c), ApproachRules(c)} }

// RankRules generates the model metrics.rank_rule from ranks.rules: for each customer and date, the first rule that
// holds. A rule without a condition always holds.
func RankRules(c *config.Config) Model {
	rules := make([]outcomeRule, len(c.Ranks.Rules))
	for i, r := range c.Ranks.Rules {
		rules[i] = outcomeRule{r.Rank, r.When}
	}
	return rankRuling.model(c, rules)
}

// ApproachRules generates the model metrics.approach_rule from approaches.rules in the same way, for each customer at
// $as_of.
func ApproachRules(c *config.Config) Model {
	rules := make([]outcomeRule, len(c.Approaches.Rules))
	for i, r := range c.Approaches.Rules {
		rules[i] = outcomeRule{r.Approach, r.When}
	}
	return approachRuling.model(c, rules)
}

// model makes the generated model of rules as they stand in config.yaml.
func (r ruling) model(c *config.Config, rules []outcomeRule) Model {
	if len(rules) == 0 { // of a configuration made by hand: a case needs a branch
		rules = []outcomeRule{{when: "false"}}
	}
	schema, name, _ := strings.Cut(r.table, ".")
	m := Model{Schema: schema, Name: name, File: r.table + " (generated from " + strings.Join(r.path, ".") + ")", ruling: r, rules: rules}
	for i, rule := range rules {
		switch {
		case !c.Sound(r.at(i)...):
			rules[i].when = "false" // told already by whoever read the file
		case strings.TrimSpace(rule.when) == "":
			rules[i].when = "true"
		default:
			m.conditions = append(m.conditions, condition{rule.when, i, r.fault(c, i)})
		}
	}
	m.writeRules()
	return m
}

// writeRules makes the model's text, and its header from that.
func (m *Model) writeRules() {
	var text strings.Builder
	r, keys := m.ruling, strings.Join(m.ruling.keys, ", ")
	fmt.Fprintf(&text, "-- %s: %s.\n-- ja:      %s\n-- grain:   %s\n-- columns:\n", r.table, r.sentence, r.label, keys)
	for _, col := range generatedColumns[r.table] {
		fmt.Fprintf(&text, "--   %s  %s", col.Name, col.Type)
		if col.NotNull {
			text.WriteString("  not null")
		}
		if col.Ref.Table != "" {
			text.WriteString("  -> " + col.Ref.Table)
		}
		text.WriteString("  " + col.Meaning + "\n")
	}
	keys = strings.Join(r.keys, ",\n    ")
	text.WriteString("\nselect\n    " + keys + ",\n    case rule_position\n")
	for i, rule := range m.rules {
		fmt.Fprintf(&text, "        when %d then %s\n", i+1, warehouse.Literal(rule.outcome))
	}
	keys = strings.Join(r.keys, ",\n        ")
	fmt.Fprintf(&text, "        else null\n    end::varchar as %s,\n    rule_position,\nfrom (\n    select\n        %s,\n        case\n", r.outcome, keys)
	for i, rule := range m.rules {
		fmt.Fprintf(&text, "            when (\n%s\n            ) then %d\n", rule.when, i+1)
	}
	text.WriteString("            else null\n        end::integer as rule_position,\n    from " + r.from() + "\n)\n")
	m.Text, m.Header = text.String(), Header{}
	// The header was written above, and a test holds that it reads without a fault.
	_ = readHeader(m)
}

// fault maps faults in the condition of rule i.
func (r ruling) fault(c *config.Config, i int) func(position.Fault) position.Fault {
	return func(f position.Fault) position.Fault {
		return c.Fault(c.Within(max(f.Line, 1), max(f.Column, 1), r.at(i)...), f.Try, "%s[%d].when: %s", strings.Join(r.path, "."), i+1, f.Message)
	}
}

// checkConditions holds each condition to the whitelist and to the columns of the tables they are about. It returns the
// model with those that break them taken out.
func (m Model) checkConditions(ctx context.Context, db *warehouse.DB, s *Set) (Model, position.Faults, error) {
	var faults position.Faults
	known := []string{}
	for _, table := range m.ruling.tables {
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
		more, err := k.check(ctx, db, known, m.ruling.tables)
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

// check holds one condition to the whitelist and to known columns of tables, nil where they are not known.
func (k condition) check(ctx context.Context, db *warehouse.DB, known, tables []string) (position.Faults, error) {
	var faults, more position.Faults
	st, err := db.ParseExpression(ctx, position.Position{Line: 1, Column: 1}, k.text)
	if errors.As(err, &more) {
		for _, f := range more {
			faults = append(faults, k.fault(f))
		}
		return faults, nil
	}
	if err != nil {
		return nil, fmt.Errorf("parse rule: %w", err)
	}
	for _, ref := range st.Columns() {
		column := strings.ToLower(ref.Names[len(ref.Names)-1])
		if known == nil || containsFold(known, column) {
			continue
		}
		try := "columns are those of " + strings.Join(tables, " and ")
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
		_, err := db.Exec(ctx, "create or replace temp table rule_bound as "+before+k.text+"\n) then 1 end as holds from "+m.ruling.from())
		var se *warehouse.SQLError
		switch {
		case err == nil:
		case errors.As(err, &se) && !isFatal(err):
			faults = append(faults, k.fault(position.Fault{Position: position.Position{Line: se.Line - 1, Column: se.Column}, Message: se.Message}))
		default:
			return nil, fmt.Errorf("bind rule: %w", err)
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
