package explain

import (
	"context"
	"strings"
	"time"
)

// dueAbove is the probability from which a category is worth a call by itself.
const dueAbove = .5

// due is a category that may be bought again.
type due struct {
	category         string
	probability      float64
	on, from, until  time.Time
	reason, reasonJA string
}

// due says what the customer will probably need again, with the reason that the forecast gives.
func (t *teller) due(ctx context.Context) error {
	list, err := ask(ctx, t, `
		select category, due_probability, expected_on, expected_from, expected_until, reason, reason_ja
		from segments.replacement_due
		where customer_id = $id
		order by due_probability desc, category
		limit 5`, func(d *due) []any {
		return []any{&d.category, &d.probability, &d.on, &d.from, &d.until, &d.reason, &d.reasonJA}
	})
	if err != nil {
		return err
	}
	names, err := t.articles(ctx)
	if err != nil {
		return err
	}
	var named []string
	s := t.section("replacement", "What is due again", "買い替え・再購入の見込み")
	for _, d := range list {
		name := names.of(d.category)
		s.quote(name+": "+d.reason+".", name+"："+d.reasonJA+"。")
		s.fact("due_probability of "+d.category, d.probability)
		s.fact("expected_on of "+d.category, d.on)
		if d.probability > dueAbove {
			named = append(named, t.say("%s (%s)", "%s（%s）", name, t.chance(d.probability)))
		}
	}
	if len(named) > 0 {
		first := list[0]
		t.advise(offerDue, "Offer what is due: %s; chances within %s. The time for the first: %s to %s.",
			"時期が来ている品目のご提案：%s（%s以内の購入確率）。最初の品目の目安は%s～%sです。",
			strings.Join(named[:min(3, len(named))], t.say(", ", "、")), t.days(int64(t.DueDays)),
			t.Date(later(first.from, t.AsOf)), t.Date(first.until))
	}
	if len(list) > 0 {
		if err := s.caution(ctx, "replacement"); err != nil {
			return err
		}
	}
	s.keep()
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// articleNames names categories that are codes by the article in them that the customer knows best.
type articleNames map[string]string

// of is a category as people call it.
func (n articleNames) of(category string) string {
	if name := n[category]; name != "" && name != category {
		return name + " (" + category + ")"
	}
	return category
}

// articles names the customer's categories where a category holds one article only in all but colour or size: a code such
// as 85123 says nothing to anybody.
func (t *teller) articles(ctx context.Context) (articleNames, error) {
	type pair struct{ category, name string }
	list, err := ask(ctx, t, `
		select products.category, arg_min(products.name, products.product_id) as name
		from segments.replacement_due as due
		inner join core.products as products on products.category = due.category
		where due.customer_id = $id and products.name is not null and regexp_full_match(due.category, '[0-9A-Za-z_-]+')
		group by products.category
		having count(*) <= 12 and bool_or(regexp_matches(products.category, '[0-9]'))`, func(p *pair) []any {
		return []any{&p.category, &p.name}
	})
	names := articleNames{}
	for _, p := range list {
		names[p.category] = p.name
	}
	return names, err
}
