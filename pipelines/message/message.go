package message

import (
	"encoding/json"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/mailbox"
)

// Company is who sends, as it stands at the foot of every message.
type Company struct {
	Name, Address, Contact string
}

// The purposes of a message. Only marketing needs consent, and a way out in each mail.
const (
	Marketing = "marketing"
	Service   = "service"
	Internal  = "internal"
)

// Settings are what all messages of an edition share.
type Settings struct {
	Company Company
	// Locale is ja or en: which files of a template are taken, and how numbers and dates are written.
	Locale string
	// Currency stands before amounts of money.
	Currency string
	// From and ReplyTo are mailboxes: `とくい商会 <news@example.jp>` or a bare address. ReplyTo may be empty.
	From, ReplyTo string
	// BaseURL is where links lead: https, without a path of its own or with one. TrackingKey signs them. Marketing mail
	// needs both.
	BaseURL     string
	TrackingKey []byte
	// Tracking says whether opens and clicks of marketing mail are counted.
	Tracking Tracking
	// ConfirmWithin is how long after the slot the .confirm_url of a confirmation mail works; 0 where it is none.
	ConfirmWithin time.Duration
	// Purpose is Marketing, Service or Internal; empty means Marketing.
	Purpose string
	// Subjects replaces subject.txt for the variants named in it. They are templates too; an empty one replaces nothing.
	Subjects map[string]string
	// Preview makes messages to look at: their unsubscribe link is BaseURL/u/preview, the same for everybody, which
	// unsubscribes nobody, and links lead straight to where they will lead. All else is as it will be sent.
	Preview bool
	// Track appends the URL that counts a click on a link of a message and leads on to it: https, of characters that need no
	// escaping in a URL. Where it is nil, and in previews, links are as the template has them.
	Track func(b []byte, messageKey string, link Link) []byte
	// Fields are the columns of the audience. Where they are given, Compile reports every field of the template that is
	// none of them; Template.Check does the same later.
	Fields []string
}

// Recipient is one row of an edition: who gets a message, and what it says to them.
type Recipient struct {
	// MessageKey is 32 hexadecimal digits, unique: the Message-ID, the links and the boundary derive from it.
	MessageKey string
	// Address and Name are as the contact's record has them. Name may be empty.
	Address, Name string
	// Fields is the audience row as a JSON object.
	Fields json.RawMessage
	// Perks of the recipient's rank.
	Perks    []edition.Perk
	Variant  string
	Campaign string
	Slot     calendar.Slot
	// Date is the instant in the header Date, in the zone that it is shown in.
	Date time.Time
}

// Message is a finished mail.
type Message struct {
	// Key is the recipient's MessageKey, ID the Message-ID with its angle brackets.
	Key, ID string
	// From and To are the addresses of the envelope. From is ASCII.
	From, To mailbox.Address
	Subject  string
	// Raw is the whole message (RFC 5322) with CRLF line ends. No line begins with a dot, so SMTP need not stuff any.
	Raw []byte
	// HTML and Text are the two parts before encoding, for previews.
	HTML, Text string
}
