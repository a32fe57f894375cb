package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/delivery"
	"github.com/tokui/tokui/pipelines/message"
)

// testFolder is where the outbox puts test mails: no campaign can be called so.
const testFolder = "_test"

// SendTest sends one message of a campaign's plan to an address of ours, the way that all others would go: rendered from a
// planned row, signed, handed to the transport. Its links count and unsubscribe nobody; nothing is journaled. The text
// says what became of it.
func (p *Program) SendTest(ctx context.Context, name string, slot calendar.Slot, address string) (string, error) {
	if p.Config.Campaigns[name].Channel != config.ChannelEmail {
		return "", &jobs.UsageError{Err: fmt.Errorf("campaign %s goes by %s, and only mail can be tested", name, p.Config.Campaigns[name].Channel)}
	}
	if err := p.mayLeave(config.ChannelEmail); err != nil {
		return "", err
	}
	var m message.Message
	err := p.withWarehouse(ctx, "test "+name, func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		if err := p.collect(ctx, db, p.asOf(slot)); err != nil {
			return err
		}
		plan, err := p.makePlan(ctx, db, name, slot)
		if err != nil {
			return err
		}
		defer os.Remove(plan.PlanFile)
		defer os.Remove(plan.RecipientsFile)
		return p.withPlan(name, slot, plan, func(e *edition.Edition) error {
			m, err = p.testMessage(e, address)
			return err
		})
	})
	if err != nil {
		return "", err
	}
	return p.sendOne(ctx, slot, m)
}

// testMessage is the first planned message, to another address. It has a key of its own, so that mail programs do not take
// a second test for the first.
func (p *Program) testMessage(e *edition.Edition, address string) (message.Message, error) {
	compose, err := p.composer(e, looking)
	if err != nil {
		return message.Message{}, err
	}
	for entry, err := range e.Planned() {
		if err != nil {
			return message.Message{}, err
		}
		if entry.Forgotten {
			continue
		}
		key := sha256.Sum256([]byte("test of " + entry.MessageKey + " to " + address + " at " + p.Now().Format(time.RFC3339Nano)))
		entry.MessageKey = hex.EncodeToString(key[:16])
		entry.Recipient.Address = address
		return compose(nil, entry)
	}
	return message.Message{}, fmt.Errorf("test %s: nobody is planned, so there is no message to send; try: tokui plan %[1]s", e.Manifest.Campaign)
}

// sendOne hands one message to the transport.
func (p *Program) sendOne(ctx context.Context, slot calendar.Slot, m message.Message) (string, error) {
	envelope := delivery.Envelope{Campaign: testFolder, Slot: slot, MessageKey: m.Key, From: m.From, To: m.To, Raw: m.Raw,
		Attempt: func() error { return nil }}
	sign, err := p.signer()
	if err != nil {
		return "", err
	}
	if sign != nil {
		if envelope.Head, err = sign(m.Raw); err != nil {
			return "", fmt.Errorf("sign the test: %w", err)
		}
	}
	channel := p.channel()
	out := channel.Send(ctx, envelope)
	err = channel.Close()
	switch {
	case out.Result == delivery.Accepted:
		return fmt.Sprintf("%s accepted message %s, %d bytes: %s", channel.Name(), m.Key, len(m.Raw)+len(envelope.Head), out.Detail), err
	case out.Err != nil:
		return "", errors.Join(fmt.Errorf("send the test: %w", out.Err), err)
	default:
		return "", errors.Join(fmt.Errorf("send the test: %s refused it: %d %s %s", channel.Name(), out.Code, out.Enhanced, out.Detail), err)
	}
}
