package response

import (
	"context"
	"fmt"

	"github.com/tokui/tokui/internal/warehouse"
)

// StageContacts writes journal.contact: which contact stands behind a keyed hash, for events that name a person and no
// message. The hashes are those of edition.Keys under the same seed; load has width-folded the addresses already.
func StageContacts(ctx context.Context, db *warehouse.DB, seed string) error {
	err := db.Tx(ctx, func(tx *warehouse.Tx) error {
		if _, err := tx.Exec(ctx, "delete from journal.contact"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into journal.contact
			select
				contact_id,
				left(sha256($seed || ':contact:' || contact_id), 32),
				left(sha256($seed || ':address:' || lower(trim(email))), 32),
			from core.contacts`, warehouse.Named("seed", seed))
		return err
	})
	if err != nil {
		return fmt.Errorf("stage contacts: %w", err)
	}
	return nil
}
