// Package token makes and checks the signed texts that stand in links of mails: an unsubscribe link names its message by
// a token that nobody can forge or guess, and that says nothing about the person.
//
// A token is the URL-safe base64 alphabet, without padding, for these bytes:
//
//	1 byte   key id, so that a key can be replaced while old mails' links live on
//	1 byte   kind: what the link does
//	16 bytes message key
//	…        what a kind has besides: see below
//	12 bytes HMAC-SHA256 over all before, under the secret, cut to 96 bits (RFC 2104 section 5 asks for at least 80)
//
// The kinds Unsubscribe, Preferences, Open and Trap have nothing besides and are 40 characters long. OptIn has 4 bytes, the
// instant in seconds since 1970 from which on it says nothing any more. Click has 2 bytes, which of the message's links it
// is, and then where the link leads: 1 byte for how the target begins (0 as it stands, 1 https://, 2 http://) and the rest
// of it. So a click needs no table of links: a redirect works for as long as its key is kept, wherever it is answered, and
// leads nowhere that was not signed.
//
// It carries no campaign, no contact and no address: who a message went to stands in its edition, which the public
// endpoints never read. The package is pure; both the stage that writes mails and the one that answers links use it.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"strings"
	"sync"
	"time"
)

// Kind is what a link does.
type Kind byte

// The kinds of link. Their values stand in mails that have been sent: never change one.
const (
	Unsubscribe Kind = 'u' // leave every marketing message of the channel
	Preferences Kind = 'p' // say which marketing messages are wanted, and how often
	OptIn       Kind = 'i' // confirm that the address is one's own
	Open        Kind = 'o' // the message was shown
	Click       Kind = 'c' // a link of the message was followed
	Trap        Kind = 'h' // a link that no person sees was followed
)

// Path is the first part of the URL of a kind of link, below the public base URL: the token follows it.
func (k Kind) Path() string { return "/" + string(rune(k)) + "/" }

// bare reports whether a kind's tokens name their message and nothing besides.
func (k Kind) bare() bool { return k == Unsubscribe || k == Preferences || k == Open || k == Trap }

const (
	keySize  = 16
	macSize  = 12
	headSize = 2 + keySize

	// Length is the number of characters of every token that names its message and nothing besides.
	Length = (headSize + macSize) / 3 * 4

	// MaxTarget is the longest address that a click may lead to, in bytes: mail programs and proxies cut off longer ones.
	MaxTarget = 1500
	maxLength = (headSize + 3 + MaxTarget + macSize + 2) / 3 * 4

	// MinSecret is the least length of a secret in bytes.
	MinSecret = 32
)

// ErrInvalid is returned for every text that is not a token of ours, without saying why: whoever tries should not learn
// how far they came.
var ErrInvalid = errors.New("token: not one of ours, or changed")

// Token is what a link says.
type Token struct {
	Kind       Kind
	MessageKey string
	// Link is which of the message's links a Click is about, counted from 1, and Target where it leads.
	Link   int
	Target string
	// Expires is the instant from which on an OptIn says nothing any more.
	Expires time.Time
}

// Keys signs with one secret and verifies with that and those it replaced. It may be used concurrently.
type Keys struct {
	current byte
	secrets map[byte]secret
	strict  *base64.Encoding // refuses what says the same by other characters
}

// New takes the secret that signs from now on, and those that links in mails sent before were signed with. Every secret
// needs MinSecret bytes.
func New(current []byte, former ...[]byte) (Keys, error) {
	k := Keys{current: idOf(current), secrets: map[byte]secret{}, strict: base64.RawURLEncoding.Strict()}
	for _, key := range append([][]byte{current}, former...) {
		if len(key) < MinSecret {
			return Keys{}, fmt.Errorf("token: got a key of %d bytes, want at least %d", len(key), MinSecret)
		}
		id := idOf(key)
		if other, taken := k.secrets[id]; taken && !hmac.Equal(other.key, key) {
			return Keys{}, errors.New("token: two keys have the same id; choose another one")
		}
		k.secrets[id] = newSecret(key)
	}
	return k, nil
}

// idOf names a secret by one byte that does not help to guess it.
func idOf(secret []byte) byte {
	sum := sha256.Sum256(append([]byte("tokui token key id:"), secret...))
	return sum[0]
}

// Sign makes the token of a message's link of a kind that has nothing besides. The message key is 32 hexadecimal digits, as
// edition.Keys makes them.
func (k Keys) Sign(kind Kind, messageKey string) (string, error) {
	if !kind.bare() {
		return "", fmt.Errorf("token: got kind %q, want a known one that names its message and nothing besides", rune(kind))
	}
	b, err := k.head(nil, kind, messageKey)
	if err != nil {
		return "", err
	}
	return k.text(b), nil
}

