// Package message turns a template and a recipient into a finished mail.
//
// A template is a folder with subject.txt, body.html and body.txt, read by Compile once per edition from layers of
// folders, the company's own first. Where NAME.LOCALE.txt exists beside NAME.txt it is the one taken. Files in shared/ are
// parts that every template can include by their name: {{template "footer" .}}.
//
// What a template may use:
//
//	.FIELD             every column of the campaign's audience
//	.contact_name      the recipient's name, may be empty
//	.email             the recipient's address
//	.perks             what the recipient's rank is entitled to: {{range .perks}} .name .text
//	.company           .name .address .contact
//	.unsubscribe_url   of marketing mail
//	.preferences_url   of marketing mail: where people say what they want, and how often
//	.confirm_url       of a confirmation mail (a campaign with `confirms: true`)
//	.campaign .variant .slot_date
//	date, day, money, number, percent, split   functions that write a value as the locale does
//
// A field that is none of these is a fault with its place, before anything is planned (Template.Check), and an error if it
// should still be missing when a message is rendered: nothing is ever left out silently.
//
// Invariants:
//
//   - The same recipient gives the same bytes. Nothing here reads the clock or draws a number.
//   - A message is complete, in memory, with CRLF line ends, before anybody sees it.
//   - Marketing mail names the company, its address and its contact and says how to leave, in both parts (特定電子メール法
//     Art. 4; CAN-SPAM 5(a)(5)), and carries List-Unsubscribe and List-Unsubscribe-Post with exactly one https URI
//     (RFC 8058). A message that lacks one of them is an error, never sent.
//   - Nothing in the data adds a header or a line to one: control characters in names and subjects become a space, in an
//     address they are an error.
//   - Text is UTF-8, in quoted-printable where it is mostly ASCII, else in base64; headers are RFC 2047 words cut between
//     characters. No line is over 76 columns, none begins with a dot.
//   - What a program makes (see program) is what html/template and text/template make, which are its oracle in the tests.
//
// The package does no I/O beyond reading the folders in Compile and Files. A Template may be used by many goroutines at once.
package message
