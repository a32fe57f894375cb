package response

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/journal"
)

// maxField is the most characters that a field of an import may have.
const maxField = 2000

// rowReader makes events of the rows of one file.
type rowReader struct {
	Importer
	header                         []string
	key, money, enhanced, inDetail *regexp.Regexp
}

func (im Importer) rowReader(header []string) rowReader {
	return rowReader{
		Importer: im,
		header:   header,
		key:      regexp.MustCompile(`^[0-9a-f]{32}$`),
		money:    regexp.MustCompile(`^-?[0-9]{1,16}(\.[0-9]{1,2})?$`),
		enhanced: regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}$`),
		inDetail: regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:$|[^0-9.])`),
	}
}

// row names the fields of a record. The error says what is wrong with it, without who it is about.
func (rr rowReader) row(record []string) (map[string]string, error) {
	if len(record) != len(rr.header) {
		return nil, fmt.Errorf("got %d fields, want %d as in the header", len(record), len(rr.header))
	}
	row := map[string]string{}
	for i, name := range rr.header {
		value := record[i]
		if !utf8.ValidString(value) || strings.ContainsRune(value, utf8.RuneError) {
			return nil, fmt.Errorf("%s: not in the file's encoding; try: --encoding cp932, or utf-8", name)
		}
		if utf8.RuneCountInString(value) > maxField {
			return nil, fmt.Errorf("%s: longer than %d characters", name, maxField)
		}
		row[name] = strings.TrimSpace(value)
	}
	return row, nil
}

// event makes an event of one row.
func (rr rowReader) event(row map[string]string) (journal.Event, error) {
	e := journal.Event{Kind: journal.Kind(strings.ToLower(row["kind"])), Detail: strings.Join(strings.Fields(row["detail"]), " ")}
	if !slices.Contains(importKinds(), e.Kind) {
		return e, fmt.Errorf("kind: got %s, want one of %s", shown(row["kind"]), kindNames())
	}
	var err error
	if e.At, err = rr.instant(row["at"]); err != nil {
		return e, err
	}
	for _, read := range []func(map[string]string, *journal.Event) error{rr.person, channel, scope, rr.amount, rr.bounce, consent, rr.wish} {
		if err := read(row, &e); err != nil {
			return e, err
		}
	}
	e.ID = eventID(e, row["id"])
	return e, nil
}

func importKinds() []journal.Kind {
	return []journal.Kind{
		journal.Open, journal.Click, journal.Reply, journal.Bounce, journal.Complaint, journal.Unsubscribe,
		journal.Suppress, journal.Unsuppress, journal.Consent, journal.Preference, journal.Purchase,
	}
}

func kindNames() string {
	var names []string
	for _, kind := range importKinds() {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// instant reads a time; one without a zone is the company's wall clock.
func (rr rowReader) instant(text string) (time.Time, error) {
	text = norm.NFKC.String(text)
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
		"2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
	} {
		at, err := time.ParseInLocation(layout, text, rr.Location)
		if err != nil {
			continue
		}
		switch {
		case at.After(rr.Now.Add(24 * time.Hour)):
			return at, fmt.Errorf("at: got %s, which is still to come", text)
		case at.Year() < 1990:
			return at, fmt.Errorf("at: got %s, want a time since 1990", text)
		}
		return at.UTC().Truncate(time.Microsecond), nil
	}
	return time.Time{}, fmt.Errorf("at: got %s, want such as 2026-11-22T10:00:00+09:00, 2026-11-22 10:00 or 2026-11-22", shown(text))
}

// person makes the keyed hashes of who the event is about.
func (rr rowReader) person(row map[string]string, e *journal.Event) error {
	e.MessageKey = strings.ToLower(row["message_key"])
	if id := row["message_id"]; id != "" {
		key, _, _ := strings.Cut(strings.Trim(id, "<> "), "@")
		key = strings.ToLower(key)
		if e.MessageKey != "" && e.MessageKey != key {
			return errors.New("message_id and message_key name two messages")
		}
		e.MessageKey = key
	}
	if e.MessageKey != "" && !rr.key.MatchString(e.MessageKey) {
		return errors.New("message_id: not one of ours, want 32 hexadecimal digits before the @")
	}
	// ids as the warehouse has them: trimmed and width-normalised
	if id := strings.TrimSpace(norm.NFKC.String(row["contact_id"])); id != "" {
		e.ContactKey = rr.Keys.Contact(id)
	}
	if address := row["email"]; address != "" {
		if !plausible(address) {
			return errors.New("email: not an address")
		}
		e.AddressKey = rr.Keys.Address(address)
	}
	if e.MessageKey == "" && e.ContactKey == "" && e.AddressKey == "" {
		return fmt.Errorf("nothing says who it is about, want one of %s", strings.Join(who(), ", "))
	}
	return nil
}

// shown quotes a value in a reason, unless it may be a person's: in a row that lacks a field, a name or an address can
// stand in any column.
func shown(value string) string {
	if value == "" {
		return "nothing"
	}
	number := strings.Trim(value, "0123456789-/:.,+ TZ") == ""
	word := !strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || r == '@' })
	if len(value) > 30 || !number && !word {
		return "something else"
	}
	return strconv.Quote(value)
}

// plausible is whether a text can be a mail address; carriers have issued ones that no standard allows.
func plausible(address string) bool {
	address = norm.NFKC.String(address)
	at := strings.LastIndexByte(address, '@')
	return at > 0 && at < len(address)-1 && len(address) <= 320 && !strings.ContainsAny(address, " \t\r\n<>,;")
}

