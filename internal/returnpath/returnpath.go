// Package returnpath makes and reads the envelope sender of each mail: an address that names the message and is signed, so
// that whatever comes back to it tells which message it is about (VERP), and nobody can make one up (P5).
//
// The local part of bounces+*@example.com becomes bounces+TOKEN@example.com. TOKEN is 42 characters of base32 (a to z, 2 to
// 7), since mail servers may change the case of a local part: the message key (16 bytes), and ten bytes of HMAC-SHA-256
// over it. Nothing in it is personal.
//
// The package is pure.
package returnpath

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/mailbox"
)

const (
	keySize = 16
	macSize = 10

	// Length is the number of characters of every token.
	Length = ((keySize+macSize)*8 + 4) / 5

	// longestLocal is RFC 5321, 4.5.3.1.1.
	longestLocal = 64
)

const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

// Pattern is where tokens stand: a local part with one *, and a domain.
type Pattern struct{ before, after, domain string }

// ParsePattern reads such as bounces+*@example.com.
func ParsePattern(text string) (Pattern, error) {
	before, rest, ok := strings.Cut(text, "*")
	if !ok || strings.Contains(rest, "*") {
		return Pattern{}, fmt.Errorf("got %q, want one * in it, for what names the message, such as bounces+*@example.com", text)
	}
	address, err := mailbox.ParseAddress(before + "x" + rest)
	if err != nil {
		return Pattern{}, fmt.Errorf("got %q, which is no address where the * stands for letters; want such as bounces+*@example.com", text)
	}
	after := strings.TrimSuffix(rest[:strings.LastIndexByte(rest, '@')+1], "@")
	if address.SMTPUTF8() || strings.ContainsAny(before+after, `"\`) {
		return Pattern{}, fmt.Errorf("got %q, want plain ASCII letters before the @", text)
	}
	if n := len(before) + Length + len(after); n > longestLocal {
		return Pattern{}, fmt.Errorf("got %d characters beside the *, want at most %d (RFC 5321 allows %d before the @)",
			len(before)+len(after), longestLocal-Length, longestLocal)
	}
	if before != "" && !strings.ContainsAny(before[len(before)-1:], "+-=._") || after != "" && !strings.ContainsAny(after[:1], "+-=._") {
		return Pattern{}, fmt.Errorf("got %q, want one of + - = . _ between the * and other letters, such as bounces+*@example.com", text)
	}
	return Pattern{before: before, after: after, domain: address.Domain}, nil
}

// Bare is the address without a token, to which mail may be sent that is about no message in particular: bounces@example.com
// of bounces+*@example.com. ok is false where nothing would be left of the local part.
func (p Pattern) Bare() (mailbox.Address, bool) {
	local := strings.Trim(strings.TrimRight(p.before, "+-=._")+p.after, "+-=._")
	return mailbox.Address{Local: local, Domain: p.domain}, local != ""
}

// Signer makes and reads the addresses of one company. The zero Signer reads nothing.
type Signer struct {
	pattern Pattern
	secret  []byte
}

// New returns the signer of a pattern under a secret.
func New(p Pattern, secret []byte) Signer { return Signer{pattern: p, secret: secret} }

// Reader reads tokens wherever they stand, and makes none.
func Reader(secret []byte) Signer { return Signer{secret: secret} }

// Bare is the pattern's.
func (s Signer) Bare() (mailbox.Address, bool) { return s.pattern.Bare() }

// Address is the envelope sender of a message; its key is 32 hexadecimal digits.
func (s Signer) Address(messageKey string) (mailbox.Address, error) {
	if s.pattern.domain == "" || len(s.secret) == 0 {
		return mailbox.Address{}, errors.New("return path: got no pattern or no secret, want both")
	}
	key, err := hex.DecodeString(messageKey)
	if err != nil || len(key) != keySize {
		return mailbox.Address{}, errors.New("return path: got a message key that is not 32 hexadecimal digits")
	}
	token := encoding().EncodeToString(append(key, s.mac(key)...))
	return mailbox.Address{Local: s.pattern.before + token + s.pattern.after, Domain: s.pattern.domain}, nil
}

// Find returns the keys of the messages whose tokens stand in a text, each once, in their order. The signature makes it safe
// to look anywhere: in headers, in what a server says, in a letter that was sent back.
func (s Signer) Find(text string) []string {
	if len(s.secret) == 0 {
		return nil
	}
	var keys []string
	seen := map[string]bool{}
	for i := 0; i < len(text); {
		if !inAlphabet(text[i]) {
			i++
			continue
		}
		from := i
		for i < len(text) && inAlphabet(text[i]) {
			i++
		}
		if i-from != Length {
			continue
		}
		if key, ok := s.verify(strings.ToLower(text[from:i])); ok && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func (s Signer) verify(token string) (messageKey string, ok bool) {
	b, err := encoding().DecodeString(token)
	if err != nil || len(b) != keySize+macSize || encoding().EncodeToString(b) != token {
		return "", false
	}
	if subtle.ConstantTimeCompare(b[keySize:], s.mac(b[:keySize])) != 1 {
		return "", false
	}
	return hex.EncodeToString(b[:keySize]), true
}

func (s Signer) mac(key []byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write(key)
	return h.Sum(nil)[:macSize]
}

func encoding() *base32.Encoding { return base32.NewEncoding(alphabet).WithPadding(base32.NoPadding) }

func inAlphabet(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '2' && b <= '7'
}
