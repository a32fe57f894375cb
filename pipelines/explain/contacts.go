package explain

import "context"

// person is a contact with what it did with our mail, and when it is best reached.
type person struct {
	id, name, title             string
	decides                     bool
	cadence, reason, reasonJA   string
	sent, answered              int64
	basis, timeEN, timeJA       string
	topics                      string
	hasEmail, consents, stopped bool
}

// contacts tells who can be spoken to, how often, and when.
func (t *teller) contacts(ctx context.Context) error {
	list, err := ask(ctx, t, `
		with

		consents as (
			select contact_id, bool_or(granted) as is_granted,
			from ops.consent
			group by contact_id
		),

		stopped as (
			select distinct contact.contact_id,
			from journal.contact as contact
			inner join ops.suppression as suppression
				on
					suppression.contact_key = contact.contact_key
					or suppression.address_key = contact.address_key
		)

		select
			contacts.contact_id, coalesce(contacts.name, ''), coalesce(contacts.title, ''),
			coalesce(contacts.decision_maker, false), coalesce(engagement.cadence, ''), coalesce(engagement.reason, ''),
			coalesce(engagement.reason_ja, ''), coalesce(engagement.sent_count, 0), coalesce(engagement.answered_count, 0),
			coalesce(times.basis, ''), coalesce(times.reason, ''), coalesce(times.reason_ja, ''),
			coalesce((
				select string_agg(topic, ', ' order by topic)
				from core.interests
				where contact_id = contacts.contact_id
			), ''),
			contacts.email is not null, coalesce(consents.is_granted, false), stopped.contact_id is not null
		from core.contacts as contacts
		left join metrics.contact_engagement as engagement on engagement.contact_id = contacts.contact_id
		left join metrics.contact_best_time as times on times.contact_id = contacts.contact_id
		left join consents on consents.contact_id = contacts.contact_id
		left join stopped on stopped.contact_id = contacts.contact_id
		where contacts.customer_id = $id
		order by coalesce(contacts.decision_maker, false) desc, contacts.contact_id`, func(p *person) []any {
		return []any{
			&p.id, &p.name, &p.title, &p.decides, &p.cadence, &p.reason, &p.reasonJA, &p.sent, &p.answered, &p.basis,
			&p.timeEN, &p.timeJA, &p.topics, &p.hasEmail, &p.consents, &p.stopped,
		}
	})
	if err != nil {
		return err
	}
	s := t.section("contacts", "Whom to speak to", "連絡先")
	if len(list) == 0 {
		s.tell("No contact is known: ask for a name and an address.", "連絡先の登録がありません。担当者名とメールアドレスを伺いましょう。")
	}
	for i, p := range list {
		s.person(p)
		if i == 0 {
			t.reach(p)
		}
	}
	s.keep()
	return nil
}

// person tells one contact.
func (s *section) person(p person) {
	who := s.nameOf(p)
	if p.title != "" {
		who = s.say("%s, %s", "%s（%s）", who, p.title)
	}
	if p.decides {
		who += s.say(", who decides", "・決裁者")
	}
	mail := s.say("may be written to", "メール配信の同意あり")
	switch {
	case !p.hasEmail:
		mail = s.say("has no e-mail address", "メールアドレスなし")
	case p.stopped:
		mail = s.say("has unsubscribed or does not get our mail", "配信停止または不達")
	case !p.consents:
		mail = s.say("has not consented to advertising by mail", "広告メールの同意なし")
	}
	s.tell("%s (%s): %s.", "%s［%s］：%s。", who, p.id, mail)
	if p.reason != "" && p.sent > 0 {
		s.quote(p.reason+".", p.reasonJA+"。")
	}
	if p.basis == "contact" || p.basis == "industry" {
		s.quote(p.timeEN+".", p.timeJA+"。")
	}
	if p.topics != "" {
		s.tell("Interested in: %s.", "関心のある分野：%s。", p.topics)
	}
	s.fact("cadence of "+p.id, p.cadence)
	s.fact("sent_count of "+p.id, p.sent)
	s.fact("answered_count of "+p.id, p.answered)
}

func (t *teller) nameOf(p person) string {
	if p.name == "" {
		return t.say("A contact without a name", "氏名未登録の連絡先")
	}
	return t.say("%s", "%s様", p.name)
}

// reach advises how to come to the customer's best contact.
func (t *teller) reach(p person) {
	who := t.nameOf(p)
	switch {
	case p.cadence == "change_channel":
		t.advise(howToReach, "Call %s rather than write: mail does not reach or move this contact.",
			"%sへはメールより電話や訪問が向いています（メールへの反応がありません）。", who)
	case p.cadence == "pause":
		t.advise(howToReach, "Write no more for now to %s, who answers nothing; call instead.", "%sへのメールはしばらく控え、電話で様子を伺いましょう。", who)
	case p.basis == "contact":
		t.advise(howToReach, "Speak to %s. %s.", "ご連絡は%sへ。%s。", who, t.say("%[1]s", "%[2]s", p.timeEN, p.timeJA))
	}
}
