// Package mailbox reads mail addresses as people and databases write them, and writes them as SMTP and mail headers take
// them. It is the only parser of addresses in this program: what the configuration check lets pass, a message can be made
// for and a server can be given.
//
// Invariants:
//
//   - It takes what mailbox providers gave out, which is more than RFC 5322 allows: Japanese carriers issued
//     a..b@docomo.ne.jp and a.@ezweb.ne.jp until about 2009, and they are in use.
//   - What it returns can neither end a command line or a header nor name a second recipient: String has no control
//     character, and angle brackets, commas and spaces only between quotation marks.
//   - Reading what String wrote gives the same Address.
//   - Errors never repeat the address or a part of it: they end up in logs and in the journal.
//
// It reads and writes nothing but its arguments.
package mailbox

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The limits of RFC 5321, 4.5.3.1, in bytes: of what stands before the @, and of the whole address (a path has 256 with its
// angle brackets).
const (
	longestLocal = 64
	longest      = 254
)

// Address is one address taken apart. The zero Address is none.
type Address struct {
	// Local is what stands before the @ as its owner writes it: not quoted.
	Local string
	// Domain is in ASCII (IDNA) and lower case, without a dot at its end.
	Domain string
}

// ParseAddress reads one bare address, with spaces around it or not.
func ParseAddress(text string) (Address, error) {
	text = strings.Trim(text, " ")
	if err := printable(text); err != nil {
		return Address{}, err
	}
	at := strings.LastIndexByte(text, '@')
	if at <= 0 || at == len(text)-1 {
		return Address{}, errors.New("address: got no @ with something on both sides, want NAME@DOMAIN")
	}
	local, err := readLocal(text[:at])
	if err != nil {
		return Address{}, err
	}
	if len(local) > longestLocal {
		return Address{}, fmt.Errorf("address: got %d bytes before @, at most %d are allowed", len(local), longestLocal)
	}
	domain, err := readDomain(text[at+1:])
	if err != nil {
		return Address{}, err
	}
	a := Address{Local: local, Domain: domain}
	if n := len(a.String()); n > longest {
		return Address{}, fmt.Errorf("address: got %d bytes, at most %d are allowed", n, longest)
	}
	return a, nil
}

// Parse reads an address with or without a name before it: `Name <name@example.com>`, `"Name, Ltd." <name@example.com>` or
// name@example.com. A name that is not quoted may hold commas, as names of companies do, but nothing that makes the text
// look like several addresses. The name comes without its quotation marks.
func Parse(text string) (name string, a Address, err error) {
	text = strings.Trim(text, " ")
	if open := strings.LastIndexByte(text, '<'); open >= 0 && strings.HasSuffix(text, ">") {
		if name, err = readName(strings.Trim(text[:open], " ")); err != nil {
			return "", Address{}, err
		}
		text = text[open+1 : len(text)-1]
	}
	if a, err = ParseAddress(text); err != nil {
		return "", Address{}, err
	}
	return name, a, nil
}

func readName(name string) (string, error) {
	if err := printable(name); err != nil {
		return "", err
	}
	if quoted(name) {
		inner, ok := unquote(name)
		if !ok {
			return "", errors.New("address: got an open quotation mark in the name before <")
		}
		return inner, nil
	}
	if strings.ContainsAny(name, "<>@") {
		return "", errors.New("address: got <, > or @ in the name before <, want one address; try: quotation marks around the name")
	}
	return name, nil
}

// printable refuses what nobody sees, and so nobody meant: control characters, ends of lines and paragraphs, marks that
// turn the direction of writing, and the character that stands for bytes that could not be decoded.
func printable(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("address: got bytes that are no UTF-8")
	}
	if strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r >= utf8.RuneSelf && (r == unicode.ReplacementChar ||
			unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control))
	}) {
		return errors.New("address: got a control character, or one that cannot be seen")
	}
	return nil
}

func readLocal(text string) (string, error) {
	local := text
	if quoted(text) {
		var ok bool
		if local, ok = unquote(text); !ok {
			return "", errors.New("address: got an open quotation mark before @")
		}
		if local == "" {
			return "", errors.New("address: got nothing before @")
		}
	} else if i := strings.IndexAny(text, " \"(),:;<>@[\\]"); i >= 0 {
		return "", fmt.Errorf("address: got %q before @, want one bare address", text[i])
	}
	if strings.ContainsFunc(local, func(r rune) bool { return r >= utf8.RuneSelf && unicode.IsSpace(r) }) {
		return "", errors.New("address: got white space before @, want one bare address")
	}
	return local, nil
}

// domains maps names as a resolver would (UTS 46, non-transitional), and refuses what no registry gives out. It never
// changes.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true))

func readDomain(text string) (string, error) {
	domain, err := domains.ToASCII(text)
	domain = strings.TrimSuffix(domain, ".")
	if err != nil || domain == "" || strings.HasSuffix(domain, ".") { // idna's error would repeat the domain
		return "", errors.New("address: the part after @ is no domain name, want one such as example.jp")
	}
	return strings.ToLower(domain), nil
}

func quoted(text string) bool {
	return len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"'
}

// unquote takes the quotation marks and backslashes of an RFC 5322 quoted-string away; ok is false where a mark inside
// stands without a backslash.
func unquote(text string) (inner string, ok bool) {
	var b strings.Builder
	for text = text[1 : len(text)-1]; text != ""; text = text[1:] {
		if text[0] == '\\' && len(text) > 1 {
			text = text[1:]
		} else if text[0] == '"' || text[0] == '\\' {
			return "", false
		}
		b.WriteByte(text[0])
	}
	return b.String(), true
}

// Quote writes a text as an RFC 5322 quoted-string.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// SMTPUTF8 reports whether only servers with that extension take the address (RFC 6531): its local part is not ASCII.
func (a Address) SMTPUTF8() bool {
	return strings.ContainsFunc(a.Local, func(r rune) bool { return r >= utf8.RuneSelf })
}

// String writes the address as SMTP and headers take it, the local part quoted where it is no dot-atom. The zero Address
// is "".
func (a Address) String() string {
	switch {
	case a == Address{}:
		return ""
	case isDotAtom(a.Local):
		return a.Local + "@" + a.Domain
	default:
		return Quote(a.Local) + "@" + a.Domain
	}
}

// isDotAtom is RFC 5322 3.2.3, with RFC 6532's UTF-8.
func isDotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '.' && !IsAtext(r) })
}

// IsAtext reports whether a character may stand in an atom without quotation marks: RFC 5322 3.2.3, with RFC 6532's UTF-8.
func IsAtext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}
