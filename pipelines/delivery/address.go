package delivery

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// mailbox is an address as SMTP wants it.
type mailbox struct {
	local, domain string
	// utf8 says that the local part needs SMTPUTF8 (RFC 6531).
	utf8 bool
}

// path is the address between angle brackets.
func (m mailbox) path() string { return "<" + m.local + "@" + m.domain + ">" }

// parseMailbox reads a bare address. The domain becomes ASCII (IDNA). A local part that is no dot-atom is quoted: carrier
// addresses such as a..b@docomo.ne.jp and a.@ezweb.ne.jp were issued until 2009 and are still in use.
func parseMailbox(address string) (mailbox, error) {
	address = strings.TrimSpace(address)
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 {
		return mailbox{}, errors.New("address: got no local@domain, want one")
	}
	local, host := address[:at], address[at+1:]
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || domain == "" { // idna's error would repeat the domain, which the journal must not hold
		return mailbox{}, errors.New("address: the domain is not valid, want a name such as example.jp")
	}
	if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return mailbox{}, errors.New("address: got a control character, want none")
	}
	if strings.ContainsFunc(domain, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>()[],;:\"@`, r) }) {
		return mailbox{}, errors.New("address: the domain holds a character that no domain has")
	}
	m := mailbox{local: local, domain: strings.ToLower(domain)}
	for _, r := range local {
		if r > unicode.MaxASCII {
			m.utf8 = true
		}
	}
	quoted := len(local) > 1 && local[0] == '"' && local[len(local)-1] == '"'
	if quoted {
		local = unquote(local)
	}
	if len(local) > 64 || len(domain) > 253 {
		return mailbox{}, fmt.Errorf("address: got %d + %d bytes, want at most 64 before and 253 after the @", len(local), len(domain))
	}
	m.local = local
	if !dotAtom(local) {
		m.local = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
	}
	return m, nil
}

func unquote(quoted string) string {
	var b strings.Builder
	escaped := false
	for _, r := range quoted[1 : len(quoted)-1] {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteRune(r)
	}
	return b.String()
}

// dotAtom is RFC 5321's Dot-string, with RFC 6531's letters.
func dotAtom(local string) bool {
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return false
		}
		for _, r := range atom {
			switch {
			case r > unicode.MaxASCII, unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r):
			default:
				return false
			}
		}
	}
	return true
}

// domainOf is the domain that a message is paced by, "" where the address has none.
func domainOf(address string) string {
	m, err := parseMailbox(address)
	if err != nil {
		return ""
	}
	return m.domain
}
