package pipelines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/audience"
)

// makePlan works out who would get an edition of a campaign; the caller owns the two files.
func (p *Program) makePlan(ctx context.Context, db *warehouse.DB, name string, slot calendar.Slot) (audience.Plan, error) {
	_, seed, err := p.Keys()
	if err != nil {
		return audience.Plan{}, err
	}
	campaign, ok := p.Config.Campaigns[name]
	if !ok {
		return audience.Plan{}, fmt.Errorf("no campaign %q in %s; there are %s", name, p.Config.Path,
			strings.Join(p.Config.CampaignNames, ", "))
	}
	reserved, err := p.reserved(name, slot)
	if err != nil {
		return audience.Plan{}, err
	}
	return audience.Make(ctx, db, audience.Request{
		Name:     name,
		Campaign: campaign,
		Caps:     p.Config.Caps,
		Reserved: reserved,
		Slot:     slot,
		SlotAt:   slot.In(p.Config.Location),
		Seed:     seed,
		Params:   p.Params(p.asOf(slot)),
		TempDir:  p.tempDir(),
	})
}

// checkGuard stops a plan that is larger than anybody meant, or that differs too much from the last edition's.
func (p *Program) checkGuard(name string, slot calendar.Slot, plan audience.Plan) error {
	guard := p.Config.Campaigns[name].Guard
	if guard.MaxMessages > 0 && plan.Planned > guard.MaxMessages {
		return &jobs.GuardError{Err: fmt.Errorf(
			"campaign %s, slot %s: %d messages planned, guard.max_messages is %d; nothing was frozen or sent; "+
				"try: tokui plan %s, then narrow the audience or raise the guard",
			name, slot, plan.Planned, guard.MaxMessages, name)}
	}
	if !guard.MaxChange.Set || guard.MaxChange.Value == 0 {
		return nil
	}
	last, ok, err := p.lastEdition(name, slot)
	if err != nil || !ok || last.Planned == 0 {
		return err
	}
	change := math.Abs(float64(plan.Planned-last.Planned)) / float64(last.Planned)
	if change > guard.MaxChange.Value {
		return &jobs.GuardError{Err: fmt.Errorf(
			"campaign %s, slot %s: %d messages planned, %d in the edition of %s: a change of %.0f %%, guard.max_change is %.0f %%; "+
				"nothing was frozen or sent; try: tokui plan %s, then raise the guard if the change is meant",
			name, slot, plan.Planned, last.Planned, last.Slot, 100*change, 100*guard.MaxChange.Value, name)}
	}
	return nil
}

// lastEdition is the manifest of the newest edition of a campaign before a slot.
func (p *Program) lastEdition(name string, slot calendar.Slot) (edition.Manifest, bool, error) {
	ids, err := edition.List(p.dataPath())
	if err != nil {
		return edition.Manifest{}, false, fmt.Errorf("list editions: %w", err)
	}
	var newest calendar.Slot
	for _, id := range ids {
		if id.Campaign == name && id.Slot < slot && id.Slot > newest {
			newest = id.Slot
		}
	}
	if newest == "" {
		return edition.Manifest{}, false, nil
	}
	last, err := edition.Open(edition.Dir(p.dataPath(), edition.ID{Campaign: name, Slot: newest}))
	if err != nil {
		return edition.Manifest{}, false, fmt.Errorf("read edition %s/%s: %w", name, newest, err)
	}
	return last.Manifest, true, nil
}

// manifest describes the edition that a plan becomes when it is frozen: whatever the sender needs later stands in it,
// so that a change of config.yaml cannot touch an edition under way.
func (p *Program) manifest(name string, c config.Campaign, slot calendar.Slot, plan audience.Plan) edition.Manifest {
	at := slot.In(p.Config.Location)
	variants := map[string]string{}
	for _, v := range c.Variants {
		variants[v.Name] = v.Subject
	}
	outcome, byCategory := strings.CutSuffix(c.Effect.Outcome, " of category")
	perks := map[string][]edition.Perk{}
	for _, perk := range p.Config.Perks {
		for _, rank := range perk.Ranks {
			perks[rank] = append(perks[rank], edition.Perk{Name: perk.Name, Text: perk.Text})
		}
	}
	return edition.Manifest{
		Version:           1,
		Campaign:          name,
		Slot:              slot,
		Kind:              "campaign",
		Channel:           c.Channel,
		Purpose:           c.Purpose,
		Locale:            p.Config.Locale,
		Template:          c.Template,
		Variants:          variants,
		Perks:             perks,
		FileBy:            c.FileBy,
		Fields:            plan.Fields,
		SlotAt:            at,
		ExpiresAt:         at.Add(c.Expires.Std()),
		AsOf:              p.asOf(slot).String(),
		Outcome:           outcome,
		OutcomeByCategory: byCategory,
		EffectWindowDays:  int(c.Effect.Window),
		CostPerMessage:    string(c.Effect.CostPerMessage),
		HoldoutRate:       c.Holdout.Value,
		Topic:             c.Topic,
		Advertiser:        p.Config.Company.Name,
		Operator:          cmp.Or(p.Config.Company.Operator, p.Config.Company.Name),
		ResendUnconfirmed: c.ResendUnconfirmed,
		Considered:        plan.Considered,
		Excluded:          plan.Excluded,
		HeldOut:           plan.HeldOut,
		Planned:           plan.Planned,
	}
}

// frozen reports whether an edition has been planned for good.
func (p *Program) frozen(id edition.ID) (bool, error) {
	_, err := os.Stat(filepath.Join(edition.Dir(p.dataPath(), id), "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for edition %s: %w", id, err)
	}
	return true, nil
}
