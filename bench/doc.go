// Command bench measures Tokui beside the least that could do the same, on data that it makes itself: sale lines of a
// trading company, a million customers at 50 million lines, 2,000 products in 60 categories, 3 % cancelled or returned.
//
//	go run ./bench --lines 5000000                       # a minute or two
//	go run ./bench --lines 50000000 --memory-limit 4GB   # 15 GB of disk
//	go run ./bench --lines 50000000 --only generate      # the data, and nothing else
//
// It writes the data and a config.yaml into --dir (temporary by default), builds the real tokui and runs it there:
//
//	load       tokui run load: the sales as CSV, and the masters
//	analyze    tokui run analyze: every model, checked and published
//	nightly    tokui run load analyze, after a second file: new orders and cancelled old ones of 1 % of the customers
//
// and beside it, in a process of its own on a copy of the warehouse as load left it:
//
//	bare load  create table as from read_csv, types given, of the same sales file, into a DuckDB file
//	bare SQL   the SELECT of every model as a plain `create or replace table as`, one statement after the other: no
//	           checks, no transaction around them, nothing published. What no SELECT gives, the tables of estimators,
//	           is copied from Tokui's own warehouse outside of the measurement
//
// Of each it prints seconds of CPU (user and system, of the whole process), seconds of the wall, and the peak of its
// resident memory; of each model its own seconds; and at the end the ratios of DESIGN section 11. The ratio of analyze
// to bare SQL leaves the estimators (fits and scoring) out on both sides; what these cost stands on a line of its own.
//
// CPU of single models is read from /proc at the lines that `tokui run --verbose` prints, so it is to be had on Linux
// only, in steps of a hundredth of a second. Nothing of this is part of `go test`.
package main