func channel(row map[string]string, e *journal.Event) error {
	e.Channel = strings.ToLower(row["channel"])
	if e.Channel != "" && e.Channel != "email" && e.Channel != "postal" {
		return fmt.Errorf("channel: got %s, want email, postal or nothing", shown(row["channel"]))
	}
	return nil
}

func scope(row map[string]string, e *journal.Event) error {
	e.Scope = strings.ToLower(row["scope"])
	switch {
	case e.Scope == "":
	case e.Scope != journal.ScopeMarketing && e.Scope != journal.ScopeAll:
		return fmt.Errorf("scope: got %s, want marketing, all or nothing", shown(row["scope"]))
	case !journal.SuppressionKind(e.Kind):
		return fmt.Errorf("scope: got %q, but the kind %s has none", row["scope"], e.Kind)
	}
	return nil
}

func (rr rowReader) amount(row map[string]string, e *journal.Event) error {
	text := norm.NFKC.String(row["amount"])
	switch {
	case text == "" && e.Kind == journal.Purchase:
		return errors.New("amount: got nothing, and a purchase needs one")
	case text == "":
		return nil
	case e.Kind != journal.Purchase && e.Kind != journal.Reply:
		return fmt.Errorf("amount: got %s, but the kind %s has none", shown(text), e.Kind)
	case !rr.money.MatchString(text):
		return fmt.Errorf("amount: got %s, want a number such as 1980 or 19.80", shown(text))
	}
	e.Amount = text
	return nil
}

// bounce finds the enhanced status code (RFC 3463), which alone says whether the address is dead.
func (rr rowReader) bounce(row map[string]string, e *journal.Event) error {
	text := row["enhanced"]
	switch {
	case text != "" && e.Kind != journal.Bounce:
		return fmt.Errorf("enhanced: got %s, but the kind %s has none", shown(text), e.Kind)
	case text != "" && !rr.enhanced.MatchString(text):
		return fmt.Errorf("enhanced: got %s, want a code such as 5.1.1", shown(text))
	case text == "" && e.Kind == journal.Bounce:
		if found := rr.inDetail.FindStringSubmatch(e.Detail); found != nil {
			text = found[1]
		}
	}
	e.Enhanced = text
	return nil
}

// consent: on which ground, and its evidence (JP1, JP2). An address alone does not say who gave it.
func consent(row map[string]string, e *journal.Event) error {
	if e.Kind != journal.Consent {
		for _, name := range []string{"basis", "method", "source", "wording"} {
			if row[name] != "" {
				return fmt.Errorf("%s: got %s, but the kind %s has none", name, shown(row[name]), e.Kind)
			}
		}
		return nil
	}
	if basis := strings.ToLower(row["basis"]); basis != "" {
		if !journal.KnownBasis(basis) {
			return fmt.Errorf("basis: got %s, want consent, notified, business or published", shown(basis))
		}
		e.Basis = basis
	} else {
		e.Detail = strings.ToLower(e.Detail)
		switch {
		case e.Detail == "":
			e.Detail = journal.BasisConsent
		case !journal.KnownBasis(e.Detail):
			return fmt.Errorf("detail: got %s, want the basis of the consent: consent, notified, business or published", shown(e.Detail))
		}
	}
	evidence(row, e)
	if (e.Basis == journal.BasisPublished || e.Detail == journal.BasisPublished) && e.Source == "" {
		return errors.New("source: got nothing, and a published address needs the page that it stands on")
	}
	if e.ContactKey == "" && e.MessageKey == "" {
		return errors.New("a consent is a person's: want contact_id, message_id or message_key, not email alone")
	}
	return nil
}

// evidence keeps how and where a word was given, and the hash of the text that was shown.
func evidence(row map[string]string, e *journal.Event) {
	e.Method, e.Source = journal.EvidenceSource(row["method"]), journal.EvidenceSource(row["source"])
	if text := row["wording"]; text != "" {
		e.Wording = journal.WordingHash(text)
	}
}

// wish is what somebody asked for by telephone: all of it at once, as on the preference page (JP3).
func (rr rowReader) wish(row map[string]string, e *journal.Event) error {
	if e.Kind != journal.Preference {
		for _, name := range []string{"refused", "every_days", "until"} {
			if row[name] != "" {
				return fmt.Errorf("%s: got %s, but the kind %s has none", name, shown(row[name]), e.Kind)
			}
		}
		return nil
	}
	for _, topic := range strings.Split(strings.ToLower(row["refused"]), ",") {
		if topic = strings.TrimSpace(topic); topic != "" && !slices.Contains(e.Refused, topic) {
			e.Refused = append(e.Refused, topic)
		}
	}
	slices.Sort(e.Refused)
	if text := row["every_days"]; text != "" {
		days, err := strconv.Atoi(norm.NFKC.String(text))
		if err != nil || days < 0 || days > 366 {
			return fmt.Errorf("every_days: got %s, want a number of days from 0 to 366", shown(text))
		}
		e.EveryDays = days
	}
	if text := row["until"]; text != "" {
		at, err := time.ParseInLocation(time.DateOnly, norm.NFKC.String(text), rr.Location)
		if err != nil {
			return fmt.Errorf("until: got %s, want a day such as 2026-11-22", shown(text))
		}
		e.Until = at.UTC()
	}
	return nil
}

// wishText is a preference as one text, "" for none.
func wishText(e journal.Event) string {
	if e.Kind != journal.Preference {
		return ""
	}
	return fmt.Sprintf("%s;%d;%d", strings.Join(e.Refused, ","), e.EveryDays, e.Until.Unix())
}
