// Package preflight asks the DNS whether mail in a sender's name will be believed, before any leaves: what Google, Yahoo,
// Microsoft and docomo ask of senders (MB1 to MB4 of docs/rules.md). Each finding says what to publish, ready to be pasted.
//
// Invariants:
//
//   - A name server that does not answer is no proof of anything: that is a warning, and nothing is said to be missing.
//   - It asks about the sender's own domains and relay only, never about a recipient.
//
// It knows nothing of config.yaml; its caller gives findings their place.
package preflight
