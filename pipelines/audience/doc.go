// Package audience decides who gets an edition, and why everybody else does not.
//
// It reads the campaign's audience SELECT, core.contacts, metrics.customer_rank, metrics.customer_hold,
// metrics.contact_cadence, ops.consent, ops.consent_event, ops.opt_in, ops.preference, ops.suppression and ops.message,
// and writes two Parquet files: the plan (everyone considered, one row each, without names or addresses) and the
// recipients (what is needed to write to them). Nothing else is written: Plan works in temporary tables that are gone
// when it returns, so planning twice is harmless.
//
// A row is excluded by the first reason that holds, in this order: unknown contact, no address, invalid address, not
// confirmed, no consent, no basis (JP1), suppressed, open complaint or open repair (of the customer, for all its
// contacts), paused or answers elsewhere (the cadence, where the campaign follows it), the person's own wishes (JP3),
// capped, reduced, duplicate address, the customer's cap. Caps count the editions of every channel, both arms alike,
// and whom a campaign of a higher priority will want soon. What is left is drawn: a unit (the customer with all its
// contacts, else the contact) is held out when a keyed hash of (campaign, unit) falls below the hold-out share, so the
// arm of a unit is the same in every edition of a campaign and cannot be chosen by anyone. Hence, by construction,
//
//	considered = excluded + held out + planned.
//
// The same tables, slot and seed give the same files, byte for byte: hashes instead of random numbers, and a total
// order. A list keeps the order by of its audience as each row's position; where that order leaves ties, so does the
// position, so it should end with customer_id.
package audience
