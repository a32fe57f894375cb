package explain

import (
	"context"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
)

// standing is the customer's rank, with where it stands among all.
type standing struct {
	rank                 string
	override             bool
	rulePosition         *int
	previous             *string
	position, large, all int64
	from                 time.Time
	previousFrom         time.Time
	previousUntil        time.Time
	potential            *float64
}

// rank says which rank the customer has, which rule gave it on what numbers, and what it was before.
func (t *teller) rank(ctx context.Context) error {
	r, err := one(ctx, t, `
		with

		measured as (
			select
				customer_id,
				large,
				measure_amount,
				row_number() over (order by measure_amount desc, customer_id asc) as position,
			from metrics.customer
			where measure_amount > 0
		)

		select
			ranked.rank, ranked.is_override, ranked.rule_position, ranked.previous_rank,
			coalesce(measured.position, 0),
			(select count(*) filter (large) from measured),
			(select count(*) from measured),
			windows.from_on, windows.previous_from_on, windows.previous_until_on,
			potential.potential_amount::double
		from metrics.customer_rank as ranked
		inner join metrics.rank_window as windows on windows.as_of_on = $as_of::date
		left join measured on measured.customer_id = ranked.customer_id
		left join metrics.growth_potential as potential on potential.customer_id = ranked.customer_id
		where ranked.customer_id = $id`, func(r *standing) []any {
		return []any{
			&r.rank, &r.override, &r.rulePosition, &r.previous, &r.position, &r.large, &r.all,
			&r.from, &r.previousFrom, &r.previousUntil, &r.potential,
		}
	}, warehouse.Named("as_of", t.AsOf))
	if err != nil || r == nil {
		return err
	}
	c := t.known
	s := t.section("rank", "Rank", "ランク")
	s.tell("Rank %s: %s.", "ランクは%s。%s。", r.rank, t.rule(r))
	s.standing(r)
	s.fact("rank", r.rank)
	s.fact("is_override", r.override)
	s.fact("previous_rank", r.previous)
	s.fact("sales_amount", t.Money(c.sales))
	s.fact("previous_sales_amount", t.Money(c.previousSales))
	if c.profit != nil {
		s.fact("gross_profit_amount", t.Money(*c.profit))
	}
	s.fact("growth", c.growth)
	s.fact("large", c.large)
	s.fact("growing", c.growing)
	s.fact("is_new", c.isNew)
	s.fact("order_count", c.orders)
	s.fact("potential_amount", r.potential)
	if r.potential != nil {
		s.tell("In as long a time to come it can be expected to buy for %s.", "今後の同じ長さの期間の購入見込みは%sです。", t.Money(*r.potential))
	}
	if err := s.history(ctx, r.rank); err != nil {
		return err
	}
	if err := s.perks(ctx, r.rank); err != nil {
		return err
	}
	s.keep()
	if c.growing && c.large {
		t.advise(develop, "Keep it: it is large and growing. Thank it, see that it gets what its rank is entitled to, and plan ahead together.",
			"関係強化：主要かつ成長中の得意先です。日頃のお礼を伝え、ランクの特典が届いているか確認し、先の計画を伺いましょう。")
	}
	if c.growing && !c.large {
		t.advise(develop, "Develop: it is small and growing. Ask what else it buys, and from whom.",
			"育成：規模は小さいものの伸びています。他に何をどこから購入しているか確認しましょう。")
	}
	if c.large && !c.growing && !c.isNew {
		t.advise(develop, "Look after it: it is one of the large ones and does not grow. Ask what has changed.",
			"維持：主要な得意先ですが伸びていません。変化がないか状況を確認しましょう。")
	}
	return nil
}

// rule says what gave the rank.
func (t *teller) rule(r *standing) string {
	switch {
	case r.override:
		return t.say("it was set by hand", "担当者による指定です")
	case r.rulePosition == nil:
		return t.say("no rule holds", "当てはまる規則がありません")
	}
	if when := t.Rule(*r.rulePosition); when != "" {
		return t.say("rule %d holds (%s)", "規則%d（%s）に当てはまります", *r.rulePosition, when)
	}
	return t.say("rule %d, for whoever no rule before it is about", "規則%d（どの規則にも当てはまらない場合）によります", *r.rulePosition)
}

