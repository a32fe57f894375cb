package config

import (
	"cmp"
	"slices"
	"time"
)

// setDefaults fills in what the file leaves out, as the comments of config.go say; what it gives stays.
func (c *Config) setDefaults() {
	fill(c, &c.Locale, "ja", "locale")
	if c.Locale == "ja" {
		fill(c, &c.Currency, "¥", "currency")
	}
	fill(c, &c.Timezone, "Asia/Tokyo", "timezone")
	fill(c, &c.DataDir, "var", "data_dir")
	fill(c, &c.AsOf, "today", "as_of")
	for name, source := range c.Sources {
		c.setSourceDefaults(name, &source)
		c.Sources[name] = source
	}
	c.setRankDefaults()
	fill(c, &c.HoldBack.Complaint, Hold{On: true, Days: 60}, "hold_back", "complaint")
	fill(c, &c.HoldBack.Repair, Hold{}, "hold_back", "repair")
	fill(c, &c.OptIn.ConfirmWithin, days(7), "opt_in", "confirm_within")
	for i := range c.Perks {
		if c.Perks[i].Text == "" {
			c.Perks[i].Text = c.Perks[i].Name
		}
	}
	for name, campaign := range c.Campaigns {
		c.setCampaignDefaults(name, &campaign)
		c.Campaigns[name] = campaign
	}
	for name, report := range c.Reports {
		fill(c, &report.Template, name, "reports", name, "template")
		fill(c, &report.Title, name, "reports", name, "title")
		fill(c, &report.Expires, days(31), "reports", name, "expires")
		c.Reports[name] = report
	}
	for name, job := range c.Jobs {
		fill(c, &job.Timeout, days(1)/4, "jobs", name, "timeout")
		c.Jobs[name] = job
	}
	c.setMailDefaults()
}

func (c *Config) setSourceDefaults(name string, s *Source) {
	fill(c, &s.Table, name, "sources", name, "table")
	format := FormatCSV
	if hasSuffixFold(s.Path, ".parquet") {
		format = FormatParquet
	} else if hasSuffixFold(s.Path, ".xlsx") {
		format = FormatXLSX
	}
	fill(c, &s.Format, format, "sources", name, "format")
	fill(c, &s.Encoding, "utf-8", "sources", name, "encoding")
	fill(c, &s.Delimiter, ",", "sources", name, "delimiter")
	if !c.places.given("sources", name, "delimiter") && (hasSuffixFold(s.Path, ".tsv") || hasSuffixFold(s.Path, ".tsv.gz")) {
		s.Delimiter = "\t"
	}
	if s.Delimiter == "tab" || s.Delimiter == `\t` {
		s.Delimiter = "\t"
	}
	fill(c, &s.Quote, `"`, "sources", name, "quote")
	fill(c, &s.Header, 1, "sources", name, "header")
	fill(c, &s.Shape, ShapeLines, "sources", name, "shape")
	fill(c, &s.Decimal, ".", "sources", name, "decimal")
	fill(c, &s.MaxDrop, Share{Value: 0.5, Set: true}, "sources", name, "max_drop")
	fill(c, &s.MaxReject, Share{Value: 0.05, Set: true}, "sources", name, "max_reject")
}

func (c *Config) setRankDefaults() {
	r := &c.Ranks
	fill(c, &r.Window, Window{Days: 365}, "ranks", "window")
	fill(c, &r.Compare, ComparePrevious, "ranks", "compare")
	fill(c, &r.Measure, MeasureSales, "ranks", "measure")
	fill(c, &r.LargeShare, Share{Value: 0.8, Set: true}, "ranks", "large_share")
	fill(c, &r.GrowthThreshold, 1.1, "ranks", "growth_threshold")
	fill(c, &r.Shrinkage, 1, "ranks", "shrinkage")
	fill(c, &r.GrowingBy, GrowingByGrowth, "ranks", "growing_by")
	if !c.places.given("ranks", "rules") {
		r.Rules = defaultRules()
	}
	fill(c, &c.RFM.RecencyDays, []int{30, 90, 180, 365}, "rfm", "recency_days")
	fill(c, &c.RFM.Orders, []int{2, 4, 8, 16}, "rfm", "orders")
	if !c.places.given("approaches", "rules") {
		c.Approaches.Rules = defaultApproaches(c.rankNames())
	}
}

// defaultApproaches follow the ranks, so that a rank given by hand counts, where these have the usual names, and what the
// usual ranks stand for under any other scheme.
func defaultApproaches(ranks []string) []ApproachRule {
	focus, regular, develop := "large and growing", "large", "growing"
	if slices.Contains(ranks, "A") && slices.Contains(ranks, "B-1") && slices.Contains(ranks, "B-2") {
		focus, regular, develop = "rank = 'A'", "rank = 'B-2'", "rank = 'B-1'"
	}
	return []ApproachRule{
		{Approach: "revive", When: "is_dormant and was_large"},
		{Approach: "focus", When: focus},
		{Approach: "regular", When: regular},
		{Approach: "develop", When: develop + " and risk <> 'high'"},
		{Approach: "inform"},
	}
}

