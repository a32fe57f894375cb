// Package response takes in what people do with the messages: the public unsubscribe page, imports of responses from
// other systems, and the staging that `collect` reads them by.
//
// # The public endpoint
//
// Endpoint answers /u/TOKEN, the link in every marketing mail (RFC 8058; 特定電子メール法 Art. 3 (3): who has refused is
// never written to again). It holds no database and knows no contact, no address and no campaign. It checks the token,
// appends an event to the journal's stream "responses", and answers after that is on the disk.
//
//   - GET, HEAD and OPTIONS never change anything: programs that scan mails follow every link.
//   - POST with List-Unsubscribe=One-Click, as mail programs send it (urlencoded or multipart, no cookie, no question),
//     or with the page's own button unsubscribes; answered by 200, never by a redirect; as often as one likes (a repeat within a
//     minute is answered without another line in the journal).
//   - A token that is not ours gets a 404 that does not say why. A journal that cannot be written gets a 503, so that
//     the mail program tries again.
//
// The event carries the message key only. Who stands behind it is in the plan of the message's edition: `collect`
// resolves it in SQL (ops.suppression), the sender by edition.Contacts (journal.Suppressions.Resolve), so that an
// unsubscribe counts for the batch after it, before anybody runs `collect`.
//
// # Imports
//
// Importer reads a CSV file of responses and appends them to the stream "import". An event's id derives from its content,
// so the same file may be imported any number of times. Addresses and contact ids become keyed hashes (edition.Keys)
// on the way and are never written.
//
// Importer also takes in lists of suppressions (ImportSuppressions, whose counterpart is ExportSuppressions), letters that
// came back (ImportReturns, D5) and requests for mail (ImportOptIns).
//
// # Consent
//
// KeepLedger brings every word about consent, wherever it was said, into the chained consent ledger of internal/journal
// (JP2); plans name its lines as their evidence. OptInBook takes down who asks for mail: the request in the journal, the
// person in DATA_DIR/requests, which load reads as contacts. Who they are stands there only, since the journal names
// nobody and cannot be rewritten when they are to be forgotten.
//
// The package reads the editions' files and the journal; it writes the journal, and the staging tables journal.* in the
// warehouse of its caller.
package response
