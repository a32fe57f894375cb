package edition

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"
)

// The names of an edition's files.
const (
	PlanFile       = "plan.parquet"
	RecipientsFile = "recipients.parquet"
	ManifestFile   = "manifest.json"
	lockFile       = "sender.lock"
)

func planTable(path string) table {
	return table{path: path, columns: []string{
		"message_key", "contact_key", "unit", "customer_id", "rank", "category", "arm", "variant", "reason",
	}}
}

func recipientsTable(path string) table {
	return table{path: path, columns: []string{"message_key", "contact_id", "address_key", "address", "name", "fields"}}
}

func planRow(r []string) PlanRow {
	return PlanRow{
		MessageKey: r[0], ContactKey: r[1], Unit: r[2], CustomerID: r[3], Rank: r[4], Category: r[5], Arm: r[6],
		Variant: r[7], Reason: r[8],
	}
}

func recipient(r []string) Recipient {
	return Recipient{MessageKey: r[0], ContactID: r[1], AddressKey: r[2], Address: r[3], Name: r[4], Fields: r[5]}
}

// Edition is a frozen edition on disk.
type Edition struct {
	Dir      string
	Manifest Manifest
}

// ID names the edition.
func (e *Edition) ID() ID { return ID{Campaign: e.Manifest.Campaign, Slot: e.Manifest.Slot} }

// Plan yields everyone considered, sorted by MessageKey, a batch of rows in memory at a time. An error ends it.
func (e *Edition) Plan() iter.Seq2[PlanRow, error] {
	return readRows(planTable(filepath.Join(e.Dir, PlanFile)), planRow)
}

// Recipients yields the recipients, sorted by MessageKey. Rows that were forgotten are missing. An error ends it.
func (e *Edition) Recipients() iter.Seq2[Recipient, error] {
	return readRows(recipientsTable(filepath.Join(e.Dir, RecipientsFile)), recipient)
}

func readRows[T any](t table, read func([]string) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range t.rows() {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(read(row), nil) {
				return
			}
		}
	}
}

// Entry is a row of the plan with its recipient. Forgotten says that the recipient's row is gone.
type Entry struct {
	PlanRow
	Recipient Recipient
	Forgotten bool
}

// Planned yields the planned rows with their recipients, sorted by MessageKey. It reads both files once, side by side.
func (e *Edition) Planned() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		next, stop := iter.Pull2(e.Recipients())
		defer stop()
		r, err, ok := next()
		for row, planErr := range e.Plan() {
			if planErr != nil {
				yield(Entry{}, planErr)
				return
			}
			for ok && err == nil && strings.Compare(r.MessageKey, row.MessageKey) < 0 {
				r, err, ok = next()
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if row.Arm != ArmPlanned {
				continue
			}
			entry := Entry{PlanRow: row, Forgotten: !ok || r.MessageKey != row.MessageKey}
			if !entry.Forgotten {
				entry.Recipient = r
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// Contacts finds who stands behind message keys in the editions of a data folder, the newest first: message key →
// contact key. Keys that no plan knows are missing.
func Contacts(dataDir string, messageKeys []string) (map[string]string, error) {
	wanted := make(map[string]bool, len(messageKeys))
	for _, key := range messageKeys {
		wanted[key] = true
	}
	found := map[string]string{}
	ids, err := List(dataDir)
	if err != nil {
		return nil, err
	}
	for i := len(ids) - 1; i >= 0 && len(found) < len(wanted); i-- {
		t := table{path: filepath.Join(Dir(dataDir, ids[i]), PlanFile), columns: []string{"message_key", "contact_key"}}
		for row, err := range t.rows() {
			if err != nil {
				return nil, fmt.Errorf("find contacts of messages: %w", err)
			}
			if wanted[row[0]] {
				found[row[0]] = row[1]
			}
		}
	}
	return found, nil
}
