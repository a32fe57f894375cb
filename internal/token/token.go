// Package token makes and checks the signed texts that stand in links of mails: an unsubscribe link names its message by
// a token that nobody can forge or guess, and that says nothing about the person.
//
// A token is 40 characters of the URL-safe base64 alphabet for 30 bytes:
//
//	1 byte   key id, so that a key can be replaced while old mails' links live on
//	1 byte   kind: what the link does
//	16 bytes message key
//	12 bytes HMAC-SHA256 over the 18 before, under the secret, cut to 96 bits (RFC 2104 section 5 asks for at least 80)
//
// It carries no campaign, no contact and no address: who a message went to stands in its edition, which the public
// endpoints never read. The package is pure; both the stage that writes mails and the one that answers links use it.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// Kind is what a link does.
type Kind byte

// The kinds of link. Their values stand in mails that have been sent: never change one.
const (
	Unsubscribe Kind = 'u' // leave every marketing message of the channel
	Open        Kind = 'o' // the message was shown
	Click       Kind = 'c' // a link of the message was followed
)

// Path is the first part of the URL of a kind of link, below the public base URL: the token follows it.
func (k Kind) Path() string { return "/" + string(rune(k)) + "/" }

func (k Kind) known() bool { return k == Unsubscribe || k == Open || k == Click }

const (
	keySize  = 16
	macSize  = 12
	bodySize = 2 + keySize
	size     = bodySize + macSize

	// Length is the number of characters of every token.
	Length = size / 3 * 4

	// MinSecret is the least length of a secret in bytes.
	MinSecret = 32
)

// ErrInvalid is returned for every text that is not a token of ours, without saying why: whoever tries should not learn
// how far they came.
var ErrInvalid = errors.New("token: not one of ours, or changed")

// Keys signs with one secret and verifies with that and those it replaced. It may be used concurrently.
type Keys struct {
	current byte
	secrets map[byte][]byte
}

// New takes the secret that signs from now on, and those that links in mails sent before were signed with. Every secret
// needs MinSecret bytes.
func New(current []byte, former ...[]byte) (Keys, error) {
	k := Keys{current: idOf(current), secrets: map[byte][]byte{}}
	for _, secret := range append([][]byte{current}, former...) {
		if len(secret) < MinSecret {
			return Keys{}, fmt.Errorf("token: got a key of %d bytes, want at least %d", len(secret), MinSecret)
		}
		id := idOf(secret)
		if other, taken := k.secrets[id]; taken && !hmac.Equal(other, secret) {
			return Keys{}, errors.New("token: two keys have the same id; choose another one")
		}
		k.secrets[id] = secret
	}
	return k, nil
}

// idOf names a secret by one byte that does not help to guess it.
func idOf(secret []byte) byte {
	sum := sha256.Sum256(append([]byte("tokui token key id:"), secret...))
	return sum[0]
}

// Sign makes the token of a message's link. The message key is 32 hexadecimal digits, as edition.Keys makes them.
func (k Keys) Sign(kind Kind, messageKey string) (string, error) {
	var b [size]byte
	b[0], b[1] = k.current, byte(kind)
	if n, err := hex.Decode(b[2:bodySize], clip(messageKey)); err != nil || n != keySize || !kind.known() {
		return "", fmt.Errorf("token: got kind %q and message key %q, want a known kind and 32 hexadecimal digits",
			rune(kind), messageKey)
	}
	secret, ok := k.secrets[k.current]
	if !ok {
		return "", errors.New("token: no key to sign with")
	}
	copy(b[bodySize:], mac(secret, b[:bodySize]))
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// clip bounds what hex.Decode sees to one digit too many, so that a long text cannot overrun the array.
func clip(messageKey string) []byte {
	if len(messageKey) != 2*keySize {
		return nil
	}
	return []byte(messageKey)
}

// Verify returns what a token says, or ErrInvalid.
func (k Keys) Verify(token string) (Kind, string, error) {
	if len(token) != Length {
		return 0, "", ErrInvalid
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != size {
		return 0, "", ErrInvalid
	}
	secret, ok := k.secrets[b[0]]
	if !ok || subtle.ConstantTimeCompare(b[bodySize:], mac(secret, b[:bodySize])) != 1 || !Kind(b[1]).known() {
		return 0, "", ErrInvalid
	}
	return Kind(b[1]), hex.EncodeToString(b[2:bodySize]), nil
}

func mac(secret, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(body)
	return h.Sum(nil)[:macSize]
}
