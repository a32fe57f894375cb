package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/source"
)

// forgetFolder holds the erasures under way, below the data folder: while there is a file, somebody is not erased whole.
const forgetFolder = "forget"

// Erasure is what `tokui forget` did, or with DryRun would do.
type Erasure struct {
	DryRun bool `json:"dry_run"`
	// Contacts, Customers and Addresses are how many of them were the person's.
	Contacts  int `json:"contacts"`
	Customers int `json:"customers"`
	Addresses int `json:"addresses"`
	// Shared says that an address stays, as another contact has it too.
	Shared bool `json:"shared_address"`
	// Known says that the person had been erased before, and nothing more was found.
	Known  bool          `json:"known"`
	Places []ErasedPlace `json:"places"`
}

// ErasedPlace is one place that held the person.
type ErasedPlace struct {
	Place   string `json:"place"`
	Removed int    `json:"removed"`
	Changed int    `json:"changed"`
}

// erasing is one person who is being erased, as the work file holds them.
type erasing struct {
	source.Person
	// path of the work file.
	path string
}

// Forget erases a person, by contact id or e-mail address, from everything below the data folder (AP2, EU5, JP11): first
// the tombstone, which suppresses them and keeps load from bringing them back, then every copy. Whoever is killed in
// the middle goes on where they were: the next Forget, and the next load, finish what is begun. Sales stay, under the
// customer's number alone; keyed hashes stay in plans and in the journal.
func (p *Program) Forget(ctx context.Context, who string, dry bool) (Erasure, error) {
	result := Erasure{DryRun: dry, Places: []ErasedPlace{}}
	if err := p.Prepare(); err != nil {
		return result, err
	}
	if !dry {
		places, err := p.ResumeForget(ctx)
		if err != nil {
			return result, err
		}
		result.Places = append(result.Places, places...)
	}
	if who == "" {
		return result, nil
	}
	person, err := p.findPerson(ctx, who)
	if err != nil {
		return result, err
	}
	result.Shared = len(person.Shared) > 0
	person.Addresses = slices.DeleteFunc(person.Addresses, func(a string) bool { return slices.Contains(person.Shared, a) })
	if len(person.ContactIDs)+len(person.Addresses)+len(person.CustomerIDs) == 0 {
		if result.Known, err = p.wasForgotten(who); err != nil || result.Known || len(result.Places) > 0 {
			return result, err
		}
		return result, &jobs.UsageError{Err: fmt.Errorf("no contact has the id or the address %q; try: the contact_id as the sources have it", who)}
	}
	result.Contacts, result.Customers, result.Addresses = len(person.ContactIDs), len(person.CustomerIDs), len(person.Addresses)
	work := erasing{Person: person}
	if !dry {
		if work, err = p.beginErasing(person); err != nil {
			return result, err
		}
	}
	places, err := p.erase(ctx, work, dry)
	result.Places = append(result.Places, places...)
	return result, err
}

// findPerson looks through the copies, the requests and the editions.
func (p *Program) findPerson(ctx context.Context, who string) (source.Person, error) {
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return source.Person{}, err
	}
	defer db.Close()
	who = strings.TrimSpace(who)
	person, err := p.loader().Find(ctx, db, who)
	if err != nil {
		return person, err
	}
	if err := p.findInRequests(who, &person); err != nil {
		return person, err
	}
	err = p.eachEdition(func(e *edition.Edition) error {
		if e.Manifest.Kind != "campaign" || e.Manifest.Channel == "list" {
			return nil
		}
		for r, err := range e.Recipients() {
			if err != nil {
				return err
			}
			address := edition.NormaliseAddress(r.Address)
			if r.ContactID != who && (address == "" || address != edition.NormaliseAddress(who)) && !slices.Contains(person.ContactIDs, r.ContactID) {
				continue
			}
			addTo(&person.ContactIDs, r.ContactID)
			addTo(&person.Addresses, address)
			addTo(&person.Names, strings.TrimSpace(r.Name))
		}
		return nil
	})
	return person, err
}

