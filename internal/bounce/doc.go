// Package bounce reads mail that comes back: reports of failed and delayed delivery, complaints, automatic replies, and the
// answers of people. It says what a mail is, by which code the failure is to be judged, and where its message may be named;
// who that is, and what follows, is decided by its caller.
//
// It reads, in this order:
//
//   - delivery status notifications (RFC 3464 in a multipart/report of RFC 6522; codes of RFC 3463), also broken ones as
//     Japanese carriers write them (P5);
//   - feedback reports (RFC 5965, P6);
//   - the plain texts of qmail, Exim, Exchange, sendmail and of docomo, au, SoftBank and others;
//   - automatic replies (P8), which are neither a bounce nor an answer;
//   - answers of people, and among them those that ask to be left alone (JP3).
//
// What is none of these is Unread, with the reason: it is for a person to look at.
//
// Invariants:
//
//   - Any bytes may come in: Parse neither fails nor panics, and reads no more than maxSize bytes, maxParts parts and
//     maxDepth levels of nesting. It is pure.
//   - A code is judged by status, phase and text together, never by the text alone where there is more: the same words mean
//     another thing after DATA than after RCPT (docomo, au).
//   - Where text and code contradict each other about whose fault it is, the judgement is open (Enhanced 5.0.0): a person is
//     not given up for what may be our fault.
package bounce
