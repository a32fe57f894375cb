package response

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// TestResponsesFindTheirContact: an event that names a person or an address by its keyed hash, as imports write it, is
// the contact's in ops.response; a stranger's is nobody's.
func TestResponsesFindTheirContact(t *testing.T) {
	dir := t.TempDir()
	db := openStaging(t, filepath.Join(dir, "t.duckdb"), dir)
	keys := edition.NewKeys("a seed")
	if _, err := db.Exec(t.Context(), `insert into raw.contacts (contact_id, email) values ('C1', null), ('C2', ' Taro.Yamada@Example.COM')`); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 3, 1, 1, 0, 0, 0, time.UTC)
	appendEvents(t, filepath.Join(dir, "journal"), ImportStream,
		journal.Event{ID: "person", Kind: journal.Click, At: at, ContactKey: keys.Contact("C1")},
		journal.Event{ID: "address", Kind: journal.Reply, At: at, AddressKey: keys.Address("taro.yamada@example.com")},
		journal.Event{ID: "stranger", Kind: journal.Click, At: at, ContactKey: keys.Contact("C3")},
		journal.Event{ID: "purchase", Kind: journal.Purchase, At: at, ContactKey: keys.Contact("C1"), Amount: "1"},
	)
	if _, err := Stage(t.Context(), db, Staging{DataDir: dir, TempDir: dir, Keys: keys}); err != nil {
		t.Fatal(err)
	}
	opsOf(t, db)
	for range 2 { // staging them again changes nothing
		if err := StageContacts(t.Context(), db, "a seed"); err != nil {
			t.Fatal(err)
		}
	}
	opsOf(t, db)
	rows, err := db.Query(t.Context(), "select event_id, coalesce(contact_id, '') from ops.response")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string]string{}
	for rows.Next() {
		var event, contact string
		if err := rows.Scan(&event, &contact); err != nil {
			t.Fatal(err)
		}
		got[event] = contact
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"person": "C1", "address": "C2", "stranger": ""}, got); diff != "" {
		t.Errorf("contacts of the responses (-want +got):\n%s", diff)
	}
}
