package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/message"
)

// Campaign brings one edition of a campaign as far as it will go: audience → plan, frozen → render → deliver. Calling it
// again goes on where it was left; an edition that is finished stays as it is.
func (p *Program) Campaign(ctx context.Context, name string, slot calendar.Slot) (Outcome, error) {
	id := edition.ID{Campaign: name, Slot: slot}
	if err := p.settle(ctx, id); err != nil {
		return Outcome{}, err
	}
	frozen, err := p.frozen(id)
	if err != nil {
		return Outcome{}, err
	}
	if !frozen {
		expires := slot.In(p.Config.Location).Add(p.Config.Campaigns[name].Expires.Std())
		if now := p.senderNow()(); !now.Before(expires) {
			text := fmt.Sprintf("slot %s expired on %s; nothing planned", slot, expires.Format(time.DateTime))
			p.Warn("%s: %s", name, text)
			return Outcome{Text: text}, nil
		}
		if err := p.mayLeave(p.Config.Campaigns[name].Channel); err != nil {
			return Outcome{}, err
		}
		if p.Config.Campaigns[name].Channel == config.ChannelPostal {
			return Outcome{}, p.noPostalYet(name)
		}
		if err := p.freeze(ctx, id); err != nil {
			return Outcome{}, err
		}
	}
	return p.deliver(ctx, id)
}

// freeze plans the edition and makes the plan final. Whatever can be found wrong is found before: the guard, a template
// that uses what the audience has not.
func (p *Program) freeze(ctx context.Context, id edition.ID) error {
	return p.withWarehouse(ctx, "campaign "+id.Campaign, func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		if err := p.checkSources(ctx, db, id.Campaign); err != nil {
			return err
		}
		if err := p.collect(ctx, db, p.asOf(id.Slot)); err != nil {
			return err
		}
		plan, err := p.makePlan(ctx, db, id.Campaign, id.Slot)
		if err != nil {
			return err
		}
		defer os.Remove(plan.PlanFile)
		defer os.Remove(plan.RecipientsFile)
		campaign := p.Config.Campaigns[id.Campaign]
		if campaign.Channel == "email" {
			compiled, err := message.Compile(p.Templates, campaign.Template, p.messageSettings(id.Campaign, plan.Fields))
			if err := p.placeTemplate(id.Campaign, err); err != nil {
				return err
			}
			for _, fault := range compiled.Lint() {
				p.Warn("%s: %v", id, fault)
			}
		}
		if err := p.checkGuard(id.Campaign, id.Slot, plan); err != nil {
			return err
		}
		p.warnStaleTables(ctx, db, id)
		dir := edition.Dir(p.dataPath(), id)
		m := p.manifest(id.Campaign, campaign, id.Slot, plan)
		if err := needEvidence(ctx, db, m, plan); err != nil {
			return err
		}
		if m.ConsentHead, err = journal.LedgerHead(p.JournalDir()); err != nil {
			return fmt.Errorf("freeze %s: %w", id, err)
		}
		if err := p.freezeTemplate(dir, m); err != nil { // before the manifest, which makes the edition
			return fmt.Errorf("freeze %s: %w", id, err)
		}
		err = edition.Freeze(dir, m, plan.PlanFile, plan.RecipientsFile)
		if errors.Is(err, edition.ErrFrozen) { // by another process, meanwhile: its plan stands
			return nil
		}
		if err != nil {
			return fmt.Errorf("freeze %s: %w", id, err)
		}
		if err := p.keepPreviews(id); err != nil { // nice to have; the plan is frozen and goes its way
			p.Warn("%v", err)
		}
		return nil
	})
}

// templateFolder holds the template as it was when the edition was frozen: whatever is sent after an interruption reads
// like what was sent before it.
const templateFolder = "template"

func (p *Program) freezeTemplate(dir string, m edition.Manifest) error {
	if m.Channel != config.ChannelEmail {
		return nil
	}
	files, err := message.Files(p.Templates, m.Template, p.Config.Locale)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := writeWhole(filepath.Join(dir, templateFolder, filepath.FromSlash(name)), content); err != nil {
			return err
		}
	}
	return nil
}

// settledBack is how many editions before the present one are looked at for open accounts. Each edition settles those
// before it, so none is left behind.
const settledBack = 3

// settle finishes earlier editions of the same campaign that a stop or a kill has left open: what has not expired is
// sent, the rest is withheld, and everybody is accounted for.
func (p *Program) settle(ctx context.Context, id edition.ID) error {
	ids, err := edition.List(p.dataPath())
	if err != nil {
		return fmt.Errorf("list editions: %w", err)
	}
	var earlier []edition.ID
	for _, other := range ids {
		if other.Campaign == id.Campaign && other.Slot < id.Slot {
			earlier = append(earlier, other)
		}
	}
	for _, open := range earlier[max(0, len(earlier)-settledBack):] {
		s, _, _, err := p.account(open)
		if err != nil {
			return err
		}
		if s.State != edition.StatePlanned && s.State != edition.StateSending {
			continue
		}
		out, err := p.deliver(ctx, open)
		if err != nil {
			return fmt.Errorf("settle edition %s: %w", open, err)
		}
		p.Warn("edition %s had been left open: %s", open, out.Text)
	}
	return nil
}

// warnStaleTables says when the tables are older than the slot: last night's analyze failed, or did not run.
func (p *Program) warnStaleTables(ctx context.Context, db *warehouse.DB, id edition.ID) {
	var asOf time.Time
	err := db.One(ctx, "select max(as_of_on) from metrics.customer_period", nil, &asOf)
	if err != nil || asOf.IsZero() {
		return
	}
	if built := calendar.DateOf(asOf); built != p.asOf(id.Slot) {
		p.Warn("%s is planned from tables as of %s, its slot wants %s; try: tokui run load analyze", id, built, p.asOf(id.Slot))
	}
}

// mayLeave refuses to send the past's mail to real people by mistake.
func (p *Program) mayLeave(channel string) error {
	if channel == "email" && p.Config.Mail.Transport == "smtp" && !p.Replay.IsZero() && !p.Live {
		return &jobs.UsageError{Err: fmt.Errorf("as_of is %s, not today, and mail.transport is smtp: nothing leaves in a replay; "+
			"try: mail.transport: outbox, or --live if you mean it", p.Replay)}
	}
	return nil
}

// noPostalYet says that letters cannot be printed by this version: a plan is shown, nothing is frozen.
func (p *Program) noPostalYet(name string) error {
	return p.Config.Fault(p.Config.At("campaigns", name, "channel"), "channel: list, and let the list be printed from",
		"campaigns.%s.channel: this version plans postal campaigns but cannot print them", name)
}

// previewsKept is how many previews of each variant are kept beside an edition.
const previewsKept = 3

// keepPreviews leaves the first messages of each variant as pages in the edition's folder, to look at before or after.
func (p *Program) keepPreviews(id edition.ID) error {
	e, err := edition.Open(edition.Dir(p.dataPath(), id))
	if err != nil {
		return fmt.Errorf("preview %s: %w", id, err)
	}
	messages, err := p.previews(e, previewsKept, "")
	if err != nil {
		return fmt.Errorf("preview %s: %w", id, err)
	}
	dir := filepath.Join(e.Dir, "previews")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("preview %s: %w", id, err)
	}
	for _, m := range messages {
		if err := os.WriteFile(filepath.Join(dir, m.MessageKey+".html"), []byte(m.HTML), 0o600); err != nil {
			return fmt.Errorf("preview %s: %w", id, err)
		}
	}
	return nil
}
