package response

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
	sqlfiles "github.com/tokui/tokui/sql"
)

// opsOf builds core and ops on a warehouse whose journal was staged.
func opsOf(t *testing.T, db *warehouse.DB) {
	t.Helper()
	buildOf(t, db, model.Core, model.Ops)
}

func buildOf(t *testing.T, db *warehouse.DB, schemas ...string) {
	t.Helper()
	set, err := model.Read(t.Context(), db, sqlfiles.Models)
	if err != nil {
		t.Fatal(err)
	}
	rules := &config.Config{Ranks: config.Ranks{Rules: []config.RankRule{{Rank: "A"}}}}
	if set, err = set.With(t.Context(), db, model.Generated(rules)...); err != nil {
		t.Fatal(err)
	}
	runner := model.Runner{Set: set, Params: model.Params{"as_of": time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)}}
	if _, err := runner.Build(t.Context(), db, schemas...); err != nil {
		t.Fatal(err)
	}
}

func openStaging(t *testing.T, path, temp string) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, TempDir: temp, Step: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := model.Contract(t.Context(), db, sqlfiles.Contract); err != nil {
		t.Fatal(err)
	}
	return db
}

func appendEvents(t *testing.T, dir, stream string, events ...journal.Event) {
	t.Helper()
	w, err := journal.OpenWriter(dir, stream, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// randomEvents mixes everything that the fold of suppressions has a rule for, with times that collide.
func randomEvents(random *rand.Rand, n int) []journal.Event {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var events []journal.Event
	for i := range n {
		e := journal.Event{
			ID:      fmt.Sprintf("e%06d", random.IntN(10*n)*1000+i),
			Kind:    journal.Kind(pick("unsubscribe", "complaint", "bounce", "suppress", "unsuppress", "open", "reply", "returned", "forgotten")),
			At:      time.Date(2024, 1, 1, 0, 0, random.IntN(20), 0, time.UTC),
			Channel: pick("", "email", "postal"),
			Scope:   pick("", "marketing", "all"),
		}
		switch random.IntN(4) {
		case 0:
			e.AddressKey = pick("a1", "a2", "a3")
		case 1:
			e.MessageKey = pick("m1", "m2", "unknown")
		case 2:
			e.ContactKey, e.AddressKey = pick("c1", "c2"), pick("", "a1")
		default:
			e.ContactKey = pick("c1", "c2", "c3")
		}
		if e.Kind == journal.Bounce || e.Kind == journal.Returned {
			e.Enhanced = pick("", "5.1.1", "5.1.2", "5.1.7", "5.1.8", "5.2.2", "5.7.1", "5.4.4", "5.4.6", "4.2.2", "5.1.10")
		}
		events = append(events, e)
	}
	return events
}

// TestSuppressionFoldsAgree holds that the sender's fold in Go and the plan's fold in SQL say the same of any events.
func TestSuppressionFoldsAgree(t *testing.T) {
	messages := map[string]journal.Person{"m1": {ContactKey: "c1", AddressKey: "a2"}, "m2": {ContactKey: "c4"}}
	for seed := range uint64(5) {
		dataDir, temp := t.TempDir(), t.TempDir()
		events := randomEvents(rand.New(rand.NewPCG(seed, 7)), 400)
		appendEvents(t, filepath.Join(dataDir, "journal"), ImportStream, events...)

		folded := journal.NewSuppressions()
		for _, e := range events {
			folded.Add(e)
		}
		folded.Resolve(messages)
		var want []string
		for _, s := range folded.All() {
			want = append(want, fmt.Sprintf("%s/%s/%s/%s/%s/%s", s.ContactKey, s.AddressKey, s.Channel, s.Scope, s.Reason, s.Since.UTC().Format(time.RFC3339)))
		}

		db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
		insertMessages(t, db, messages)
		if _, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp}); err != nil {
			t.Fatal(err)
		}
		opsOf(t, db)
		got := texts(t, db, `
			select coalesce(contact_key, '') || '/' || coalesce(address_key, '') || '/' || channel || '/' || scope || '/'
				|| reason || '/' || strftime(since, '%Y-%m-%dT%H:%M:%SZ')
			from ops.suppression
			order by coalesce(contact_key, ''), coalesce(address_key, ''), channel, scope`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d: suppressions (-Go +SQL):\n%s", seed, diff)
		}
		if len(want) < 5 {
			t.Errorf("seed %d: only %d suppressions, the test shows little", seed, len(want))
		}
	}
}

