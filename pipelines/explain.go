package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/explain"
)

// Explanation is what Tokui knows of one customer and why: the story, then every campaign's decision.
type Explanation struct {
	explain.Story
	Decisions []explain.Decision `json:"decisions"`
}

// Explain tells a customer's story in the company's language, and every campaign's decision with its reason.
func (p *Program) Explain(ctx context.Context, customerID string) (Explanation, error) {
	e := Explanation{Decisions: []explain.Decision{}}
	titles := map[string]string{}
	err := p.withWarehouse(ctx, "explain", func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		if err := p.collect(ctx, db, p.asOf("")); err != nil {
			return err
		}
		request, err := p.explainRequest(ctx, db, customerID)
		if err != nil {
			return err
		}
		e.Story, err = explain.Tell(ctx, db, request)
		if errors.Is(err, explain.ErrNoSuchCustomer) {
			return p.noSuchCustomer(ctx, db, customerID)
		}
		if err != nil {
			return err
		}
		for _, name := range p.Config.CampaignNames {
			decisions, err := p.decide(ctx, db, name, customerID)
			if err != nil {
				return err
			}
			e.Decisions = append(e.Decisions, decisions...)
			titles[name] = p.Config.Campaigns[name].Title
		}
		e.Sections = append(e.Sections, explain.Campaigns(p.Config.Locale, e.Decisions, titles))
		return nil
	})
	return e, err
}

// explainRequest asks for a story with the parameters that the models were built with.
func (p *Program) explainRequest(ctx context.Context, db *warehouse.DB, customerID string) (explain.Request, error) {
	r := explain.Request{
		CustomerID: customerID, AsOf: p.asOf("").UTC(), Locale: p.Config.Locale, Currency: p.Config.Currency,
		Location: p.Config.Location, Rule: p.ruleText,
		GrowthThreshold: p.Config.Ranks.GrowthThreshold,
	}
	set, err := p.models(ctx, db)
	if err != nil {
		return r, err
	}
	params := p.Params(p.asOf(""))
	for name, days := range map[string]*int{
		"due_days": &r.DueDays, "dormant_within_days": &r.WithinDays, "value_days": &r.ValueDays,
	} {
		if *days, err = set.WholeParam(params, name); err != nil {
			return r, fmt.Errorf("explain: %w", err)
		}
	}
	return r, nil
}

// ruleText is the condition of a rank rule as config.yaml has it, by its position from 1; empty for one without.
func (p *Program) ruleText(position int) string {
	if position < 1 || position > len(p.Config.Ranks.Rules) {
		return ""
	}
	return strings.TrimSpace(p.Config.Ranks.Rules[position-1].When)
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

// decide plans a campaign as if now and picks out the customer's rows.
func (p *Program) decide(ctx context.Context, db *warehouse.DB, campaign, customerID string) ([]explain.Decision, error) {
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
	var decisions []explain.Decision
	for rows.Next() {
		d := explain.Decision{Campaign: campaign}
		if err := rows.Scan(&d.Contact, &d.Arm, &d.Reason); err != nil {
			return nil, fmt.Errorf("explain %s: %w", campaign, err)
		}
		decisions = append(decisions, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("explain %s: %w", campaign, err)
	}
	if len(decisions) == 0 {
		decisions = []explain.Decision{{Campaign: campaign, Arm: "not considered", Reason: "not in the audience"}}
	}
	sort.SliceStable(decisions, func(i, j int) bool { return decisions[i].Contact < decisions[j].Contact })
	return decisions, nil
}