// approachLabel is what people call an approach.
func (c *Config) approachLabel(name string) Label {
	standard := map[string]Label{
		"focus":   {En: "Focus", Ja: "重点"},
		"regular": {En: "Regular care", Ja: "維持"},
		"develop": {En: "Develop", Ja: "育成"},
		"revive":  {En: "Revive", Ja: "復活"},
		"inform":  {En: "Inform", Ja: "情報提供"},
	}[name]
	label := c.Approaches.Labels[name]
	return Label{En: cmp.Or(label.En, standard.En, name), Ja: cmp.Or(label.Ja, standard.Ja, name)}
}

func defaultRules() []RankRule {
	return []RankRule{
		{Rank: "A", When: "large and growing"},
		{Rank: "B-2", When: "large"},
		{Rank: "B-1", When: "growing"},
		{Rank: "C", When: "sales_amount > 0"},
		{Rank: "other"},
	}
}

func (c *Config) setCampaignDefaults(name string, p *Campaign) {
	at := func(key ...string) []string { return append([]string{"campaigns", name}, key...) }
	purpose, holdout, window, template := PurposeMarketing, 0.1, Days(30), name
	switch p.Channel {
	case ChannelList:
		purpose, holdout, template = PurposeInternal, 0, ""
	case ChannelEmail:
		window = 14
	}
	if p.Confirms {
		purpose, holdout = PurposeService, 0
	}
	fill(c, &p.Title, name, at("title")...)
	fill(c, &p.Purpose, purpose, at("purpose")...)
	fill(c, &p.Template, template, at("template")...)
	fill(c, &p.Holdout, Share{Value: holdout, Set: true}, at("holdout")...)
	holds := Ignore
	if p.Purpose == PurposeMarketing {
		holds = Follow
	}
	fill(c, &p.HoldBack, holds, at("hold_back")...)
	fill(c, &p.Caps.Cadence, Ignore, at("caps", "cadence")...)
	fill(c, &p.Expires, days(3), at("expires")...)
	fill(c, &p.Effect.Outcome, MeasureSales, at("effect", "outcome")...)
	fill(c, &p.Effect.Window, window, at("effect", "window")...)
}

func (c *Config) setMailDefaults() {
	fill(c, &c.Mail.Transport, TransportOutbox, "mail", "transport")
	fill(c, &c.Mail.SMTP.Port, 587, "mail", "smtp", "port")
	fill(c, &c.Mail.SMTP.TLS, TLSRequired, "mail", "smtp", "tls")
	fill(c, &c.Mail.SMTP.Connections, 4, "mail", "smtp", "connections")
	fill(c, &c.Mail.SMTP.PerConnection, 100, "mail", "smtp", "per_connection")
	for i := range c.Mail.DKIM.Also {
		if c.Mail.DKIM.Also[i].Domain == "" {
			c.Mail.DKIM.Also[i].Domain = c.Mail.DKIM.Domain
		}
	}
	fill(c, &c.Mail.SMTP.Timeout, days(1)/(24*60), "mail", "smtp", "timeout")
	fill(c, &c.Tracking.Clicks, true, "tracking", "clicks")
	fill(c, &c.Tracking.TrustedProxies, []string{"127.0.0.0/8", "::1/128"}, "tracking", "trusted_proxies")
	c.setBounceDefaults()
	fill(c, &c.Tracking.Listen, "127.0.0.1:8080", "tracking", "listen")
}

func (c *Config) setBounceDefaults() {
	b := &c.Mail.Bounces
	fill(c, &b.Protocol, ProtocolLMTP, "mail", "bounces", "protocol")
	fill(c, &b.Poll, days(1)/(24*12), "mail", "bounces", "poll")
	fill(c, &b.Soft, Cap{Count: 3, Per: 30 * 24 * time.Hour}, "mail", "bounces", "soft")
	fill(c, &b.IMAP.TLS, TLSImplicit, "mail", "bounces", "imap", "tls")
	port := 993
	if b.IMAP.TLS != TLSImplicit {
		port = 143
	}
	fill(c, &b.IMAP.Port, port, "mail", "bounces", "imap", "port")
	fill(c, &b.IMAP.Mailbox, "INBOX", "mail", "bounces", "imap", "mailbox")
}

// fill sets a value that the file leaves out, or that could not be read.
func fill[T any](c *Config, value *T, standard T, path ...string) {
	if !c.places.given(path...) || c.places.broken[joinPath(path)] {
		*value = standard
	}
}
