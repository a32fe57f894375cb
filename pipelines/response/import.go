package response

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// ImportStream is the journal stream of imported events.
const ImportStream = "import"

// importBatch is how many events are made durable at once.
const importBatch = 1000

// Importer brings events from other systems into the journal: bounces and complaints of a mail service, replies, returned
// letters, purchases, consents. The file is CSV with a header line; columns may stand in any order:
//
//	kind        open, click, reply, bounce, complaint, unsubscribe, suppress, unsuppress, consent, preference or purchase
//	at          2026-11-22T10:00:00+09:00, or without a zone in the company's: 2026-11-22 10:00, 2026-11-22, 2026/11/22
//	message_id  who it is about: one or more of message_id (the mail's Message-ID), message_key,
//	message_key contact_id and email
//	contact_id
//	email
//	channel     email, postal, or empty: every channel
//	scope       of unsubscribe, complaint, bounce, suppress and unsuppress: marketing (as if empty; of a bounce it is
//	            all), or all
//	amount      of a purchase or reply, in the company's currency: 1980 or 19.80
//	enhanced    of a bounce: the enhanced status code, such as 5.1.1; without the column, detail's first such code
//	detail      free text, without personal data; of a consent its basis, where there is no column basis
//	basis       of a consent: consent, notified, business, published
//	method      of a consent: how it was given, such as web form
//	source      of a consent: the page, or the version of the screen or paper
//	wording     of a consent: the text that was agreed to, which is kept as its hash
//	refused     of a preference: topics that they do not want, between commas
//	every_days  of a preference: the least days between two marketing messages
//	until       of a preference: the first day of marketing after a pause; one with none of the three takes all wishes back
//	id          of the event in the other system; needed only where two events may agree in everything else
//
// kind, at and one of the four that say who are needed. Rows that break a rule are set aside, the others go in.
type Importer struct {
	Keys edition.Keys
	// Location is that of times without a zone.
	Location *time.Location
	// Encoding is utf-8, the default, or cp932.
	Encoding string
	// Now bounds times: nothing has happened later than a day from it.
	Now time.Time
	// JournalDir is looked through for what was imported before.
	JournalDir string
	// Append makes events durable: a journal writer's, for ImportStream.
	Append func(ctx context.Context, events ...journal.Event) error
}

// Imported is what an import did. Rows = Events + Known + PassedOver + len(Rejected).
type Imported struct {
	// Rows of the file, the header and empty lines not counted.
	Rows int `json:"rows"`
	// Events are those that are new in the journal, Known those that it had, or that stand in the file twice.
	Events int `json:"events"`
	Known  int `json:"known"`
	// PassedOver are what a mail service tells that changes nothing, such as deliveries.
	PassedOver int `json:"passed_over,omitempty"`
	// Kinds counts the new ones by kind.
	Kinds map[journal.Kind]int `json:"kinds"`
	// Rejected are the rows set aside, in the order of the file.
	Rejected []Reject `json:"rejected"`
}

// Reject is a row that was not imported.
type Reject struct {
	// Line of the file on which the row begins, from 1.
	Line int `json:"line"`
	// Reason says what was got and what is wanted; it quotes no contact and no address.
	Reason string `json:"reason"`
}

// Import reads the file called name, for messages, from r. It may be repeated, also after an error in the middle: what
// is in the journal already is passed over.
func (im Importer) Import(ctx context.Context, name string, r io.Reader) (Imported, error) {
	return im.read(ctx, name, r, sheet{
		columns: columns(), needed: []string{"kind", "at"}, who: who(),
		event: func(rr rowReader, row map[string]string) (journal.Event, error) { return rr.event(row) },
	})
}

// sheet is a kind of file: its columns, those that are needed, those of which one is, and what a row says.
type sheet struct {
	columns, needed, who []string
	event                func(rr rowReader, row map[string]string) (journal.Event, error)
}

