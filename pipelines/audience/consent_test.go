package audience_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines/audience"
)

// JP1: marketing goes only to whom there is a ground for, with its evidence in the plan; "published" needs the page.
func TestJP1EveryRowHasBasisAndEvidence(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	for _, id := range []string{"asked", "card", "trades", "no-basis", "hope", "page", "no-page", "answered"} {
		insert(t, db, "core.contacts", "contact_id, email", fmt.Sprintf("'%s', '%s@example.com'", id, id))
	}
	insert(t, db, "ops.consent", "contact_id, channel, granted, basis, granted_at, proof, evidence",
		"'asked', 'email', true, 'consent', timestamptz '2024-01-01', null, 'e1'",
		"'card', 'email', true, 'notified', timestamptz '2024-01-01', null, 'e2'",
		"'trades', 'email', true, 'business', timestamptz '2024-01-01', null, 'e3'",
		"'no-basis', 'email', true, null, timestamptz '2024-01-01', null, 'e4'",
		"'hope', 'email', true, 'hope', timestamptz '2024-01-01', null, 'e5'",
		"'page', 'email', true, 'published', timestamptz '2024-01-01', 'https://www.example.co.jp/contact', 'e6'",
		"'no-page', 'email', true, 'published', timestamptz '2024-01-01', null, 'e7'",
		"'answered', 'email', false, 'consent', timestamptz '2024-01-01', null, 'e8'")
	insert(t, db, "ops.consent_event", "contact_key, channel, granted, basis, granted_at, event_id",
		fmt.Sprintf("'%s', 'email', true, 'notified', timestamptz '2024-02-01', 'e9'", keys.Contact("answered")),
		fmt.Sprintf("'%s', '', true, 'business', timestamptz '2024-01-15', 'e8b'", keys.Contact("answered")))
	_, e := freeze(t, db, request(t, func(r *audience.Request) { r.Campaign.Holdout = config.Share{Value: 0.3} }))
	got := map[string]string{}
	names := map[string]string{}
	for r, err := range e.Recipients() {
		if err != nil {
			t.Fatal(err)
		}
		names[r.MessageKey] = r.ContactID
	}
	for row, err := range e.Plan() {
		if err != nil {
			t.Fatal(err)
		}
		got[names[row.MessageKey]] = row.Basis + " " + row.Evidence
		if row.Arm == edition.ArmExcluded {
			got[names[row.MessageKey]] = row.Reason
		}
	}
	want := map[string]string{
		"asked": "consent e1", "card": "notified e2", "trades": "business e3", "page": "published e6", "answered": "notified e9",
		"no-basis": "no basis", "hope": "no basis", "no-page": "no basis",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bases (-want +got):\n%s", diff)
	}
}

// JP1: evidence that is no line of the ledger is none, wherever else the event may stand.
func TestJP1EvidenceIsALineOfTheLedger(t *testing.T) {
	db := newWarehouse(t)
	contact(t, db, "a", "", "a@example.com", true)
	contact(t, db, "b", "", "b@example.com", true)
	contact(t, db, "c", "", "c@example.com", true)
	contact(t, db, "excluded", "", "d@example.com", false)
	plan, err := audience.Make(t.Context(), db, request(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	insert(t, db, "journal.event", "event_id, kind, segment",
		"'evidence of a', 'consent', 'journal/consent-20240101T000000.000000000Z-1-00000000.ndjson'",
		"'evidence of b', 'consent', 'journal/import-20240101T000000.000000000Z-1-00000000.ndjson'")
	if missing, err := audience.WithoutEvidence(t.Context(), db, plan); missing != 2 || err != nil {
		t.Errorf("got %d, %v, want 2: b's stands in another stream, c's nowhere", missing, err)
	}
}

// TestOptIn: who asked and has not confirmed gets the confirmation mail, once a request and in time, and nothing else.
func TestOptIn(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	ask := func(id, customer, until, confirmed, evidence string) {
		insert(t, db, "core.contacts", "contact_id, customer_id, email", fmt.Sprintf("'%s', nullif('%s', ''), '%s@example.com'", id, customer, id))
		insert(t, db, "ops.opt_in", "contact_key, contact_id, requested_at, confirm_by, confirmed_at, evidence",
			fmt.Sprintf("'%s', '%s', timestamptz '2024-03-25', timestamptz '%s', nullif('%s', '')::timestamptz, '%s'", keys.Contact(id), id, until, confirmed, evidence))
	}
	ask("new", "", "2024-04-02", "", "r1")
	ask("late", "", "2024-03-31", "", "r2")
	ask("confirmed", "", "2024-04-02", "2024-03-26", "r3")
	ask("asked", "", "2024-04-02", "", "r4")
	ask("customer", "K1", "2024-04-02", "", "r5")
	insert(t, db, "ops.consent_event", "contact_key, channel, granted, basis, granted_at, event_id",
		fmt.Sprintf("'%s', 'email', true, 'consent', timestamptz '2024-03-26', 'c3'", keys.Contact("confirmed")))
	insert(t, db, "journal.plan", "campaign, slot, message_key, arm, evidence", "'confirm', '20240326T1000', 'm', 'planned', 'r4'")
	contact(t, db, "never-asked", "", "never@example.com", true)

	_, e := freeze(t, db, request(t, func(r *audience.Request) {
		r.Name, r.Campaign.Purpose, r.Campaign.Confirms = "confirm", "service", true
	}))
	want := map[string]string{
		"new": "planned", "late": "not confirmed in time", "confirmed": "confirmed already", "asked": "asked already", "customer": "planned",
		"never-asked": "nothing to confirm",
	}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("confirmation mail (-want +got):\n%s", diff)
	}
	for row, err := range e.Plan() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Arm == edition.ArmPlanned && (row.Evidence != "r1" && row.Evidence != "r5" || row.Basis != "consent") {
			t.Errorf("confirmation mail: got basis %q, evidence %q, want the request", row.Basis, row.Evidence)
		}
	}
	_, e = freeze(t, db, request(t, nil))
	want = map[string]string{
		"new": "not confirmed", "late": "not confirmed", "confirmed": "planned", "asked": "not confirmed", "customer": "not confirmed",
		"never-asked": "planned",
	}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("marketing (-want +got):\n%s", diff)
	}
	_, e = freeze(t, db, request(t, func(r *audience.Request) { r.Campaign.Purpose = "service" }))
	want["customer"] = "planned" // who buys gets the mails about that
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("service (-want +got):\n%s", diff)
	}
}

