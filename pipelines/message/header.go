package message

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/mailbox"
)

// lineLength is where header lines are folded: RFC 2047 allows 76 columns where there is an encoded word.
const lineLength = 76

// clean makes one line of printable text of whatever the data holds: control characters, line and paragraph separators,
// and the marks that turn the direction of writing (which can make one name look like another) become a space, bytes that
// are no UTF-8 the replacement character; runs of white space become one space.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.Is(unicode.Bidi_Control, r):
			return ' '
		default:
			return r
		}
	}, s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// isClean finds the common case: printable ASCII with single spaces between words.
func isClean(s string) bool {
	space := true
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f || s[i] == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return !space || s == ""
}

// headers builds the lines of a header block. Every value passes through clean or is made of safe characters.
type headers struct {
	b []byte
}

// structured writes a value made by this package, ASCII and without line ends, as it is.
func (h *headers) structured(name string, value ...string) {
	h.b = append(h.b, name...)
	h.b = append(h.b, ": "...)
	for _, v := range value {
		h.b = append(h.b, v...)
	}
	h.b = append(h.b, "\r\n"...)
}

// text writes free text: plain ASCII as it is, folded between words (filters count it as spam where it is encoded for no
// reason), else in encoded words.
func (h *headers) text(name, value string) {
	h.b = append(h.b, name...)
	h.b = append(h.b, ": "...)
	value = clean(value)
	if isPlain(value) && longestWord(value) < lineLength-len(name)-2 {
		h.b = appendFolded(h.b, len(name)+2, value)
	} else {
		h.b, _ = appendWords(h.b, len(name)+2, value)
	}
	h.b = append(h.b, "\r\n"...)
}

func longestWord(s string) int {
	longest := 0
	for word := range strings.SplitSeq(s, " ") {
		longest = max(longest, len(word))
	}
	return longest
}

// appendFolded writes words on lines of at most lineLength columns, of which column are taken already.
func appendFolded(b []byte, column int, s string) []byte {
	for i, first := 0, true; i < len(s); first = false {
		word := s[i:]
		if end := strings.IndexByte(word, ' '); end >= 0 {
			word = word[:end]
		}
		i += len(word) + 1
		if !first {
			if column+1+len(word) > lineLength {
				b = append(b, "\r\n"...)
				column = 0
			}
			b = append(b, ' ')
			column++
		}
		b = append(b, word...)
		column += len(word)
	}
	return b
}

// mailbox writes `name <address>`, or the bare address where there is no name.
func (h *headers) mailbox(field, name string, a mailbox.Address) {
	h.b = append(h.b, field...)
	h.b = append(h.b, ": "...)
	spec := a.String()
	if name = clean(name); name == "" {
		h.b = append(h.b, spec...)
		h.b = append(h.b, "\r\n"...)
		return
	}
	column := len(field) + 2
	if phrase := plainPhrase(name); isPlain(name) && column+len(phrase) <= lineLength {
		h.b = append(h.b, phrase...)
		column += len(phrase)
	} else {
		h.b, column = appendWords(h.b, column, name)
	}
	if column+len(spec)+3 > lineLength {
		h.b = append(h.b, "\r\n"...)
	}
	h.b = append(h.b, " <"...)
	h.b = append(h.b, spec...)
	h.b = append(h.b, ">\r\n"...)
}

// isPlain reports whether s can stand in a header as it is: printable ASCII that no reader takes for an encoded word.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return !strings.Contains(s, "=?")
}

// plainPhrase quotes an ASCII display name where it is not made of atoms.
func plainPhrase(name string) string {
	for _, r := range name {
		if r != ' ' && !mailbox.IsAtext(r) {
			return mailbox.Quote(name)
		}
	}
	return name
}

// appendWords writes s as RFC 2047 words in base64, none of them cutting a character, on lines of at most lineLength
// columns, of which column are taken already. The first word stands on the first line: a header whose first line is empty
// costs points with filters. It returns the column after the last word.
func appendWords(b []byte, column int, s string) ([]byte, int) {
	const open, end = "=?UTF-8?B?", "?="
	for first := true; first || s != ""; first = false {
		if !first {
			b = append(b, "\r\n "...)
			column = 1
		}
		room := min(lineLength-column, 75) - len(open) - len(end)
		n := prefix(s, room/4*3)
		b = append(b, open...)
		b = base64.StdEncoding.AppendEncode(b, []byte(s[:n]))
		b = append(b, end...)
		column += len(open) + len(end) + base64.StdEncoding.EncodedLen(n)
		s = s[n:]
	}
	return b, column
}

// prefix is the length of the longest prefix of whole characters that has at most limit bytes, and of at least one.
func prefix(s string, limit int) int {
	n := 0
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		if end > limit && n > 0 {
			break
		}
		n = end
	}
	return n
}
