package journal

import (
	"testing"
	"time"
)

// JP3: what a person refused, or for how long, is not sent; and nobody else's mail is touched.
func TestJP3PreferenceWithholds(t *testing.T) {
	paused := Event{ID: "1", Kind: Preference, At: minute(0), ContactKey: "k", Channel: "email", Until: minute(60)}
	news := Event{ID: "1", Kind: Preference, At: minute(0), AddressKey: "a", Refused: []string{"news"}}
	tests := []struct {
		name                             string
		events                           []Event
		contact, address, channel, topic string
		slot                             time.Time
		want                             string
	}{
		{"nothing", nil, "k", "a", "email", "news", minute(1), ""},
		{"paused", []Event{paused}, "k", "a", "email", "news", minute(59), "paused: own wish"},
		{"the pause is over", []Event{paused}, "k", "a", "email", "news", minute(60), ""},
		{"another channel", []Event{paused}, "k", "a", "postal", "news", minute(1), ""},
		{"somebody else", []Event{paused}, "k2", "a2", "email", "news", minute(1), ""},
		{"topic refused, by the mailbox", []Event{news}, "k2", "a", "email", "news", minute(1), "topic refused"},
		{"another topic", []Event{news}, "k2", "a", "email", "offers", minute(1), ""},
		{"no topic in particular", []Event{news}, "k2", "a", "email", "", minute(1), ""},
		{"taken back", []Event{paused, {ID: "0", Kind: Preference, At: minute(1), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "news", minute(2), ""},
		{"taken back before", []Event{paused, {ID: "9", Kind: Preference, At: minute(-1), ContactKey: "k", Channel: "email"}}, "k", "a", "email", "news", minute(2), "paused: own wish"},
		{"an unsubscribe is no wish", []Event{{ID: "1", Kind: Unsubscribe, At: minute(0), ContactKey: "k"}}, "k", "a", "email", "news", minute(2), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPreferences()
			for _, e := range tt.events {
				p.Add(e)
			}
			if got, ok := p.Withheld(tt.contact, tt.address, tt.channel, tt.topic, tt.slot); got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q %v, want %q", got, ok, tt.want)
			}
		})
	}
	p := NewPreferences()
	p.Add(Event{ID: "1", Kind: Preference, At: minute(0), MessageKey: "m", Until: minute(60)})
	if got := p.Unresolved(); len(got) != 1 || got[0] != "m" {
		t.Fatalf("unresolved: got %v, want m", got)
	}
	p.Resolve(map[string]Person{"m": {ContactKey: "k", AddressKey: "a"}})
	if _, ok := p.Withheld("another", "a", "email", "", minute(1)); !ok {
		t.Error("another contact behind the mailbox: got no pause, want one")
	}
}
