package pipelines

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
)

// Explanation is what Tokui knows of one customer and why: names and values in the order in which they are told, then
// every campaign's decision.
type Explanation struct {
	CustomerID string     `json:"customer_id"`
	Facts      []Fact     `json:"facts"`
	Rule       string     `json:"rule"`
	Decisions  []Decision `json:"decisions"`
}

// Fact is one number or word of metrics.customer or metrics.customer_rank.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Decision is what a campaign would do with one contact of the customer if it were planned now.
type Decision struct {
	Campaign string `json:"campaign"`
	Contact  string `json:"contact"`
	Arm      string `json:"arm"`
	Reason   string `json:"reason"`
}

// explained are the columns that are told, in this order, where the tables have them.
var explained = []string{
	"name", "rank", "is_override", "previous_rank", "large", "growing", "is_new", "sales_amount", "previous_sales_amount",
	"gross_profit_amount", "growth", "order_count", "first_ordered_on", "last_ordered_on", "recency_days",
	"lifetime_sales_amount", "sales_rep", "approach", "region",
}

// Explain tells a customer's rank with the rule that gave it, and every campaign's decision with its reason.
func (p *Program) Explain(ctx context.Context, customerID string) (Explanation, error) {
	e := Explanation{CustomerID: customerID}
	err := p.withWarehouse(ctx, "explain", func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		facts, err := p.customerFacts(ctx, db, customerID)
		if err != nil {
			return err
		}
		if facts == nil {
			return p.noSuchCustomer(ctx, db, customerID)
		}
		for _, name := range explained {
			if value, ok := facts[name]; ok && value != "" {
				e.Facts = append(e.Facts, Fact{Name: name, Value: value})
			}
		}
		e.Rule = p.ruleSentence(facts)
		if err := p.collect(ctx, db, p.asOf("")); err != nil {
			return err
		}
		for _, name := range p.Config.CampaignNames {
			decisions, err := p.decide(ctx, db, name, customerID)
			if err != nil {
				return err
			}
			e.Decisions = append(e.Decisions, decisions...)
		}
		return nil
	})
	return e, err
}

// customerFacts reads the customer's rows of metrics.customer and metrics.customer_rank as text, nil if there is none.
func (p *Program) customerFacts(ctx context.Context, db *warehouse.DB, customerID string) (map[string]string, error) {
	facts := map[string]string{}
	for _, table := range []string{"metrics.customer", "metrics.customer_rank"} {
		rows, err := db.Query(ctx, "select columns(*)::varchar from "+table+" where customer_id = $id",
			warehouse.Named("id", customerID))
		if err != nil {
			return nil, fmt.Errorf("explain: %w; try: tokui run load analyze", err)
		}
		names, err := rows.Columns()
		if err != nil {
			rows.Close()
			return nil, fmt.Errorf("explain: %w", err)
		}
		for rows.Next() {
			values := make([]*string, len(names))
			into := make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				rows.Close()
				return nil, fmt.Errorf("explain: %w", err)
			}
			for i, name := range names {
				if values[i] != nil {
					facts[name] = *values[i]
				}
			}
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("explain: %w", err)
		}
	}
	if len(facts) == 0 {
		return nil, nil
	}
	return facts, nil
}

// noSuchCustomer suggests the ids that begin alike.
func (p *Program) noSuchCustomer(ctx context.Context, db *warehouse.DB, customerID string) error {
	prefix := customerID[:min(3, len(customerID))]
	rows, err := db.Query(ctx, `select customer_id from metrics.customer
		where starts_with(customer_id, $prefix) order by customer_id limit 5`, warehouse.Named("prefix", prefix))
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	defer rows.Close()
	var near []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		near = append(near, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	if len(near) > 0 {
		return fmt.Errorf("explain: no customer %q; try one of %s", customerID, strings.Join(near, ", "))
	}
	return fmt.Errorf(`explain: no customer %q; try: tokui query "select customer_id from metrics.customer limit 10"`, customerID)
}

// ruleSentence says which rule gave the rank.
func (p *Program) ruleSentence(facts map[string]string) string {
	if facts["is_override"] == "true" {
		return fmt.Sprintf("rank %s was set by hand (rank_override)", facts["rank"])
	}
	for i, rule := range p.Config.Ranks.Rules {
		if fmt.Sprint(i+1) != facts["rule_position"] {
			continue
		}
		if rule.When == "" {
			return fmt.Sprintf("rank %s by rule %d: no rule before it held", rule.Rank, i+1)
		}
		return fmt.Sprintf("rank %s by rule %d: %s", rule.Rank, i+1, rule.When)
	}
	return fmt.Sprintf("rank %s: no rule held", facts["rank"])
}

// decide plans a campaign as if now and picks out the customer's rows.
func (p *Program) decide(ctx context.Context, db *warehouse.DB, campaign, customerID string) ([]Decision, error) {
	plan, err := p.makePlan(ctx, db, campaign, calendar.SlotAt(p.Moment()))
	if err != nil {
		return nil, err
	}
	defer os.Remove(plan.PlanFile)
	defer os.Remove(plan.RecipientsFile)
	rows, err := db.Query(ctx, fmt.Sprintf(`
		select recipients.contact_id, plan.arm, plan.reason
		from read_parquet(%s) as plan
		inner join read_parquet(%s) as recipients using (message_key)
		where plan.customer_id = $id
		order by recipients.contact_id`, warehouse.Literal(plan.PlanFile), warehouse.Literal(plan.RecipientsFile)),
		warehouse.Named("id", customerID))
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", campaign, err)
	}
	defer rows.Close()
	var decisions []Decision
	for rows.Next() {
		d := Decision{Campaign: campaign}
		if err := rows.Scan(&d.Contact, &d.Arm, &d.Reason); err != nil {
			return nil, fmt.Errorf("explain %s: %w", campaign, err)
		}
		decisions = append(decisions, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("explain %s: %w", campaign, err)
	}
	if len(decisions) == 0 {
		decisions = []Decision{{Campaign: campaign, Arm: "not considered", Reason: "not in the audience"}}
	}
	sort.SliceStable(decisions, func(i, j int) bool { return decisions[i].Contact < decisions[j].Contact })
	return decisions, nil
}
