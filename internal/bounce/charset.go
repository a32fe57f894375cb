package bounce

import (
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// decode makes UTF-8 with plain line ends of bytes whose label may lie, as those of Japanese carriers do: an ISO-2022-JP
// that is EUC-JP, a US-ASCII that is Shift_JIS.
func decode(raw []byte, label string) string {
	text := sniff(raw, label)
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

func sniff(raw []byte, label string) string {
	if bytes.Contains(raw, []byte("\x1b$")) || bytes.Contains(raw, []byte("\x1b(J")) {
		if text, ok := decoded(japanese.ISO2022JP, raw); ok {
			return text
		}
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	best, bestScore := "", -1<<30
	candidates := []encoding.Encoding{japanese.EUCJP, japanese.ShiftJIS}
	if labelled, err := htmlindex.Get(strings.ToLower(strings.TrimSpace(label))); err == nil {
		candidates = append([]encoding.Encoding{labelled}, candidates...)
	}
	for _, candidate := range candidates {
		text, _ := decoded(candidate, raw)
		if score := likely(text); score > bestScore {
			best, bestScore = text, score
		}
	}
	if bestScore < 0 {
		if text, ok := decoded(charmap.Windows1252, raw); ok {
			return text
		}
	}
	return strings.ToValidUTF8(best, "\uFFFD")
}

func decoded(e encoding.Encoding, raw []byte) (string, bool) {
	text, err := e.NewDecoder().Bytes(raw)
	return string(text), err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

// likely weighs how much a text looks like Japanese: kana and common kanji for it; what could not be decoded, half-width
// kana (which Shift_JIS makes of nearly anything) and control characters against it.
func likely(text string) int {
	score := 0
	for _, r := range text {
		switch {
		case r == utf8.RuneError:
			score -= 20
		case r >= 0xff61 && r <= 0xff9f:
			score -= 2
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			score += 3
		case unicode.Is(unicode.Han, r):
			score++
		case r < ' ' && r != '\n' && r != '\r' && r != '\t':
			score -= 5
		}
	}
	return score
}

// words decodes the encoded words of a header, and bytes that stand there without being encoded.
func words(value string) string {
	decoder := mime.WordDecoder{CharsetReader: func(charset string, input io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(io.LimitReader(input, 64<<10))
		return strings.NewReader(sniff(raw, charset)), err
	}}
	text, err := decoder.DecodeHeader(value)
	if err != nil {
		text = value
	}
	return strings.Join(strings.Fields(sniff([]byte(text), "")), " ")
}
