package audience_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/audience"
	"github.com/tokui/tokui/pipelines/model"
	sqlfiles "github.com/tokui/tokui/sql"
)

const seed = "test-seed"

// newWarehouse is a real DuckDB with every table, all empty.
func newWarehouse(t *testing.T) *warehouse.DB {
	t.Helper()
	ctx := t.Context()
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	set, err := model.Read(ctx, db, sqlfiles.Models)
	if err != nil {
		t.Fatal(err)
	}
	rules := &config.Config{Ranks: config.Ranks{Rules: []config.RankRule{{Rank: "A"}}}}
	if set, err = set.With(ctx, db, model.Generated(rules)...); err != nil {
		t.Fatal(err)
	}
	if err := model.Scaffold(ctx, db, set, sqlfiles.Contract, model.Params{"as_of": calendar.SlotAt(slotAt).Date().UTC()}); err != nil {
		t.Fatal(err)
	}
	return db
}

var slotAt = calendar.Slot("20240401T1000").In(time.UTC)

func insert(t *testing.T, db *warehouse.DB, table, columns string, rows ...string) {
	t.Helper()
	for _, row := range rows {
		if _, err := db.Exec(t.Context(), fmt.Sprintf("insert into %s (%s) values (%s)", table, columns, row)); err != nil {
			t.Fatalf("insert into %s: %v", table, err)
		}
	}
}

func contact(t *testing.T, db *warehouse.DB, id, customer, email string, granted bool) {
	t.Helper()
	insert(t, db, "core.contacts", "contact_id, customer_id, name, email",
		fmt.Sprintf("'%s', nullif('%s', ''), 'Name of %s', nullif('%s', '')", id, customer, id, email))
	insert(t, db, "ops.consent", "contact_id, channel, granted, basis, granted_at, evidence",
		fmt.Sprintf("'%s', 'email', %t, 'consent', timestamptz '2024-01-01', 'evidence of %s'", id, granted, id))
}

func request(t *testing.T, change func(*audience.Request)) audience.Request {
	t.Helper()
	r := audience.Request{
		Name: "news",
		Campaign: config.Campaign{
			Channel:  "email",
			Purpose:  "marketing",
			Audience: "select contact_id, customer_id from core.contacts",
		},
		Slot:    "20240401T1000",
		SlotAt:  slotAt,
		Seed:    seed,
		Params:  map[string]any{"as_of": calendar.Slot("20240401T1000").Date().UTC()},
		TempDir: t.TempDir(),
	}
	if change != nil {
		change(&r)
	}
	return r
}

// freeze plans and opens the result as the edition that it becomes.
func freeze(t *testing.T, db *warehouse.DB, r audience.Request) (audience.Plan, *edition.Edition) {
	t.Helper()
	plan, err := audience.Make(t.Context(), db, r)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "edition")
	m := edition.Manifest{Version: edition.ManifestVersion, Campaign: r.Name, Slot: r.Slot, Kind: "campaign", Channel: "email",
		Considered: plan.Considered, Excluded: plan.Excluded, HeldOut: plan.HeldOut, Planned: plan.Planned}
	if err := edition.Freeze(dir, m, plan.PlanFile, plan.RecipientsFile); err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return plan, e
}

// reasons is contact → reason, or the arm of those without one.
func reasons(t *testing.T, e *edition.Edition) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for r, err := range e.Recipients() {
		if err != nil {
			t.Fatal(err)
		}
		ids[r.MessageKey] = r.ContactID
	}
	got := map[string]string{}
	for row, err := range e.Plan() {
		if err != nil {
			t.Fatal(err)
		}
		got[ids[row.MessageKey]] = row.Reason
		if row.Reason == "" {
			got[ids[row.MessageKey]] = row.Arm
		}
	}
	return got
}

