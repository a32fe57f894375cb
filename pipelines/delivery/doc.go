// Package delivery brings a frozen edition to its recipients and writes down what became of every message.
//
// It reads the edition's plan and recipients (internal/edition) and the journal; it writes journal events of the stream
// edition.CAMPAIGN.SLOT, and what its channel leaves: mail over SMTP, .eml files in the outbox, or workbooks. It opens no
// database and knows no configuration: messages come from a function, limits are fields.
//
// Invariants, whenever the process is killed:
//
//   - Nobody receives a message twice, nobody is lost: planned = accepted + failed + withheld + unconfirmed + pending.
//   - One process sends an edition (edition.LockSender); a second one is refused.
//   - A message is rendered completely before the channel is asked to send it; what cannot be rendered is failed.
//   - A channel that cannot be repeated (SMTP) has an `attempt` synced before its point of no return, the final dot. An
//     attempt that was never answered is unconfirmed, and not sent again unless the manifest says resend_unconfirmed.
//   - A channel that can (outbox, lists: files named by message or group) journals no attempts and is redone.
//   - A damaged line in the edition's own journal may hide an attempt: with SMTP nothing is sent until a person has looked.
//   - After an error inside DATA the connection is dropped, never closed politely: QUIT would end the half letter with a
//     dot. As long as the dot had not been sent, nothing was delivered, and the message is sent again.
//   - Deferred messages wait with a growing back-off and are pending until accepted, failed, or withheld because the
//     edition expired. A deferral slows its domain, not the campaign.
//   - A cancelled run begins nothing new and waits Limits.Drain for what is on its way; then it drops the connections. A
//     letter whose dot had been sent is unconfirmed, the others stay pending.
//   - Every attempt to send looks at the suppressions collected so far, at most a second old.
//   - edition.finished is journalled once nothing is pending and the accounts balance, never before.
//
// The journal never holds an address: replies are cleaned of the recipient before they are kept.
package delivery