// JP3: what people wish holds for them and for their mailbox, for marketing only.
func TestJP3Wishes(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	for _, id := range []string{"free", "paused", "paused-till-now", "no-news", "no-offers", "weekly", "rarely", "by-mailbox", "by-post"} {
		contact(t, db, id, "", id+"@example.com", true)
	}
	wish := func(contact, address, channel, refused string, every int, until string) {
		insert(t, db, "ops.preference", "contact_key, address_key, channel, refused, every_days, paused_until, since",
			fmt.Sprintf("nullif('%s', ''), nullif('%s', ''), '%s', '%s', %d, nullif('%s', '')::timestamptz, timestamptz '2024-02-01'", contact, address, channel, refused, every, until))
	}
	wish(keys.Contact("paused"), "", "", "", 0, "2024-04-02")
	wish(keys.Contact("paused-till-now"), "", "", "", 0, "2024-04-01 10:00:00+00")
	wish(keys.Contact("no-news"), "", "email", "news,other", 0, "")
	wish(keys.Contact("no-offers"), "", "email", "offers", 0, "")
	wish(keys.Contact("weekly"), "", "email", "", 7, "")
	wish(keys.Contact("rarely"), "", "email", "", 30, "")
	wish("", keys.Address("by-mailbox@example.com"), "email", "news", 0, "")
	wish(keys.Contact("by-post"), "", "postal", "news", 0, "")
	insert(t, db, "journal.edition", "campaign, slot, purpose, slot_at", "'letter', '20240320T1000', 'marketing', timestamptz '2024-03-20 10:00:00+00'")
	insert(t, db, "ops.message", "campaign, slot, contact_id, arm",
		"'letter', '20240320T1000', 'weekly', 'planned'", "'letter', '20240320T1000', 'rarely', 'held_out'", "'letter', '20240320T1000', 'free', 'planned'")
	_, e := freeze(t, db, request(t, func(r *audience.Request) { r.Campaign.Topic = "news" }))
	want := map[string]string{
		"free": "planned", "paused": "paused: own wish", "paused-till-now": "planned", "no-news": "topic refused", "no-offers": "planned",
		"weekly": "planned", "rarely": "capped: own wish", "by-mailbox": "topic refused", "by-post": "planned",
	}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	_, e = freeze(t, db, request(t, func(r *audience.Request) { r.Campaign.Topic, r.Campaign.Purpose = "news", "service" }))
	for id, got := range reasons(t, e) {
		if got != "planned" {
			t.Errorf("service mail to %s: got %s, want planned: a wish is about marketing", id, got)
		}
	}
}

