package response

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
)

// ledgerBatch is how many words are chained and made durable at once.
const ledgerBatch = 10_000

// StageConsents writes journal.consent: the consents of the company's systems, each with the id under which it stands in
// the consent ledger. The id derives from the content, so the same word is the same line for ever.
func StageConsents(ctx context.Context, db *warehouse.DB, seed string) error {
	err := db.Tx(ctx, func(tx *warehouse.Tx) error {
		if _, err := tx.Exec(ctx, "delete from journal.consent"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into journal.consent
			select
				contact_id,
				left(sha256($seed || ':contact:' || contact_id), 32),
				channel, granted_at, granted, basis, method, proof,
				left(sha256($seed || ':consent:' || array_to_string([
					contact_id, channel, coalesce(epoch_us(granted_at)::varchar, ''), coalesce(granted, false)::varchar,
					coalesce(basis, ''), coalesce(method, ''), coalesce(proof, ''),
				], chr(31))), 32),
			from core.consents`, warehouse.Named("seed", seed))
		return err
	})
	if err != nil {
		return fmt.Errorf("stage consents: %w", err)
	}
	return nil
}

// KeepLedger appends to the consent ledger every word that stands nowhere in it: consents and withdrawals of the
// company's systems, and what people and imports have said in other streams of the journal (JP2). It returns how many
// there were; staging them again is harmless, as their ids are the same.
//
// open opens the ledger; it is called only where there is something to append.
func KeepLedger(ctx context.Context, db *warehouse.DB, seed string, open func() (*journal.Ledger, error)) (kept int, err error) {
	var ledger *journal.Ledger
	defer func() {
		if ledger != nil {
			err = errors.Join(err, ledger.Close())
		}
	}()
	words := make([]journal.Event, 0, ledgerBatch)
	flush := func() error {
		if ledger == nil {
			if ledger, err = open(); err != nil {
				return err
			}
		}
		if err := ledger.Append(ctx, words...); err != nil {
			return fmt.Errorf("keep consent ledger: %w", err)
		}
		kept += len(words)
		words = words[:0]
		return nil
	}
	err = ledgerWords(ctx, db, seed, func(e journal.Event) error {
		if words = append(words, e); len(words) < ledgerBatch {
			return nil
		}
		return flush()
	})
	if err == nil && len(words) > 0 {
		err = flush()
	}
	return kept, err
}

// ledgerWords gives the words that the ledger lacks to fn, in the order of their time. What the company's systems call
// proof is kept as it stands where it is a page (JP1, JP2); else as a keyed hash, since it may name the person, which a
// journal never does.
func ledgerWords(ctx context.Context, db *warehouse.DB, seed string, fn func(journal.Event) error) error {
	var kinds []string
	for _, kind := range journal.LedgerKinds() {
		kinds = append(kinds, string(kind))
	}
	rows, err := db.Query(ctx, `
		with known as (
			select event_id from journal.event where segment like 'journal/`+journal.LedgerStream+`-%'
		), words as (
			select
				evidence as event_id, if(granted, 'consent', 'withdrawal') as kind, coalesce(granted_at, timestamptz '1970-01-01') as occurred_at,
				null::varchar as campaign, null::varchar as slot, null::varchar as message_key, contact_key, null::varchar as address_key,
				channel, null::varchar as scope, null::varchar as detail, basis, method,
				case
					when proof is null then null
					when regexp_matches(proof, '^https?://') then proof
					else 'proof ' || left(sha256($seed || ':proof:' || proof), 32)
				end as source,
				null::varchar as wording, null::timestamptz as until, null::varchar as refused, null::integer as every_days,
			from journal.consent
			union all by name
			select
				event_id, kind, event.at as occurred_at, campaign, slot, message_key, contact_key, address_key, channel, scope, detail, basis, method, source,
				wording, until, refused, every_days,
			from journal.event as event
			where list_contains($kinds, kind) and segment not like 'journal/`+journal.LedgerStream+`-%'
		)
		select
			event_id, kind, occurred_at, coalesce(campaign, ''), coalesce(slot, ''), coalesce(message_key, ''), coalesce(contact_key, ''),
			coalesce(address_key, ''), coalesce(channel, ''), coalesce(scope, ''), coalesce(detail, ''), coalesce(basis, ''),
			coalesce(method, ''), coalesce(source, ''), coalesce(wording, ''), coalesce(until, timestamptz '1970-01-01'),
			coalesce(refused, ''), coalesce(every_days, 0),
		from words
		where event_id not in (from known)
		qualify row_number() over (partition by event_id order by occurred_at) = 1
		order by occurred_at, event_id`,
		warehouse.Named("seed", seed), warehouse.Named("kinds", kinds))
	if err != nil {
		return fmt.Errorf("find words for the consent ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e journal.Event
		var refused string
		err := rows.Scan(&e.ID, &e.Kind, &e.At, &e.Campaign, &e.Slot, &e.MessageKey, &e.ContactKey, &e.AddressKey, &e.Channel, &e.Scope,
			&e.Detail, &e.Basis, &e.Method, &e.Source, &e.Wording, &e.Until, &refused, &e.EveryDays)
		if err != nil {
			return fmt.Errorf("find words for the consent ledger: %w", err)
		}
		e.Method, e.Source = journal.EvidenceSource(e.Method), journal.EvidenceSource(e.Source)
		if e.Until.Equal(time.Unix(0, 0)) {
			e.Until = time.Time{}
		}
		if refused != "" {
			e.Refused = strings.Split(refused, ",")
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return rows.Err()
}
