package explain

import "context"

// exposure is what speaks against giving the customer credit and perks.
type exposure struct {
	risk, en, ja  string
	overdue, open float64
	overdueDays   *int64
	overdueRisk   *string
}

// risk says whether payments, cancellations and returns give cause for care.
func (t *teller) risk(ctx context.Context) error {
	r, err := one(ctx, t, `
		select risk, reason, reason_ja, overdue_amount::double, open_amount::double, overdue_days, overdue_risk
		from metrics.customer_risk
		where customer_id = $id`, func(r *exposure) []any {
		return []any{&r.risk, &r.en, &r.ja, &r.overdue, &r.open, &r.overdueDays, &r.overdueRisk}
	})
	if err != nil || r == nil {
		return err
	}
	s := t.section("risk", "Risk", "リスク")
	switch r.risk {
	case "high":
		s.tell("Risk is high: %[1]s.", "リスクは「高」：%[2]s。", r.en, r.ja)
	case "watch":
		s.tell("Keep an eye on it: %[1]s.", "リスクは「注意」：%[2]s。", r.en, r.ja)
	default:
		s.tell("Risk is low: %[1]s.", "リスクは「低」：%[2]s。", r.en, r.ja)
	}
	s.fact("risk", r.risk)
	if r.open > 0 {
		s.fact("open_amount", t.Money(r.open))
	}
	if r.overdue > 0 {
		s.fact("overdue_amount", t.Money(r.overdue))
	}
	s.keep()
	switch {
	case r.overdueDays != nil && r.overdueRisk != nil && *r.overdueRisk != "low":
		t.advise(getPaid, "Ask for the payment of %s, the oldest %s overdue, before you grant anything.",
			"未入金%s（最長%s遅延）のお支払いを先に確認しましょう。", t.Money(r.overdue), t.days(*r.overdueDays))
	case r.risk == "high":
		t.advise(getPaid, "Grant no credit and no perks for now: the risk is high.", "リスクが高いため、掛け売りや特典の付与は見合わせましょう。")
	}
	return nil
}
