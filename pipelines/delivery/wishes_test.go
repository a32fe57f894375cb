package delivery

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// JP3: a pause or a topic left out since the freeze holds for the next message, also when it came by the link of an older
// mail.
func TestJP3WishesSinceTheFreezeAreHonoured(t *testing.T) {
	data := t.TempDir()
	slotAt := time.Date(2011, 12, 6, 10, 0, 0, 0, time.UTC)
	older := freezeIn(t, data, edition.ID{Campaign: "news", Slot: "20111101T1000"}, people(3, "example.com"), nil)
	f := freezeIn(t, data, testID, people(5, "example.com"), func(m *edition.Manifest) { m.Topic, m.SlotAt = "offers", slotAt })
	f.note(
		journal.Event{Kind: journal.Preference, MessageKey: older.messageKey("p00001@example.com"), Channel: "email", Refused: []string{"offers"}},
		journal.Event{Kind: journal.Preference, ContactKey: testKeys.Contact("p00002@example.com"), Until: slotAt.Add(time.Hour)},
		journal.Event{Kind: journal.Preference, ContactKey: testKeys.Contact("p00003@example.com"), Until: slotAt, Refused: []string{"news"}, EveryDays: 30},
	)
	wantAccount(t, f.run(f.sender(&scripted{})), counts(5, 3, 0, 2, 0, 0, edition.StateFinished))
	reasons := map[string]string{}
	for _, e := range f.events(journal.Withheld) {
		reasons[e.MessageKey] = e.Detail
	}
	want := map[string]string{
		f.messageKey("p00001@example.com"): "suppressed: topic refused",
		f.messageKey("p00002@example.com"): "suppressed: paused: own wish",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
}

// TestOneMailAnsweredTwice: who has unsubscribed from mail by a link and later, by the same link, from every channel, is
// heard both times.
func TestOneMailAnsweredTwice(t *testing.T) {
	f := newFixture(t, people(1, "example.com"), nil)
	key := f.messageKey("p00000@example.com")
	sup := newSuppressions(f.data, f.journalDir(), func(string) {})
	m := edition.Manifest{Channel: "postal", Purpose: "marketing"}
	contact := testKeys.Contact("p00000@example.com")
	f.note(journal.Event{Kind: journal.Unsubscribe, MessageKey: key, Channel: "email"})
	if _, ok, err := sup.reason(contact, "", m); err != nil || ok {
		t.Fatalf("by post, after the first answer: got suppressed %v, %v, want not", ok, err)
	}
	f.note(journal.Event{Kind: journal.Unsubscribe, MessageKey: key})
	sup.at = time.Time{} // as if a second had passed
	if _, ok, err := sup.reason(contact, "", m); err != nil || !ok {
		t.Errorf("by post, after the second: got suppressed %v, %v, want suppressed", ok, err)
	}
}
