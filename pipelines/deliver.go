package pipelines

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/dkim"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines/delivery"
	"github.com/tokui/tokui/pipelines/message"
)

// mailFile holds a report edition's message, the same for all its recipients; a campaign's are rendered one by one.
const mailFile = "mail.json"

// reportMail is the content of mailFile.
type reportMail struct {
	Subject string `json:"subject"`
	HTML    string `json:"html"`
	Text    string `json:"text"`
}

// deliver sends what is pending of a frozen edition. It needs no warehouse.
func (p *Program) deliver(ctx context.Context, id edition.ID) (Outcome, error) {
	e, err := edition.Open(edition.Dir(p.dataPath(), id))
	if err != nil {
		return Outcome{}, fmt.Errorf("send %s: %w", id, err)
	}
	if err := p.mayLeave(e.Manifest.Channel); err != nil {
		return Outcome{}, err
	}
	sender := &delivery.Sender{
		DataDir:    p.dataPath(),
		JournalDir: p.JournalDir(),
		ID:         id,
		Now:        p.senderNow(),
		Limits:     p.limits(e.Manifest),
		Alert:      func(text string) { p.Warn("%s: %s", id, text) },
		Progress:   p.tellProgress(id),
	}
	if e.Manifest.Channel == "list" {
		sender.Lists = p.lists(e)
	} else {
		sender.Channel = p.channel()
		defer sender.Channel.Close()
		if sender.Render, err = p.renderer(e); err != nil {
			return Outcome{}, err
		}
		if sender.Sign, err = p.signer(); err != nil {
			return Outcome{}, err
		}
	}
	before, _, _, err := p.account(id)
	if err != nil {
		return Outcome{}, err
	}
	account, err := sender.Run(ctx)
	return Outcome{Rows: int64(account.Accepted - before.Accepted), Text: describeAccount(id, before.Account, account)}, err
}

func describeAccount(id edition.ID, before, after edition.Account) string {
	if before.State == edition.StateFinished {
		return fmt.Sprintf("%s was finished before: %d accepted; nothing sent", id.Slot, after.Accepted)
	}
	parts := []string{fmt.Sprintf("%s %s: %d considered = %d excluded + %d held out + %d planned; %d accepted", id.Slot, after.State,
		after.Considered, after.Excluded, after.HeldOut, after.Planned, after.Accepted)}
	for _, part := range []struct {
		name  string
		count int
	}{{"failed", after.Failed}, {"withheld", after.Withheld}, {"unconfirmed", after.Unconfirmed}, {"pending", after.Pending}} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.name))
		}
	}
	return strings.Join(parts, ", ")
}

// tellProgress tells how a long edition stands, each time a tenth more of it is done.
func (p *Program) tellProgress(id edition.ID) func(edition.Account) {
	told := 0
	return func(a edition.Account) {
		if a.Planned < 1000 {
			return
		}
		if tenth := 10 * (a.Planned - a.Pending) / a.Planned; tenth > told && tenth < 10 {
			told = tenth
			p.Note("%s: %d of %d messages done", id, a.Planned-a.Pending, a.Planned)
		}
	}
}

// senderNow is the clock by which editions expire: in a replay it stands at the end of the replayed day.
func (p *Program) senderNow() func() time.Time {
	if p.Replay.IsZero() {
		return p.Now
	}
	moment := p.Moment()
	return func() time.Time { return moment }
}

// channel is how mail leaves: into files, or to the relay.
func (p *Program) channel() delivery.Channel {
	mail := p.Config.Mail
	if mail.Transport != "smtp" {
		return &delivery.Outbox{Dir: p.Config.OutboxPath()}
	}
	return &delivery.SMTP{
		Host:     mail.SMTP.Host,
		Port:     mail.SMTP.Port,
		Username: mail.SMTP.Username,
		Password: mail.SMTP.Password.Reveal(),
		TLS:      mail.SMTP.TLS,
		Timeout:  mail.SMTP.Timeout.Std(),

		PerConnection: mail.SMTP.PerConnection,
	}
}

// signer signs what leaves by SMTP where there are keys; nil where there are none.
func (p *Program) signer() (func(message []byte) ([]byte, error), error) {
	keys, err := p.dkimKeys()
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	signer, err := dkim.New(keys...)
	if err != nil {
		return nil, err
	}
	return func(message []byte) ([]byte, error) {
		return signer.Append(make([]byte, 0, 1024*len(keys)), message, p.Now())
	}, nil
}

