package explain

import (
	"context"
	"strings"
	"time"
)

// customer is the row of metrics.customer, and what of it several subjects need.
type customer struct {
	name, kind, region, industry, salesRep string
	situation, goal, strategy              string
	sales, previousSales                   float64
	profit, growth, gapDays                *float64
	orders, previousOrders, lifetimeOrders int64
	large, growing, isNew                  bool
	first, last                            *time.Time
	recencyDays                            *int64
	lifetimeSales                          float64
}

func (c *customer) bought() bool { return c.first != nil }

// who names the customer, and says how it is treated and since when it buys.
func (t *teller) who(ctx context.Context) error {
	c, err := one(ctx, t, `
		select
			coalesce(name, ''), coalesce(kind, ''), coalesce(region, ''), coalesce(industry, ''), coalesce(sales_rep, ''),
			coalesce(situation, ''), coalesce(goal, ''), coalesce(strategy, ''),
			sales_amount::double, previous_sales_amount::double, gross_profit_amount::double, growth, gap_days_mean,
			order_count, previous_order_count, lifetime_order_count, large, growing, is_new,
			first_ordered_on, last_ordered_on, recency_days, lifetime_sales_amount::double
		from metrics.customer
		where customer_id = $id`, func(c *customer) []any {
		return []any{
			&c.name, &c.kind, &c.region, &c.industry, &c.salesRep, &c.situation, &c.goal, &c.strategy,
			&c.sales, &c.previousSales, &c.profit, &c.growth, &c.gapDays, &c.orders, &c.previousOrders, &c.lifetimeOrders,
			&c.large, &c.growing, &c.isNew, &c.first, &c.last, &c.recencyDays, &c.lifetimeSales,
		}
	})
	if err != nil {
		return err
	}
	if c == nil {
		return ErrNoSuchCustomer
	}
	t.known = *c
	name := c.name
	if name == "" {
		name = t.say("customer %s", "得意先%s", t.CustomerID)
	} else {
		name = t.say("%s (%s)", "%s（%s）", name, t.CustomerID)
	}
	t.story.Heading = name
	if c.salesRep != "" {
		t.story.Heading = t.say("%s, looked after by %s", "%s　担当：%s", name, c.salesRep)
	}

	s := t.section("customer", "Who this is", "得意先の概要")
	s.traits(c)
	switch {
	case !c.bought():
		s.tell("Has not bought anything yet.", "これまでに購入はありません。")
	default:
		s.tell("Has bought since %s: %s in all, %s. The last order was on %s, %s ago.",
			"%sから取引があり、累計%s・%sです。最後の購入は%s（%s前）です。",
			t.Date(*c.first), t.orders(c.lifetimeOrders), t.Money(c.lifetimeSales), t.Date(*c.last), t.days(*c.recencyDays))
		if c.gapDays != nil {
			s.tell("Its purchase days lie %s apart on average.", "購入日の間隔は平均%sです。", t.days(int64(*c.gapDays+.5)))
		}
	}
	if err := s.approach(ctx); err != nil {
		return err
	}
	for _, note := range []struct{ text, en, ja string }{
		{c.situation, "Situation: %s", "状況：%s"}, {c.goal, "Goal: %s", "目標：%s"}, {c.strategy, "Strategy: %s", "方針：%s"},
	} {
		if note.text != "" {
			s.tell(note.en, note.ja, note.text)
		}
	}
	s.fact("name", c.name)
	s.fact("sales_rep", c.salesRep)
	s.fact("first_ordered_on", c.first)
	s.fact("last_ordered_on", c.last)
	if c.recencyDays != nil {
		s.fact("recency_days", *c.recencyDays)
	}
	s.fact("lifetime_order_count", c.lifetimeOrders)
	s.fact("lifetime_sales_amount", t.Money(c.lifetimeSales))
	s.fact("gap_days_mean", c.gapDays)
	s.keep()
	return nil
}

// approach says how the company treats the customer, and who or what decided that.
func (s *section) approach(ctx context.Context) error {
	type treated struct {
		name, en, ja string
		byHand       bool
	}
	a, err := one(ctx, s.teller, `
		select coalesce(approach, ''), coalesce(label, approach, ''), coalesce(label_ja, approach, ''), is_by_hand
		from metrics.customer_approach
		where customer_id = $id`, func(a *treated) []any { return []any{&a.name, &a.en, &a.ja, &a.byHand} })
	if err != nil || a == nil || a.name == "" {
		return err
	}
	by := s.say("by rule", "規則による")
	if a.byHand {
		by = s.say("by hand", "担当者の指定")
	}
	s.tell("Our approach is %[1]s (%[3]s).", "対応方針は「%[2]s」（%[3]s）です。", a.en, a.ja, by)
	s.fact("approach", a.name)
	return nil
}

// traits says what kind of customer it is, as far as the master knows.
func (s *section) traits(c *customer) {
	var traits []string
	switch c.kind {
	case "company":
		traits = append(traits, s.say("a company", "法人"))
	case "person":
		traits = append(traits, s.say("a private person", "個人"))
	}
	if c.industry != "" {
		traits = append(traits, s.say("in %s", "%s", c.industry))
	}
	if c.region != "" {
		traits = append(traits, s.say("from %s", "%s", c.region))
	}
	if len(traits) > 0 {
		s.tell("It is %s.", "%s。", strings.Join(traits, s.say(", ", "・")))
	}
}

// orders is a number of orders in words.
func (t *teller) orders(n int64) string {
	if n == 1 {
		return t.say("1 order", "1件の注文")
	}
	return t.say("%s orders", "%s件の注文", t.Count(n))
}

// days is a number of days in words.
func (t *teller) days(n int64) string {
	if n == 1 {
		return t.say("1 day", "1日")
	}
	return t.say("%s days", "%s日", t.Count(n))
}
