// Package exports makes files as sales systems export them: the headers are theirs, letter for letter, with their
// encoding, delimiter, dates and shape; the sales are invented, the same at every call. Beside each file stands what a
// reader of it must come to: rows, orders, customers and sums. `tokui init` is tried on them.
package exports
