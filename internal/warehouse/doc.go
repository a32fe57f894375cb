// Package warehouse is the DuckDB file: opening and locking it, transactions, Arrow tables in and out through Parquet,
// and the parse that every piece of SQL written by a person passes through. It is the only importer of duckdb-go.
//
// Invariants:
//   - At most one process holds the file. An flock'ed file beside it (PATH.lock) names the process and its step, is
//     taken before DuckDB opens and dies with its process. Who comes second gets an *InUseError, after waiting as long
//     as it asked for.
//   - A draft (Options.Draft) is a copy beside the file (PATH.draft): seen by nobody until Publish renames it into the
//     file's place, gone with a failure or a kill.
//   - Every connection runs in time zone UTC, and no extension is installed or loaded by itself.
//   - CHECKPOINT runs at open: bulk writes bypass DuckDB's automatic one, and the file would grow for ever.
//   - Values reach SQL as bound parameters (Named); what cannot be bound passes through Ident and Literal.
//   - An error from DuckDB is a *SQLError with the line and column of the text that caused it.
//
// It reads and writes the file, its lock, and short-lived Parquet files in Options.TempDir, which it removes.
package warehouse
