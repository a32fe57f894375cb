package journal

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Wish is what a person wishes about marketing: of a contact or of an address, never both.
type Wish struct {
	ContactKey, AddressKey string
	Channel                string
	// Refused are topics, EveryDays the least days between two messages, PausedUntil the end of a pause.
	Refused     []string
	EveryDays   int
	PausedUntil time.Time
	Since       time.Time
}

// Preferences folds events into what people wish, as the package documentation describes; the SQL model ops.preference
// makes the same. The order of events does not matter, and adding one twice changes nothing. It is not safe for
// concurrent use while events are added.
type Preferences struct {
	wishes     map[subject]map[string]wished // by channel
	unresolved map[string][]Event
}

// wished is the latest word for a subject and a channel.
type wished struct {
	id   string
	wish Wish
}

// NewPreferences returns the empty fold.
func NewPreferences() *Preferences {
	return &Preferences{wishes: map[subject]map[string]wished{}, unresolved: map[string][]Event{}}
}

// Add folds one event in.
func (p *Preferences) Add(e Event) {
	if e.Kind != Preference {
		return
	}
	if e.AddressKey != "" {
		p.put(subject{address: true, key: e.AddressKey}, e)
	}
	switch {
	case e.ContactKey != "":
		p.put(subject{key: e.ContactKey}, e)
	case e.MessageKey != "":
		p.unresolved[e.MessageKey] = append(p.unresolved[e.MessageKey], e)
	}
}

func (p *Preferences) put(who subject, e Event) {
	at := e.At.Truncate(time.Microsecond)
	was, ok := p.wishes[who][e.Channel]
	if ok && cmp.Or(was.wish.Since.Compare(at), strings.Compare(was.id, e.ID)) >= 0 {
		return
	}
	if p.wishes[who] == nil {
		p.wishes[who] = map[string]wished{}
	}
	wish := Wish{Channel: e.Channel, Refused: e.Refused, EveryDays: e.EveryDays, PausedUntil: e.Until, Since: at}
	if who.address {
		wish.AddressKey = who.key
	} else {
		wish.ContactKey = who.key
	}
	p.wishes[who][e.Channel] = wished{id: e.ID, wish: wish}
}

// Unresolved are the message keys of events that name no contact, sorted.
func (p *Preferences) Unresolved() []string {
	keys := make([]string, 0, len(p.unresolved))
	for key := range p.unresolved {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Resolve says who stands behind message keys: both the contact and the address are meant, as with suppressions.
func (p *Preferences) Resolve(people map[string]Person) {
	for message, person := range people {
		events := p.unresolved[message]
		delete(p.unresolved, message)
		for _, e := range events {
			e.MessageKey, e.ContactKey = "", person.ContactKey
			if e.AddressKey == "" {
				e.AddressKey = person.AddressKey
			}
			p.Add(e)
		}
	}
}

// Withheld says why a marketing message about a topic ("" is none in particular), of a slot at an instant, may not go to
// a contact and address by a channel. How often somebody wants mail is the plan's to know: it needs the other editions.
func (p *Preferences) Withheld(contactKey, addressKey, channel, topic string, slotAt time.Time) (string, bool) {
	for _, who := range []subject{{key: contactKey}, {address: true, key: addressKey}} {
		if who.key == "" {
			continue
		}
		for about, w := range p.wishes[who] {
			switch {
			case about != "" && about != channel:
			case w.wish.PausedUntil.After(slotAt):
				return "paused: own wish", true
			case topic != "" && slices.Contains(w.wish.Refused, topic):
				return "topic refused", true
			}
		}
	}
	return "", false
}

// All returns every standing wish in a total order: the rows of ops.preference.
func (p *Preferences) All() []Wish {
	var all []Wish
	for _, channels := range p.wishes {
		for _, w := range channels {
			if len(w.wish.Refused) > 0 || w.wish.EveryDays > 0 || !w.wish.PausedUntil.IsZero() {
				all = append(all, w.wish)
			}
		}
	}
	slices.SortFunc(all, func(a, b Wish) int {
		return cmp.Or(strings.Compare(a.ContactKey, b.ContactKey), strings.Compare(a.AddressKey, b.AddressKey), strings.Compare(a.Channel, b.Channel))
	})
	return all
}
