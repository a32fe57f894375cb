// Package onboard reads files that nobody has described yet and finds out what they are: `tokui init`.
//
// The way of a file: its bytes give the encoding (byte order mark, then strict UTF-8, strict CP932, EUC-JP: never a
// statistical detector, reference/onboarding.md 0.3), its records the delimiter, the line of the header and the rows
// that are none (titles, repeated headers, subtotals). The cells are kept by column, each distinct value once, so that
// types are told from all values and not from a sample. A profile of a known system (profiles/NAME.yaml) maps the
// columns; where none fits, exact synonyms do (synonyms.yaml), and the values confirm or refuse: price × quantity =
// amount, lines + shipping - discount = total, ids contained in the master. What is only similar is proposed in a
// comment and never accepted. The result is the text of a config.yaml in which every line says how sure it is and why.
//
// Invariants:
//   - Every byte is read. Nothing is written here, nothing asked but through the Ask of the caller.
//   - A column is mapped only with evidence from its values; customer, date and amount that stay open are named, never
//     guessed.
//   - A delivery address is never the customer.
//   - The same files give the same text.
//
// The package knows no database: what it found is proved by the load that follows.
package onboard
