package config

import (
	"maps"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/dkim"
	"github.com/tokui/tokui/internal/mailbox"
)

// shortestKey is how many bytes the key that signs links has at least: as many as the hash that it keys (RFC 2104).
const shortestKey = 32

func (v *validator) mail() {
	m := v.Mail
	v.choice(m.Transport, "mail.transport", "mail", "transport")
	if m.From == "" {
		sender, because := v.sender(ChannelEmail)
		v.needed(sender == "", []string{"mail", "from"}, because, "below mail, write from: Name <news@example.com>", "got nothing, want the sender's address for %s", sender)
	} else {
		v.address(m.From, []string{"mail", "from"})
	}
	if m.ReplyTo != "" {
		v.address(m.ReplyTo, []string{"mail", "reply_to"})
	}
	v.smtp()
	for name, rate := range m.Domains {
		path := []string{"mail", "domains", name}
		if !isDomain(name) {
			v.note(v.KeyAt(path...), path, "", "got %q, want a domain such as example.com, in lower case", name)
		}
		v.check(rate.Connections >= 0, below(path, "connections"), "", "got %d, want at least 1", rate.Connections)
	}
	v.families()
	v.warmUp()
	v.dkim()
}

// isDomain holds for the name of a receiving domain in ASCII and lower case.
func isDomain(name string) bool {
	return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`).MatchString(name)
}

// families checks that no domain has limits of two kinds.
func (v *validator) families() {
	home := map[string]string{}
	for name := range v.Mail.Domains {
		home[name] = "mail.domains"
	}
	names := slices.Sorted(maps.Keys(v.Mail.Families))
	for _, name := range names {
		family := v.Mail.Families[name]
		path := []string{"mail", "families", name}
		v.name(name, path...)
		v.check(len(family.Domains)+len(family.MX) > 0, path, "", "got neither domains nor mx, want what belongs to the family")
		v.check(family.Connections >= 0, below(path, "connections"), "", "got %d, want at least 1", family.Connections)
		for i, domain := range family.Domains {
			at := below(below(path, "domains"), strconv.Itoa(i))
			v.check(isDomain(domain), at, "", "got %q, want a domain such as example.com, in lower case", v.shown(domain, at))
			v.check(home[domain] == "", at, "", "got %q, which has limits in %s already", v.shown(domain, at), home[domain])
			home[domain] = "mail.families." + name
		}
		for i, end := range family.MX {
			at := below(below(path, "mx"), strconv.Itoa(i))
			v.check(isDomain(end), at, "", "got %q, want the end of a server's name such as google.com, in lower case", v.shown(end, at))
		}
	}
}

func (v *validator) warmUp() {
	w := v.Mail.WarmUp
	if !v.Given("mail", "warm_up") {
		return
	}
	at := func(key ...string) []string { return append([]string{"mail", "warm_up"}, key...) }
	_, err := calendar.ParseDate(w.From)
	v.check(err == nil, at("from"), "", "got %q, want the first day such as 2026-12-01", v.shown(w.From, at("from")))
	v.check(len(w.Daily) > 0, at("daily"), "daily: [200, 500, 1000, 2000, 5000]", "got nothing, want how many messages may leave on each day")
	v.check(len(w.Hourly) <= len(w.Daily), at("hourly"), "", "got %d days, want at most the %d of daily", len(w.Hourly), len(w.Daily))
	for key, list := range map[string][]int{"daily": w.Daily, "hourly": w.Hourly} {
		for i, n := range list {
			v.check(n > 0, at(key, strconv.Itoa(i)), "", "got %d, want at least 1", n)
		}
	}
}

// dkim checks what a signature needs to be worth anything (P3): keys that can sign, and a domain that DMARC finds aligned
// with the sender's.
func (v *validator) dkim() {
	d := v.Mail.DKIM
	path := []string{"mail", "dkim"}
	if !v.Given(path...) {
		return
	}
	for _, part := range []struct{ key, value string }{{"domain", d.Domain}, {"selector", d.Selector}, {"key", d.Key.Reveal()}} {
		v.check(part.value != "", below(path, part.key), "", "got nothing; domain, selector and key belong together")
	}
	v.signature(DKIMKey{Domain: d.Domain, Selector: d.Selector, Key: d.Key}, path)
	for i, key := range d.Also {
		v.signature(key, below(below(path, "also"), strconv.Itoa(i)))
	}
}

func (v *validator) signature(k DKIMKey, path []string) {
	if at := below(path, "domain"); v.Given(at...) {
		v.check(isDomain(k.Domain), at, "", "got %q, want a domain such as example.com, in lower case", v.shown(k.Domain, at))
		if _, from, err := mailbox.Parse(v.Mail.From); err == nil && isDomain(k.Domain) {
			v.check(registered(from.Domain) == registered(k.Domain), at, "",
				"got %q, and the sender is at %s: without a domain in common DMARC fails", v.shown(k.Domain, at), from.Domain)
		}
	}
	if k.Selector != "" {
		at := below(path, "selector")
		v.check(isDomain(strings.ToLower(k.Selector)+".x"), at, "", "got %q, want letters, digits and hyphens", v.shown(k.Selector, at))
	}
	if k.Key != "" {
		_, err := dkim.ParsePrivate([]byte(k.Key.Reveal()))
		v.check(err == nil, below(path, "key"), "make one with openssl genpkey -algorithm ed25519, or -algorithm rsa -pkeyopt rsa_keygen_bits:2048", "%v", err)
	}
}

// registered is the part of a domain that its owner has registered: two domains that share it are aligned for DMARC.
func registered(domain string) string {
	name, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return name
}

func (v *validator) smtp() {
	s := v.Mail.SMTP
	at := func(key string) []string { return []string{"mail", "smtp", key} }
	if v.Mail.Transport == TransportSMTP {
		v.check(s.Host != "", at("host"), "", "got nothing, want the relay that the transport smtp hands mail to")
	}
	v.check(!strings.ContainsAny(s.Host, "/ @\r\n"), at("host"), "", "got %q, want a host's name or address", v.shown(s.Host, at("host")))
	v.check(s.Port >= 1 && s.Port <= 65535, at("port"), "", "got %d, want 1 to 65535", s.Port)
	v.choice(s.TLS, "mail.smtp.tls", at("tls")...)
	v.check(s.Connections >= 1, at("connections"), "", "got %d, want at least 1", s.Connections)
	v.check(s.PerConnection >= 1 && s.PerConnection <= 100, at("per_connection"), "", "got %d, want 1 to 100", s.PerConnection)
	v.check(s.Timeout > 0, at("timeout"), "", "got %s, want a time such as 1m", s.Timeout)
	v.check(s.Password == "" || s.Username != "", at("username"), "", "got a password without a username")
	v.check(s.Username == "" || s.Password != "", at("password"), "write password: ${env:SMTP_PASSWORD}", "got a username without a password")
	v.check(s.Password == "" || s.TLS != TLSNone || isLoopback(s.Host), at("tls"), "tls: required",
		"got none, and the password would cross the network in clear")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (v *validator) tracking() {
	t := v.Tracking
	at := func(key string) []string { return []string{"tracking", key} }
	if t.BaseURL == "" {
		v.needed(v.Mail.Transport != TransportSMTP || !v.sendsMarketing(), at("base_url"), []string{"mail", "transport"}, "",
			"got nothing; marketing mail that leaves by SMTP needs it for the one-click unsubscribe link")
	} else {
		u, err := url.Parse(t.BaseURL)
		ok := err == nil && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
			(u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
		v.check(ok, at("base_url"), "", "got %q, want an address such as https://r.example.com", v.shown(t.BaseURL, at("base_url")))
		n := len(t.Key.Reveal())
		v.check(n >= shortestKey, at("key"), "make one with openssl rand -hex 32",
			"got %d bytes, want at least %d for links that nobody can forge", n, shortestKey)
	}
	v.check(!v.OptIn.Form || t.BaseURL != "", []string{"opt_in", "form"}, "tracking: {base_url: https://r.example.com, key: …}",
		"got true without tracking.base_url, and nobody could reach the form")
	confirms := slices.ContainsFunc(v.CampaignNames, func(name string) bool { return v.Campaigns[name].Confirms })
	v.check(!v.OptIn.Form || confirms, []string{"opt_in", "form"}, "add a campaign with confirms: true",
		"got true without a campaign that sends the confirmation mail: nobody who asks would ever hear of it")
	for i, key := range t.FormerKeys {
		path := []string{"tracking", "former_keys", strconv.Itoa(i)}
		v.check(len(key.Reveal()) >= shortestKey, path, "", "got %d bytes, want at least %d", len(key.Reveal()), shortestKey)
	}
	for i, text := range t.TrustedProxies {
		path := []string{"tracking", "trusted_proxies", strconv.Itoa(i)}
		_, err := Network(text)
		v.check(err == nil, path, "", "got %q, want an address or a network such as 10.0.0.0/8", v.shown(text, path))
	}
	_, port, err := net.SplitHostPort(t.Listen)
	number, portErr := strconv.Atoi(port)
	v.check(err == nil && portErr == nil && number >= 0 && number <= 65535, at("listen"), "",
		"got %q, want host:port such as 127.0.0.1:8080", v.shown(t.Listen, at("listen")))
}

// Network reads an address, or a network in CIDR form.
func Network(text string) (netip.Prefix, error) {
	if network, err := netip.ParsePrefix(text); err == nil {
		return network.Masked(), nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

func (v *validator) sendsMarketing() bool {
	return slices.ContainsFunc(v.CampaignNames, func(name string) bool {
		campaign := v.Campaigns[name]
		return campaign.Channel == ChannelEmail && campaign.Purpose == PurposeMarketing
	})
}
