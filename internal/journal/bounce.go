package journal

import "strings"

// Class is whom a bounce is about (P5): three ways to go on, and one for people to decide.
type Class string

// The classes.
const (
	// ClassAddress: the address does not exist. It is suppressed.
	ClassAddress Class = "address"
	// ClassTransient: a full mailbox, a server that is down, a person's filter. So many in a row suppress the address.
	ClassTransient Class = "transient"
	// ClassReputation: it is about us or our mail. Somebody is told, and nobody is suppressed.
	ClassReputation Class = "reputation"
	// ClassUnknown: a person has to look.
	ClassUnknown Class = "unknown"
)

// BounceClass reads an enhanced status code (RFC 3463); ops.response makes the same in SQL, and one test holds them equal.
func BounceClass(enhanced string) Class {
	begins := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(enhanced, p) {
				return true
			}
		}
		return false
	}
	switch {
	case HardBounce(enhanced):
		return ClassAddress
	case begins("4.7.", "5.7.", "5.5.", "5.6."):
		return ClassReputation
	}
	switch enhanced {
	case "5.1.7", "5.1.8", "4.1.7", "4.1.8", "5.2.3", "5.3.4": // our address, or the size of what we sent
		return ClassReputation
	}
	if begins("4.", "5.2.", "5.3.", "5.4.") {
		return ClassTransient
	}
	return ClassUnknown
}
