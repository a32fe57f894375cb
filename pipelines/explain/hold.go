package explain

import (
	"context"
	"time"
)

// hold says whether a complaint or a repair is open, which comes before everything else.
func (t *teller) hold(ctx context.Context) error {
	type open struct {
		held   bool
		kind   string
		since  time.Time
		en, ja string
	}
	h, err := one(ctx, t, `
		select is_held, kind, since_on, reason, reason_ja
		from metrics.customer_hold
		where customer_id = $id`, func(o *open) []any { return []any{&o.held, &o.kind, &o.since, &o.en, &o.ja} })
	if err != nil || h == nil {
		return err
	}
	s := t.section("hold", "What is open", "未解決の案件")
	s.quote(h.en+".", h.ja+"。")
	s.fact("kind", h.kind)
	s.fact("since_on", h.since)
	s.fact("is_held", h.held)
	s.keep()
	if h.kind == "complaint" {
		t.advise(makeGood, "First of all settle the complaint of %s: speak to the customer before you offer anything.",
			"まず%sのクレームに対応しましょう。ご提案はその後にします。", t.Date(h.since))
	} else {
		t.advise(makeGood, "Ask how the repair of %s goes before you offer anything.", "ご提案の前に、%sからの修理の状況を確認しましょう。", t.Date(h.since))
	}
	return nil
}
