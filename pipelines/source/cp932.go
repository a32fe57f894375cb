package source

import (
	"encoding/binary"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// cp932 decodes Windows code page 932 by table. One entry holds the UTF-8 bytes of a character, lowest byte first, and
// their number in the top byte; 0 is a byte or a pair that is no character.
//
// The table comes from golang.org/x/text, whose decoder knows the NEC and IBM extensions (①, 髙 under both its codes),
// with two differences: x/text passes 0x80 as U+0080, which no CP932 file means, and it never says that something could
// not be decoded (measured: 330 MB/s against 1,390 MB/s for the table loop, reference/engine.md 3.1).
type cp932 struct {
	pairs   *[1 << 16]uint32
	singles [256]uint32
}

// badByte is a byte of the input that is no character, where U+FFFD stands in the output.
type badByte struct {
	offset int // of the U+FFFD in the output
	value  byte
}

func newCP932() *cp932 {
	t := &cp932{pairs: new([1 << 16]uint32)}
	decoder := japanese.ShiftJIS.NewDecoder()
	decode := func(src ...byte) uint32 {
		var out [8]byte
		decoder.Reset()
		n, read, err := decoder.Transform(out[:], src, true)
		r, size := utf8.DecodeRune(out[:n])
		if err != nil || read != len(src) || size != n || r == utf8.RuneError || n > 3 {
			return 0
		}
		return uint32(out[0]) | uint32(out[1])<<8 | uint32(out[2])<<16 | uint32(n)<<24
	}
	for b := range 256 {
		if b == 0x80 || isLead(byte(b)) {
			continue
		}
		t.singles[b] = decode(byte(b))
	}
	for lead := range 256 {
		if !isLead(byte(lead)) {
			continue
		}
		for trail := 0x40; trail <= 0xfc; trail++ {
			if trail != 0x7f {
				t.pairs[lead<<8|trail] = decode(byte(lead), byte(trail))
			}
		}
	}
	return t
}

// isLead reports whether b begins a two-byte character.
func isLead(b byte) bool { return b >= 0x81 && b <= 0x9f || b >= 0xe0 && b <= 0xfc }

// isTrail reports whether b may end one. Line ends, quotes and commas are not among them, so a broken pair never hides
// the structure of the file.
func isTrail(b byte) bool { return b >= 0x40 && b <= 0xfc && b != 0x7f }

// append decodes src behind dst and returns it with the number of bytes read, which is less than all of src only by a
// lead byte at its end (unless final). What is no character becomes U+FFFD and an entry of bad.
func (t *cp932) append(dst, src []byte, bad []badByte, final bool) ([]byte, int, []badByte) {
	// A half-width kana of one byte becomes three, which is the most; writing by index spares the bounds of append.
	need := len(dst) + 3*len(src) + 8
	if cap(dst) < need {
		grown := make([]byte, len(dst), need)
		copy(grown, dst)
		dst = grown
	}
	out, n, i := dst[:need], len(dst), 0
	for i < len(src) {
		for i+8 <= len(src) {
			word := binary.LittleEndian.Uint64(src[i:])
			if word&0x8080808080808080 != 0 {
				break
			}
			binary.LittleEndian.PutUint64(out[n:], word)
			i += 8
			n += 8
		}
		if i == len(src) {
			break
		}
		b := src[i]
		if b < 0x80 {
			out[n] = b
			i++
			n++
			continue
		}
		entry, width := t.singles[b], 1
		if isLead(b) {
			if i+1 == len(src) {
				if !final {
					break
				}
			} else if isTrail(src[i+1]) {
				entry, width = t.pairs[uint(b)<<8|uint(src[i+1])], 2
			}
		}
		if entry == 0 {
			bad = append(bad, badByte{offset: n, value: b})
			entry = 0x03bdbfef // U+FFFD
		}
		binary.LittleEndian.PutUint32(out[n:], entry&0xffffff)
		n += int(entry >> 24)
		i += width
	}
	return out[:n], i, bad
}
