package edition

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tokui/tokui/internal/journal"
)

// Erase rewrites recipients.parquet: change says what a row becomes, and whether it stays. The plan, which names nobody,
// stays as it is, and so do its sums. Where no row changes, nor does the file; it is replaced whole and durable, so a kill
// leaves the old one or the new one. With dry it only counts. Whoever sends the edition must have been kept out
// (LockSender).
func (e *Edition) Erase(dry bool, change func(Recipient) (Recipient, bool)) (removed, changed int, err error) {
	for r, err := range e.Recipients() {
		if err != nil {
			return 0, 0, fmt.Errorf("erase from %s: %w", e.ID(), err)
		}
		switch became, stays := change(r); {
		case !stays:
			removed++
		case became != r:
			changed++
		}
	}
	if dry || removed+changed == 0 {
		return removed, changed, nil
	}
	path := filepath.Join(e.Dir, RecipientsFile)
	beside := filepath.Join(e.Dir, "."+RecipientsFile+".tmp")
	var readErr error
	err = recipientsTable(beside).write(func(yield func(row) bool) {
		for r, err := range e.Recipients() {
			if err != nil {
				readErr = err
				return
			}
			r, stays := change(r)
			if stays && !yield(row{texts: []string{r.MessageKey, r.ContactID, r.AddressKey, r.Address, r.Name, r.Fields}, numbers: []int32{r.Position}}) {
				return
			}
		}
	})
	if err = errors.Join(err, readErr); err != nil {
		return 0, 0, errors.Join(fmt.Errorf("erase from %s: %w", e.ID(), err), os.Remove(beside))
	}
	disk := journal.Disk{}
	if err := bring(disk, beside, path); err != nil {
		return 0, 0, fmt.Errorf("erase from %s: %w", e.ID(), err)
	}
	return removed, changed, disk.SyncDir(e.Dir)
}
