// Package explain tells a sales representative everything that is known of one customer: what to do, and why. Each file
// tells one subject: it reads the customer's rows of a few tables, writes sentences in the company's language, keeps the
// numbers behind them, and advises what follows.
//
// Invariants:
//   - Every sentence stands on a row of a table that `tokui query` shows; nothing is estimated here.
//   - A forecast is told with its interval or its probability, and a flagged one with its flag.
//   - What is not known is left out, or said to be unknown; nothing is told as zero that is missing.
//   - Advice is ordered: first what keeps us from selling, then what is due, then what may grow.
//
// It reads core, metrics, predictions, segments and ops, and writes nothing.
package explain
