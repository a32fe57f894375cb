package delivery

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"
)

// Family is a set of receiving domains that share servers, and so what these take from us: a limit for each domain would
// let through as many times as much as there are domains.
type Family struct {
	Name string
	// Domains that belong to it, in lower case, and the ends of the names of mail servers (MX) by which others are found
	// to: google.com has aspmx.l.google.com.
	Domains, MX []string
	Limit       DomainLimit
}

// mxTimeout is how long the name servers may take for one domain, mxLookups how many are asked for at once.
const (
	mxTimeout = 5 * time.Second
	mxLookups = 16
)

// families finds the lane of a domain: its family's where it has one, else its own.
type families struct {
	lookup func(ctx context.Context, domain string) ([]*net.MX, error) // nil where no family has servers
	mx     []Family

	mu    sync.Mutex
	known map[string]string // lanes by domain
}

// familyLane is the name of a family's lane. No domain has a colon.
func familyLane(name string) string { return "family:" + name }

// newFamilies knows the domains that are listed; own are those with limits of their own, which belong to none.
func newFamilies(all []Family, own map[string]DomainLimit,
	lookup func(context.Context, string) ([]*net.MX, error)) *families {
	f := &families{known: map[string]string{"": ""}}
	for _, family := range all {
		for _, domain := range family.Domains {
			f.known[domain] = familyLane(family.Name)
		}
		if len(family.MX) > 0 {
			f.mx = append(f.mx, family)
		}
	}
	for domain := range own {
		f.known[domain] = domain
	}
	if len(f.mx) > 0 {
		f.lookup = lookup
	}
	return f
}

// lane gives a domain's lane; ok is false where the name servers have to be asked first.
func (f *families) lane(domain string) (lane string, ok bool) {
	if f.lookup == nil && len(f.known) == 1 {
		return domain, true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if lane, ok = f.known[domain]; ok {
		return lane, true
	}
	return domain, f.lookup == nil
}

// find asks for a domain's servers. Where there is no answer the domain is on its own in this run: a name server's trouble
// is no reason not to send, and the relay will say.
func (f *families) find(ctx context.Context, domain string) (lane string) {
	if lane, ok := f.lane(domain); ok {
		return lane
	}
	ctx, cancel := context.WithTimeout(ctx, mxTimeout)
	defer cancel()
	servers, _ := f.lookup(ctx, domain)
	lane = domain
	for _, server := range servers {
		if family, ok := f.serving(server.Host); ok {
			lane = familyLane(family)
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[domain] = lane
	return lane
}

// serving is the family that a server belongs to.
func (f *families) serving(host string) (name string, ok bool) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, family := range f.mx {
		for _, end := range family.MX {
			if host == end || strings.HasSuffix(host, "."+end) {
				return family.Name, true
			}
		}
	}
	return "", false
}
