package edition

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
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

// Post is that of a postal address: the postcode's digits and the rest, as NormalisePost writes them. SQL makes the same
// one in pipelines/audience/plan.sql. No address has no key.
func (k Keys) Post(postcode, address string) string {
	normal := NormalisePost(postcode, address)
	if normal == "" {
		return ""
	}
	return k.hash(":post:" + normal)
}

// Secret is a secret of the company for one use, which says nothing of those for other uses nor of the seed.
func (k Keys) Secret(use string) []byte {
	h := hmac.New(sha256.New, []byte(k.seed))
	h.Write([]byte("secret:" + use))
	return h.Sum(nil)
}

// Fingerprint tells one company's keys from another's and gives neither away.
func (k Keys) Fingerprint() string { return k.hash(":fingerprint")[:8] }

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

// PostFrom and PostTo are the characters of postal addresses that are written in several ways, and the one that counts:
// full-width digits and letters, the hyphens, dashes and minus signs that Japanese addresses are typed with.
const (
	PostFrom = "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ‐‑‒–—―−－ｰー"
	PostTo   = "0123456789abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz----------"
)

// NormalisePost is the form in which postal addresses are compared: the postcode's digits, a space, and the address in
// lower case, in plain digits and letters, with one kind of hyphen and without white space. No address at all is "".
func NormalisePost(postcode, address string) string {
	from, to := []rune(PostFrom), []rune(PostTo)
	plain := func(text string, keep func(rune) bool) string {
		return strings.Map(func(r rune) rune {
			if i := slices.Index(from, r); i >= 0 {
				r = to[i]
			}
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			if !keep(r) {
				return -1
			}
			return r
		}, text)
	}
	rest := plain(address, func(r rune) bool {
		return r != ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\u3000' && r != '\u00a0'
	})
	if rest == "" {
		return ""
	}
	return plain(postcode, func(r rune) bool { return r >= '0' && r <= '9' }) + " " + rest
}
