package pipelines

import (
	"cmp"
	"slices"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/audience"
)

// reserved are the editions to come, of campaigns of a higher priority, that count under the caps of this one: of each the
// next slot from this one on, no farther off than the longest cap reaches, and not frozen yet. What is frozen counts by
// itself.
func (p *Program) reserved(name string, slot calendar.Slot) ([]audience.Reservation, error) {
	campaign := p.Config.Campaigns[name]
	if campaign.Purpose != config.PurposeMarketing || campaign.Channel == config.ChannelList {
		return nil, nil
	}
	reach := max(campaign.Caps.PerContact.Per, p.Config.Caps.PerContact.Per, p.Config.Caps.PerCustomer.Per)
	if reach == 0 {
		return nil, nil
	}
	all, _, err := jobs.FromConfig(p.Config)
	if err != nil {
		return nil, err
	}
	from := slot.In(p.Config.Location)
	var coming []audience.Reservation
	for _, job := range all {
		for _, step := range job.Steps {
			verb, other, ok := config.SplitStep(step)
			if !ok || verb != config.StepCampaign || other == name {
				continue
			}
			c := p.Config.Campaigns[other]
			if c.Priority <= campaign.Priority || c.Purpose != config.PurposeMarketing || c.Channel == config.ChannelList {
				continue
			}
			// the next one only; a slot at this very instant counts too, as two steps of one job share it
			at, ok := job.Schedule.Next(from.Add(-time.Second))
			if !ok || !at.In(p.Config.Location).Before(from.Add(reach)) {
				continue
			}
			frozen, err := p.frozen(edition.ID{Campaign: other, Slot: at})
			if err != nil {
				return nil, err
			}
			if frozen {
				continue
			}
			coming = append(coming, audience.Reservation{
				Name: other, Audience: c.Audience, SlotAt: at.In(p.Config.Location), Params: p.Params(p.asOf(slot)),
				Place: p.Config.At("campaigns", other, "audience"),
			})
		}
	}
	slices.SortFunc(coming, func(a, b audience.Reservation) int {
		return cmp.Or(a.SlotAt.Compare(b.SlotAt), cmp.Compare(a.Name, b.Name))
	})
	return coming, nil
}
