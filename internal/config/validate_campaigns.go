package config

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/mailbox"
)

// topics checks their names, which stand between commas in the journal.
func (v *validator) topics() {
	word := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	for _, name := range slices.Sorted(maps.Keys(v.Topics)) {
		v.check(word.MatchString(name), []string{"topics", name}, "", "got the name %q, want lower case letters, digits, - and _", name)
	}
}

func (v *validator) campaigns() {
	v.topics()
	v.check(v.OptIn.ConfirmWithin > 0, []string{"opt_in", "confirm_within"}, "", "got %s, want a time such as 7d", v.OptIn.ConfirmWithin)
	for _, name := range v.CampaignNames {
		v.name(name, "campaigns", name)
		v.campaign(v.Campaigns[name], name)
	}
}

func (v *validator) campaign(p Campaign, name string) {
	at := func(key ...string) []string { return append([]string{"campaigns", name}, key...) }
	if v.check(v.Given(at("channel")...), at("channel"), "", "got nothing, want %s", oneOf(choices("campaigns.NAME.channel"))) {
		v.choice(p.Channel, "campaigns.NAME.channel", at("channel")...)
	}
	v.choice(p.Purpose, "campaigns.NAME.purpose", at("purpose")...)
	v.check(p.Purpose != PurposeInternal || p.Channel == ChannelList || v.isBroken(at("channel")), at("purpose"), "",
		"got internal for the channel %s, want marketing or service", p.Channel)
	v.check(strings.TrimSpace(p.Audience) != "", at("audience"), "", "got nothing, want a select of contacts")
	v.template(p.Template, p.Channel != ChannelList, at("template"))
	v.oneLine(p.Title, at("title")...)
	v.variants(p.Variants, at("variants"))
	v.choice(p.HoldBack, "campaigns.NAME.hold_back", at("hold_back")...)
	v.choice(p.Caps.Cadence, "campaigns.NAME.caps.cadence", at("caps", "cadence")...)
	v.check(p.Caps.Cadence != Follow || p.Channel == ChannelEmail && p.Purpose == PurposeMarketing || v.isBroken(at("channel")), at("caps", "cadence"), "",
		"the cadence is that of marketing by e-mail; the channel is %s, the purpose %s", p.Channel, p.Purpose)
	v.check(p.Priority >= -100 && p.Priority <= 100, at("priority"), "", "got %d, want a number from -100 to 100", p.Priority)
	if _, known := v.Topics[p.Topic]; p.Topic != "" {
		v.check(known, at("topic"), didYouMean(p.Topic, slices.Sorted(maps.Keys(v.Topics))), "got %q, which is none of topics", v.shown(p.Topic, at("topic")))
	}
	v.check(!p.Confirms || p.Channel == ChannelEmail && p.Purpose == PurposeService || v.isBroken(at("channel")), at("confirms"), "",
		"a confirmation mail is of channel email and purpose service, got %s and %s", p.Channel, p.Purpose)
	v.check(!p.Confirms || p.Holdout.Value == 0, at("holdout"), "", "a confirmation mail holds nobody out")
	v.check(p.Guard.MaxMessages >= 0, at("guard", "max_messages"), "", "got %d, want 0 or more", p.Guard.MaxMessages)
	v.check(p.Expires > 0, at("expires"), "", "got %s, want a time such as 3d", p.Expires)
	v.check(p.FileBy == "" || p.Channel == ChannelList, at("file_by"), "", "only a list is written in files; the channel is %s", p.Channel)
	v.check(!p.ResendUnconfirmed || p.Channel == ChannelEmail, at("resend_unconfirmed"), "", "only e-mail is ever unconfirmed; the channel is %s", p.Channel)
	v.choice(p.Effect.Outcome, "campaigns.NAME.effect.outcome", at("effect", "outcome")...)
	v.check(p.Effect.Window >= 1, at("effect", "window"), "", "got %s, want at least 1d", p.Effect.Window)
	v.amount(p.Effect.CostPerMessage, at("effect", "cost_per_message"))
}

// template checks the name of a folder of templates; whether it is there is known where templates are.
func (v *validator) template(name string, required bool, path []string) {
	if name == "" {
		v.check(!required, path, "", "got nothing, want the name of a folder of templates")
		return
	}
	v.check(!strings.ContainsAny(name, `/\:`) && !strings.HasPrefix(name, "."), path, "",
		"got %q, want the name of a folder of templates, not a path", v.shown(name, path))
}

func (v *validator) variants(variants []Variant, path []string) {
	seen := map[string]bool{}
	for i, variant := range variants {
		at := below(below(path, strconv.Itoa(i)), "name")
		if !v.check(variant.Name != "", at, "", "got nothing, want the variant's name") {
			continue
		}
		v.check(!seen[variant.Name], at, "", "another variant is called %q", v.shown(variant.Name, at))
		seen[variant.Name] = true
		if v.Given(at...) {
			v.name(variant.Name, at...)
		}
		v.oneLine(variant.Subject, below(below(path, strconv.Itoa(i)), "subject")...)
	}
}

func (v *validator) reports() {
	for _, name := range v.ReportNames {
		v.name(name, "reports", name)
		report := v.Reports[name]
		at := func(key ...string) []string { return append([]string{"reports", name}, key...) }
		_, taken := v.Campaigns[name]
		v.check(!taken, at(), "call one of them otherwise", "a campaign has the same name, and their editions the same folder")
		v.template(report.Template, true, at("template"))
		v.oneLine(report.Title, at("title")...)
		for i, to := range report.To {
			path := at("to", strconv.Itoa(i))
			v.address(to, path)
			v.check(slices.Index(report.To, to) == i, path, "", "the address is already in the list")
		}
		v.check(report.Expires > 0, at("expires"), "", "got %s, want a time such as 31d", report.Expires)
	}
}

// address checks one mail address, with or without a name.
func (v *validator) address(address string, path []string) bool {
	_, _, err := mailbox.Parse(address)
	return v.check(err == nil, path, "",
		"got %q, want an address such as Name <name@example.com>", v.shown(address, path))
}
