package response

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// Suppressed folds the journal of a data folder into who must not be written to. Damaged lines are named: one of them may
// be somebody's unsubscribe.
func Suppressed(dataDir, journalDir string) (*journal.Suppressions, []string, error) {
	fold := journal.NewSuppressions()
	report, err := journal.Read(journalDir, "", func(e journal.Event, _ journal.Place) error {
		fold.Add(e)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read suppressions: %w", err)
	}
	people, err := edition.People(dataDir, fold.Unresolved())
	if err != nil {
		return nil, nil, fmt.Errorf("read suppressions: %w", err)
	}
	fold.Resolve(people)
	var damaged []string
	for _, d := range report.Damaged {
		if !d.Torn {
			damaged = append(damaged, d.String())
		}
	}
	return fold, damaged, nil
}

// Exported counts what an export wrote: of Suppressions, those in Rows; with a list, only those that it names.
type Exported struct {
	Suppressions int `json:"suppressions"`
	Listed       int `json:"listed"`
	Rows         int `json:"rows"`
}

// ExportSuppressions writes the suppressions of a fold as CSV, in the form that ImportSuppressions reads. Without a list
// they are keyed hashes: they move with the data folder, and tell nobody who it is. With a list of addresses or ids, as
// another system has them (CSV with a column email or contact_id), a row for each suppression of somebody on it, with the
// address: what that system must not write to.
func ExportSuppressions(w io.Writer, fold *journal.Suppressions, keys edition.Keys, list io.Reader) (Exported, error) {
	all := fold.All()
	done := Exported{Suppressions: len(all)}
	out := csv.NewWriter(w)
	write := func(s journal.Suppression, email, id string) error {
		done.Rows++
		return out.Write([]string{
			s.ContactKey, s.AddressKey, email, id, s.Channel, s.Scope, s.Reason, s.Since.UTC().Format(time.RFC3339Nano), keys.Fingerprint(),
		})
	}
	err := out.Write([]string{"contact_key", "address_key", "email", "contact_id", "channel", "scope", "reason", "since", "keys"})
	switch {
	case err != nil:
	case list == nil:
		for _, s := range all {
			if err = write(s, "", ""); err != nil {
				break
			}
		}
	default:
		byKey := map[string][]journal.Suppression{}
		for _, s := range all {
			byKey[s.ContactKey+s.AddressKey] = append(byKey[s.ContactKey+s.AddressKey], s)
		}
		err = eachListed(list, func(email, id string) error {
			done.Listed++
			if key := keys.Address(email); key != "" {
				for _, s := range byKey[key] {
					if err := write(s, email, ""); err != nil {
						return err
					}
				}
			}
			if id != "" {
				for _, s := range byKey[keys.Contact(id)] {
					if err := write(s, "", id); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	out.Flush()
	if err = errors.Join(err, out.Error()); err != nil {
		return done, fmt.Errorf("export suppressions: %w", err)
	}
	return done, nil
}

// eachListed gives the addresses and ids of a list to fn.
func eachListed(list io.Reader, fn func(email, id string) error) error {
	text := bufio.NewReader(list)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\ufeff" {
		if _, err := text.Discard(3); err != nil {
			return err
		}
	}
	rows := csv.NewReader(text)
	rows.FieldsPerRecord = -1
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("list: got no header line, want one with email or contact_id: %w", err)
	}
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(header[i]))
	}
	email, id := slices.Index(header, "email"), slices.Index(header, "contact_id")
	if email < 0 && id < 0 {
		return errors.New("list: the header has neither of the columns email, contact_id")
	}
	at := func(record []string, i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(norm.NFKC.String(record[i]))
	}
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		if err := fn(at(record, email), at(record, id)); err != nil {
			return err
		}
	}
}
