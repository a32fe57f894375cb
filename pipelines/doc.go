// Package pipelines is the map of the program: what Tokui does, one file a pipeline, each reading top to bottom as the
// list of its steps.
//
//	source ─▶ warehouse ─▶ model ─▶ audience ─▶ message ─▶ delivery ─▶ response ─▶ effect ─▶ report
//
//	first.go     after `tokui init`: were the files read right, what was assumed, and a first result → a page
//	load.go      sources → Parquet copies → raw.* and core.sales
//	analyze.go   core, rollups, metrics, predictions, segments: built, checked, published all or nothing
//	campaign.go  audience → plan (frozen) → render → deliver
//	collect.go   journal, editions and backtests → ops.*
//	backtest.go  the forecasts of a past day, made again and scored by what came → var/backtests
//	publish.go   tables, segments and audiences → files for other programs
//	forget.go    a person → nowhere, but for a keyed hash; copies, editions, files and databases without them
//	report.go    effects.* and reports.* → a page, and an edition to its recipients
//
// The stage onboard stands beside source: it reads files that nobody has described yet and writes the config.yaml by which
// source reads them. It knows no database.
//
// A stage reads tables or files and writes tables, files or journal events; what crosses from one to the next can be
// looked at with plain SQL. The stages below this folder know nothing of each other but what stands to their left.
//
// Invariants held here:
//   - The DuckDB file is open only while a step needs it: never while mail leaves.
//   - An edition is planned once and frozen before its first byte leaves; a frozen edition is never planned again.
//   - Every pipeline is given its slot and its date; none reads the clock for a decision.
package pipelines
