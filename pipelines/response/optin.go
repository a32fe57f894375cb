package response

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// RequestFolder is the folder below the data folder with those who have asked for mail: CSV files that `load` reads as
// contacts. The journal must not hold their addresses; these files do, and `tokui forget` takes people out of them.
const RequestFolder = "requests"

// requestColumns are those of a request file, as the contract table contacts names them.
func requestColumns() []string {
	return []string{"contact_id", "email", "name", "acquired_via", "acquired_on"}
}

// OptIn is one person's request for mail.
type OptIn struct {
	// ContactID is that of a contact we have; "" makes a lead of the address, the same one for the same address.
	ContactID   string
	Email, Name string
	// At is when they asked; Method how (web form, paper …), Source where, Wording under which text (JP2).
	At                      time.Time
	Method, Source, Wording string
}

// OptInBook takes down who asks for mail: the person in a file for `load`, the request in the journal. It may be used
// concurrently.
type OptInBook struct {
	// Dir is DATA_DIR/requests.
	Dir  string
	Keys edition.Keys
	// Within is how long a request may be confirmed.
	Within   time.Duration
	Location *time.Location
	// Append makes events durable: a journal writer's.
	Append func(ctx context.Context, events ...journal.Event) error
	Disk   journal.Disk

	mu   sync.Mutex
	file *os.File
}

// Add takes one request down, as a public form does: after it returns, both are durable. The address must be plausible.
func (b *OptInBook) Add(ctx context.Context, o OptIn) error {
	event, row, err := b.words(o)
	if err != nil {
		return err
	}
	if row != nil {
		if err := b.keep(row); err != nil {
			return fmt.Errorf("take down request: %w", err)
		}
	}
	return b.Append(ctx, event)
}

// Close closes the file of requests.
func (b *OptInBook) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	file := b.file
	b.file = nil
	return file.Close()
}

// keep appends one row to this process's file and syncs it.
func (b *OptInBook) keep(row []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var text bytes.Buffer
	lines := csv.NewWriter(&text)
	if b.file == nil {
		if err := b.Disk.MakeDir(b.Dir); err != nil {
			return err
		}
		var random [8]byte
		if _, err := rand.Read(random[:]); err != nil {
			return err
		}
		file, err := os.OpenFile(filepath.Join(b.Dir, "form-"+hex.EncodeToString(random[:])+".csv"), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		if err := b.Disk.SyncDir(b.Dir); err != nil {
			return errors.Join(err, file.Close())
		}
		b.file = file
		if err := lines.Write(requestColumns()); err != nil {
			return err
		}
	}
	if err := lines.Write(row); err != nil {
		return err
	}
	lines.Flush()
	if _, err := b.file.Write(text.Bytes()); err != nil {
		return err
	}
	return b.Disk.Sync(b.file)
}

// words are the event of a request, and the row of its person where they are new.
func (b *OptInBook) words(o OptIn) (journal.Event, []string, error) {
	e := journal.Event{
		Kind: journal.OptInRequested, At: o.At, Channel: "email", Basis: journal.BasisConsent,
		Method: journal.EvidenceSource(o.Method), Source: journal.EvidenceSource(o.Source), Until: o.At.Add(b.Within),
	}
	if !plausible(o.Email) {
		return e, nil, errors.New("email: not an address")
	}
	if o.Wording != "" {
		e.Wording = journal.WordingHash(o.Wording)
	}
	e.AddressKey = b.Keys.Address(o.Email)
	var row []string
	id := strings.TrimSpace(norm.NFKC.String(o.ContactID))
	if id == "" {
		id = "optin-" + e.AddressKey[:20]
		via := e.Method
		if via == "" {
			via = "opt-in"
		}
		row = []string{id, strings.TrimSpace(norm.NFKC.String(o.Email)), plainLine(o.Name), via, o.At.In(b.Location).Format(time.DateOnly)}
	}
	e.ContactKey = b.Keys.Contact(id)
	return e, row, nil
}

// plainLine is a name as a cell may hold it: one line, and nothing that a sheet would compute.
func plainLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.TrimLeft(strings.Join(strings.Fields(s), " "), "=+-@")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}

// ImportOptIns brings requests for mail into the book, from paper or another system's form: a CSV file with a header line.
//
//	email       of who asked, always
//	contact_id  where we know them already; else they become a lead
//	name
//	at          when they asked
//	method      how: paper, web form …
//	source      the page, or the version of the screen or paper
//	wording     the text under which they asked, kept as its hash
//	id          its number in the other system
//
// They get the confirmation mail, and nothing else before they have answered it. Importing a file again changes nothing.
func (im Importer) ImportOptIns(ctx context.Context, name string, r io.Reader, book *OptInBook) (Imported, error) {
	var people [][]string
	kind := sheet{
		columns: []string{"email", "contact_id", "name", "at", "method", "source", "wording", "id"},
		needed:  []string{"email", "at"},
		who:     []string{"email"},
		event: func(rr rowReader, row map[string]string) (journal.Event, error) {
			at, err := rr.instant(row["at"])
			if err != nil {
				return journal.Event{}, err
			}
			e, person, err := book.words(OptIn{
				ContactID: row["contact_id"], Email: row["email"], Name: row["name"], At: at,
				Method: row["method"], Source: row["source"], Wording: row["wording"],
			})
			if err != nil {
				return e, err
			}
			if person != nil {
				people = append(people, person)
			}
			e.ID = importID("opt-in", row["id"], e.ContactKey, e.AddressKey, e.At.String(), e.Method, e.Source, e.Wording)
			return e, nil
		},
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return Imported{}, fmt.Errorf("import %s: %w", name, err)
	}
	// first the people, durable, then their requests: nobody is asked to confirm who cannot be written to
	dry := im
	dry.Append = func(context.Context, ...journal.Event) error { return nil }
	if done, err := dry.read(ctx, name, bytes.NewReader(data), kind); err != nil {
		return done, err
	}
	if len(people) > 0 {
		if err := book.keepAll(people); err != nil {
			return Imported{}, fmt.Errorf("import %s: %w", name, err)
		}
	}
	return im.read(ctx, name, bytes.NewReader(data), kind)
}

// keepAll writes a file of its own for the rows of an import, named by what it holds.
func (b *OptInBook) keepAll(people [][]string) error {
	var text bytes.Buffer
	lines := csv.NewWriter(&text)
	if err := errors.Join(lines.Write(requestColumns()), lines.WriteAll(people)); err != nil {
		return err
	}
	sum := sha256.Sum256(text.Bytes())
	if err := b.Disk.MakeDir(b.Dir); err != nil {
		return err
	}
	if err := b.Disk.Place(filepath.Join(b.Dir, "import-"+hex.EncodeToString(sum[:8])+".csv"), text.Bytes()); err != nil {
		return err
	}
	return b.Disk.SyncDir(b.Dir)
}