// eachEdition opens every frozen edition.
func (p *Program) eachEdition(fn func(e *edition.Edition) error) error {
	ids, err := edition.List(p.dataPath())
	if err != nil {
		return fmt.Errorf("list editions: %w", err)
	}
	for _, id := range ids {
		e, err := edition.Open(edition.Dir(p.dataPath(), id))
		if err == nil {
			err = fn(e)
		}
		if err != nil {
			return fmt.Errorf("edition %s: %w", id, err)
		}
	}
	return nil
}

func addTo(list *[]string, value string) {
	if value != "" && !slices.Contains(*list, value) {
		*list = append(*list, value)
	}
}

// wasForgotten says whether there is a tombstone of a contact id or address.
func (p *Program) wasForgotten(who string) (bool, error) {
	keys, _, err := p.Keys()
	if err != nil {
		return false, err
	}
	f, err := p.forgotten()
	if err != nil {
		return false, err
	}
	return slices.Contains(f.Contacts, keys.Contact(strings.TrimSpace(who))) || slices.Contains(f.Addresses, keys.Address(who)), nil
}

// beginErasing writes down, durable, whom to erase. From here on it will be done, whoever is killed.
func (p *Program) beginErasing(person source.Person) (erasing, error) {
	text, err := json.Marshal(person)
	if err != nil {
		return erasing{}, fmt.Errorf("begin erasure: %w", err)
	}
	sum := sha256.Sum256(text)
	work := erasing{Person: person, path: p.dataPath(forgetFolder, hex.EncodeToString(sum[:8])+".json")}
	if err := writeWhole(work.path, text); err != nil {
		return erasing{}, fmt.Errorf("begin erasure: %w", err)
	}
	return work, nil
}

// Unforgotten is how many erasures a kill has left unfinished.
func (p *Program) Unforgotten() int {
	left, err := filepath.Glob(p.dataPath(forgetFolder, "*.json"))
	if err != nil { // only a bad pattern is an error
		return 0
	}
	return len(left)
}

// ResumeForget finishes the erasures that a kill has left.
func (p *Program) ResumeForget(ctx context.Context) ([]ErasedPlace, error) {
	left, err := filepath.Glob(p.dataPath(forgetFolder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("look for erasures: %w", err)
	}
	var places []ErasedPlace
	for _, path := range left {
		text, err := os.ReadFile(path)
		if err != nil {
			return places, fmt.Errorf("go on with erasure: %w", err)
		}
		work := erasing{path: path}
		if err := json.Unmarshal(text, &work.Person); err != nil {
			return places, fmt.Errorf("go on with erasure: %s: %w", path, err)
		}
		p.Note("an erasure had been interrupted; going on with it")
		more, err := p.erase(ctx, work, false)
		places = append(places, more...)
		if err != nil {
			return places, err
		}
	}
	return places, nil
}

// erase does one erasure from its tombstone to its end. Every step may be repeated.
func (p *Program) erase(ctx context.Context, work erasing, dry bool) (places []ErasedPlace, err error) {
	held, err := warehouse.Seize(ctx, p.dataPath("tokui.duckdb"), "forget", p.Wait)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, held.Release()) }()
	if !dry {
		if err := p.bury(ctx, work.Person); err != nil {
			return nil, err
		}
	}
	add := func(place string, removed, changed int) {
		if removed+changed > 0 {
			places = append(places, ErasedPlace{Place: place, Removed: removed, Changed: changed})
			p.Note("%s: %d removed, %d changed", place, removed, changed)
		}
	}
	for _, step := range []func() error{
		func() error { return p.eraseCopies(ctx, work.Person, dry, add) },
		func() error { return p.eraseRequests(work.Person, dry, add) },
		func() error { return p.eraseEditions(work.Person, dry, add) },
		func() error { return p.erasePublished(dry, add) },
		func() error { return p.eraseFiles(ctx, work.Person, dry, add) },
		func() error { return p.eraseWarehouses(ctx, held, dry, add) },
	} {
		if err := errors.Join(ctx.Err(), step()); err != nil {
			return places, err
		}
	}
	if dry {
		return places, nil
	}
	if err := os.Remove(work.path); err != nil {
		return places, fmt.Errorf("end erasure: %w", err)
	}
	return places, journal.Disk{}.SyncDir(filepath.Dir(work.path))
}

