package pipelines

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
	"github.com/tokui/tokui/pipelines/response"
)

// Endpoints are the public pages that links in mails lead to, and what closes their journal. They open no warehouse:
// check the token, append to the journal, answer. log gets what goes wrong, and nobody's address or token.
func (p *Program) Endpoints(log *slog.Logger) (http.Handler, func() error, error) {
	trusted, err := p.trustedProxies()
	if err != nil {
		return nil, nil, err
	}
	if err := p.Prepare(); err != nil {
		return nil, nil, err
	}
	form, err := p.form()
	if err != nil {
		return nil, nil, err
	}
	return response.Public{
		Keys:    p.trackingKeys(),
		Dir:     p.JournalDir(),
		Sender:  p.sender(),
		Trusted: trusted,
		Form:    form,
		Now:     p.Now,
		Log:     log,
	}.Open()
}

// form is where people ask for mail, nil where there is none.
func (p *Program) form() (*response.Form, error) {
	if !p.Config.OptIn.Form {
		return nil, nil
	}
	book, err := p.OptIns(nil) // the endpoints' own journal takes its events
	if err != nil {
		return nil, err
	}
	return response.NewForm(book, strings.TrimRight(p.Config.Tracking.BaseURL, "/")+response.JoinPath), nil
}

// trackingKeys are the key that signs and those that it replaced.
func (p *Program) trackingKeys() [][]byte {
	keys := [][]byte{[]byte(p.Config.Tracking.Key.Reveal())}
	for _, former := range p.Config.Tracking.FormerKeys {
		keys = append(keys, []byte(former.Reveal()))
	}
	return keys
}

// trackingKeyring finds keys that cannot be told apart in links: one name in 256 is another's too.
func (c *checking) trackingKeyring(context.Context) error {
	if len(c.Config.Tracking.FormerKeys) == 0 || !c.Config.Sound("tracking", "key") || !c.Config.Sound("tracking", "former_keys") {
		return nil
	}
	keys := c.trackingKeys()
	if _, err := token.New(keys[0], keys[1:]...); err != nil {
		return c.Config.Fault(c.Config.At("tracking", "former_keys"), "make another key with openssl rand -hex 32", "tracking.former_keys: %v", err)
	}
	return nil
}

func (p *Program) trustedProxies() ([]netip.Prefix, error) {
	var trusted []netip.Prefix
	for _, text := range p.Config.Tracking.TrustedProxies {
		network, err := config.Network(text)
		if err != nil {
			return nil, fmt.Errorf("tracking.trusted_proxies: %w", err)
		}
		trusted = append(trusted, network)
	}
	return trusted, nil
}

// sender is whose mails the public pages are about.
func (p *Program) sender() response.Sender {
	s := response.Sender{
		Company: p.Config.Company.Name,
		Contact: p.Config.Company.Contact,
		Locale:  p.Config.Locale,
	}
	for name, label := range p.Config.Topics {
		text := label.En
		if s.Locale == "ja" {
			text = label.Ja
		}
		s.Topics = append(s.Topics, response.Topic{Name: name, Label: cmp.Or(text, label.En, label.Ja, name)})
	}
	return s
}

// gatherSpool brings what a `tokui track` has written apart from serve into the journal.
func (p *Program) gatherSpool() error {
	if p.Config.Tracking.Spool == "" {
		return nil
	}
	gathered, err := journal.Gather(journal.Disk{}, p.Config.Resolve(p.Config.Tracking.Spool), p.JournalDir(), response.OptInStream)
	for _, damage := range gathered.Damaged {
		p.Warn("spool: %s", damage)
	}
	return err
}
