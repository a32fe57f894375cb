package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Sender is whose mail is to be believed.
type Sender struct {
	// From is the domain of the address in the header From, Envelope that of the address that bounces go to; empty: the same.
	From, Envelope string
	// Relay is the host that mail is handed to.
	Relay string
	// Keys are the records that the signatures need.
	Keys []Key
}

// Key is the record of one DKIM key as it has to be: its name, SELECTOR._domainkey.DOMAIN, and its text.
type Key struct {
	Domain, Name, Text string
}

// Finding is one thing that is wrong.
type Finding struct {
	// Rule is its id in docs/rules.md.
	Rule string
	// Warning says that mail may arrive all the same.
	Warning bool
	Message string
	// Publish is the record that puts it right, as a zone file has it; empty where it is no record that is missing.
	Publish string
}

// check is one look at the DNS.
type check struct {
	resolver *net.Resolver
	sender   Sender
	found    []Finding
}

// offline is a name server's failure to answer.
type offline struct{ err error }

func (o offline) Error() string { return o.err.Error() }

// Check asks for every record. Where the DNS cannot be asked there is one warning that says so.
func Check(ctx context.Context, resolver *net.Resolver, s Sender) []Finding {
	s.From = strings.ToLower(strings.TrimSuffix(s.From, "."))
	if s.Envelope == "" {
		s.Envelope = s.From
	}
	c := &check{resolver: resolver, sender: s}
	if c.freeMail() {
		return c.found
	}
	for _, look := range []func(context.Context) error{c.exists, c.spf, c.dkim, c.dmarc, c.pointer} {
		err := look(ctx)
		var silent offline
		if errors.As(err, &silent) {
			c.warn("MB1", "the DNS could not be asked (%v): SPF, DKIM and DMARC are not checked", silent.err)
			return c.found
		}
	}
	return c.found
}

func (c *check) fault(rule, publish, format string, args ...any) {
	c.found = append(c.found, Finding{Rule: rule, Message: fmt.Sprintf(format, args...), Publish: publish})
}

func (c *check) warn(rule, format string, args ...any) {
	c.found = append(c.found, Finding{Rule: rule, Warning: true, Message: fmt.Sprintf(format, args...)})
}

// freeDomains belong to mailbox providers, who have others' mail in their name refused (MB1: no From at gmail.com).
var freeDomains = []string{"gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.jp", "ymail.ne.jp", "outlook.com", "outlook.jp",
	"hotmail.com", "hotmail.co.jp", "live.com", "live.jp", "icloud.com", "me.com", "aol.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com",
	"softbank.ne.jp", "i.softbank.jp", "rakuten.jp"}

func (c *check) freeMail() bool {
	if !slices.Contains(freeDomains, c.sender.From) {
		return false
	}
	c.fault("MB1", "", "the sender is at %s, whose operator has mail refused that others send in its name; use a domain of your own", c.sender.From)
	return true
}

// absent turns the resolver's errors into nothing found, or into offline.
func absent(err error) error {
	var dns *net.DNSError
	if err == nil || errors.As(err, &dns) && dns.IsNotFound {
		return nil
	}
	return offline{err}
}

// exists holds MB4: docomo wants the sender's domain to have an MX or an address.
func (c *check) exists(ctx context.Context) error {
	servers, err := c.resolver.LookupMX(ctx, c.sender.From+".")
	if absent(err) != nil {
		return absent(err)
	}
	if len(servers) > 0 {
		if servers[0].Host == "." {
			c.fault("MB4", "", "%s says by its MX that it takes no mail, so no mail from it is believed", c.sender.From)
		}
		return nil
	}
	addresses, err := c.resolver.LookupHost(ctx, c.sender.From+".")
	if absent(err) != nil {
		return absent(err)
	}
	if len(addresses) == 0 {
		c.fault("MB4", c.sender.From+". IN MX 10 "+c.relay()+".", "%s has neither an MX nor an address: docomo and others refuse mail from it",
			c.sender.From)
	}
	return nil
}

func (c *check) relay() string {
	if _, err := netip.ParseAddr(c.sender.Relay); err == nil || c.sender.Relay == "" || !strings.Contains(c.sender.Relay, ".") {
		return "mail." + c.sender.From
	}
	return strings.ToLower(strings.TrimSuffix(c.sender.Relay, "."))
}

// texts are the TXT records of a name that begin with a word.
func (c *check) texts(ctx context.Context, name, begin string) ([]string, error) {
	all, err := c.resolver.LookupTXT(ctx, name+".")
	if absent(err) != nil {
		return nil, absent(err)
	}
	return slices.DeleteFunc(all, func(text string) bool {
		rest, ok := strings.CutPrefix(strings.ToLower(text), begin)
		return !ok || rest != "" && rest[0] != ' ' && rest[0] != ';'
	}), nil
}

