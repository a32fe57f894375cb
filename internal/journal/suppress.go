package journal

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// PurposeMarketing is the purpose of a message that a suppression of scope marketing stops.
const PurposeMarketing = "marketing"

// Suppression is one standing suppression: of a contact or of an address, never both.
type Suppression struct {
	ContactKey, AddressKey string
	Channel, Scope         string
	// Reason is the kind of the event that it stands by.
	Reason string
	Since  time.Time
}

// Suppressions is the fold that the package documentation describes. The order in which events are added does not
// matter, and adding one twice changes nothing. It is not safe for concurrent use while events are added.
type Suppressions struct {
	words      map[subject]map[reach]word
	unresolved map[string][]Event
}

// subject is who a word is about.
type subject struct {
	address bool
	key     string
}

// reach is what a word covers.
type reach struct{ channel, scope string }

// word is the latest event for a subject and a reach.
type word struct {
	at   time.Time
	id   string
	kind Kind
}

// NewSuppressions returns the empty fold.
func NewSuppressions() *Suppressions {
	return &Suppressions{words: map[subject]map[reach]word{}, unresolved: map[string][]Event{}}
}

// SuppressionKind says whether events of a kind can matter to the fold.
func SuppressionKind(k Kind) bool {
	switch k {
	case Unsubscribe, Complaint, Bounce, Returned, Suppress, Unsuppress, Forgotten:
		return true
	default:
		return false
	}
}

// HardBounce says whether an enhanced status code means that the address does not exist (P5): 5.1.x, but 5.1.7 and 5.1.8,
// which are about the sender's address (RFC 3463, section 3.2); and 5.4.4, no host for its domain.
func HardBounce(enhanced string) bool {
	return strings.HasPrefix(enhanced, "5.1.") && enhanced != "5.1.7" && enhanced != "5.1.8" || enhanced == "5.4.4"
}

// Add folds one event in.
func (s *Suppressions) Add(e Event) {
	dead := e.Kind == Bounce || e.Kind == Returned // so far as its code says so
	if !SuppressionKind(e.Kind) || dead && !HardBounce(e.Enhanced) || e.Kind == Forgotten && e.Detail == ForgottenCustomer {
		return
	}
	if e.Scope == "" {
		e.Scope = ScopeMarketing
		if dead || e.Kind == Forgotten {
			e.Scope = ScopeAll
		}
	}
	if e.Kind == Returned { // D5: whatever it says, the post alone has shown nothing about other channels
		e.Channel = ChannelPostal
	}
	addressOnly := dead && e.AddressKey != ""
	if e.AddressKey != "" {
		s.put(subject{address: true, key: e.AddressKey}, e)
	}
	switch {
	case addressOnly:
	case e.ContactKey != "":
		s.put(subject{key: e.ContactKey}, e)
	case e.MessageKey != "":
		s.unresolved[e.MessageKey] = append(s.unresolved[e.MessageKey], e)
	}
}

func (s *Suppressions) put(who subject, e Event) {
	about := reach{channel: e.Channel, scope: e.Scope}
	at := e.At.Truncate(time.Microsecond)
	was, ok := s.words[who][about]
	if ok && cmp.Or(was.at.Compare(at), strings.Compare(was.id, e.ID)) >= 0 {
		return
	}
	if s.words[who] == nil {
		s.words[who] = map[reach]word{}
	}
	s.words[who][about] = word{at: at, id: e.ID, kind: e.Kind}
}

// Unresolved are the message keys of events that name no contact, sorted: who they are about stands in the plan of the
// message's edition.
func (s *Suppressions) Unresolved() []string {
	keys := make([]string, 0, len(s.unresolved))
	for key := range s.unresolved {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Person is who stands behind a message: the contact it was for and the address it went to, "" where it is not known.
type Person struct{ ContactKey, AddressKey string }

// Resolve says who stands behind message keys. Messages that it does not name stay unresolved. Whoever answers a message
// speaks for the mailbox that it came to, so both are meant: another contact behind the same address is not written to.
func (s *Suppressions) Resolve(people map[string]Person) {
	for message, person := range people {
		events := s.unresolved[message]
		delete(s.unresolved, message)
		for _, e := range events {
			e.MessageKey, e.ContactKey = "", person.ContactKey
			if e.AddressKey == "" {
				e.AddressKey = person.AddressKey
			}
			s.Add(e)
		}
	}
}

// Suppressed says whether a message of a purpose may not go to a contact and address by a channel, and why: the reason
// of the suppression, of several the first in the order forgotten, complaint, unsubscribe, suppress, bounce, returned.
// An empty key matches nothing.
func (s *Suppressions) Suppressed(contactKey, addressKey, channel, purpose string) (string, bool) {
	var found []Kind
	for _, who := range []subject{{key: contactKey}, {address: true, key: addressKey}} {
		if who.key == "" {
			continue
		}
		for about, w := range s.words[who] {
			if w.kind == Unsuppress || about.channel != "" && about.channel != channel {
				continue
			}
			if about.scope == ScopeAll || purpose == PurposeMarketing {
				found = append(found, w.kind)
			}
		}
	}
	for _, kind := range []Kind{Forgotten, Complaint, Unsubscribe, Suppress, Bounce, Returned} {
		if slices.Contains(found, kind) {
			return string(kind), true
		}
	}
	return "", false
}

// All returns every standing suppression in a total order: the rows of ops.suppression.
func (s *Suppressions) All() []Suppression {
	var all []Suppression
	for who, words := range s.words {
		for about, w := range words {
			if w.kind == Unsuppress {
				continue
			}
			row := Suppression{Channel: about.channel, Scope: about.scope, Reason: string(w.kind), Since: w.at}
			if who.address {
				row.AddressKey = who.key
			} else {
				row.ContactKey = who.key
			}
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(a, b Suppression) int {
		return cmp.Or(
			strings.Compare(a.ContactKey, b.ContactKey), strings.Compare(a.AddressKey, b.AddressKey),
			strings.Compare(a.Channel, b.Channel), strings.Compare(a.Scope, b.Scope),
		)
	})
	return all
}