// TestPreferenceFoldsAgree holds that the sender's fold in Go and the plan's fold in SQL say the same of any wishes.
func TestPreferenceFoldsAgree(t *testing.T) {
	messages := map[string]journal.Person{"m1": {ContactKey: "c1", AddressKey: "a2"}, "m2": {ContactKey: "c4"}}
	dataDir, temp := t.TempDir(), t.TempDir()
	random := rand.New(rand.NewPCG(3, 7))
	events := randomEvents(random, 300)
	for i := range events {
		e := &events[i]
		e.Kind, e.Scope, e.Enhanced = journal.Preference, "", ""
		switch random.IntN(4) {
		case 0:
			e.Refused = []string{"news", "offers"}
		case 1:
			e.EveryDays = 7 * random.IntN(5)
		case 2:
			e.Until = time.Date(2024, 2, 1+random.IntN(3), 0, 0, 0, 0, time.UTC)
		}
	}
	appendEvents(t, filepath.Join(dataDir, "journal"), ImportStream, events...)
	folded := journal.NewPreferences()
	for _, e := range events {
		folded.Add(e)
	}
	folded.Resolve(messages)
	var want []string
	for _, w := range folded.All() {
		until := ""
		if !w.PausedUntil.IsZero() {
			until = w.PausedUntil.UTC().Format(time.RFC3339)
		}
		want = append(want, fmt.Sprintf("%s/%s/%s/%s/%d/%s/%s", w.ContactKey, w.AddressKey, w.Channel, strings.Join(w.Refused, ","), w.EveryDays,
			until, w.Since.UTC().Format(time.RFC3339)))
	}
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	insertMessages(t, db, messages)
	if _, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp}); err != nil {
		t.Fatal(err)
	}
	opsOf(t, db)
	got := texts(t, db, `
		select coalesce(contact_key, '') || '/' || coalesce(address_key, '') || '/' || channel || '/' || refused || '/' || every_days || '/'
			|| coalesce(strftime(paused_until, '%Y-%m-%dT%H:%M:%SZ'), '') || '/' || strftime(since, '%Y-%m-%dT%H:%M:%SZ')
		from ops.preference
		order by coalesce(contact_key, ''), coalesce(address_key, ''), channel`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wishes (-Go +SQL):\n%s", diff)
	}
	if len(want) < 5 {
		t.Errorf("only %d wishes, the test shows little", len(want))
	}
}

func insertMessages(t *testing.T, db *warehouse.DB, messages map[string]journal.Person) {
	t.Helper()
	for key, person := range messages {
		for _, insert := range []string{
			"insert into journal.plan (campaign, slot, message_key, contact_key, unit, arm) values ('news', '20240101T1000', $1, $2, 'unit' || $3, 'planned')",
			"insert into journal.recipient (campaign, slot, message_key, contact_id, address_key) values ('news', '20240101T1000', $1, $2, nullif($3, ''))",
		} {
			if _, err := db.Exec(t.Context(), insert, key, person.ContactKey, person.AddressKey); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// texts are the rows of a query of one column.
func texts(t *testing.T, db *warehouse.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestStageTwice: what was staged is not read again, what has grown is, and a torn last line costs only itself.
func TestStageTwice(t *testing.T) {
	dataDir, temp := t.TempDir(), t.TempDir()
	dir := filepath.Join(dataDir, "journal")
	keys := edition.NewKeys("seed")
	appendEvents(t, dir, ImportStream, journal.Event{Kind: journal.Reply, At: time.Now(), ContactKey: keys.Contact("C1")})
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	stage := func() Staged {
		staged, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp})
		if err != nil {
			t.Fatal(err)
		}
		return staged
	}
	if got := stage(); got.NewEvents != 1 {
		t.Errorf("first: got %d new events, want 1", got.NewEvents)
	}
	if got := stage(); got.NewEvents != 0 {
		t.Errorf("again: got %d new events, want none", got.NewEvents)
	}
	appendEvents(t, dir, Stream, journal.Event{Kind: journal.Unsubscribe, At: time.Now(), MessageKey: "m1"},
		journal.Event{Kind: journal.Unsubscribe, At: time.Now(), MessageKey: "m2"})
	segments, err := filepath.Glob(filepath.Join(dir, Stream+"-*.ndjson"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments: got %v, %v, want one", segments, err)
	}
	text, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(segments[0], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segments[0], text[:len(text)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	got := stage()
	if got.NewEvents != 1 || len(got.Damaged) != 1 {
		t.Errorf("torn segment: got %d new events and damage %v, want 1 and one damage", got.NewEvents, got.Damaged)
	}
}

// The raw evidence of a click comes through the journal into the database as it was taken down, and ops.verdict judges it:
// the same click is a person's alone and a program's beside the hidden link (P10).
func TestRawEvidenceIsJudged(t *testing.T) {
	dataDir, temp := t.TempDir(), t.TempDir()
	at := time.Date(2024, 3, 1, 1, 0, 0, 0, time.UTC)
	click := func(id, message, network string) journal.Event {
		return journal.Event{ID: id, Kind: journal.Click, At: at, MessageKey: message, Link: 2, Agent: AgentBrowser, Network: network}
	}
	appendEvents(t, filepath.Join(dataDir, "journal"), Stream, click("person", "m1", "n1"), click("program", "m2", "n2"),
		journal.Event{ID: "trap", Kind: journal.Probe, At: at.Add(time.Minute), MessageKey: "m2", Agent: AgentBrowser, Network: "n2", Detail: "trap"})
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	if _, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp}); err != nil {
		t.Fatal(err)
	}
	opsOf(t, db)
	rows, err := db.Query(t.Context(), `
		select concat_ws(' ', v.event_id, v.link, v.agent, v.network, v.verdict, v.rule, r.is_machine)
		from ops.verdict as v join ops.response as r using (event_id) order by v.event_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"person 2 browser n1 human  false", "program 2 browser n2 machine trap true"}, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}