// dkim holds MB1 to MB4 and P3: the key that is published is the one that signs.
func (c *check) dkim(ctx context.Context) error {
	if len(c.sender.Keys) == 0 {
		c.warn("MB1", "mail.dkim is not set: the relay has to sign in the name of %s, or mail to Gmail and others is refused", c.sender.From)
	}
	for _, key := range c.sender.Keys {
		texts, err := c.resolver.LookupTXT(ctx, key.Name+".")
		if absent(err) != nil {
			return absent(err)
		}
		publish := Record(key.Name, key.Text)
		switch {
		case len(texts) == 0:
			c.fault("MB1", publish, "%s has no TXT record, so no signature can be verified", key.Name)
		case len(texts) > 1:
			c.fault("MB1", publish, "%s has %d TXT records, want one", key.Name, len(texts))
		case tag(texts[0], "p") == "":
			c.fault("MB1", publish, "%s says that its key was withdrawn (p= is empty)", key.Name)
		case tag(texts[0], "p") != tag(key.Text, "p") || kindOf(texts[0]) != kindOf(key.Text):
			c.fault("MB1", publish, "%s has another key than the one that signs: every signature would be wrong", key.Name)
		case strings.Contains(":"+tag(texts[0], "t")+":", ":y:"):
			c.warn("MB1", "%s is marked as a test (t=y): some receivers take the mail as not signed", key.Name)
		}
	}
	return nil
}

func kindOf(record string) string {
	if kind := tag(record, "k"); kind != "" {
		return kind
	}
	return "rsa"
}

// tag reads a tag of a record of the form a=b; c=d.
func tag(record, name string) string {
	for _, part := range strings.Split(record, ";") {
		if key, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.Join(strings.Fields(value), "")
		}
	}
	return ""
}

// organization is the domain that was registered: what relaxed alignment compares.
func organization(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// dmarc holds MB1 to MB4: there is a policy, and what authenticates is aligned with the header From.
func (c *check) dmarc(ctx context.Context) error {
	from := c.sender.From
	texts, err := c.texts(ctx, "_dmarc."+from, "v=dmarc1")
	if err == nil && len(texts) == 0 && organization(from) != from {
		texts, err = c.texts(ctx, "_dmarc."+organization(from), "v=dmarc1")
	}
	if err != nil {
		return err
	}
	publish := Record("_dmarc."+organization(from), "v=DMARC1; p=none; rua=mailto:dmarc@"+organization(from))
	switch {
	case len(texts) == 0:
		c.fault("MB1", publish, "_dmarc.%s has no DMARC record: Gmail, Yahoo, Outlook.com and docomo ask for one", from)
		return nil
	case len(texts) > 1:
		c.fault("MB1", publish, "_dmarc.%s has %d DMARC records, want one: with more there is none", from, len(texts))
		return nil
	}
	if p := strings.ToLower(tag(texts[0], "p")); p != "none" && p != "quarantine" && p != "reject" {
		c.fault("MB1", publish, "the DMARC record of %s has the policy %q, want none, quarantine or reject", from, p)
	}
	aligned := len(c.sender.Keys) == 0
	for _, key := range c.sender.Keys {
		aligned = aligned || align(key.Domain, from, tag(texts[0], "adkim"))
	}
	if !aligned {
		c.fault("MB1", "", "no signature is by %s (mail.dkim.domain is %s): DMARC does not pass by DKIM", from, c.sender.Keys[0].Domain)
	}
	if !align(c.sender.Envelope, from, tag(texts[0], "aspf")) {
		c.warn("MB1", "bounces go to %s, so DMARC of %s passes by DKIM only", c.sender.Envelope, from)
	}
	return nil
}

func align(domain, from, mode string) bool {
	domain = strings.ToLower(domain)
	return domain == from || !strings.EqualFold(mode, "s") && organization(domain) == organization(from)
}

// pointer is a note on the relay's address: receivers want its name to lead back to it (MB1).
func (c *check) pointer(ctx context.Context) error {
	addresses, err := c.resolver.LookupHost(ctx, c.sender.Relay)
	if absent(err) != nil {
		return absent(err)
	}
	if len(addresses) == 0 {
		c.fault("MB1", "", "mail.smtp.host: %s has no address", c.sender.Relay)
		return nil
	}
	for _, text := range addresses {
		address, err := netip.ParseAddr(text)
		if err != nil || address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast() {
			continue // its address on the Internet is not known here
		}
		names, err := c.resolver.LookupAddr(ctx, text)
		if absent(err) != nil {
			return absent(err)
		}
		back := false
		for _, name := range names {
			forward, err := c.resolver.LookupHost(ctx, name)
			if absent(err) != nil {
				return absent(err)
			}
			back = back || slices.Contains(forward, text)
		}
		if !back {
			c.warn("MB1", "the relay's address %s has no name (PTR) that leads back to it; if it delivers from there, have its operator set one", text)
		}
	}
	return nil
}

// Record is a TXT record as a zone file has it, in strings of at most 255 characters.
func Record(name, text string) string {
	var b strings.Builder
	b.WriteString(name + ". IN TXT")
	for first := true; first || text != ""; first = false {
		n := min(255, len(text))
		b.WriteString(` "` + text[:n] + `"`)
		text = text[n:]
	}
	return b.String()
}
