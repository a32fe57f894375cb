package response

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

func (d *desk) fold(t testing.TB) *journal.Suppressions {
	t.Helper()
	fold, damaged, err := Suppressed(t.TempDir(), d.JournalDir)
	if err != nil || len(damaged) > 0 {
		t.Fatal(err, damaged)
	}
	return fold
}

// JP3: who refused elsewhere is not written to from here, and stays so however often the list is imported.
func TestJP3SuppressionsComeInAndGoOut(t *testing.T) {
	d := newDesk(t)
	list := "email,channel,scope,reason,since\n" +
		"Taro@Example.JP,email,,unsubscribe,2026-01-05\n" +
		"dead@example.com,,,bounce,\n" +
		"boss@example.com,,all,asked by letter,\n" +
		"back@example.com,,,,\n" +
		"nobody,,,,\n" +
		"x@example.com,,,unsuppress,\n"
	got, err := d.ImportSuppressions(t.Context(), "list.csv", strings.NewReader(list))
	if err != nil || got.Events != 4 || len(got.Rejected) != 2 || got.Rejected[0].Line != 6 || got.Rejected[1].Line != 7 {
		t.Fatalf("got %+v, %v, want 4 events and the lines 6 and 7 set aside", got, err)
	}
	// somebody comes back, and the old list is imported once more
	if err := d.Append(t.Context(), journal.Event{Kind: journal.Unsuppress, AddressKey: d.Keys.Address("back@example.com"), At: d.Now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if got, err = d.ImportSuppressions(t.Context(), "list.csv", strings.NewReader(list)); err != nil || got.Events != 0 || got.Known != 4 {
		t.Fatalf("again: got %+v, %v, want no new event", got, err)
	}
	fold := d.fold(t)
	for address, want := range map[string]string{
		"taro@example.jp": "unsubscribe", "dead@example.com": "bounce", "boss@example.com": "suppress", "back@example.com": "", "other@example.com": "",
	} {
		if got, _ := fold.Suppressed("", d.Keys.Address(address), "email", "marketing"); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}

	var hashed strings.Builder
	if _, err := ExportSuppressions(&hashed, fold, d.Keys, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(hashed.String(), "@") {
		t.Errorf("got an address in the hashed form:\n%s", hashed.String())
	}
	another := newDesk(t) // of the same company
	another.Keys = d.Keys
	for range 2 {
		if got, err := another.ImportSuppressions(t.Context(), "hashed.csv", strings.NewReader(hashed.String())); err != nil || len(got.Rejected) > 0 {
			t.Fatalf("hashed: got %+v, %v, want all rows in", got, err)
		}
	}
	if diff := cmp.Diff(fold.All(), another.fold(t).All()); diff != "" {
		t.Errorf("exported and imported (-want +got):\n%s", diff)
	}
	stranger := newDesk(t)
	stranger.Keys = edition.NewKeys("another seed")
	if got, err := stranger.ImportSuppressions(t.Context(), "hashed.csv", strings.NewReader(hashed.String())); err != nil || got.Events != 0 || len(got.Rejected) != 3 {
		t.Errorf("another seed: got %+v, %v, want every row refused", got, err)
	}

	var matched strings.Builder
	done, err := ExportSuppressions(&matched, fold, d.Keys, strings.NewReader("\ufeffName,Email\nTaro,TARO@example.jp\nOther,other@example.com\nBoss,boss@example.com\n"))
	if err != nil || done.Rows != 2 || done.Listed != 3 {
		t.Fatalf("matched: got %+v, %v, want 2 rows of 3 listed:\n%s", done, err, matched.String())
	}
	if got, err := stranger.ImportSuppressions(t.Context(), "matched.csv", strings.NewReader(matched.String())); err != nil || got.Events != 2 {
		t.Errorf("the matched form at another company: got %+v, %v, want 2 events", got, err)
	}
}

// D5: what the post stamps on a letter decides whether the address, the person or nobody is suppressed; a refusal stops
// every channel (AP2).
func TestD5Returns(t *testing.T) {
	d := newDesk(t)
	file := "at,contact_id,postal_code,address,reason\n" +
		"2026-11-02,,100-0001,東京都千代田区千代田1-1,あて所に尋ねあたりません\n" +
		"2026-11-02,K2,,,転居先 不明\n" +
		"2026-11-02,K3,,,受取拒絶\n" +
		"2026-11-02,K4,,,保管期間経過\n" +
		"2026-11-02,K5,,,棟・室番号もれ\n" +
		"2026-11-02,K6,,,料金不足\n" +
		"2026-11-02,K7,,,なんとなく\n" +
		"2026-11-02,,100-0002,somewhere,refused\n"
	for range 2 {
		got, err := d.ImportReturns(t.Context(), "returns.csv", strings.NewReader(file))
		if err != nil || got.Events+got.Known != 6 || len(got.Rejected) != 2 {
			t.Fatalf("got %+v, %v, want 6 events and 2 rows set aside", got, err)
		}
	}
	fold := d.fold(t)
	post := d.Keys.Post("１０００００１", "東京都千代田区千代田１−１")
	for _, tt := range []struct{ contact, address, channel, want string }{
		{"", post, "postal", "returned"}, {"", post, "email", ""},
		{"K2", "", "postal", "returned"}, {"K2", "", "email", ""},
		{"K3", "", "postal", "unsubscribe"}, {"K3", "", "email", "unsubscribe"},
		{"K4", "", "postal", ""}, {"K5", "", "postal", "returned"}, {"K6", "", "postal", ""},
	} {
		key := ""
		if tt.contact != "" {
			key = d.Keys.Contact(tt.contact)
		}
		if got, _ := fold.Suppressed(key, tt.address, tt.channel, "marketing"); got != tt.want {
			t.Errorf("%s by %s: got %q, want %q", tt.contact, tt.channel, got, tt.want)
		}
	}
}

// JP3: a wish told by telephone counts like one from the preference page, whole, and the last one stands.
func TestJP3WishesByTelephone(t *testing.T) {
	d := newDesk(t)
	got := d.load(t, "kind,at,contact_id,refused,every_days,until\n"+
		"preference,2026-11-01,K1,\"offers, News\",30,\n"+
		"preference,2026-11-02,K2,,,2027-01-01\n"+
		"preference,2026-11-02,K3,,30,\n"+
		"preference,2026-11-03,K3,,,\n"+
		"preference,2026-11-03,K4,,now and then,\n"+
		"unsubscribe,2026-11-03,K5,,7,\n")
	if got.Events != 4 || len(got.Rejected) != 2 || got.Rejected[0].Line != 6 || got.Rejected[1].Line != 7 {
		t.Fatalf("got %+v, want 4 events, and the lines 6 and 7 set aside", got)
	}
	fold := journal.NewPreferences()
	for _, e := range d.events(t) {
		fold.Add(e)
	}
	wishes := map[string]journal.Wish{}
	for _, w := range fold.All() {
		wishes[w.ContactKey] = w
	}
	if w := wishes[d.Keys.Contact("K1")]; strings.Join(w.Refused, ",") != "news,offers" || w.EveryDays != 30 {
		t.Errorf("K1: got %+v, want news and offers refused, every 30 days", w)
	}
	if w := wishes[d.Keys.Contact("K2")]; !w.PausedUntil.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, d.Location)) {
		t.Errorf("K2: got %+v, want a pause until the new year in Tokyo", w)
	}
	if _, ok := wishes[d.Keys.Contact("K3")]; ok || len(wishes) != 2 {
		t.Errorf("K3: got a wish, want it taken back")
	}
}
