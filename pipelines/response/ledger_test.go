package response

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/pipelines/model"
)

// JP1, JP2: every word about consent is brought into the ledger once, with its evidence and without anything that names
// the person, and the plan's evidence is one of its lines.
func TestJP2LedgerKeepsEveryWordOnce(t *testing.T) {
	dataDir, temp := t.TempDir(), t.TempDir()
	dir := filepath.Join(dataDir, "journal")
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	appendEvents(t, dir, ImportStream,
		journal.Event{ID: "i1", Kind: journal.Consent, At: at, ContactKey: "k9", Basis: "notified", Method: "card"},
		journal.Event{ID: "i2", Kind: journal.Reply, At: at, ContactKey: "k9"})
	appendEvents(t, dir, Stream,
		journal.Event{ID: "r1", Kind: journal.Unsubscribe, At: at.Add(time.Hour), MessageKey: "m1", Channel: "email"},
		journal.Event{ID: "r2", Kind: journal.Preference, At: at.Add(2 * time.Hour), MessageKey: "m1", Refused: []string{"news", "offers"}, EveryDays: 7, Until: at.Add(99 * time.Hour)},
		journal.Event{ID: "r3", Kind: journal.Bounce, At: at, AddressKey: "a", Enhanced: "5.1.1"})
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	opsOf(t, db)
	for _, row := range []string{
		"('C1', 'email', timestamptz '2024-01-02', true, 'consent', 'web form', 'https://www.example.jp/form/v3?mail=taro@example.jp')",
		"('C2', 'email', timestamptz '2024-01-03', true, 'notified', 'card', 'card of Yamada Taro')",
		"('C2', 'email', timestamptz '2024-02-03', false, null, 'phone', null)",
	} {
		if _, err := db.Exec(t.Context(), "insert into core.consents (contact_id, channel, granted_at, granted, basis, method, proof) values "+row); err != nil {
			t.Fatal(err)
		}
	}
	keep := func() int {
		t.Helper()
		if _, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp}); err != nil {
			t.Fatal(err)
		}
		if err := StageConsents(t.Context(), db, "seed"); err != nil {
			t.Fatal(err)
		}
		n, err := KeepLedger(t.Context(), db, "seed", func() (*journal.Ledger, error) { return journal.OpenLedger(dir, time.Now) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := keep(); got != 6 {
		t.Errorf("first: got %d words, want 6: two consents, a withdrawal, an imported consent, an unsubscribe, a wish", got)
	}
	if got := keep(); got != 0 {
		t.Errorf("again: got %d words, want none", got)
	}
	var got []string
	var whole journal.Event
	_, err := journal.Read(dir, journal.LedgerStream, func(e journal.Event, _ journal.Place) error {
		got = append(got, strings.Join([]string{string(e.Kind), e.Basis, e.Method, strings.SplitN(e.Source, " ", 2)[0]}, "/"))
		if e.ID == "r2" {
			whole = e
		}
		return nil
	})
	want := []string{
		"consent/notified/card/", "unsubscribe///", "preference///", "consent/consent/web form/https://www.example.jp/form/v3",
		"consent/notified/card/proof", "withdrawal//phone/",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("ledger (-want +got), %v:\n%s", err, diff)
	}
	if whole.EveryDays != 7 || strings.Join(whole.Refused, ",") != "news,offers" || !whole.Until.Equal(at.Add(99*time.Hour)) {
		t.Errorf("wish: got %+v, want all of it", whole)
	}
	files, err := filepath.Glob(filepath.Join(dir, journal.LedgerStream+"-*.ndjson"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %v, %v, want one segment", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, personal := range []string{"Yamada", "taro", "@", "C1", "C2"} {
		if strings.Contains(string(text), personal) {
			t.Errorf("the ledger names somebody: %q in\n%s", personal, text)
		}
	}
	report, err := journal.VerifyLedger(dir, nil)
	if err != nil || len(report.Faults) > 0 || report.Lines != 6 {
		t.Errorf("got %+v, %v, want a whole ledger of 6 lines", report, err)
	}
	keep() // stages the ledger
	buildOf(t, db, model.Ops)
	if orphans := texts(t, db, "select evidence from ops.consent where evidence not in (select event_id from ops.event)"); len(orphans) > 0 {
		t.Errorf("got the evidence %v, which is no line of the ledger", orphans)
	}
}
