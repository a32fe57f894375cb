package edition

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/tokui/tokui/internal/journal"
)

// The names of an edition's files.
const (
	PlanFile       = "plan.parquet"
	RecipientsFile = "recipients.parquet"
	ManifestFile   = "manifest.json"
	lockFile       = "sender.lock"
)

func planTable(path string) table {
	return table{path: path, later: 2, columns: []string{
		"message_key", "contact_key", "unit", "customer_id", "rank", "category", "arm", "variant", "reason", "basis", "evidence",
	}}
}

func recipientsTable(path string) table {
	return table{
		path:    path,
		columns: []string{"message_key", "contact_id", "address_key", "address", "name", "fields"},
		numbers: []string{"position"},
	}
}

func planRow(r row) PlanRow {
	t := r.texts
	return PlanRow{
		MessageKey: t[0], ContactKey: t[1], Unit: t[2], CustomerID: t[3], Rank: t[4], Category: t[5], Arm: t[6],
		Variant: t[7], Reason: t[8], Basis: t[9], Evidence: t[10],
	}
}

func recipient(r row) Recipient {
	t := r.texts
	return Recipient{
		MessageKey: t[0], ContactID: t[1], AddressKey: t[2], Address: t[3], Name: t[4], Fields: t[5], Position: r.numbers[0],
	}
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

func readRows[T any](t table, read func(row) T) iter.Seq2[T, error] {
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

// People finds who stands behind message keys in the editions of a data folder, the newest first. Keys that no plan
// knows are missing; of a message that was forgotten, the address is.
func People(dataDir string, messageKeys []string) (map[string]journal.Person, error) {
	wanted := make(map[string]bool, len(messageKeys))
	for _, key := range messageKeys {
		wanted[key] = true
	}
	found := map[string]journal.Person{}
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
			if wanted[row.texts[0]] {
				found[row.texts[0]] = journal.Person{ContactKey: row.texts[1]}
			}
		}
		if err := addAddresses(Dir(dataDir, ids[i]), found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// addAddresses completes those of an edition's people who are wanted.
func addAddresses(dir string, found map[string]journal.Person) error {
	if len(found) == 0 {
		return nil
	}
	t := table{path: filepath.Join(dir, RecipientsFile), columns: []string{"message_key", "address_key"}}
	for row, err := range t.rows() {
		if err != nil {
			return fmt.Errorf("find addresses of messages: %w", err)
		}
		if person, ok := found[row.texts[0]]; ok {
			person.AddressKey = row.texts[1]
			found[row.texts[0]] = person
		}
	}
	return nil
}
