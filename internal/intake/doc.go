// Package intake takes in mail that comes back: from a pipe, a Maildir, a mail server (LMTP or SMTP) or an IMAP mailbox. It
// reads each with package bounce, finds out which message it is about, and appends one event to the journal's stream
// "bounces".
//
// # Who it is about
//
// A message is known by the signed token of its return path first, wherever it stands; then by the Message-ID in the
// headers that came back (P5, P6). Never by an address in a text: anybody can write any address there. The event carries the
// message's key; whom it stands for is in the plan of its edition.
//
// # What follows
//
//	failed                    bounce, with the code that it is judged by; the folds in internal/journal and ops do the rest
//	  about our reputation      and an alert; nobody is suppressed
//	  of no known class         and the mail is kept
//	complaint: abuse, fraud   complaint; opt-out: unsubscribe (P6)
//	  virus and other types     an alert, and the mail is kept; nobody is suppressed
//	refusal                   unsubscribe (JP3), and the mail is kept, for a person to answer
//	reply                     reply, and the mail is kept
//	delayed, delivered, not-spam, auto-reply
//	                          notice: nothing changes (P8)
//	unread, or about nobody   notice, and the mail is kept: for a person to look at
//
// # Never lost, never twice
//
// Take returns after the events are on the disk; a mail that is kept is on the disk before its event. Only then does a way in
// give its mail up: the answer 250, the move to cur, the flag \Seen. An event's id is the hash of the mail's content, so a
// mail that comes twice, or by two ways, is one event.
//
// Kept mail lies in var/mail/kept/ID.eml, mode 0600, until a person deletes it.
package intake
