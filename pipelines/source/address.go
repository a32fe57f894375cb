package source

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/warehouse"
)

// addressSpaces are what Unicode calls white space, as strings.TrimSpace takes it away from an address.
const addressSpaces = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// foldAddress is SQL that gives every character of an e-mail address that is an ASCII one in another guise (full-width,
// circled, mathematical, superscript) its plain form: those that NFKC makes one ASCII character. Addresses are compared by
// edition.NormaliseAddress, which is NFKC; DuckDB has only NFC. What NFKC makes several characters (⑩, ㏇) and half-width
// kana stand in no address that a server would take, and stay. An id is folded by foldWidth instead, for there ① may
// well be another product than 1.
func foldAddress(x string) string {
	var from, to strings.Builder
	// Outside these ranges there are none (a test looks); to look at all of Unicode for every file would take 50 ms.
	for _, block := range [][2]rune{{0x80, 0x3000}, {0xa7f0, 0xa7ff}, {0xf900, 0xffff}, {0x10780, 0x107bf}, {0x1d400, 0x1d7ff}, {0x1f100, 0x1f1ff}, {0x1fbf0, 0x1fbff}} {
		for r := block[0]; r <= block[1]; r++ {
			if plain := norm.NFKC.String(string(r)); len(plain) == 1 {
				from.WriteRune(r)
				to.WriteString(plain)
			}
		}
	}
	return fmt.Sprintf("nfc_normalize(translate(%s, %s, %s))", x, warehouse.Literal(from.String()), warehouse.Literal(to.String()))
}
