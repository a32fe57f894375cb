package pipelines

import (
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines/message"
)

// messageSettings are what all messages of a campaign share. fields are the audience's columns, nil where unknown.
func (p *Program) messageSettings(campaign string, fields []string) message.Settings {
	c := p.Config.Campaigns[campaign]
	subjects := map[string]string{}
	for _, v := range c.Variants {
		subjects[v.Name] = v.Subject
	}
	s := p.mailSettings(c.Purpose)
	s.Subjects = subjects
	s.Fields = fields
	s.ConfirmWithin = p.confirmWithin(campaign)
	return s
}

// frozenSettings are messageSettings as they were when the edition was frozen.
func (p *Program) frozenSettings(m edition.Manifest) message.Settings {
	s := p.mailSettings(m.Purpose)
	s.Subjects = m.Variants
	s.ConfirmWithin = p.confirmWithin(m.Campaign)
	if m.Locale != "" {
		s.Locale = m.Locale
	}
	return s
}

// confirmWithin is how long the link of a campaign's mails confirms; 0 where it is no confirmation mail.
func (p *Program) confirmWithin(campaign string) time.Duration {
	if !p.Config.Campaigns[campaign].Confirms {
		return 0
	}
	return p.Config.OptIn.ConfirmWithin.Std()
}

func (p *Program) mailSettings(purpose string) message.Settings {
	return message.Settings{
		Company: message.Company{
			Name:    p.Config.Company.Name,
			Address: p.Config.Company.Address,
			Contact: p.Config.Company.Contact,
		},
		Locale:      p.Config.Locale,
		Currency:    p.Config.Currency,
		From:        p.Config.Mail.From,
		ReplyTo:     p.Config.Mail.ReplyTo,
		BaseURL:     p.Config.Tracking.BaseURL,
		TrackingKey: []byte(p.Config.Tracking.Key.Reveal()),
		Tracking:    message.Tracking{Opens: p.Config.Tracking.Opens, Clicks: p.Config.Tracking.Clicks},
		Purpose:     purpose,
	}
}
