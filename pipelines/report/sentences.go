package report

// The sentences of the page's summary. Each is "" where there is nothing to say, and claims nothing that the figure
// below it does not show.

// ParetoSentence says how few customers make how much.
func (d Document) ParetoSentence() string {
	p, ok := d.topFifth()
	if !ok {
		return ""
	}
	f := d.Format
	return f.say("The largest %s of the customers who bought (%s) made %s of what they bought together.",
		"購入した得意先のうち上位%s（%s件）で、売上の%sを占めています。", f.Percent(p.CustomerShare), f.Count(p.Customers), f.Percent(p.Share))
}

// MoveSentence says how many customers moved between ranks, and since when.
func (d Document) MoveSentence() string {
	if len(d.Migration) == 0 {
		return ""
	}
	f := d.Format
	up, down := d.moves()
	return f.say("Since %s, %s customers moved up in rank and %s moved down.", "%sから、ランクアップ%s件、ランクダウン%s件。",
		f.Date(d.Migration[0].FromOn), f.Count(up), f.Count(down))
}

// CampaignSentences say what is known of the campaigns: those with a result by name, the others by number.
func (d Document) CampaignSentences() []string {
	f := d.Format
	var sentences []string
	var early, few, open int64
	var soonest *int64
	for _, c := range d.Campaigns {
		switch c.Effect.Verdict {
		case Measured:
			if c.Effect.DrawSuspect {
				sentences = append(sentences, f.say("%s: its hold-out does not look like a random draw; its effect is not to be believed.",
					"%s：比較群の抽選に偏りの疑いがあり、効果は判定できません。", c.Title))
				continue
			}
			if c.Effect.Gain() == 0 {
				open++
				continue
			}
			sentences = append(sentences, f.say("%s brought %s in all (95%% interval %s), %s per customer.",
				"%s：効果の総額は%s（95％信頼区間 %s）、1件あたり%s。", c.Title, d.Total(c.Effect), d.TotalInterval(c.Effect), d.Difference(c.Effect)))
		case TooEarly:
			early++
			if left := c.Effect.DaysLeft; left != nil && (soonest == nil || *left < *soonest) {
				soonest = left
			}
		case NotEnoughData:
			few++
		}
	}
	if open > 0 {
		sentences = append(sentences, f.say("Campaigns measured with no effect shown (the interval crosses zero): %s.",
			"測定したが効果を確認できなかった施策（信頼区間が0をまたぐ）：%s件。", f.Count(open)))
	}
	if few > 0 {
		sentences = append(sentences, f.say("Campaigns with not enough data to judge: %s.",
			"データ不足で判定できない施策：%s件。", f.Count(few)))
	}
	if early > 0 && soonest != nil {
		sentences = append(sentences, f.say("Campaigns too early to judge: %s; the first window ends in %s days.",
			"測定期間中の施策：%s件（最も早い判定は%s日後）。", f.Count(early), f.Count(*soonest)))
	}
	return sentences
}

// MostByRank is the greatest sales of a rank: the whole width of the mail's bars.
func (d Document) MostByRank() float64 {
	most := 0.0
	for _, r := range d.Ranks {
		most = max(most, r.Sales)
	}
	return most
}
