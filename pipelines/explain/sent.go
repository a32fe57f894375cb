package explain

import (
	"context"
	"time"
)

// sending is what became of the editions of one campaign for the customer's contacts.
type sending struct {
	campaign, title         string
	accepted, failed, other int64
	heldOut, excluded       int64
	last                    time.Time
	answers                 int64
}

// sent tells which campaigns the customer has had, was drawn out of, or was left out of.
func (t *teller) sent(ctx context.Context) error {
	list, err := ask(ctx, t, `
		with

		answers as (
			select message_key, count(*) as answer_count,
			from ops.event
			where kind in ('click', 'reply', 'purchase', 'response') and message_key is not null
			group by message_key
		)

		select
			message.campaign,
			coalesce(any_value(campaign.title), message.campaign),
			count(*) filter (message.state = 'accepted'),
			count(*) filter (message.state = 'failed'),
			count(*) filter (message.state in ('withheld', 'unconfirmed', 'pending')),
			count(*) filter (message.state = 'held_out'),
			count(*) filter (message.state = 'excluded'),
			max(message.slot_on),
			coalesce(sum(answers.answer_count), 0)::bigint
		from ops.message as message
		left join config.campaign as campaign on campaign.campaign = message.campaign
		left join answers on answers.message_key = message.message_key
		where message.customer_id = $id and message.kind = 'campaign'
		group by message.campaign
		order by max(message.slot_on) desc, message.campaign
		limit 10`, func(s *sending) []any {
		return []any{&s.campaign, &s.title, &s.accepted, &s.failed, &s.other, &s.heldOut, &s.excluded, &s.last, &s.answers}
	})
	if err != nil {
		return err
	}
	s := t.section("sent", "What it got from us", "これまでの配信")
	for _, m := range list {
		s.tell("%s: %s; last on %s.", "%s：%s（最終 %s）。", m.title, s.became(m), t.Date(m.last))
		s.fact("accepted of "+m.campaign, m.accepted)
	}
	s.keep()
	return nil
}

// became says in words what became of a campaign's messages.
func (s *section) became(m sending) string {
	var text string
	for _, part := range []struct {
		n      int64
		en, ja string
	}{
		{m.accepted, "%s sent", "送付%s件"}, {m.answers, "%s answered", "反応%s件"}, {m.failed, "%s failed", "不達%s件"},
		{m.other, "%s open or stopped", "停止・未確認%s件"},
		{m.heldOut, "%s held out for comparison", "比較対象として未送付%s件"}, {m.excluded, "%s left out", "対象外%s件"},
	} {
		if part.n == 0 {
			continue
		}
		if text != "" {
			text += s.say(", ", "、")
		}
		text += s.say(part.en, part.ja, s.Count(part.n))
	}
	return text
}
