package pipelines

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/pipelines/delivery"
	"github.com/tokui/tokui/pipelines/response"
	"github.com/tokui/tokui/pipelines/source"
)

// eraseEditions takes the person out of every recipients.parquet, and out of the lists made of them. An edition that is
// being sent stops the erasure: it goes on with the next forget or load.
func (p *Program) eraseEditions(person source.Person, dry bool, add func(string, int, int)) error {
	keys, _, err := p.Keys()
	if err != nil {
		return err
	}
	return p.eachEdition(func(e *edition.Edition) (err error) {
		if !dry {
			release, err := edition.LockSender(e.Dir)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, release()) }()
		}
		id := e.ID()
		removed, changed, err := e.Erase(dry, recipientWithout(person, keys, e.Manifest))
		if err != nil {
			return err
		}
		add("editions/"+id.String()+"/recipients.parquet", removed, changed)
		for _, contact := range person.ContactIDs {
			key := keys.Message(id.Campaign, string(id.Slot), contact)
			for _, path := range []string{filepath.Join(e.Dir, "previews", key+".html"), filepath.Join(p.Config.OutboxPath(), id.Campaign, string(id.Slot), key+".eml")} {
				if err := removeFile(path, dry, p.shortName(path), add); err != nil {
					return err
				}
			}
		}
		if e.Manifest.Channel != "list" || dry {
			return nil
		}
		return p.rewriteLists(e)
	})
}

// rewriteLists makes an edition's lists again of the recipients that are left. They are made at every erasure of a list:
// a kill may have come after the recipients and before the list.
func (p *Program) rewriteLists(e *edition.Edition) error {
	id := e.ID()
	states, _, err := edition.ReadStates(p.JournalDir(), id)
	if err != nil {
		return err
	}
	lists := p.lists(e)
	_, err = lists.Rewrite(e, states)
	return err
}

func (p *Program) lists(e *edition.Edition) *delivery.Lists {
	return &delivery.Lists{Dir: p.dataPath("lists"), Columns: e.Manifest.Fields, Locale: p.Config.Locale,
		Title: p.Config.Campaigns[e.Manifest.Campaign].Title, Company: p.Config.Company.Name}
}

// recipientWithout says what a row of recipients becomes: the person's own are gone, and where others' fields name them
// (the list of their company), these are empty.
func recipientWithout(person source.Person, keys edition.Keys, m edition.Manifest) func(edition.Recipient) (edition.Recipient, bool) {
	texts := traces(person)
	mine, employer := person.ContactIDs, []string(nil)
	if m.Channel == "list" {
		mine, employer = person.CustomerIDs, person.Employers
	}
	var addressKeys []string
	for _, address := range person.Addresses {
		addressKeys = append(addressKeys, keys.Address(address))
	}
	return func(r edition.Recipient) (edition.Recipient, bool) {
		if slices.Contains(mine, r.ContactID) || r.AddressKey != "" && slices.Contains(addressKeys, r.AddressKey) {
			return r, false
		}
		if r.Fields == "" {
			return r, true
		}
		decoder := json.NewDecoder(strings.NewReader(r.Fields))
		decoder.UseNumber()
		var fields map[string]any
		if decoder.Decode(&fields) != nil {
			return r, true
		}
		changed := false
		for name, value := range fields {
			text, ok := value.(string)
			if !ok || text == "" {
				continue
			}
			own := slices.Contains(employer, r.ContactID) && (slices.Contains(person.Names, strings.TrimSpace(text)) || slices.Contains(person.ContactIDs, text))
			if own || holdsAny(text, texts) {
				fields[name], changed = "", true
			}
		}
		if !changed {
			return r, true
		}
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(fields) == nil {
			r.Fields = strings.TrimSpace(out.String())
		}
		return r, true
	}
}

// removeFile removes a file that may be there.
func removeFile(path string, dry bool, name string, add func(string, int, int)) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if !dry {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	add(name, 1, 0)
	return nil
}

// requestRows reads a file of opt-in requests.
func requestRows(path string) ([][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(bytes.NewReader(text))
	rows.FieldsPerRecord = -1
	all, err := rows.ReadAll()
	var torn *csv.ParseError
	if errors.As(err, &torn) { // a kill in the middle of a line: what it held was promised to nobody
		err = nil
	}
	return all, err
}

func (p *Program) eachRequestFile(fn func(path string, rows [][]string) error) error {
	files, err := filepath.Glob(p.dataPath(response.RequestFolder, "*.csv"))
	if err != nil {
		return fmt.Errorf("list requests: %w", err)
	}
	for _, path := range files {
		rows, err := requestRows(path)
		if err == nil {
			err = fn(path, rows)
		}
		if err != nil {
			return fmt.Errorf("read requests %s: %w", p.shortName(path), err)
		}
	}
	return nil
}

// findInRequests looks for somebody who has asked and was not loaded yet. The columns are contact_id, email, name.
func (p *Program) findInRequests(who string, person *source.Person) error {
	return p.eachRequestFile(func(_ string, rows [][]string) error {
		for _, row := range rows {
			if len(row) < 3 {
				continue
			}
			address, name := edition.NormaliseAddress(row[1]), strings.TrimSpace(row[2])
			same := slices.Contains(person.Addresses, address) && (name == "" || slices.Contains(person.Names, name))
			if row[0] != who && address != edition.NormaliseAddress(who) && !slices.Contains(person.ContactIDs, row[0]) && !same {
				continue
			}
			addTo(&person.ContactIDs, row[0])
			addTo(&person.Addresses, address)
			addTo(&person.Names, name)
		}
		return nil
	})
}

// eraseRequests takes the person out of the files of those who asked for mail.
func (p *Program) eraseRequests(person source.Person, dry bool, add func(string, int, int)) error {
	return p.eachRequestFile(func(path string, rows [][]string) error {
		kept := slices.DeleteFunc(slices.Clone(rows), func(row []string) bool {
			return len(row) >= 2 && (slices.Contains(person.ContactIDs, row[0]) || slices.Contains(person.Addresses, edition.NormaliseAddress(row[1])))
		})
		if len(kept) == len(rows) {
			return nil
		}
		add(p.shortName(path), len(rows)-len(kept), 0)
		if dry {
			return nil
		}
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(kept); err != nil {
			return err
		}
		disk := journal.Disk{}
		return errors.Join(disk.Place(path, text.Bytes()), disk.SyncDir(filepath.Dir(path)))
	})
}

// shortName is a path below the data folder as people read it.
func (p *Program) shortName(path string) string {
	rel, err := filepath.Rel(p.dataPath(), path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