func TestReasons(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	contact(t, db, "planned", "K1", "planned@example.com", true)
	contact(t, db, "no-address", "K2", "", true)
	contact(t, db, "withdrawn", "K3", "withdrawn@example.com", false)
	contact(t, db, "consented-since", "K4", "since@example.com", false)
	contact(t, db, "unsubscribed", "K5", "unsubscribed@example.com", true)
	contact(t, db, "dead-address", "K6", "dead@example.com", true)
	contact(t, db, "post-only", "K7", "post-only@example.com", true)
	contact(t, db, "twin-1", "K8", "Twin@example.com", true)
	contact(t, db, "twin-2", "K9", "twin@example.com ", true)
	contact(t, db, "twin-0", "K10", "twin@example.com", false) // excluded itself, so it does not crowd out the others
	contact(t, db, "two-addresses", "K13", "a@example.com,b@example.com", true)
	contact(t, db, "new-line", "K14", "new\nline@example.com", true)
	contact(t, db, "carrier", "K15", "a..b.@docomo.example.jp", true) // issued until 2009, and still in use
	contact(t, db, "answered", "K16", "shared@example.com", true)
	contact(t, db, "same-mailbox", "K17", "Shared@example.com", true)
	contact(t, db, "capped-later", "K18", "later@example.com", true)
	contact(t, db, "capped", "K11", "capped@example.com", true)
	contact(t, db, "capped-long-ago", "K12", "long-ago@example.com", true)
	insert(t, db, "core.contacts", "contact_id, email", "'never-asked', 'never@example.com'")
	insert(t, db, "ops.consent_event", "contact_key, channel, granted, basis, granted_at, event_id",
		fmt.Sprintf("'%s', 'email', true, 'consent', timestamptz '2024-02-01', 'e1'", keys.Contact("consented-since")))
	insert(t, db, "ops.suppression", "contact_key, address_key, channel, scope, reason, since",
		fmt.Sprintf("'%s', null, 'email', 'marketing', 'unsubscribe', timestamptz '2024-02-01'", keys.Contact("unsubscribed")),
		fmt.Sprintf("null, '%s', '', 'all', 'bounce', timestamptz '2024-02-01'", keys.Address("dead@example.com")),
		fmt.Sprintf("'%s', null, 'email', 'marketing', 'unsubscribe', timestamptz '2024-02-01'", keys.Contact("answered")),
		fmt.Sprintf("'%s', null, 'postal', 'marketing', 'suppress', timestamptz '2024-02-01'", keys.Contact("post-only")))
	insert(t, db, "journal.edition", "campaign, slot, purpose, slot_at",
		"'other', '20240330T1000', 'marketing', timestamptz '2024-03-30 10:00:00+00'",
		"'other', '20240301T1000', 'marketing', timestamptz '2024-03-01 10:00:00+00'",
		"'other', '20240403T1000', 'marketing', timestamptz '2024-04-03 10:00:00+00'",
		"'service', '20240331T1000', 'service', timestamptz '2024-03-31 10:00:00+00'")
	insert(t, db, "ops.message", "campaign, slot, contact_id, arm",
		"'other', '20240330T1000', 'capped', 'held_out'", // a held-out message uses up the cap like a sent one
		"'other', '20240301T1000', 'capped-long-ago', 'planned'",
		"'other', '20240403T1000', 'capped-later', 'planned'", // editions are not always made in their order
		"'service', '20240331T1000', 'planned', 'planned'")

	plan, e := freeze(t, db, request(t, func(r *audience.Request) {
		r.Campaign.Audience += " union all select 'stranger', null"
		if err := r.Campaign.Caps.PerContact.UnmarshalText([]byte("1 per 7d")); err != nil {
			t.Fatal(err)
		}
	}))
	want := map[string]string{
		"planned": "planned", "no-address": "no address", "withdrawn": "no consent", "never-asked": "no consent",
		"consented-since": "planned", "unsubscribed": "suppressed", "dead-address": "suppressed", "post-only": "planned",
		"twin-0": "no consent", "twin-1": "planned", "twin-2": "duplicate address", "capped": "capped",
		"capped-long-ago": "planned", "stranger": "unknown contact", "two-addresses": "invalid address",
		"new-line": "invalid address", "carrier": "planned", "answered": "suppressed", "same-mailbox": "suppressed",
		"capped-later": "capped",
	}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if plan.Considered != len(want) || plan.Considered != plan.Excluded+plan.HeldOut+plan.Planned {
		t.Errorf("counts: got %+v, want %d considered = excluded + held out + planned", plan, len(want))
	}
}

