// Package model reads, orders, builds, checks and tests the SQL models: sql/SCHEMA/NAME.sql is one SELECT that becomes
// the table SCHEMA.NAME.
//
// Invariants:
//   - The order of building comes from DuckDB's own parse of each SELECT, and so do the layer law and the whitelist.
//   - The header of a model is its contract: after the build, the table has exactly its columns, grain and references,
//     and every check in it holds. Otherwise nothing is published: build and checks are one transaction, or pass in a draft of the warehouse.
//   - A model is given all it depends on: tables and bound parameters, never the clock.
//   - Every fault is found before anything is built, with its place, and all of them are reported at once.
//
// It reads the tables that stages before it filled (sql/contract), and writes those of the models.
package model
