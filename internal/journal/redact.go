package journal

import (
	"strings"
	"unicode"
)

// maxDetail bounds Detail in bytes: a reply of many lines is not worth more.
const maxDetail = 500

// redact takes whatever looks like an address out of a text and cuts it to maxDetail bytes. Servers repeat the
// recipient in their replies; the journal must not keep them.
func redact(s string) string {
	if len(s) > 4*maxDetail {
		s = s[:4*maxDetail]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.ContainsAny(s, "@＠") {
		s = redactAddresses(s)
	}
	if len(s) > maxDetail {
		s = strings.ToValidUTF8(s[:maxDetail], "") + "…"
	}
	return s
}

func redactAddresses(s string) string {
	text := []rune(s)
	var out []rune
	done := 0 // text[:done] is in out, or was taken out
	for i, r := range text {
		if i < done || (r != '@' && r != '＠') {
			continue
		}
		from := i
		if i > done && text[i-1] == '"' { // a quoted local part may hold spaces
			for from = i - 1; from > done && text[from-1] != '"'; from-- {
			}
			if from > done {
				from--
			}
		} else {
			for from > done && addressRune(text[from-1]) {
				from--
			}
		}
		to := i + 1
		for to < len(text) && addressRune(text[to]) {
			to++
		}
		out = append(out, text[done:from]...)
		out = append(out, []rune("(address)")...)
		done = to
	}
	return string(append(out, text[done:]...))
}

func addressRune(r rune) bool {
	return !unicode.IsSpace(r) && !strings.ContainsRune(`<>()[]",;:＜＞（）、。`, r)
}
