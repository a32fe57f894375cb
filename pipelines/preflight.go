package pipelines

import (
	"context"
	"net"
	"time"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/preflight"
)

// preflightTime is how long the DNS may take altogether.
const preflightTime = 20 * time.Second

// preflight asks the DNS about the sender where mail leaves by SMTP (MB1 to MB4). That the DNS cannot be asked from here is
// a warning: the machine that checks need not be the one that sends.
func (c *checking) preflight(ctx context.Context) error {
	mail := c.Config.Mail
	if mail.Transport != config.TransportSMTP || !c.Config.Sound("mail") {
		return nil
	}
	_, from, err := mailbox.Parse(mail.From)
	if err != nil { // told already
		return nil
	}
	sender := preflight.Sender{From: from.Domain, Relay: mail.SMTP.Host}
	keys, err := c.dkimKeys()
	if err != nil { // told already
		return nil
	}
	for _, key := range keys {
		name, text, err := key.Record()
		if err != nil {
			return err
		}
		sender.Keys = append(sender.Keys, preflight.Key{Domain: key.Domain, Name: name, Text: text})
	}
	resolver := c.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTime)
	defer cancel()
	for _, f := range preflight.Check(ctx, resolver, sender) {
		try := ""
		if f.Publish != "" {
			try = "publish  " + f.Publish
		}
		fault := c.Config.Fault(c.Config.At("mail", "from"), try, "%s: %s", f.Rule, f.Message)
		if f.Warning {
			c.warnings = append(c.warnings, fault)
		} else {
			c.faults = append(c.faults, fault)
		}
	}
	return nil
}
