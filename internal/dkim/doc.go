// Package dkim signs finished messages (RFC 6376, RFC 8301, RFC 8463).
//
// Invariants (P3 of the rules for campaigns, and P1 for the way out):
//
//   - RSA keys have at least 2048 bits, the hash is SHA-256, Ed25519 stands beside or instead; nothing older is offered.
//   - Header and body are canonicalised relaxed; there is no l=, so that nothing can be added below.
//   - What is signed: every instance of every field that says who wrote what to whom and how to get away from it,
//     List-Unsubscribe and List-Unsubscribe-Post among them (RFC 8058, 4).
//   - Those of them that a reader is shown or that decide are signed once more than they occur: a second From added on the
//     way breaks the signature.
//   - A line is folded between tags and between names before it is hashed, never inside of one.
//
// A message is signed last: whatever is changed afterwards breaks it. Signers may be used by many goroutines at once. The
// package reads and writes nothing but its arguments.
package dkim
