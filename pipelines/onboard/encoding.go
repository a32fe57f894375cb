package onboard

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// The names that config.yaml gives to encodings.
const (
	utf8Text  = "utf-8"
	cp932Text = "cp932"
	eucText   = "euc-jp"
	utf16Text = "utf-16"
)

// Bytes is what the bytes of a text file say.
type Bytes struct {
	Encoding string
	Marked   bool  // it begins with a byte order mark
	Size     int64 // of the text, unpacked
	// Why is the evidence, for people.
	Why string
	// Broken are bytes that are no character of the encoding, FirstBroken the line of the first.
	Broken      int64
	FirstBroken int64
}

// validity follows one encoding through the whole file.
type validity struct {
	name   string
	bad    int64
	first  int64 // line of the first bad byte
	rest   []byte
	step   func(p []byte, final bool) (width int, ok bool)
	beyond int64 // characters beyond ASCII
}

// take looks at the next part of the text, which begins in a line.
func (v *validity) take(data []byte, line int64, final bool) {
	if len(v.rest) > 0 {
		data = append(v.rest, data...)
		v.rest = nil
	}
	for i := 0; i < len(data); {
		b := data[i]
		if b < 0x80 {
			if b == '\n' {
				line++
			}
			i++
			continue
		}
		width, ok := v.step(data[i:], final)
		if width == 0 { // cut by the end of the part
			v.rest = bytes.Clone(data[i:])
			return
		}
		if ok {
			v.beyond++
		} else {
			if v.bad == 0 {
				v.first = line
			}
			v.bad++
		}
		i += width
	}
}

func stepUTF8(p []byte, final bool) (int, bool) {
	if !final && !utf8.FullRune(p) {
		return 0, false
	}
	r, size := utf8.DecodeRune(p)
	return size, r != utf8.RuneError || size > 1
}

// stepCP932 accepts what Windows code page 932 has: half-width kana A1 to DF alone, pairs by their ranges.
func stepCP932(p []byte, final bool) (int, bool) {
	b := p[0]
	switch {
	case b >= 0xa1 && b <= 0xdf:
		return 1, true
	case b >= 0x81 && b <= 0x9f || b >= 0xe0 && b <= 0xfc:
		if len(p) == 1 {
			if final {
				return 1, false
			}
			return 0, false
		}
		if t := p[1]; t >= 0x40 && t <= 0xfc && t != 0x7f && !unassigned932(b) {
			return 2, true
		}
		return 1, false
	}
	return 1, false
}

// unassigned932 are lead bytes of rows without a character.
func unassigned932(lead byte) bool {
	return lead >= 0x85 && lead <= 0x86 || lead >= 0xeb && lead <= 0xec || lead == 0xef
}

func stepEUC(p []byte, final bool) (int, bool) {
	need := 2
	if p[0] == 0x8f {
		need = 3
	}
	if p[0] != 0x8e && p[0] != 0x8f && (p[0] < 0xa1 || p[0] > 0xfe) {
		return 1, false
	}
	if len(p) < need {
		if final {
			return 1, false
		}
		return 0, false
	}
	for _, t := range p[1:need] {
		if t < 0xa1 || t > 0xfe {
			return 1, false
		}
	}
	return need, true
}

// readBytes reads a whole text and tells its encoding by validity alone.
func readBytes(in io.Reader) (Bytes, error) {
	candidates := []*validity{
		{name: utf8Text, step: stepUTF8}, {name: cp932Text, step: stepCP932}, {name: eucText, step: stepEUC},
	}
	var (
		found Bytes
		buf   = make([]byte, 1<<18)
		line  = int64(1)
	)
	for first := true; ; first = false {
		n, err := io.ReadFull(in, buf)
		final := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !final {
			return found, err
		}
		data := buf[:n]
		found.Size += int64(n)
		if first {
			switch {
			case n == 0:
				return found, fmt.Errorf("the file is empty")
			case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
				rest, err := io.Copy(io.Discard, in)
				return Bytes{Encoding: utf16Text, Marked: true, Size: int64(n) + rest, Why: "the byte order mark of UTF-16"}, err
			case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
				found.Marked = true
				data = data[3:]
			case bytes.IndexByte(data, 0) >= 0:
				return found, fmt.Errorf("the file holds NUL bytes: it is no text of a known encoding")
			}
		}
		for _, v := range candidates {
			v.take(data, line, final)
		}
		line += int64(bytes.Count(data, []byte{'\n'}))
		if final {
			break
		}
	}
	return decide(found, candidates), nil
}

// decide takes the first encoding in which every byte is right, else the one with the fewest that are not.
func decide(found Bytes, candidates []*validity) Bytes {
	best := candidates[0]
	if !found.Marked {
		for _, v := range candidates[1:] {
			if v.bad < best.bad {
				best = v
			}
		}
	}
	// Text may be whole both as EUC-JP and as CP932. Half-width kana, which alone CP932 writes in such bytes only, come to
	// exactly twice as many characters there; where kanji do not fall on them one by one, it is EUC-JP.
	if euc := candidates[2]; best.name == cp932Text && euc.bad == 0 && best.beyond != 2*euc.beyond {
		best = euc
	}
	found.Encoding, found.Broken, found.FirstBroken = best.name, best.bad, best.first
	switch {
	case found.Marked:
		found.Why = "the byte order mark of UTF-8"
	case best.bad > 0:
		found.Why = fmt.Sprintf("%d bytes are no characters of it, the first in line %d", best.bad, best.first)
	case best.beyond == 0:
		found.Why = "nothing but ASCII"
	case best.name == utf8Text:
		found.Why = fmt.Sprintf("all %d characters beyond ASCII are valid UTF-8", best.beyond)
	default:
		found.Why = fmt.Sprintf("not UTF-8, and all %d characters beyond ASCII are valid", best.beyond)
	}
	return found
}

// decoded reads a text as UTF-8, without its mark.
func decoded(in io.Reader, b Bytes) io.Reader {
	var e encoding.Encoding
	switch b.Encoding {
	case cp932Text:
		e = japanese.ShiftJIS
	case eucText:
		e = japanese.EUCJP
	case utf16Text:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	default:
		e = unicode.UTF8BOM
	}
	return e.NewDecoder().Reader(in)
}