// standing compares the customer with itself and with the others.
func (s *section) standing(r *standing) {
	c := s.known
	now, before := s.period(r.from, s.AsOf), s.period(r.previousFrom, r.previousUntil)
	switch {
	case c.sales == 0 && c.previousSales == 0:
		s.tell("It bought nothing from %s, nor from %s.", "%sも、比較対象の%sも購入がありません。", now, before)
	case c.orders == 0 && c.sales <= 0:
		s.tell("It bought nothing from %s; %s from %s.", "%sは購入がなく、比較対象の%[3]sは%[2]sでした。", now, s.Money(c.previousSales), before)
	default:
		s.tell("From %s it bought for %s (%s); from %s, for %s.", "%sの売上は%s（%s）、比較対象の%sは%sでした。",
			now, s.Money(c.sales), s.orders(c.orders), before, s.Money(c.previousSales))
	}
	if r.position > 0 {
		s.tell("That makes it number %s of the %s that bought; the first %s are the large ones.",
			"購入のあった得意先%[2]s件のうち%[1]s位です（上位%[3]s件が主要な得意先）。", s.Count(r.position), s.Count(r.all), s.Count(r.large))
	}
	switch {
	case c.isNew:
		s.tell("It is new: its first order lies in this time, so that nothing is said of its growth.",
			"期間内に取引が始まった新規の得意先のため、伸びは判定していません。")
	case c.growth != nil && r.position > 0:
		verdict := s.say("not growing", "伸びていない")
		if c.growing {
			verdict = s.say("growing", "伸びている")
		}
		s.tell("Growth is %.2f, cautiously counted; above %.2f would be called growing, so it is %s.",
			"控えめに見た伸び率は%.2f倍です。基準の%.2f倍に照らして「%s」と判定しています。", *c.growth, s.GrowthThreshold, verdict)
	}
}

// period is the time from a day to the day before another.
func (t *teller) period(from, until time.Time) string {
	return t.say("%s to %s", "%s～%s", t.Date(from), t.Date(until.AddDate(0, 0, -1)))
}

// move is a rank that began at a month start.
type move struct {
	on   time.Time
	rank string
}

// history tells how the rank changed over the months.
func (s *section) history(ctx context.Context, now string) error {
	moves, err := ask(ctx, s.teller, `
		select as_of_on, rank
		from metrics.rank_history
		where customer_id = $id and has_bought and as_of_on < $as_of::date
		qualify rank is distinct from lag(rank) over (order by as_of_on)
		order by as_of_on`, func(m *move) []any { return []any{&m.on, &m.rank} }, warehouse.Named("as_of", s.AsOf))
	if err != nil || len(moves) == 0 {
		return err
	}
	if len(moves) == 1 && moves[0].rank == now {
		s.tell("It has had this rank since %s at least.", "%s以降、このランクのままです。", s.Month(moves[0].on))
		return nil
	}
	var text string
	for i, m := range moves {
		if i > 0 {
			text += s.say(", then ", "→")
		}
		text += s.say("%s from %s", "%s（%s～）", m.rank, s.Month(m.on))
	}
	if moves[len(moves)-1].rank != now {
		text += s.say(", now %s", "→現在%s", now)
	}
	s.tell("Over the last year: %s.", "この1年の推移：%s。", text)
	return nil
}

// perks tells what the rank entitles the customer to.
func (s *section) perks(ctx context.Context, rank string) error {
	list, err := warehouse.Collect(ctx, s.db, `
		select coalesce(nullif(text, ''), perk)
		from config.perk
		where rank = $rank
		order by position`, func(text *string) []any { return []any{text} }, warehouse.Named("rank", rank))
	for _, text := range list {
		s.tell("It is entitled to: %s.", "ランクの特典：%s。", text)
	}
	return err
}
