package pipelines

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/audience"
)

// Preview is what `tokui plan` shows: the plan's counts, what it costs, what the campaign has brought so far, and a
// message of each variant.
type Preview struct {
	Campaign   string               `json:"campaign"`
	Slot       calendar.Slot        `json:"slot"`
	AsOf       string               `json:"as_of"`
	State      string               `json:"state"`
	Considered int                  `json:"considered"`
	Excluded   int                  `json:"excluded"`
	HeldOut    int                  `json:"held_out"`
	Planned    int                  `json:"planned"`
	ByRank     []audience.RankCount `json:"by_rank"`
	ByReason   []audience.Count     `json:"by_reason"`
	ByVariant  []audience.Count     `json:"by_variant"`
	ByWithheld []audience.Count     `json:"by_withheld"`
	Cost       string               `json:"cost"`
	Effect     string               `json:"effect"`
	// Warnings name the forecasts behind the audience whose numbers are not to be read as numbers.
	Warnings []string         `json:"warnings"`
	Messages []PreviewMessage `json:"messages"`
}

// PreviewMessage is one message as it would be sent.
type PreviewMessage struct {
	MessageKey string `json:"message_key"`
	Variant    string `json:"variant"`
	Subject    string `json:"subject"`
	Text       string `json:"text"`
	HTML       string `json:"-"`
	Raw        []byte `json:"-"`
}

// Plan works out an edition without freezing it. The messages are the first of each variant, or that of one contact where
// one is named.
func (p *Program) Plan(ctx context.Context, name string, slot calendar.Slot, contact string) (Preview, error) {
	id := edition.ID{Campaign: name, Slot: slot}
	preview := Preview{Campaign: name, Slot: slot, AsOf: p.asOf(slot).String(), State: "not frozen yet",
		Warnings: []string{}, Messages: []PreviewMessage{}}
	if frozen, err := p.frozen(id); err != nil {
		return preview, err
	} else if frozen {
		s, _, _, err := p.account(id)
		if err != nil {
			return preview, err
		}
		preview.State = s.State + "; this is what it would be if it were planned now"
	}
	err := p.withWarehouse(ctx, "plan "+name, func(db *warehouse.DB) error {
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
		preview.Considered, preview.Excluded, preview.HeldOut, preview.Planned = plan.Considered, plan.Excluded, plan.HeldOut, plan.Planned
		preview.ByRank, preview.ByReason, preview.ByVariant = plan.ByRank, plan.ByReason, plan.ByVariant
		preview.ByWithheld = plan.ByWithheld
		if preview.Cost, err = p.cost(ctx, db, name, plan.Planned-plan.Withheld()); err != nil {
			return err
		}
		if preview.Effect = "not measured: no hold-out"; p.Config.Campaigns[name].Holdout.Value > 0 {
			if preview.Effect, err = effectSoFar(ctx, db, name); err != nil {
				return err
			}
		}
		if preview.Warnings, err = p.forecastWarnings(ctx, db, p.Config.Campaigns[name].Audience); err != nil {
			return err
		}
		return p.withPlan(name, slot, plan, func(e *edition.Edition) error {
			preview.Messages, err = p.previews(e, 1, contact)
			if err == nil && contact != "" && len(preview.Messages) == 0 {
				err = &jobs.UsageError{Err: fmt.Errorf("the plan of %s has no message to contact %q; tokui explain tells why", name, contact)}
			}
			return err
		})
	})
	return preview, err
}

// withPlan opens an edition in a folder of its own that is gone afterwards.
func (p *Program) withPlan(name string, slot calendar.Slot, plan audience.Plan, do func(*edition.Edition) error) error {
	dir, err := os.MkdirTemp(p.tempDir(), "preview-")
	if err != nil {
		return fmt.Errorf("preview %s: %w", name, err)
	}
	defer os.RemoveAll(dir)
	m := p.manifest(name, p.Config.Campaigns[name], slot, plan)
	if err := edition.Freeze(dir, m, plan.PlanFile, plan.RecipientsFile); err != nil {
		return fmt.Errorf("preview %s: %w", name, err)
	}
	e, err := edition.Open(dir)
	if err != nil {
		return fmt.Errorf("preview %s: %w", name, err)
	}
	return do(e)
}

// previews renders the first messages of each variant of an edition, or those to one contact. A list has rows, no messages.
func (p *Program) previews(e *edition.Edition, each int, contact string) ([]PreviewMessage, error) {
	if e.Manifest.Channel != config.ChannelEmail {
		return []PreviewMessage{}, nil
	}
	compose, err := p.composer(e, looking)
	if err != nil {
		return nil, err
	}
	messages := []PreviewMessage{}
	seen := map[string]int{}
	wanted := each * max(1, len(e.Manifest.Variants))
	for entry, err := range e.Planned() {
		if err != nil {
			return nil, err
		}
		if seen[entry.Variant] == each || entry.Forgotten || contact != "" && entry.Recipient.ContactID != contact {
			continue
		}
		m, err := compose(nil, entry)
		if err != nil { // this row's own fault: the sender will count it as failed and say so
			p.Warn("preview: %v", err)
			continue
		}
		seen[entry.Variant]++
		messages = append(messages, PreviewMessage{
			MessageKey: entry.MessageKey,
			Variant:    entry.Variant,
			Subject:    m.Subject,
			Text:       m.Text,
			HTML:       m.HTML,
			Raw:        m.Raw,
		})
		if len(messages) == wanted {
			break
		}
	}
	return messages, nil
}

// cost says what the messages cost; perks cost only where they are taken up, so their price is named, not added.
func (p *Program) cost(ctx context.Context, db *warehouse.DB, name string, planned int) (string, error) {
	each := string(p.Config.Campaigns[name].Effect.CostPerMessage)
	if each == "" || each == "0" {
		return "no cost_per_message given", nil
	}
	var total string
	err := db.One(ctx, "select ($1::decimal(18, 2) * $2::integer)::decimal(18, 2)::varchar", []any{each, planned}, &total)
	if err != nil {
		return "", fmt.Errorf("work out cost: %w", err)
	}
	total = strings.TrimSuffix(total, ".00")
	return fmt.Sprintf("%s%s for %d messages at %s%s", p.Config.Currency, total, planned, p.Config.Currency, each), nil
}

// effectSoFar tells the pooled effect of the campaign's earlier editions, where one has been measured.
func effectSoFar(ctx context.Context, db *warehouse.DB, name string) (string, error) {
	var exists bool
	err := db.One(ctx, "select count(*) > 0 from duckdb_tables() where schema_name = 'effects' and table_name = 'estimate'", nil, &exists)
	if err != nil {
		return "", fmt.Errorf("look for effects: %w", err)
	}
	if exists {
		estimates, err := readEstimates(ctx, db, name)
		if err != nil {
			return "", err
		}
		for _, e := range estimates {
			if e.Slot == "all" && e.Rank == "all" && e.Difference != nil && e.Low != nil && e.High != nil {
				return fmt.Sprintf("%.2f of %s per unit (95 %% interval %.2f to %.2f; %d sent, %d held out)", *e.Difference, e.Outcome,
					*e.Low, *e.High, e.Treated, e.HeldOut), nil
			}
		}
	}
	return "not measured yet; the hold-out of this edition will tell", nil
}
