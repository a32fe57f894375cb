package explain

import (
	"context"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
)

// dealings tells what passed between us apart from sales: complaints, visits, offers, and what the customer owns.
func (t *teller) dealings(ctx context.Context) error {
	s := t.section("dealings", "What else passed between us", "商談・対応の履歴")
	for _, tell := range []func(context.Context) error{s.interactions, s.deals, s.assets} {
		if err := tell(ctx); err != nil {
			return err
		}
	}
	s.keep()
	return nil
}

// contacted is the interactions of one kind.
type contacted struct {
	kind          string
	count         int64
	last          *time.Time
	note, product string
}

// interactions tells each kind with its last time and note.
func (s *section) interactions(ctx context.Context) error {
	list, err := ask(ctx, s.teller, `
		select
			coalesce(interactions.kind, ''),
			count(*),
			max(timezone($tz, interactions.occurred_at))::date,
			coalesce(arg_max(interactions.note, interactions.occurred_at), ''),
			coalesce(arg_max(products.name, interactions.occurred_at), '')
		from core.interactions as interactions
		left join core.contacts as contacts on contacts.contact_id = interactions.contact_id
		left join core.products as products on products.product_id = interactions.product_id
		where coalesce(interactions.customer_id, contacts.customer_id) = $id and interactions.occurred_at < timezone($tz, $as_of::timestamp)
		group by interactions.kind
		order by max(interactions.occurred_at) desc, interactions.kind`, func(c *contacted) []any {
		return []any{&c.kind, &c.count, &c.last, &c.note, &c.product}
	}, warehouse.Named("as_of", s.AsOf), warehouse.Named("tz", s.Location.String()))
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.last == nil {
			continue
		}
		about := c.note
		if c.product != "" {
			about = s.say("%s: %s", "%s：%s", c.product, c.note)
		}
		if c.note == "" {
			about = c.product
		}
		if about != "" {
			about = s.say(" (%s)", "（%s）", about)
		}
		s.tell("%s: %s, last on %s%s.", "%s：%s件、直近は%s%s。", s.kindOf(c.kind), s.Count(c.count), s.Date(*c.last), about)
		s.fact("interactions of "+c.kind, c.count)
	}
	return nil
}

// kindOf is a kind of interaction as people call it.
func (t *teller) kindOf(kind string) string {
	switch kind {
	case "inquiry":
		return t.say("Inquiries", "問い合わせ")
	case "complaint":
		return t.say("Complaints", "クレーム")
	case "repair":
		return t.say("Repairs", "修理")
	case "visit":
		return t.say("Visits", "訪問")
	case "web":
		return t.say("On our web site", "Webサイトの閲覧")
	case "seminar":
		return t.say("Seminars", "セミナー参加")
	case "reply":
		return t.say("Replies to mails", "メールへの返信")
	case "":
		return t.say("Other contacts", "その他の接触")
	}
	return kind
}

// deal is an offer.
type deal struct {
	id, stage, note  string
	amount           *float64
	opened, expected *time.Time
	closed           *time.Time
	won              *bool
}

// deals tells the offers that are open, and how many were won and lost.
func (s *section) deals(ctx context.Context) error {
	list, err := ask(ctx, s.teller, `
		select
			deals.deal_id, coalesce(deals.stage, ''), coalesce(deals.note, ''), deals.amount::double,
			deals.opened_on, deals.expected_on, if(deals.closed_on < $as_of::date, deals.closed_on, null),
			if(deals.closed_on < $as_of::date, deals.won, null)
		from core.deals as deals
		left join core.contacts as contacts on contacts.contact_id = deals.contact_id
		where coalesce(deals.customer_id, contacts.customer_id) = $id and (deals.opened_on < $as_of::date or deals.opened_on is null)
		order by deals.expected_on nulls last, deals.deal_id`, func(d *deal) []any {
		return []any{&d.id, &d.stage, &d.note, &d.amount, &d.opened, &d.expected, &d.closed, &d.won}
	}, warehouse.Named("as_of", s.AsOf))
	if err != nil {
		return err
	}
	var won, lost int64
	for _, d := range list {
		switch {
		case d.closed != nil && d.won != nil && *d.won:
			won++
		case d.closed != nil || d.won != nil:
			lost++
		default:
			s.openDeal(d)
		}
	}
	if won+lost > 0 {
		s.tell("Earlier offers: %s won, %s lost.", "過去の商談：成約%s件、失注%s件。", s.Count(won), s.Count(lost))
		s.fact("deals won", won)
		s.fact("deals lost", lost)
	}
	return nil
}

func (s *section) openDeal(d deal) {
	what := s.say("An offer", "商談")
	if d.note != "" {
		what = s.say("An offer (%s)", "商談「%s」", d.note)
	}
	if d.amount != nil {
		what += s.say(" of %s", "（%s）", s.Money(*d.amount))
	}
	if d.stage != "" {
		what += s.say(" is at the stage %s", "：段階は%s", d.stage)
	} else {
		what += s.say(" is open", "：進行中")
	}
	if d.expected == nil {
		s.tell("%s.", "%s。", what)
		s.advise(closeDeal, "%s: ask for a date.", "%s。時期を確認しましょう。", what)
		return
	}
	s.tell("%s, expected by %s.", "%s、受注予定は%s。", what, s.Date(*d.expected))
	if d.expected.Before(s.AsOf) {
		s.advise(closeDeal, "%s, and was expected by %s: ask where it stands.", "%s。受注予定日（%s）を過ぎています。状況を確認しましょう。", what, s.Date(*d.expected))
	} else {
		s.advise(closeDeal, "%s, expected by %s: follow up.", "%s。受注予定は%sです。フォローしましょう。", what, s.Date(*d.expected))
	}
}

// owned is a thing that the customer uses.
type owned struct {
	what, vendor string
	acquired     *time.Time
	count        int64
}

// assets tells what the customer uses, ours and others'.
func (s *section) assets(ctx context.Context) error {
	list, err := ask(ctx, s.teller, `
		select
			coalesce(products.name, assets.category, products.category, ''),
			coalesce(assets.vendor, ''),
			min(assets.acquired_on),
			count(*)
		from core.assets as assets
		left join core.products as products on products.product_id = assets.product_id
		where
			assets.customer_id = $id
			and (assets.retired_on >= $as_of::date or assets.retired_on is null)
			and (assets.acquired_on < $as_of::date or assets.acquired_on is null)
		group by 1, 2
		order by 3, 1, 2
		limit 10`, func(o *owned) []any { return []any{&o.what, &o.vendor, &o.acquired, &o.count} },
		warehouse.Named("as_of", s.AsOf))
	if err != nil {
		return err
	}
	for _, o := range list {
		text := o.what
		if o.vendor != "" && o.vendor != "ours" {
			text = s.say("%s by %s", "%s（%s製）", o.what, o.vendor)
		}
		if o.count > 1 {
			text += s.say(" (%s of them)", "×%s", s.Count(o.count))
		}
		if o.acquired != nil {
			s.tell("It uses %s, since %s.", "保有：%s（%sから）。", text, s.Month(*o.acquired))
		} else {
			s.tell("It uses %s.", "保有：%s。", text)
		}
	}
	return nil
}
