// Package sql carries the built-in models and the tables they stand on, so that the program needs no file beside it.
//
// A model is one SELECT; its path is its name: metrics/decile.sql builds metrics.decile, metrics/decile.txtar tests it.
// Package model reads, orders, builds and tests them; the rules stand there and in docs.
package sql

import "embed"

// Models holds the models with their tests, as folder/name.sql and folder/name.txtar. The folder contract is among
// them and is no model.
//
//go:embed */*.sql */*.txtar
var Models embed.FS

// Contract holds the tables that stages fill and models read: contract/*.sql.
//
//go:embed contract/*.sql
var Contract embed.FS