// SignOptIn makes the token of a confirmation mail's link, which says nothing any more from an instant on.
func (k Keys) SignOptIn(messageKey string, expires time.Time) (string, error) {
	seconds := expires.Unix()
	if seconds < 0 || seconds > math.MaxUint32 {
		return "", fmt.Errorf("token: got the last instant %v, want one from 1970 to 2106", expires)
	}
	b, err := k.head(nil, OptIn, messageKey)
	if err != nil {
		return "", err
	}
	return k.text(binary.BigEndian.AppendUint32(b, uint32(seconds))), nil
}

// schemes are how most targets begin; their place in the list stands in tokens that have been sent.
func schemes() [3]string { return [3]string{"", "https://", "http://"} }

// SignClick makes the token of a message's link number link, which leads to target.
func (k Keys) SignClick(messageKey string, link int, target string) (string, error) {
	if link < 1 || link > math.MaxUint16 {
		return "", fmt.Errorf("token: got link number %d, want 1 to %d", link, math.MaxUint16)
	}
	scheme, rest := byte(0), target
	for i, one := range schemes() {
		if i > 0 && strings.HasPrefix(target, one) {
			scheme, rest = byte(i), target[len(one):]
			break
		}
	}
	if len(target) > MaxTarget || rest == "" {
		return "", fmt.Errorf("token: got a target of %d bytes, want 1 to %d, and more than a scheme", len(target), MaxTarget)
	}
	b, err := k.head(make([]byte, 0, headSize+3+len(rest)+macSize), Click, messageKey)
	if err != nil {
		return "", err
	}
	b = binary.BigEndian.AppendUint16(b, uint16(link))
	return k.text(append(append(b, scheme), rest...)), nil
}

// head is what every token begins with.
func (k Keys) head(b []byte, kind Kind, messageKey string) ([]byte, error) {
	if _, ok := k.secrets[k.current]; !ok {
		return nil, errors.New("token: no key to sign with")
	}
	b = append(b, k.current, byte(kind))
	b, err := hex.AppendDecode(b, []byte(messageKey))
	if err != nil || len(b) != headSize {
		return nil, fmt.Errorf("token: got message key %q, want 32 hexadecimal digits", messageKey)
	}
	return b, nil
}

// text signs the bytes and writes them down.
func (k Keys) text(b []byte) string {
	return k.strict.EncodeToString(k.secrets[k.current].append(b, b))
}

// Verify returns what a token of a kind that has nothing besides says, or ErrInvalid.
func (k Keys) Verify(text string) (Kind, string, error) {
	t, err := k.Read(text)
	if err != nil || !t.Kind.bare() {
		return 0, "", ErrInvalid
	}
	return t.Kind, t.MessageKey, nil
}

// Read returns what a token says, or ErrInvalid. Whether an OptIn is out of date is for the caller to look at.
func (k Keys) Read(text string) (Token, error) {
	// The decoder passes over line ends, which no token has.
	if k.strict == nil || len(text) < Length || len(text) > maxLength || strings.ContainsAny(text, "\r\n") {
		return Token{}, ErrInvalid
	}
	b, err := k.strict.DecodeString(text)
	if err != nil || len(b) < headSize+macSize {
		return Token{}, ErrInvalid
	}
	secret, ok := k.secrets[b[0]]
	if !ok {
		return Token{}, ErrInvalid
	}
	body, mac := b[:len(b)-macSize], b[len(b)-macSize:]
	var sum [sha256.Size]byte
	if subtle.ConstantTimeCompare(mac, secret.append(sum[:0], body)) != 1 {
		return Token{}, ErrInvalid
	}
	t := Token{Kind: Kind(body[1]), MessageKey: hex.EncodeToString(body[2:headSize])}
	rest, schemes := body[headSize:], schemes()
	switch {
	case t.Kind.bare() && len(rest) == 0:
	case t.Kind == OptIn && len(rest) == 4:
		t.Expires = time.Unix(int64(binary.BigEndian.Uint32(rest)), 0).UTC()
	case t.Kind == Click && len(rest) > 3 && int(rest[2]) < len(schemes):
		t.Link = int(binary.BigEndian.Uint16(rest))
		t.Target = schemes[rest[2]] + string(rest[3:])
	default:
		return Token{}, ErrInvalid
	}
	return t, nil
}

// secret is one key, with the states of its HMAC for whoever needs one next: setting one up costs as much as a token.
type secret struct {
	key    []byte
	states *sync.Pool
}

func newSecret(key []byte) secret {
	return secret{key: key, states: &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// append adds the MAC of body to b.
func (s secret) append(b, body []byte) []byte {
	h := s.states.Get().(hash.Hash)
	defer s.states.Put(h)
	h.Reset()
	h.Write(body)
	var sum [sha256.Size]byte
	return append(b, h.Sum(sum[:0])[:macSize]...)
}
