package edition

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Keys makes the keyed hashes that stand for people and messages in plans and in the journal. Each is the first 32 hex
// digits of a SHA-256, so 128 bits. SQL makes the same ones:
//
//	left(sha256($seed || ':contact:' || contact_id), 32)
//	left(sha256($seed || ':address:' || normalised address), 32)
//	left(sha256($seed || ':message:' || campaign || ':' || slot || ':' || contact_id), 32)
type Keys struct{ seed string }

// NewKeys returns the keys of a company's seed.
func NewKeys(seed string) Keys { return Keys{seed: seed} }

// Contact is the same person in every edition.
func (k Keys) Contact(contactID string) string { return k.hash(":contact:" + contactID) }

// Address is the same for every way of writing an address that NormaliseAddress makes equal. No address has no key.
func (k Keys) Address(address string) string {
	normal := NormaliseAddress(address)
	if normal == "" {
		return ""
	}
	return k.hash(":address:" + normal)
}

// Message is unique for a campaign, slot and contact; planning twice gives the same one.
func (k Keys) Message(campaign, slot, contactID string) string {
	return k.hash(":message:" + campaign + ":" + slot + ":" + contactID)
}

func (k Keys) hash(text string) string {
	sum := sha256.Sum256([]byte(k.seed + text))
	return hex.EncodeToString(sum[:])[:32]
}

// NormaliseAddress is the form in which addresses are compared: NFKC (full-width letters become plain ones), without
// white space around it, in lower case. The local part is lower-cased too: no provider in use tells Taro@ from taro@, and
// a suppression must hold for both.
func NormaliseAddress(address string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(address)))
}
