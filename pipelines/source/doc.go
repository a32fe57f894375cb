// Package source is the load stage: files of sales systems in, the contract tables of schema raw and the table
// core.sales out.
//
// The way of a file: frame brings it into one normalised form, in one pass over its bytes (UTF-8 or CP932, quotes, line
// ends; what is no record is set aside with its line). A mapping, compiled from config.yaml and checked against the
// file's header, becomes one SELECT that converts every cell by the contract's types and tells which columns reject a
// row. DuckDB reads the normalised form with nothing left to find out (its sniffer silently damages 8 of 28 real shapes,
// reference/onboarding.md 3.1) and writes a Parquet copy of the rows, and one of the rejects. The manifest that lists
// the copies is renamed into place: that is the moment of the load. Then the warehouse is brought up to it in one
// transaction: views raw.NAME over the copies, core.sales with its keys, raw.file, raw.reject, raw.change, raw.load.
//
// Invariants:
//   - The warehouse follows from the manifest alone. One that is new, or has missed loads, or was made for another day,
//     gets equal tables and the same keys without a source being read.
//   - A source that fails, or would lose more rows than it may, keeps the rows it had; the others are loaded.
//   - read = kept + rejected, for every file; every reject names file, line, column, value and reason.
//   - The file that was loaded last owns every order that it holds, whole; of the masters, the newest row of a key counts.
//     A file that has vanished keeps its rows.
//   - Of a changed file, only the orders that came out different are touched.
//   - Keys are dense, given once in the order of first appearance, and never reused.
//   - The data folder can be moved as a whole: copies are named relative to it, but for the views raw.NAME, which hold
//     absolute paths. Between the move and the next load, whoever reads raw.* gets DuckDB's error that the old paths do
//     not exist; that load makes the views again, without reading a source or touching core.sales.
//
// It reads the files of the sources and writes DATA_DIR/copies (manifest.json, lock, keys/, a folder a source) and, while
// it runs, DATA_DIR/tmp.
package source