// bury leaves the tombstone in the consent ledger: keyed hashes, which suppress and which load honours.
func (p *Program) bury(ctx context.Context, person source.Person) error {
	keys, _, err := p.Keys()
	if err != nil {
		return err
	}
	f, err := p.forgotten()
	if err != nil {
		return err
	}
	var events []journal.Event
	for _, id := range person.ContactIDs {
		if key := keys.Contact(id); !slices.Contains(f.Contacts, key) {
			events = append(events, journal.Event{Kind: journal.Forgotten, ContactKey: key})
		}
	}
	for _, address := range person.Addresses {
		if key := keys.Address(address); !slices.Contains(f.Addresses, key) {
			events = append(events, journal.Event{Kind: journal.Forgotten, AddressKey: key})
		}
	}
	for _, id := range person.CustomerIDs {
		if key := keys.Contact(id); !slices.Contains(f.Customers, key) {
			events = append(events, journal.Event{Kind: journal.Forgotten, ContactKey: key, Detail: journal.ForgottenCustomer})
		}
	}
	if len(events) == 0 {
		return nil
	}
	ledger, err := p.openLedger(ctx)
	if err != nil {
		return err
	}
	return errors.Join(ledger.Append(ctx, events...), ledger.Close())
}

// eraseCopies takes the person out of the Parquet copies of the sources, rejected rows included.
func (p *Program) eraseCopies(ctx context.Context, person source.Person, dry bool, add func(string, int, int)) error {
	keys, seed, err := p.Keys()
	if err != nil {
		return err
	}
	f := source.Forgotten{Seed: seed, Texts: traces(person)}
	for _, id := range person.ContactIDs {
		f.Contacts = append(f.Contacts, keys.Contact(id))
	}
	for _, id := range person.CustomerIDs {
		f.Customers = append(f.Customers, keys.Contact(id))
	}
	for _, address := range person.Addresses {
		f.Addresses = append(f.Addresses, keys.Address(address))
	}
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	erased, err := p.loader().Erase(ctx, db, f, dry)
	for _, e := range erased {
		add(e.File, int(e.Removed), int(e.Changed))
	}
	return err
}

// eraseWarehouses removes the DuckDB files: what a DELETE leaves in their blocks would still be readable.
func (p *Program) eraseWarehouses(ctx context.Context, held *warehouse.Seized, dry bool, add func(string, int, int)) error {
	files, err := filepath.Glob(p.dataPath("asof", "*.duckdb"))
	if err != nil {
		return fmt.Errorf("list warehouses: %w", err)
	}
	if _, err := os.Stat(p.dataPath("tokui.duckdb")); err == nil {
		files = append(files, p.dataPath("tokui.duckdb"))
	}
	for _, path := range files {
		name, err := filepath.Rel(p.dataPath(), path)
		if err != nil {
			return err
		}
		if !dry {
			other := held
			if path != p.dataPath("tokui.duckdb") {
				if other, err = warehouse.Seize(ctx, path, "forget", p.Wait); err != nil {
					return err
				}
			}
			err = other.Remove(p.tempDir())
			if other != held {
				err = errors.Join(err, other.Release())
			}
			if err != nil {
				return err
			}
		}
		add(filepath.ToSlash(name)+" (made again by load, collect and analyze)", 1, 0)
	}
	return nil
}

// erasePublished removes the tables that were published into the data folder: whatever their form, publish makes them again.
func (p *Program) erasePublished(dry bool, add func(string, int, int)) error {
	files := 0
	err := filepath.WalkDir(p.PublishDir(), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !dry {
		err = os.RemoveAll(p.PublishDir())
	}
	if err != nil {
		return fmt.Errorf("erase published tables: %w", err)
	}
	add(p.shortName(p.PublishDir())+" (made again by publish)", files, 0)
	return nil
}

// traces are the texts that name the person: addresses, and names that are long enough to be nobody else's word.
func traces(person source.Person) []string {
	texts := slices.Clone(person.Addresses)
	for _, name := range person.Names {
		if len(name) >= 5 {
			texts = append(texts, name)
		}
	}
	return texts
}

func sortedNames(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
