// Package config reads config.yaml into a Config: strictly, with every fault at its place, once.
//
// The way of a file: its YAML becomes a tree of nodes (syntax.go), one walk over the tree fills the structs of config.go
// and finds unknown keys, duplicates, wrong kinds and values that do not read (read.go, expand.go), what is left out gets
// its default (defaults.go), and the whole is checked for what can be known without a database or a template
// (validate*.go). All faults come back together, as position.Faults; a Config comes back only when there are none.
//
// Invariants: a Config never changes after Load. A default fills in only what the file leaves out, never what it says,
// so `shrinkage: 0` stays 0. Text is kept as written (007 stays 007). ${env:NAME} and ${file:PATH} are expanded in
// scalar values after parsing, so that nothing in a secret is ever read as YAML; what they expand to, and what stands in
// a Secret, is in no message and no excerpt.
//
// The structs and their comments in config.go are the documentation of the file: the JSON Schema (schema.go) that
// editors complete it with is made from them. Tables (tables.go) is the same configuration as SQL models read it.
//
// The package reads the configuration file and the files that it names by ${file:…}; it writes nothing.
package config
