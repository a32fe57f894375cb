package audience_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/pipelines/audience"
	"github.com/tokui/tokui/pipelines/model"
	sqlfiles "github.com/tokui/tokui/sql"
)

// TestHoldBack: an open complaint stops marketing to every contact of the customer, and to a lead alone; what is open and
// no longer waited for stops nobody; service mail passes, and so does a campaign that ignores it.
func TestHoldBack(t *testing.T) {
	db := newWarehouse(t)
	for id, customer := range map[string]string{"first": "K1", "second": "K1", "repair": "K2", "given-up": "K3", "other": "K4", "lead": "", "other-lead": ""} {
		contact(t, db, id, customer, id+"@example.com", true)
	}
	insert(t, db, "metrics.customer_hold", "customer_id, contact_id, is_held, kind",
		"'K1', null, true, 'complaint'", "'K2', null, true, 'repair'", "'K3', null, false, 'complaint'", "null, 'lead', true, 'complaint'")
	follow := map[string]string{
		"first": "open complaint", "second": "open complaint", "repair": "open repair", "given-up": "planned", "other": "planned",
		"lead": "open complaint", "other-lead": "planned",
	}
	everybody := map[string]string{}
	for id := range follow {
		everybody[id] = "planned"
	}
	for _, test := range []struct {
		name, purpose, holdBack string
		want                    map[string]string
	}{
		{"follow", "marketing", config.Follow, follow},
		{"ignore", "marketing", config.Ignore, everybody},
		{"service", "service", config.Ignore, everybody}, // the default of what is no marketing
	} {
		t.Run(test.name, func(t *testing.T) {
			_, e := freeze(t, db, request(t, func(r *audience.Request) {
				r.Campaign.Purpose, r.Campaign.HoldBack = test.purpose, test.holdBack
			}))
			if diff := cmp.Diff(test.want, reasons(t, e)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCadence: who is paused or answers elsewhere is left out where the campaign follows the cadence, who is reduced has
// twice the time of the cap; a campaign with a hold-out goes by the mails of the others, one without by all.
func TestCadence(t *testing.T) {
	db := newWarehouse(t)
	for _, id := range []string{"kept", "paused", "elsewhere", "reduced", "own-silence", "others-silence"} {
		contact(t, db, id, "", id+"@example.com", true)
	}
	insert(t, db, "metrics.contact_cadence", "campaign, contact_id, cadence",
		"'', 'kept', 'keep'", "'', 'paused', 'pause'", "'', 'elsewhere', 'change_channel'", "'', 'reduced', 'reduce'",
		"'', 'own-silence', 'pause'", "'news', 'own-silence', 'keep'",
		"'', 'others-silence', 'keep'", "'news', 'others-silence', 'pause'", "'another', 'kept', 'pause'")
	insert(t, db, "journal.edition", "campaign, slot, purpose, slot_at",
		"'other', '20240322T1000', 'marketing', timestamptz '2024-03-22 10:00:00+00'") // ten days before
	insert(t, db, "ops.message", "campaign, slot, contact_id, arm",
		"'other', '20240322T1000', 'reduced', 'planned'", "'other', '20240322T1000', 'kept', 'planned'")
	ignored := map[string]string{
		"kept": "planned", "paused": "planned", "elsewhere": "planned", "reduced": "planned", "own-silence": "planned", "others-silence": "planned",
	}
	for _, test := range []struct {
		name, cadence string
		holdout       config.Share
		want          map[string]string
	}{
		{"without a hold-out", config.Follow, config.Share{Set: true}, map[string]string{
			"kept": "planned", "paused": "paused: no response", "elsewhere": "answers elsewhere", "reduced": "reduced: fewer responses",
			"own-silence": "paused: no response", "others-silence": "planned",
		}},
		{"with a hold-out", config.Follow, config.Share{Value: 1e-12, Set: true}, map[string]string{
			"kept": "planned", "paused": "paused: no response", "elsewhere": "answers elsewhere", "reduced": "reduced: fewer responses",
			"own-silence": "withheld: no response", "others-silence": "paused: no response",
		}},
		{"ignored", config.Ignore, config.Share{Set: true}, ignored},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, e := freeze(t, db, request(t, func(r *audience.Request) {
				r.Campaign.Caps.Cadence, r.Campaign.Holdout = test.cadence, test.holdout
				if err := r.Campaign.Caps.PerContact.UnmarshalText([]byte("1 per 7d")); err != nil {
					t.Fatal(err)
				}
			}))
			if diff := cmp.Diff(test.want, reasons(t, e)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCadenceIsAlikeInBothArms plays what would bias an effect: one campaign with a hold-out, whose treated contacts
// never answered six mails while the held-out ones received none. Nobody leaves an arm for that: the treated ones stay
// planned, and their mails are withheld. The real model judges.
func TestCadenceIsAlikeInBothArms(t *testing.T) {
	db := newWarehouse(t)
	const customers = 400
	for i := range customers {
		contact(t, db, fmt.Sprintf("C%03d", i), fmt.Sprintf("K%03d", i), fmt.Sprintf("c%03d@example.com", i), true)
	}
	campaign := func(r *audience.Request) {
		r.Campaign.Caps.Cadence, r.Campaign.Holdout = config.Follow, config.Share{Value: 0.3, Set: true}
	}
	plan, e := freeze(t, db, request(t, campaign))
	first := reasons(t, e)
	for _, month := range []string{"05", "06", "07", "08", "09", "10"} {
		for id, arm := range first {
			state := arm
			if arm == "planned" {
				state = "accepted"
			}
			insert(t, db, "ops.message", "message_key, campaign, slot, slot_on, kind, channel, purpose, contact_id, arm, state",
				fmt.Sprintf("'%s-%s', 'news', '2023%s01T1000', date '2023-%s-01', 'campaign', 'email', 'marketing', '%s', '%s', '%s'",
					id, month, month, month, id, arm, state))
		}
	}
	set, err := model.Read(t.Context(), db, sqlfiles.Models)
	if err != nil {
		t.Fatal(err)
	}
	runner := &model.Runner{Set: set, Params: model.Params{"as_of": calendar.Slot("20231201T1000").Date()}, Now: time.Now}
	if _, err := runner.Rebuild(t.Context(), db, "metrics.contact_cadence"); err != nil {
		t.Fatal(err)
	}
	var paused int
	if err := db.One(t.Context(), "select count(*) from metrics.contact_cadence where campaign = '' and cadence = 'pause'", nil, &paused); err != nil {
		t.Fatal(err)
	}
	if paused != plan.Planned {
		t.Fatalf("paused over all mails: got %d, want the %d who were written to", paused, plan.Planned)
	}
	want := map[string]string{}
	for id, arm := range first {
		if want[id] = arm; arm == "planned" {
			want[id] = "withheld: no response"
		}
	}
	next, e := freeze(t, db, request(t, func(r *audience.Request) { campaign(r); r.Slot = "20231201T1000" }))
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("the next edition (-want +got):\n%s", diff)
	}
	if next.Planned != plan.Planned || next.HeldOut != plan.HeldOut || next.Withheld() != plan.Planned {
		t.Errorf("the arms changed: got %+v, want those of %+v, and every planned message withheld", next, plan)
	}
}