// TestServiceNeedsNoConsent: a service message goes to who has not consented, and to who only refused advertising.
func TestServiceNeedsNoConsent(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	for _, id := range []string{"refused", "unsubscribed", "gone"} {
		contact(t, db, id, "", id+"@example.com", false)
	}
	insert(t, db, "ops.suppression", "contact_key, address_key, channel, scope, reason, since",
		fmt.Sprintf("'%s', null, 'email', 'marketing', 'unsubscribe', timestamptz '2024-02-01'", keys.Contact("unsubscribed")),
		fmt.Sprintf("'%s', null, 'email', 'all', 'suppress', timestamptz '2024-02-01'", keys.Contact("gone")))
	_, e := freeze(t, db, request(t, func(r *audience.Request) { r.Campaign.Purpose = "service" }))
	want := map[string]string{"refused": "planned", "unsubscribed": "planned", "gone": "suppressed"}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

// TestKeysEqual holds that the hashes made in SQL are those of edition.Keys, which the sender and the imports use.
func TestKeysEqual(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	addresses := map[string]string{"a": "Taro.Yamada@Example.COM", "b": " b@example.com ", "c": "a..b@example.jp", "d": "ｄ@example.com"}
	for id, address := range addresses {
		contact(t, db, id, "K"+id, edition.NormaliseAddress(address), true) // load folds widths
	}
	_, e := freeze(t, db, request(t, nil))
	for r, err := range e.Recipients() {
		if err != nil {
			t.Fatal(err)
		}
		if want := keys.Message("news", "20240401T1000", r.ContactID); r.MessageKey != want {
			t.Errorf("message key of %s: got %s, want %s", r.ContactID, r.MessageKey, want)
		}
		if want := keys.Address(addresses[r.ContactID]); r.AddressKey != want {
			t.Errorf("address key of %s: got %s, want %s", r.ContactID, r.AddressKey, want)
		}
	}
	want := map[string]bool{}
	for id := range addresses {
		want[keys.Contact(id)] = true
	}
	for row, err := range e.Plan() {
		if err != nil {
			t.Fatal(err)
		}
		if !want[row.ContactKey] {
			t.Errorf("contact key %s is none of edition.Keys'", row.ContactKey)
		}
	}
}

// TestDraw: a unit has the same arm in every edition of a campaign, all contacts of a customer share it, the share is
// what was asked for, and another campaign draws anew.
func TestDraw(t *testing.T) {
	db := newWarehouse(t)
	const customers = 4000
	_, err := db.Exec(t.Context(), fmt.Sprintf(`insert into core.contacts (contact_id, customer_id, email)
		select 'C' || i || '-' || j, 'K' || i, 'c' || i || '-' || j || '@example.com' from range(%d) t(i), range(2) u(j)`, customers))
	if err != nil {
		t.Fatal(err)
	}
	arms := func(name string, slot calendar.Slot) map[string]string {
		_, e := freeze(t, db, request(t, func(r *audience.Request) {
			r.Name, r.Slot, r.Campaign.Purpose = name, slot, "service"
			r.Campaign.Holdout = config.Share{Value: 0.1, Set: true}
		}))
		got := map[string]string{}
		for row, err := range e.Plan() {
			if err != nil {
				t.Fatal(err)
			}
			if other, ok := got[row.Unit]; ok && other != row.Arm {
				t.Fatalf("%s: its contacts are %s and %s", row.Unit, other, row.Arm)
			}
			got[row.Unit] = row.Arm
		}
		return got
	}
	first := arms("news", "20240401T1000")
	if diff := cmp.Diff(first, arms("news", "20240501T1000")); diff != "" {
		t.Errorf("the arms of another edition differ:\n%s", diff)
	}
	other := arms("reminder", "20240401T1000")
	heldOut, both := 0, 0
	for unit, arm := range first {
		if arm == "held_out" {
			heldOut++
			if other[unit] == "held_out" {
				both++
			}
		}
	}
	// four standard deviations of a binomial
	if bound := 4 * math.Sqrt(customers*0.1*0.9); math.Abs(float64(heldOut)-customers*0.1) > bound {
		t.Errorf("held out: got %d of %d, want 10 %% within %.0f", heldOut, customers, bound)
	}
	if bound := 4 * math.Sqrt(float64(heldOut)*0.1*0.9); math.Abs(float64(both)-float64(heldOut)*0.1) > bound {
		t.Errorf("held out of both campaigns: got %d of %d, want 10 %% within %.0f: the draws are not independent", both, heldOut, bound)
	}
}

// TestSameBytes: the same tables, slot and seed give the same files; another seed gives others.
func TestSameBytes(t *testing.T) {
	db := newWarehouse(t)
	for i := range 50 {
		contact(t, db, fmt.Sprintf("C%02d", i), fmt.Sprintf("K%02d", i), fmt.Sprintf("c%02d@example.com", i), i%3 > 0)
	}
	read := func(change func(*audience.Request)) [2][]byte {
		plan, err := audience.Make(t.Context(), db, request(t, change))
		if err != nil {
			t.Fatal(err)
		}
		var files [2][]byte
		for i, path := range []string{plan.PlanFile, plan.RecipientsFile} {
			if files[i], err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
		return files
	}
	first, second := read(nil), read(nil)
	if !bytes.Equal(first[0], second[0]) || !bytes.Equal(first[1], second[1]) {
		t.Error("planning twice gave different bytes")
	}
	if other := read(func(r *audience.Request) { r.Seed = "another" }); bytes.Equal(first[0], other[0]) {
		t.Error("another seed gave the same plan")
	}
}

// TestPositions: a list keeps the order that its audience asks for; what asks for none, and mail, has none.
func TestPositions(t *testing.T) {
	db := newWarehouse(t)
	for i := range 30 {
		contact(t, db, fmt.Sprintf("C%02d", i), fmt.Sprintf("K%02d", i), fmt.Sprintf("c%02d@example.com", i), true)
	}
	const descending = " order by customer_id desc"
	for _, test := range []struct {
		name, channel, sql string
		want               func(customer int) int32
	}{
		{"list", "list", "select customer_id from core.contacts" + descending, func(i int) int32 { return int32(30 - i) }},
		{"list of a union", "list", "(select customer_id from core.contacts where contact_id < 'C15') union all (select customer_id from core.contacts where contact_id >= 'C15')" + descending, func(i int) int32 { return int32(30 - i) }},
		{"list with a limit", "list", "with c as (from core.contacts) select customer_id from c order by 1 desc limit 29", func(i int) int32 { return int32(30 - i) }},
		{"list without order", "list", "select customer_id from (select customer_id from core.contacts order by 1)", func(int) int32 { return 0 }},
		{"mail", "email", "select contact_id from core.contacts order by 1", func(int) int32 { return 0 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, e := freeze(t, db, request(t, func(r *audience.Request) {
				r.Campaign.Channel, r.Campaign.Purpose, r.Campaign.Audience = test.channel, "internal", test.sql
			}))
			n, last := 0, ""
			for r, err := range e.Recipients() {
				if err != nil {
					t.Fatal(err)
				}
				var i int
				if _, err := fmt.Sscanf(r.ContactID[1:], "%d", &i); err != nil {
					t.Fatal(err)
				}
				if r.Position != test.want(i) {
					t.Errorf("%s: got position %d, want %d", r.ContactID, r.Position, test.want(i))
				}
				if r.MessageKey <= last {
					t.Errorf("got key %s after %s, want rising ones", r.MessageKey, last)
				}
				last = r.MessageKey
				n++
			}
			if n < 29 {
				t.Errorf("got %d recipients", n)
			}
		})
	}
}

func TestBadAudiences(t *testing.T) {
	db := newWarehouse(t)
	contact(t, db, "C1", "K1", "c1@example.com", true)
	for _, test := range []struct{ name, sql, want string }{
		{"two rows a contact", "select contact_id from core.contacts union all select contact_id from core.contacts",
			"got more than one row, or no contact_id, for C1 (2 rows)"},
		{"no key", "select customer_id from core.contacts", "want a column contact_id"},
		{"null key", "select null::varchar as contact_id", "(null) (1 rows)"},
		{"unknown parameter", "select contact_id from core.contacts where $nothing", "unknown parameter $nothing"},
		{"file", "select contact_id from read_csv('/etc/passwd')", "read_csv"},
		{"two statements", "select contact_id from core.contacts; drop table core.contacts", "statement"},
		{"unknown column", "select contact_id, nothing from core.contacts", "nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := audience.Make(context.Background(), db, request(t, func(r *audience.Request) { r.Campaign.Audience = test.sql }))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}
