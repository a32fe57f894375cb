package preflight

import (
	"context"
	"strings"
)

// mostLookups is how many terms of an SPF record may ask the DNS (RFC 7208, 4.6.4).
const mostLookups = 10

// spf holds MB1 to MB4: the domain of the header From says which hosts send its mail, and so does that of bounces.
func (c *check) spf(ctx context.Context) error {
	domains := []string{c.sender.From}
	if c.sender.Envelope != c.sender.From {
		domains = append(domains, c.sender.Envelope)
	}
	for _, domain := range domains {
		records, err := c.texts(ctx, domain, "v=spf1")
		if err != nil {
			return err
		}
		publish := Record(domain, "v=spf1 a:"+c.relay()+" ~all")
		switch {
		case len(records) == 0:
			c.fault("MB1", publish, "%s has no SPF record; publish what your relay's operator tells you, or at least this", domain)
			continue
		case len(records) > 1:
			c.fault("MB1", "", "%s has %d SPF records, want one: with more SPF fails; join them", domain, len(records))
			continue
		}
		terms := strings.Fields(strings.ToLower(records[0]))[1:]
		for _, term := range terms {
			if term == "all" || term == "+all" {
				c.fault("MB1", "", "the SPF record of %s lets everybody send (%s): receivers take it as none; end it with ~all or -all", domain, term)
			}
		}
		asked := map[string]bool{}
		lookups, err := c.lookups(ctx, records[0], asked)
		if err != nil {
			return err
		}
		if lookups > mostLookups {
			c.fault("MB1", "", "the SPF record of %s takes %d look-ups with those that it includes, at most %d are allowed (RFC 7208, 4.6.4)", domain,
				lookups, mostLookups)
		}
	}
	return nil
}

// lookups counts the terms that ask the DNS, in what is included too.
func (c *check) lookups(ctx context.Context, record string, asked map[string]bool) (int, error) {
	n := 0
	for _, term := range strings.Fields(strings.ToLower(record)) {
		term = strings.TrimLeft(term, "+-~?")
		name, domain, _ := strings.Cut(term, ":")
		if redirect, ok := strings.CutPrefix(term, "redirect="); ok {
			name, domain = "redirect", redirect
		}
		name, _, _ = strings.Cut(name, "/")
		switch name {
		case "a", "mx", "ptr", "exists":
			n++
		case "include", "redirect":
			n++
			if asked[domain] || strings.Contains(domain, "%") || n > 2*mostLookups {
				continue
			}
			asked[domain] = true
			records, err := c.texts(ctx, domain, "v=spf1")
			if err != nil {
				return n, err
			}
			if len(records) != 1 {
				c.fault("MB1", "", "an SPF record includes %s, which has %d SPF records, want one: SPF fails", domain, len(records))
				continue
			}
			inner, err := c.lookups(ctx, records[0], asked)
			n += inner
			if err != nil {
				return n, err
			}
		}
	}
	return n, nil
}
