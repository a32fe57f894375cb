package edition

import (
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
)

// The arms of a plan. considered = excluded + held out + planned.
const (
	ArmPlanned  = "planned"
	ArmHeldOut  = "held_out"
	ArmExcluded = "excluded"
)

// ID names an edition: one occurrence of a campaign or report.
type ID struct {
	Campaign string
	Slot     calendar.Slot
}

// String returns campaign/slot, as it is written on the command line and on disk.
func (id ID) String() string { return id.Campaign + "/" + string(id.Slot) }

// Manifest is manifest.json: what the edition is and what was counted when it was frozen.
type Manifest struct {
	Version  int           `json:"version"`
	Campaign string        `json:"campaign"`
	Slot     calendar.Slot `json:"slot"`
	// Kind is campaign or report.
	Kind    string `json:"kind"`
	Channel string `json:"channel"`
	Purpose string `json:"purpose"`
	// Locale of the messages.
	Locale string `json:"locale,omitempty"`
	// Template, Subject overrides per variant and everything else the sender needs, frozen.
	Template string            `json:"template"`
	Variants map[string]string `json:"variants,omitempty"`
	// Perks are what each rank is entitled to, as templates list them.
	Perks  map[string][]Perk `json:"perks,omitempty"`
	FileBy string            `json:"file_by,omitempty"`
	// Fields are the audience's columns in their order, which a list keeps.
	Fields []string `json:"fields,omitempty"`
	// SlotAt is the slot's instant; ExpiresAt when it may no longer be sent.
	SlotAt    time.Time `json:"slot_at"`
	ExpiresAt time.Time `json:"expires_at"`
	// AsOf is the date of the tables that it was planned from.
	AsOf string `json:"as_of"`

	Outcome           string `json:"outcome,omitempty"`
	OutcomeByCategory bool   `json:"outcome_by_category,omitempty"`
	EffectWindowDays  int    `json:"effect_window_days,omitempty"`
	CostPerMessage    string `json:"cost_per_message,omitempty"`
	// HoldoutRate is the share of the draw.
	HoldoutRate       float64 `json:"holdout_rate"`
	ResendUnconfirmed bool    `json:"resend_unconfirmed,omitempty"`

	// Topic is what it is about, where it is one that people may leave out.
	Topic string `json:"topic,omitempty"`
	// ConsentHead is the last line of the consent ledger that the plan was made under (JP2): while it can be found there,
	// nothing before it was taken away.
	ConsentHead string `json:"consent_head,omitempty"`
	// Operator is who runs this sending and Advertiser whose mail it is, as far as they were known (JP6).
	Operator   string `json:"operator,omitempty"`
	Advertiser string `json:"advertiser,omitempty"`

	Considered int `json:"considered"`
	Excluded   int `json:"excluded"`
	HeldOut    int `json:"held_out"`
	Planned    int `json:"planned"`
}

// NeedsBasis says whether each message of the edition needs a ground on which it may be sent: marketing to people. A list
// goes to the own staff.
func (m Manifest) NeedsBasis() bool {
	return m.Kind == "campaign" && m.Purpose == journal.PurposeMarketing && m.Channel != "list"
}

// Perk is what a rank is entitled to: its name and the text that the customer reads.
type Perk struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// PlanRow is one row of plan.parquet: everyone considered, frozen. It holds no address and no name.
type PlanRow struct {
	MessageKey string // unique within the edition; the Message-ID's local part
	ContactKey string // the same person in every edition
	Unit       string // what the draw was of
	CustomerID string // "" for a lead
	Rank       string
	Category   string
	Arm        string
	Variant    string // of planned and held-out rows
	Reason     string // of excluded rows; of planned ones: why the sender withholds the message
	// Basis is on which ground a marketing message may go to this contact (JP1), and Evidence is the id of the line in the
	// consent ledger that shows it. Empty where none is needed.
	Basis, Evidence string
}

// Recipient is one row of recipients.parquet: what is needed to write to a planned contact, and the contact behind the
// key for every considered one. `forget` deletes rows here.
type Recipient struct {
	MessageKey string
	ContactID  string // the customer's id, for lists
	AddressKey string // "" where there is no address
	Address    string // planned rows only
	Name       string // of the address, may be ""
	Fields     string // planned rows only: the audience row as a JSON object with sorted keys
	// Position is the ordinal of the audience's row, from 1, by which a list is sorted; 0 where no order is kept: mail,
	// reports, and editions that were frozen before there were positions.
	Position int32
}
