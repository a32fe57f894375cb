package explain

import "context"

// outlook is what the forecasts say of the customer as a whole.
type outlook struct {
	buy, due, active *float64
	law              *string
	count, countLow  *float64
	countHigh        *float64
	worth, worthLow  *float64
	worthHigh        *float64
}

// value says whether the customer still buys, and what it is worth.
func (t *teller) value(ctx context.Context) error {
	v, err := one(ctx, t, `
		select
			purchase.buy_probability, purchase.due_probability, purchase.active_probability,
			worth.law, worth.purchase_count, worth.purchase_count_low, worth.purchase_count_high,
			worth.value_amount::double, worth.value_low::double, worth.value_high::double
		from (select $id as customer_id) as asked
		left join predictions.purchase as purchase on purchase.customer_id = asked.customer_id
		left join predictions.customer_value as worth on worth.customer_id = asked.customer_id`, func(v *outlook) []any {
		return []any{
			&v.buy, &v.due, &v.active, &v.law, &v.count, &v.countLow, &v.countHigh, &v.worth, &v.worthLow, &v.worthHigh,
		}
	})
	if err != nil || v == nil {
		return err
	}
	s := t.section("outlook", "Will it buy, and what is it worth", "今後の見通しと将来価値")
	within := t.days(int64(t.WithinDays))
	if v.buy != nil {
		s.tell("The chance that it buys anything within %s is %s.", "%s以内に何らかの購入がある確率は%sです。", within, t.chance(*v.buy))
	}
	if v.count != nil {
		if v.countLow != nil && v.countHigh != nil {
			s.tell("Expected within %s: %.1f purchases; the fit leaves %.1f to %.1f open.",
				"%s以内の購入回数の予測は%.1f回（推定の幅は%.1f～%.1f回）です。", t.days(int64(t.ValueDays)), *v.count, *v.countLow, *v.countHigh)
		} else {
			s.tell("Expected within %s: %.1f purchases.", "%s以内の購入回数の予測は%.1f回です。", t.days(int64(t.ValueDays)), *v.count)
		}
	}
	switch {
	case v.worth == nil:
	case *v.law == "nbd":
		s.tell("All it may still bring is worth %s today at most: nobody is seen to leave in these data, so this is an upper limit.",
			"将来にわたる価値は現在価値で最大%sです（離反が観測できないデータのため、上限としてご覧ください）。", t.Money(*v.worth))
	case v.worthLow != nil && v.worthHigh != nil:
		s.tell("All it may still bring is worth %s today; the fit leaves %s to %s open, and a single customer varies far more.",
			"将来にわたる価値は現在価値で%s（推定の幅は%s～%s）です。個々の得意先の実績はこれより大きくばらつきます。",
			t.Money(*v.worth), t.Money(*v.worthLow), t.Money(*v.worthHigh))
	default:
		s.tell("All it may still bring is worth about %s today.", "将来にわたる価値は現在価値でおよそ%sです。", t.Money(*v.worth))
	}
	s.fact("buy_probability", v.buy)
	s.fact("active_probability", v.active)
	s.fact("purchase_count", v.count)
	s.fact("law", v.law)
	if v.worth != nil {
		s.fact("value_amount", t.Money(*v.worth))
	}
	if v.buy != nil || v.worth != nil {
		if err := s.caution(ctx, "purchase", "customer_value"); err != nil {
			return err
		}
	}
	if err := s.dormant(ctx, v); err != nil {
		return err
	}
	s.keep()
	return nil
}

// dormant says whether the customer counts as gone quiet, and by which sign.
func (s *section) dormant(ctx context.Context, v *outlook) error {
	type reasons struct{ en, ja string }
	d, err := one(ctx, s.teller, "select reason, reason_ja from segments.dormant where customer_id = $id",
		func(r *reasons) []any { return []any{&r.en, &r.ja} })
	if err != nil || d == nil {
		return err
	}
	s.tell("It counts as dormant: %s.", "休眠顧客です：%s。", s.say("%[1]s", "%[2]s", d.en, d.ja))
	if s.known.recencyDays == nil {
		return nil
	}
	if v.buy != nil && *v.buy < .05 {
		s.advise(winBack, "It has gone quiet (%s without an order) and hardly comes back by itself: win it back if it was worth it (%s so far), or let it rest.",
			"長く購入がありません（%s）。自然に戻る見込みは低いため、これまでの取引（累計%s）に見合うなら掘り起こしを検討しましょう。",
			s.days(*s.known.recencyDays), s.Money(s.known.lifetimeSales))
		return nil
	}
	s.advise(winBack, "It has gone quiet: %s without an order. Call and ask why; there is still a chance.",
		"%s購入がありません。戻る可能性が残っているうちに、理由を伺いましょう。", s.days(*s.known.recencyDays))
	return nil
}
