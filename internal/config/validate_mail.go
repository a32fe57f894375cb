package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
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
	domain := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
	for name, rate := range m.Domains {
		path := []string{"mail", "domains", name}
		if !domain.MatchString(name) {
			v.note(v.KeyAt(path...), path, "", "got %q, want a domain such as example.com, in lower case", name)
		}
		v.check(rate.Connections >= 0, below(path, "connections"), "", "got %d, want at least 1", rate.Connections)
	}
	for _, part := range []struct{ key, value string }{
		{"domain", m.DKIM.Domain}, {"selector", m.DKIM.Selector}, {"key", m.DKIM.Key.Reveal()},
	} {
		v.check(part.value != "" || !v.Given("mail", "dkim"), []string{"mail", "dkim", part.key}, "",
			"got nothing; domain, selector and key belong together")
	}
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
