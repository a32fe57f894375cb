package pipelines

import (
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/jobs"
)

// EditionStatus is one edition with its accounts.
type EditionStatus struct {
	Campaign string        `json:"campaign"`
	Slot     calendar.Slot `json:"slot"`
	Kind     string        `json:"kind"`
	Channel  string        `json:"channel"`
	// OpenSince is the time of the edition's slot, where messages of it are pending that may still be sent, though a later
	// slot of the campaign has come. Zero otherwise. Only Editions fills it in.
	OpenSince time.Time `json:"open_since,omitzero"`
	// Bounced counts the messages that came back after they were accepted, by whom that is about. They stay accepted, since
	// the accounts are those of the sending.
	Bounced map[journal.Class]int `json:"bounced,omitempty"`
	edition.Account
	slotAt, expiresAt time.Time
	damaged           []journal.Damage
}

// MessageStatus is what became of one planned message. The contact's id stands in for the person.
type MessageStatus struct {
	MessageKey string `json:"message_key"`
	ContactID  string `json:"contact_id"`
	State      string `json:"state"`
	Detail     string `json:"detail"`
	// Bounce is whom it is about that the message came back, "" where it did not.
	Bounce journal.Class `json:"bounce,omitempty"`
}

// Editions are all editions on disk by slot, read without the warehouse.
func (p *Program) Editions() ([]EditionStatus, error) {
	ids, err := edition.List(p.dataPath())
	if err != nil {
		return nil, fmt.Errorf("list editions: %w", err)
	}
	all := make([]EditionStatus, 0, len(ids))
	for _, id := range ids {
		s, _, _, err := p.account(id)
		if err != nil {
			return nil, err
		}
		p.warnDamaged(s)
		all = append(all, s)
	}
	if err := p.markBounced(all); err != nil {
		return nil, err
	}
	return all, p.markOpen(all)
}

// markBounced fills in Bounced.
func (p *Program) markBounced(all []EditionStatus) error {
	bounces, err := p.bounces()
	if err != nil || len(bounces) == 0 {
		return err
	}
	for i, s := range all {
		if s.Channel != "email" {
			continue
		}
		e, err := edition.Open(edition.Dir(p.dataPath(), edition.ID{Campaign: s.Campaign, Slot: s.Slot}))
		if err != nil {
			return err
		}
		for row, err := range e.Plan() {
			if err != nil {
				return fmt.Errorf("read edition %s/%s: %w", s.Campaign, s.Slot, err)
			}
			if class := bounces[row.MessageKey]; class != "" && row.Arm == edition.ArmPlanned {
				if all[i].Bounced == nil {
					all[i].Bounced = map[journal.Class]int{}
				}
				all[i].Bounced[class]++
			}
		}
	}
	return nil
}

// markOpen fills in OpenSince of editions that time has overtaken.
func (p *Program) markOpen(all []EditionStatus) error {
	latest, err := p.latestSlots()
	if err != nil {
		return err
	}
	for _, s := range all {
		latest[s.Campaign] = max(latest[s.Campaign], s.Slot)
	}
	now := p.senderNow()()
	for i, s := range all {
		if s.Pending > 0 && now.Before(s.expiresAt) && s.Slot < latest[s.Campaign] {
			all[i].OpenSince = s.slotAt
		}
	}
	return nil
}

// warnDamaged tells of lines of an edition's journal that cannot be read. They are kept as they are, and the others count.
func (p *Program) warnDamaged(s EditionStatus) {
	for _, damage := range s.damaged {
		if damage.Torn {
			p.Warn("%s/%s: %s; it is kept, and promised nothing", s.Campaign, s.Slot, damage)
		} else {
			p.Warn("%s/%s: %s; it may hide what was sent, so nothing more is sent by SMTP; try: restore the segment from a backup",
				s.Campaign, s.Slot, damage)
		}
	}
}

// latestSlots are the last slots that have come, by the campaign or report that they are of.
func (p *Program) latestSlots() (map[string]calendar.Slot, error) {
	list, _, err := jobs.FromConfig(p.Config)
	if err != nil {
		return nil, err
	}
	latest := map[string]calendar.Slot{}
	for _, job := range list {
		slot, ok := job.Schedule.Latest(p.Moment())
		for _, step := range job.Steps {
			if _, name, isStep := config.SplitStep(step); ok && isStep && name != "" {
				latest[name] = max(latest[name], slot)
			}
		}
	}
	return latest, nil
}

// Edition is one edition with each of its planned messages.
func (p *Program) Edition(id edition.ID) (EditionStatus, []MessageStatus, error) {
	s, e, folded, err := p.account(id)
	if err != nil {
		return s, nil, err
	}
	p.warnDamaged(s)
	bounces, err := p.bounces()
	if err != nil {
		return s, nil, err
	}
	one := []EditionStatus{s}
	if err := p.markBounced(one); err != nil {
		return s, nil, err
	}
	s = one[0]
	var messages []MessageStatus
	for entry, err := range e.Planned() {
		if err != nil {
			return s, nil, fmt.Errorf("read edition %s: %w", id, err)
		}
		messages = append(messages, MessageStatus{
			MessageKey: entry.MessageKey,
			ContactID:  entry.Recipient.ContactID,
			State:      folded.states.Of(entry.MessageKey),
			Detail:     folded.details[entry.MessageKey],
			Bounce:     bounces[entry.MessageKey],
		})
	}
	return s, messages, nil
}

// fold is an edition's journal, folded: each message's state and the last thing that was said of it.
type fold struct {
	states  *edition.MessageStates
	details map[string]string
}

func (p *Program) account(id edition.ID) (EditionStatus, *edition.Edition, fold, error) {
	folded := fold{states: edition.NewMessageStates(), details: map[string]string{}}
	e, err := edition.Open(edition.Dir(p.dataPath(), id))
	if err != nil {
		return EditionStatus{}, nil, folded, fmt.Errorf("edition %s: %w; try: tokui status", id, err)
	}
	report, err := journal.Read(p.JournalDir(), id.Stream(), func(event journal.Event, _ journal.Place) error {
		folded.states.Add(event)
		if event.MessageKey != "" && event.Detail != "" {
			folded.details[event.MessageKey] = event.Detail
		}
		return nil
	})
	if err != nil {
		return EditionStatus{}, nil, folded, fmt.Errorf("read journal of edition %s: %w", id, err)
	}
	balance, err := edition.Balance(e, folded.states)
	if err != nil {
		return EditionStatus{}, nil, folded, fmt.Errorf("balance edition %s: %w", id, err)
	}
	return EditionStatus{
		Campaign: id.Campaign,
		Slot:     id.Slot,
		Kind:     e.Manifest.Kind,
		Channel:  e.Manifest.Channel,
		Account:  balance,

		damaged:   report.Damaged,
		slotAt:    e.Manifest.SlotAt,
		expiresAt: e.Manifest.ExpiresAt,
	}, e, folded, nil
}