// TestCapsOfAllCampaigns: the caps over all campaigns count every channel, both arms and all contacts of a customer, and
// keep room for a campaign of a higher priority.
func TestCapsOfAllCampaigns(t *testing.T) {
	db := newWarehouse(t)
	contact(t, db, "free", "K1", "free@example.com", true)
	contact(t, db, "had-letter", "K2", "letter@example.com", true)
	contact(t, db, "had-hold-out", "K3", "hold-out@example.com", true)
	contact(t, db, "had-service", "K4", "service@example.com", true)
	contact(t, db, "wanted", "K5", "wanted@example.com", true)
	contact(t, db, "big-1", "K6", "big1@example.com", true)
	contact(t, db, "big-2", "K6", "big2@example.com", true)
	contact(t, db, "colleague-had", "K7", "colleague@example.com", true)
	contact(t, db, "colleague", "K7", "colleague2@example.com", true)
	insert(t, db, "journal.edition", "campaign, slot, channel, purpose, slot_at",
		"'dm', '20240330T1000', 'postal', 'marketing', timestamptz '2024-03-30 10:00:00+00'",
		"'service', '20240331T1000', 'email', 'service', timestamptz '2024-03-31 10:00:00+00'")
	insert(t, db, "ops.message", "campaign, slot, contact_id, customer_id, arm",
		"'dm', '20240330T1000', 'had-letter', 'K2', 'planned'",
		"'dm', '20240330T1000', 'had-hold-out', 'K3', 'held_out'",
		"'dm', '20240330T1000', 'colleague-had', 'K7', 'planned'",
		"'service', '20240331T1000', 'had-service', 'K4', 'planned'")
	caps := func(contact, customer string) config.AllCaps {
		var c config.AllCaps
		for text, to := range map[string]*config.Cap{contact: &c.PerContact, customer: &c.PerCustomer} {
			if text != "" {
				if err := to.UnmarshalText([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
		}
		return c
	}
	coming := audience.Reservation{Name: "launch", Audience: "select 'wanted' as contact_id", SlotAt: slotAt.Add(48 * time.Hour)}
	_, e := freeze(t, db, request(t, func(r *audience.Request) {
		r.Caps, r.Reserved = caps("1 per 7d", ""), []audience.Reservation{coming}
	}))
	want := map[string]string{
		"free": "planned", "had-letter": "capped: all campaigns", "had-hold-out": "capped: all campaigns", "had-service": "planned",
		"wanted": "capped: all campaigns", "big-1": "planned", "big-2": "planned", "colleague-had": "capped: all campaigns", "colleague": "planned",
	}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("per contact (-want +got):\n%s", diff)
	}
	_, e = freeze(t, db, request(t, func(r *audience.Request) { r.Caps = caps("", "1 per 7d") }))
	want = map[string]string{
		"free": "planned", "had-letter": "capped: customer", "had-hold-out": "capped: customer", "had-service": "planned", "wanted": "planned",
		"big-1": "planned", "big-2": "capped: customer", "colleague-had": "capped: customer", "colleague": "capped: customer",
	}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("per customer (-want +got):\n%s", diff)
	}
	_, e = freeze(t, db, request(t, func(r *audience.Request) {
		r.Caps, r.Reserved, r.Campaign.Purpose = caps("1 per 7d", "1 per 7d"), []audience.Reservation{coming}, "service"
	}))
	for id, got := range reasons(t, e) {
		if got != "planned" {
			t.Errorf("service mail to %s: got %s, want planned: caps are for marketing", id, got)
		}
	}
}

// D4, D5: a letter's address is the postal one, made in SQL as edition.Keys.Post makes it; where letters came back from it
// nobody is written to, by post, until the address is another one.
func TestD5ReturnedPost(t *testing.T) {
	db := newWarehouse(t)
	keys := edition.NewKeys(seed)
	post := map[string][2]string{
		"tokyo": {"100-0001", "東京都千代田区千代田１－１"}, "same-house": {"１００－０００１", "東京都千代田区千代田 1‐1"},
		"moved": {"150-0001", "東京都渋谷区神宮前1丁目ー2　ＡＢＣビル3Ｆ"}, "london": {"", "12 Sample Street, London E1 0XX"}, "none": {"100-0001", ""},
	}
	for id, at := range post {
		insert(t, db, "core.contacts", "contact_id, email, postal_code, address", fmt.Sprintf("'%s', '%s@example.com', '%s', nullif('%s', '')", id, id, at[0], at[1]))
		insert(t, db, "ops.consent", "contact_id, channel, granted, basis, granted_at, evidence", fmt.Sprintf("'%s', 'postal', true, 'consent', timestamptz '2024-01-01', 'e'", id))
	}
	insert(t, db, "ops.suppression", "contact_key, address_key, channel, scope, reason, since",
		fmt.Sprintf("null, '%s', 'postal', 'all', 'returned', timestamptz '2024-02-01'", keys.Post("1000001", "東京都千代田区千代田1-1")),
		fmt.Sprintf("null, '%s', 'postal', 'all', 'returned', timestamptz '2024-02-01'", keys.Post("999-9999", "where moved lived before")))
	_, e := freeze(t, db, request(t, func(r *audience.Request) { r.Campaign.Channel = "postal" }))
	want := map[string]string{"tokyo": "suppressed", "same-house": "suppressed", "moved": "planned", "london": "planned", "none": "planned"}
	if diff := cmp.Diff(want, reasons(t, e)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	for r, err := range e.Recipients() {
		if err != nil {
			t.Fatal(err)
		}
		if key := keys.Post(post[r.ContactID][0], post[r.ContactID][1]); r.AddressKey != key {
			t.Errorf("key of %s: got %s in SQL, want %s as in Go", r.ContactID, r.AddressKey, key)
		}
	}
}
