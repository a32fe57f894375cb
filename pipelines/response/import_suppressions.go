package response

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/journal"
)

// ImportSuppressions brings a list of people or addresses that must not be written to into the journal: another system's
// list of unsubscribes, or what ExportSuppressions has written. The file is CSV with a header line:
//
//	email, contact_id       who: one or more of these, or of message_id and message_key
//	postal_code, address    a postal address, whoever lives there; channel is postal
//	contact_key, address_key  the keyed hashes of an export, with
//	keys                    the fingerprint of the keys that made them: only the same company's count
//	channel                 email, postal, or empty: every channel
//	scope                   marketing or all; empty: marketing, of bounce, returned and forgotten all
//	reason                  unsubscribe, complaint, bounce, returned, suppress, forgotten; anything else is suppress, and
//	                        kept as its detail
//	since                   since when; empty: since the import
//	id                      its number in the other system
//
// Importing a file again changes nothing, also where an unsuppress has come in between.
func (im Importer) ImportSuppressions(ctx context.Context, name string, r io.Reader) (Imported, error) {
	return im.read(ctx, name, r, sheet{
		columns: []string{
			"email", "contact_id", "message_id", "message_key", "postal_code", "address", "contact_key", "address_key", "keys", "channel", "scope",
			"reason", "since", "id",
		},
		who:   []string{"email", "contact_id", "message_id", "message_key", "address", "contact_key", "address_key"},
		event: rowReader.suppression,
	})
}

// suppression makes an event of one row.
func (rr rowReader) suppression(row map[string]string) (journal.Event, error) {
	e := journal.Event{At: rr.Now}
	var err error
	if row["since"] != "" {
		if e.At, err = rr.instant(row["since"]); err != nil {
			return e, fmt.Errorf("since: %s", strings.TrimPrefix(err.Error(), "at: "))
		}
	}
	switch reason := strings.ToLower(row["reason"]); reason {
	case "", "suppress":
		e.Kind = journal.Suppress
	case "unsubscribe", "complaint", "forgotten":
		e.Kind = journal.Kind(reason)
	case "bounce", "returned":
		e.Kind, e.Enhanced = journal.Kind(reason), "5.1.1"
	case "unsuppress":
		return e, errors.New("reason: got unsuppress, which no list says; try: tokui import events")
	default:
		e.Kind, e.Detail = journal.Suppress, strings.Join(strings.Fields(row["reason"]), " ")
	}
	if err := rr.suppressed(row, &e); err != nil {
		return e, err
	}
	for _, read := range []func(map[string]string, *journal.Event) error{channel, scope} {
		if err := read(row, &e); err != nil {
			return e, err
		}
	}
	if row["address"] != "" || e.Kind == journal.Returned {
		if e.Channel == "email" {
			return e, errors.New("channel: got email, but a postal address, or a letter that came back, is about postal")
		}
		e.Channel = journal.ChannelPostal
	}
	e.ID = importID("suppression", row["id"], string(e.Kind), e.MessageKey, e.ContactKey, e.AddressKey, e.Channel, e.Scope, e.Detail, row["since"])
	return e, nil
}

// suppressed makes the keyed hashes of who a row is about, or takes them as they are.
func (rr rowReader) suppressed(row map[string]string, e *journal.Event) error {
	contactKey, addressKey := row["contact_key"], row["address_key"]
	if contactKey != "" || addressKey != "" {
		same := row["keys"] == rr.Keys.Fingerprint()
		switch {
		case !same && row["email"] == "" && row["contact_id"] == "":
			return fmt.Errorf("keys: got %s, want %s: the hashes were made with another seed; try: export with --match, which gives addresses",
				shown(row["keys"]), rr.Keys.Fingerprint())
		case same && (contactKey != "" && !rr.key.MatchString(contactKey) || addressKey != "" && !rr.key.MatchString(addressKey)):
			return errors.New("contact_key, address_key: got no key, want 32 hexadecimal digits")
		case same:
			e.ContactKey, e.AddressKey = contactKey, addressKey
			return nil
		}
	}
	if row["address"] != "" {
		if row["email"] != "" {
			return errors.New("address: got a postal and an e-mail address in one row, want a row for each")
		}
		e.AddressKey = rr.Keys.Post(row["postal_code"], row["address"])
		if id := strings.TrimSpace(norm.NFKC.String(row["contact_id"])); id != "" {
			e.ContactKey = rr.Keys.Contact(id)
		}
		return nil
	}
	return rr.person(row, e)
}

// importID derives an event's id from what makes it the same: its number in the other system where it has one, else all
// of it.
func importID(kind, id string, parts ...string) string {
	all := []string{kind, id}
	if id == "" {
		all = append(all, parts...)
	}
	var text strings.Builder
	for _, part := range all {
		fmt.Fprintf(&text, "%d:%s,", len(part), part)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:16])
}
