// Package edition holds what one occurrence of a campaign or report is on disk, so that it can be sent, counted and
// shown without a database: the folder DATA_DIR/editions/CAMPAIGN/SLOT with
//
//	plan.parquet        everyone considered, frozen: PlanRow, sorted by message_key, no address and no name
//	recipients.parquet  how to write to them: Recipient, sorted by message_key; `tokui forget` takes rows away here only
//	manifest.json       Manifest; written last, so a folder without one was never frozen
//	sender.lock         held by the one process that sends
//
// Invariants: a frozen edition is never frozen again (ErrFrozen); every file is synced before it gets its name, and the
// manifest gets its name after the others are durable; considered = excluded + held out + planned, and every planned row
// had its recipient, when it was frozen. What became of the messages stands in the journal; Balance counts it.
//
// People are named by Keys, keyed hashes that nobody without the company's seed can compute.
package edition
