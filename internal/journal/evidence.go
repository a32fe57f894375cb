package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// The bases on which marketing may be sent (JP1; 特定電子メール法 Art. 3 (1)).
const (
	BasisConsent   = "consent"   // asked for, or agreed to
	BasisNotified  = "notified"  // the address was handed over in writing, as on a business card
	BasisBusiness  = "business"  // an ongoing business relation
	BasisPublished = "published" // an organisation's or a trader's published address, with no refusal beside it
)

// Bases lists them.
func Bases() []string {
	return []string{BasisConsent, BasisNotified, BasisBusiness, BasisPublished}
}

// KnownBasis says whether a word is one of the four.
func KnownBasis(basis string) bool { return slices.Contains(Bases(), basis) }

// WordingHash names the text that a person agreed to (JP2): SHA-256 in hex over the text with every run of white space
// made one space, so that a line break in a template does not make it another text.
func WordingHash(text string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(text), " ")))
	return hex.EncodeToString(sum[:])
}

// maxEvidence bounds Method and Source in bytes.
const maxEvidence = 200

// EvidenceSource is where a word was given, fit for the journal: a URL loses its query and its fragment, which may name
// the person; whatever looks like an address is taken out.
func EvidenceSource(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if u, err := url.Parse(text); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
		text = u.String()
	}
	text = redact(text)
	if len(text) > maxEvidence {
		text = strings.ToValidUTF8(text[:maxEvidence], "")
	}
	return text
}
