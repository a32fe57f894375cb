package journal

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func minute(n int) time.Time {
	return noon.Truncate(time.Microsecond).Add(time.Duration(n) * time.Minute)
}

func TestSuppressed(t *testing.T) {
	unsubscribed := Event{ID: "1", Kind: Unsubscribe, At: minute(0), ContactKey: "k", Channel: "email"}
	tests := []struct {
		name                               string
		events                             []Event
		contact, address, channel, purpose string
		want                               string
	}{
		{"nothing", nil, "k", "a", "email", "marketing", ""},
		{"unsubscribed", []Event{unsubscribed}, "k", "a", "email", "marketing", "unsubscribe"},
		{"somebody else", []Event{unsubscribed}, "k2", "a", "email", "marketing", ""},
		{"service mail goes on", []Event{unsubscribed}, "k", "a", "email", "service", ""},
		{"another channel goes on", []Event{unsubscribed}, "k", "a", "postal", "marketing", ""},
		{"no channel is every channel", []Event{{ID: "1", Kind: Unsubscribe, At: minute(0), ContactKey: "k"}}, "k", "", "postal", "marketing", "unsubscribe"},
		{"scope all stops service mail", []Event{{ID: "1", Kind: Suppress, At: minute(0), ContactKey: "k", Scope: ScopeAll}}, "k", "", "email", "service", "suppress"},
		{"hard bounce is of the address", []Event{{ID: "1", Kind: Bounce, At: minute(0), ContactKey: "k", AddressKey: "a", Channel: "email", Enhanced: "5.1.1"}}, "k", "a", "email", "service", "bounce"},
		{"its person may get another", []Event{{ID: "1", Kind: Bounce, At: minute(0), ContactKey: "k", AddressKey: "a", Channel: "email", Enhanced: "5.1.1"}}, "k", "a2", "email", "service", ""},
		{"bounce without an address is of the person", []Event{{ID: "1", Kind: Bounce, At: minute(0), ContactKey: "k", Channel: "email", Enhanced: "5.1.1"}}, "k", "a2", "email", "service", "bounce"},
		{"5.7.1 is about us", []Event{{ID: "1", Kind: Bounce, At: minute(0), AddressKey: "a", Enhanced: "5.7.1"}}, "k", "a", "email", "marketing", ""},
		{"5.1.8 is about our address", []Event{{ID: "1", Kind: Bounce, At: minute(0), AddressKey: "a", Enhanced: "5.1.8"}}, "k", "a", "email", "marketing", ""},
		{"P5: 5.4.4 is a domain without a host", []Event{{ID: "1", Kind: Bounce, At: minute(0), AddressKey: "a", Enhanced: "5.4.4"}}, "k", "a", "email", "marketing", "bounce"},
		{"P5: 5.4.6 is a loop on the way", []Event{{ID: "1", Kind: Bounce, At: minute(0), AddressKey: "a", Enhanced: "5.4.6"}}, "k", "a", "email", "marketing", ""},
		{"4.2.2 passes", []Event{{ID: "1", Kind: Bounce, At: minute(0), AddressKey: "a", Enhanced: "4.2.2"}}, "k", "a", "email", "marketing", ""},
		{"failed is no bounce", []Event{{ID: "1", Kind: Failed, At: minute(0), AddressKey: "a", Enhanced: "5.1.1"}}, "k", "a", "email", "marketing", ""},
		{"taken back", []Event{unsubscribed, {ID: "2", Kind: Unsuppress, At: minute(1), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "marketing", ""},
		{"taken back too early", []Event{unsubscribed, {ID: "2", Kind: Unsuppress, At: minute(-1), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "marketing", "unsubscribe"},
		{"at the same instant the later id", []Event{unsubscribed, {ID: "0", Kind: Unsuppress, At: minute(0), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "marketing", "unsubscribe"},
		{"another scope is not taken back", []Event{unsubscribed, {ID: "2", Kind: Unsuppress, At: minute(1), ContactKey: "k", Channel: "email", Scope: ScopeAll}}, "k", "a", "email", "marketing", "unsubscribe"},
		{"every channel is not taken back by one", []Event{{ID: "1", Kind: Complaint, At: minute(0), ContactKey: "k"}, {ID: "2", Kind: Unsuppress, At: minute(1), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "marketing", "complaint"},
		{"and again", []Event{unsubscribed, {ID: "2", Kind: Unsuppress, At: minute(1), ContactKey: "k", Channel: "email"}, {ID: "3", Kind: Unsubscribe, At: minute(2), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "marketing", "unsubscribe"},
		{"D5: a letter that came back is of the postal address", []Event{{ID: "1", Kind: Returned, At: minute(0), Enhanced: "5.1.1", ContactKey: "k", AddressKey: "a"}}, "k", "a", "postal", "service", "returned"},
		{"D5: and says nothing about mail", []Event{{ID: "1", Kind: Returned, At: minute(0), Enhanced: "5.1.1", ContactKey: "k", Channel: "email"}}, "k", "a", "email", "marketing", ""},
		{"D5: who has moved is written to again", []Event{{ID: "1", Kind: Returned, At: minute(0), Enhanced: "5.1.1", ContactKey: "k", AddressKey: "a"}}, "k", "a2", "postal", "marketing", ""},
		{"D5: a letter that was not called for says nothing", []Event{{ID: "1", Kind: Returned, At: minute(0), Enhanced: "4.2.1", AddressKey: "a"}}, "k", "a", "postal", "marketing", ""},
		{"AP2: forgotten stops everything", []Event{{ID: "1", Kind: Forgotten, At: minute(0), ContactKey: "k", AddressKey: "a"}}, "k2", "a", "postal", "service", "forgotten"},
		{"empty keys match nobody", []Event{{ID: "1", Kind: Unsubscribe, At: minute(0)}}, "", "", "email", "marketing", ""},
		{"contact and address each for itself", []Event{{ID: "1", Kind: Complaint, At: minute(0), ContactKey: "k", AddressKey: "a"}}, "k2", "a", "email", "marketing", "complaint"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewSuppressions()
			for _, e := range tt.events {
				s.Add(e)
			}
			got, ok := s.Suppressed(tt.contact, tt.address, tt.channel, tt.purpose)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q %v, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestEventOfAMessageIsAboutItsContact(t *testing.T) {
	s := NewSuppressions()
	s.Add(Event{ID: "1", Kind: Unsubscribe, At: minute(0), MessageKey: "m1", Channel: "email"})
	s.Add(Event{ID: "2", Kind: Unsubscribe, At: minute(0), MessageKey: "m0", Channel: "email"})
	if diff := cmp.Diff([]string{"m0", "m1"}, s.Unresolved()); diff != "" {
		t.Error(diff)
	}
	s.Resolve(map[string]Person{"m1": {ContactKey: "k", AddressKey: "a"}})
	if _, ok := s.Suppressed("k", "", "email", "marketing"); !ok {
		t.Error("got not suppressed, want suppressed once resolved")
	}
	if _, ok := s.Suppressed("another contact behind the mailbox", "a", "email", "marketing"); !ok {
		t.Error("another contact of the address: got not suppressed, want suppressed")
	}
	if diff := cmp.Diff([]string{"m0"}, s.Unresolved()); diff != "" {
		t.Error(diff)
	}
}

// TestFoldIsTheSameInAnyOrder is what lets the warehouse read segments as they come, and imports be repeated.
func TestFoldIsTheSameInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 200 {
		var events []Event
		for i := range 12 {
			events = append(events, Event{
				ID: string(rune('a' + i)), At: minute(random.IntN(3)), Kind: Kind(pick("unsubscribe", "complaint", "bounce", "suppress", "unsuppress", "returned", "forgotten")),
				ContactKey: pick("", "k"), AddressKey: pick("", "a"), Channel: pick("", "email"), Scope: pick("", "all"), Enhanced: "5.1.1",
			})
		}
		fold := func() []Suppression {
			s := NewSuppressions()
			for _, e := range events {
				s.Add(e)
			}
			return s.All()
		}
		want := fold()
		events = append(events, events...) // imported twice
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		if diff := cmp.Diff(want, fold()); diff != "" {
			t.Fatal(diff)
		}
	}
}