// read brings the rows of a file into the journal.
func (im Importer) read(ctx context.Context, name string, r io.Reader, kind sheet) (Imported, error) {
	done := Imported{Kinds: map[journal.Kind]int{}, Rejected: []Reject{}}
	known, err := im.known()
	if err != nil {
		return done, err
	}
	text, err := im.decode(r)
	if err != nil {
		return done, fmt.Errorf("import %s: %w", name, err)
	}
	rows := csv.NewReader(text)
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	header, err := readHeader(rows, kind)
	if err != nil {
		return done, fmt.Errorf("import %s: %w", name, err)
	}
	reader := im.rowReader(header)
	var batch []journal.Event
	flush := func() error {
		if err := im.Append(ctx, batch...); err != nil {
			return fmt.Errorf("import %s: %w", name, err)
		}
		for _, e := range batch {
			done.Kinds[e.Kind]++
		}
		done.Events += len(batch)
		batch = batch[:0]
		return nil
	}
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		done.Rows++
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			done.Rejected = append(done.Rejected, Reject{Line: bad.StartLine, Reason: "quotes: " + bad.Err.Error()})
			continue
		}
		if err != nil {
			return done, fmt.Errorf("import %s: %w", name, err)
		}
		line, _ := rows.FieldPos(0)
		row, err := reader.row(record)
		var event journal.Event
		if err == nil {
			event, err = kind.event(reader, row)
		}
		if err != nil {
			done.Rejected = append(done.Rejected, Reject{Line: line, Reason: err.Error()})
			continue
		}
		if known[event.ID] {
			done.Known++
			continue
		}
		known[event.ID] = true
		if batch = append(batch, event); len(batch) == importBatch {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
	if len(batch) > 0 {
		if err := flush(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// known are the ids of the events imported before.
func (im Importer) known() (map[string]bool, error) {
	ids := map[string]bool{}
	_, err := journal.Read(im.JournalDir, ImportStream, func(e journal.Event, _ journal.Place) error {
		ids[e.ID] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read earlier imports: %w", err)
	}
	return ids, nil
}

// decode makes UTF-8 without a byte order mark of the file.
func (im Importer) decode(r io.Reader) (io.Reader, error) {
	switch strings.ToLower(im.Encoding) {
	case "", "utf-8", "utf8":
	case "cp932", "shift_jis", "windows-31j":
		r = japanese.ShiftJIS.NewDecoder().Reader(r)
	default:
		return nil, fmt.Errorf("got encoding %q, want utf-8 or cp932", im.Encoding)
	}
	text := bufio.NewReader(r)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, err := text.Discard(3)
		return text, err
	}
	return text, nil
}

// columns lists the columns that an import may have.
func columns() []string {
	return []string{"kind", "at", "message_id", "message_key", "contact_id", "email", "channel", "scope", "amount", "enhanced", "detail",
		"basis", "method", "source", "wording", "refused", "every_days", "until", "id"}
}

// who lists the columns that say who an event is about.
func who() []string { return []string{"message_id", "message_key", "contact_id", "email"} }

// readHeader returns the file's columns in their order.
func readHeader(rows *csv.Reader, kind sheet) ([]string, error) {
	record, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the file is empty, want a header line with %s", strings.Join(append(slices.Clone(kind.needed), "one of "+strings.Join(kind.who, ", ")), " and "))
	}
	if err != nil {
		return nil, err
	}
	var header []string
	for i, name := range record {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("the header's column %d is not UTF-8; try: --encoding cp932", i+1)
		}
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains(kind.columns, name):
			return nil, fmt.Errorf("got column %q, want %s", name, strings.Join(kind.columns, ", "))
		case slices.Contains(header, name):
			return nil, fmt.Errorf("got column %q twice", name)
		}
		header = append(header, name)
	}
	for _, name := range kind.needed {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("the header has no column %s", name)
		}
	}
	if !slices.ContainsFunc(kind.who, func(name string) bool { return slices.Contains(header, name) }) {
		return nil, fmt.Errorf("the header has no column that says who a row is about, want one of %s", strings.Join(kind.who, ", "))
	}
	return header, nil
}

// eventID derives an event's id from what makes it the same event: its id in the other system where it has one, else all
// of it. It holds keyed hashes only, so the id gives nobody away.
func eventID(e journal.Event, id string) string {
	parts := []string{"import", string(e.Kind), id}
	if id == "" {
		parts = append(parts, e.At.UTC().Format(time.RFC3339Nano), e.MessageKey, e.ContactKey, e.AddressKey, e.Channel, e.Scope, e.Amount, e.Enhanced, e.Detail)
		for _, part := range []string{e.Basis, e.Method, e.Source, e.Wording, wishText(e)} { // older events have none, and keep their ids
			if part != "" {
				parts = append(parts, part)
			}
		}
	}
	var text strings.Builder
	for _, part := range parts {
		fmt.Fprintf(&text, "%d:%s,", len(part), part)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:16])
}
