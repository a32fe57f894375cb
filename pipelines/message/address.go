package message

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// address is a mailbox taken apart: local part as the owner writes it, unquoted, and domain in ASCII and lower case.
type address struct {
	local, domain string
}

// domains maps names as a resolver would (UTS 46, non-transitional), and refuses what no registry gives out.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true))

// parseAddress reads one bare address. It takes what mailbox providers gave out, which is more than RFC 5322 allows:
// Japanese carriers issued `a..b@docomo.ne.jp` and `a.@ezweb.ne.jp` until about 2009, and they are in use. It refuses what
// could be two addresses, or a header. Its errors do not repeat the address: they end up in logs.
func parseAddress(text string) (address, error) {
	text = strings.Trim(text, " ")
	if !utf8.ValidString(text) || strings.IndexFunc(text, unicode.IsControl) >= 0 {
		return address{}, errors.New("address: got a control character or bytes that are no UTF-8")
	}
	at := strings.LastIndexByte(text, '@')
	if at <= 0 || at == len(text)-1 {
		return address{}, errors.New("address: got no @ with something on both sides, want NAME@DOMAIN")
	}
	local, err := unquoteLocal(text[:at])
	if err != nil {
		return address{}, err
	}
	if len(local) > 64 {
		return address{}, fmt.Errorf("address: got %d bytes before @, at most 64 are allowed", len(local))
	}
	domain, err := domains.ToASCII(text[at+1:])
	if err != nil {
		return address{}, errors.New("address: the part after @ is no domain name")
	}
	return address{local, strings.ToLower(domain)}, nil
}

func unquoteLocal(local string) (string, error) {
	if len(local) >= 2 && local[0] == '"' && local[len(local)-1] == '"' {
		var b strings.Builder
		for inner := local[1 : len(local)-1]; inner != ""; inner = inner[1:] {
			if inner[0] == '\\' && len(inner) > 1 {
				inner = inner[1:]
			} else if inner[0] == '"' || inner[0] == '\\' {
				return "", errors.New("address: got an open quotation mark before @")
			}
			b.WriteByte(inner[0])
		}
		if b.Len() == 0 {
			return "", errors.New("address: got nothing before @")
		}
		return b.String(), nil
	}
	if i := strings.IndexAny(local, " \"(),:;<>@[\\]"); i >= 0 {
		return "", fmt.Errorf("address: got %q before @, want one bare address", local[i])
	}
	return local, nil
}

// ascii reports whether the address needs no SMTPUTF8.
func (a address) ascii() bool {
	for i := 0; i < len(a.local); i++ {
		if a.local[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// String writes the address as SMTP and headers take it, the local part quoted where it is no dot-atom.
func (a address) String() string {
	if isDotAtom(a.local) {
		return a.local + "@" + a.domain
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.local) + `"@` + a.domain
}

// isDotAtom is RFC 5322 3.2.3, with RFC 6532's UTF-8.
func isDotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		if r != '.' && !isAtext(r) {
			return false
		}
	}
	return true
}

func isAtext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// parseMailbox reads `Name <address>` or a bare address, as config.yaml has it.
func parseMailbox(text string) (name string, a address, err error) {
	text = strings.TrimSpace(text)
	if open := strings.LastIndexByte(text, '<'); open >= 0 && strings.HasSuffix(text, ">") {
		name = strings.TrimSpace(text[:open])
		if len(name) >= 2 && name[0] == '"' && name[len(name)-1] == '"' {
			name = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(name[1 : len(name)-1])
		}
		text = text[open+1 : len(text)-1]
	}
	a, err = parseAddress(text)
	return clean(name), a, err
}
