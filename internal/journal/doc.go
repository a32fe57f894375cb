// Package journal keeps what happened: append-only segments of NDJSON under var/journal, one event a line. Everything
// that Tokui knows about its past (sends, replies of servers, responses, suppressions, runs) can be rebuilt from them.
//
// # Segments
//
// A writer appends to a segment of its own, STREAM-TIME-PID-RANDOM.ndjson: the stream's name, the UTC time to the
// nanosecond (20060102T150405.000000000Z), the process, eight random hex digits. Within a stream, names sort in the order
// of creation, even where the clock was set back. While it is written a segment has mode 0600; sealing (Close, and
// rotation at 64 MiB) takes the write permission away, and a sealed segment never changes. A killed process leaves its
// segment unsealed; it is read like any other, and nobody appends to it again. There is no rename, so that a reader meets
// every segment under one name only.
//
// # Lines
//
// A line is a JSON object, UTF-8, closed by one newline:
//
//	{"v":1,"id":"…","kind":"…","at":"…",…,"crc":"0f1e2d3c"}
//
// v comes first and crc last, without spaces. crc is the CRC-32C (Castagnoli) of the line's bytes before `,"crc":"`, that
// is of the whole line but for its last 18 bytes, as eight lower-case hex digits. This frame stays for every version.
//
// Append returns after the lines are on the disk (fdatasync). Callers that append at the same time share one write and
// one sync. A writer that met an error stays unusable: what its file holds is unknown until it is read again.
//
// A reader gives every line whose crc holds. A line that does not is reported with its place; the lines after it are
// still read, and the file is left as it is. A line of a newer version stops the reading with NewerError.
//
// An event holds no address. Append takes addresses out of Detail (servers like to repeat them), and cuts At to
// microseconds, which is what the warehouse keeps.
//
// # Suppressions
//
// Suppressions folds events into who must not be written to; the SQL model ops.suppression makes the same from
// journal.event, and one test proves them equal. The rules:
//
//   - The kinds unsubscribe, complaint, suppress, unsuppress and forgotten count, and bounce and returned (a letter that
//     came back) with an enhanced code of 5.1.x (the mailbox, its domain or the postal address does not exist) but 5.1.7
//     and 5.1.8 (those are about the sender), or 5.4.4 (no host for the domain). Nothing else does: 5.7.x is
//     about us, and what a server refuses during delivery is journalled as suppress where it is about the address.
//   - An event without contact_key that has a message_key is about the contact of that message and the address that it
//     went to (edition.People): whoever answers a message speaks for the mailbox.
//   - A bounce or returned that has an address_key is about that address only: the person may get another. Any other event
//     is about its contact and about its address, each for itself, where it has them. An event with neither is ignored.
//   - An empty scope means marketing, of bounce, returned and forgotten all. An empty channel means every channel.
//   - For each key, channel and scope the latest word stands: the greatest (at, id), at in microseconds, id in byte
//     order. If that is unsuppress, there is no suppression. So unsuppress takes back exactly its own channel and scope:
//     one for email does not lift a suppression of every channel.
//   - A letter that came back (returned, D5) says something of the channel postal only, whatever its channel field holds.
//   - A message is suppressed where a suppression stands for its contact or its address, of its channel or of every
//     channel, with scope all; or with scope marketing, where the message's purpose is marketing.
//
// Soft bounces (a full mailbox, again and again) are not folded: `collect` counts them in ops.soft_bounce and writes its
// decision down as a suppress of the address, in the stream decisions. A notice is mail that changes nothing.
//
// # Wishes and opt-in
//
// Like an unsubscribe, these events name a person by contact_key, by message_key (the mail that the link was in), or by
// both contact_key and address_key; contact and address are meant each for itself.
//
//   - preference: everything a person wishes about marketing, at once: refused (topics that they do not want), every_days
//     (at least so many days between two messages; 0: as they come), until (no marketing before this instant: a pause).
//     The latest (at, id) replaces all earlier ones, so an event with none of the three takes every wish back. It gives
//     no consent and lifts no suppression. channel "" is every channel, email or postal only that one.
//   - optin.requested: somebody asked for mail, by a form or a list. basis is consent, and method, source and wording say
//     how, where and under which text; until is the last instant at which it may be confirmed. It allows nothing but the
//     confirmation mail (a campaign with `confirms: true`). contact_key and address_key are both needed.
//   - optin.confirmed: the person followed the confirmation mail; message_key is that mail's. With a request before it
//     whose until has not passed it is a consent given at that instant. wording is the hash of the page's text, where
//     it shows one. As with an unsubscribe, a GET confirms nothing (P1): the page has a button. Who had unsubscribed and
//     asks again would stay suppressed: with it goes an unsuppress of the same message_key, channel email and scope
//     marketing.
package journal