// dkimKeys are the keys that sign what leaves by SMTP.
func (p *Program) dkimKeys() ([]dkim.Key, error) {
	mail := p.Config.Mail
	if mail.Transport != "smtp" || mail.DKIM.Key == "" {
		return nil, nil
	}
	all := append([]config.DKIMKey{{Domain: mail.DKIM.Domain, Selector: mail.DKIM.Selector, Key: mail.DKIM.Key}}, mail.DKIM.Also...)
	keys := make([]dkim.Key, len(all))
	for i, k := range all {
		private, err := dkim.ParsePrivate([]byte(k.Key.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("mail.dkim, selector %s: %w", k.Selector, err)
		}
		keys[i] = dkim.Key{Domain: k.Domain, Selector: k.Selector, Private: private}
	}
	return keys, nil
}

// limits are how much may leave at a time. Files bother nobody, and a replay's night is over: quiet hours are for mail
// that leaves now.
func (p *Program) limits(m edition.Manifest) delivery.Limits {
	mail := p.Config.Mail
	if m.Channel != "email" || mail.Transport != "smtp" {
		return delivery.Limits{}
	}
	limits := delivery.Limits{
		Connections: mail.SMTP.Connections,
		Rate:        delivery.Rate(mail.SMTP.Rate),
		Domains:     map[string]delivery.DomainLimit{},
		MaxWait:     15 * time.Minute,
	}
	for domain, limit := range mail.Domains {
		limits.Domains[strings.ToLower(domain)] = delivery.DomainLimit{Connections: limit.Connections, Rate: delivery.Rate(limit.Rate)}
	}
	for name, family := range mail.Families {
		limits.Families = append(limits.Families, delivery.Family{Name: name, Domains: family.Domains, MX: family.MX,
			Limit: delivery.DomainLimit{Connections: family.Connections, Rate: delivery.Rate(family.Rate)}})
	}
	slices.SortFunc(limits.Families, func(a, b delivery.Family) int { return strings.Compare(a.Name, b.Name) })
	if first, err := calendar.ParseDate(mail.WarmUp.From); err == nil {
		limits.WarmUp = delivery.WarmUp{From: first.In(p.Config.Location), Daily: mail.WarmUp.Daily, Hourly: mail.WarmUp.Hourly,
			Location: p.Config.Location}
	}
	if hours := p.Config.Campaigns[m.Campaign].Caps.QuietHours; hours.Set && m.Kind == "campaign" && p.Replay.IsZero() {
		limits.Quiet = delivery.Quiet{From: hours.From, To: hours.To, Location: p.Config.Location}
	}
	return limits
}

// renderer makes the messages of an edition: from its template, or for a report from the one mail that was kept.
func (p *Program) renderer(e *edition.Edition) (func([]byte, edition.Entry) (delivery.Letter, error), error) {
	compose, err := p.composer(e, sending)
	if err != nil {
		return nil, err
	}
	returnPath, err := p.returnPath()
	if err != nil {
		return nil, err
	}
	return func(b []byte, entry edition.Entry) (delivery.Letter, error) {
		m, err := compose(b, entry)
		if err != nil {
			return delivery.Letter{}, err
		}
		from, err := returnPath(entry.MessageKey, m.From)
		return delivery.Letter{From: from, To: m.To, Raw: m.Raw}, err
	}, nil
}

// purpose is what messages are made for: to be sent, or to be looked at. Those have their parts, and no link that works.
type purpose int

const (
	sending purpose = iota
	looking
)

// composer is the renderer for whole messages. A message to be sent may be appended to the bytes that it is given.
func (p *Program) composer(e *edition.Edition, to purpose) (func([]byte, edition.Entry) (message.Message, error), error) {
	m := e.Manifest
	settings := p.frozenSettings(m)
	settings.Preview = to == looking
	recipient := func(entry edition.Entry) message.Recipient {
		return message.Recipient{
			MessageKey: entry.MessageKey,
			Address:    entry.Recipient.Address,
			Name:       entry.Recipient.Name,
			Fields:     json.RawMessage(entry.Recipient.Fields),
			Perks:      m.Perks[entry.Rank],
			Variant:    entry.Variant,
			Campaign:   m.Campaign,
			Slot:       m.Slot,
			Date:       m.SlotAt.In(p.Config.Location),
		}
	}
	if m.Kind == "report" {
		var mail reportMail
		text, err := os.ReadFile(filepath.Join(e.Dir, mailFile))
		if err != nil {
			return nil, fmt.Errorf("read mail of %s: %w", e.ID(), err)
		}
		if err := json.Unmarshal(text, &mail); err != nil {
			return nil, fmt.Errorf("read mail of %s: %w", e.ID(), err)
		}
		return func(_ []byte, entry edition.Entry) (message.Message, error) {
			return message.Compose(settings, recipient(entry), mail.Subject, mail.HTML, mail.Text)
		}, nil
	}
	template, err := message.Compile(p.templatesOf(e), m.Template, settings)
	if err != nil {
		return nil, p.placeTemplate(m.Campaign, err)
	}
	if to == looking {
		return func(_ []byte, entry edition.Entry) (message.Message, error) { return template.Render(recipient(entry)) }, nil
	}
	return func(b []byte, entry edition.Entry) (message.Message, error) {
		return template.Append(b, recipient(entry))
	}, nil
}

// templatesOf is where an edition's template is: in its own folder, or for a plan that is not frozen where templates are.
func (p *Program) templatesOf(e *edition.Edition) []fs.FS {
	folder := filepath.Join(e.Dir, templateFolder)
	if _, err := os.Stat(folder); err != nil {
		return p.Templates
	}
	return []fs.FS{os.DirFS(folder)}
}
