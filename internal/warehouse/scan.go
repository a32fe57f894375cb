package warehouse

import "strings"

// code returns the text with every comment blanked, and the inside of every quoted string and name, so that offsets
// stay and what is left is code. The parse tree does not say where parameters and a statement's first word stand.
func code(text string) string {
	out := []byte(text)
	blank := func(from, to int) {
		for i := from; i < to && i < len(out); i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, "--"):
			end := until(rest, "\n", 2)
			blank(i, i+end)
			i += end
		case strings.HasPrefix(rest, "/*"):
			end := until(rest, "*/", 2)
			blank(i, i+end)
			i += end
		case rest[0] == '\'' || rest[0] == '"':
			end := until(rest, rest[:1], 1)
			blank(i+1, i+end-1)
			i += end
		case rest[0] == '$':
			tag := dollarTag(rest)
			if tag == "" {
				i++
				continue
			}
			end := until(rest, tag, len(tag))
			blank(i+len(tag), i+end-len(tag))
			i += end
		default:
			i++
		}
	}
	return string(out)
}

// until is the offset behind the first end at or after from, or the length where it never comes.
func until(s, end string, from int) int {
	at := strings.Index(s[from:], end)
	if at < 0 {
		return len(s)
	}
	return from + at + len(end)
}

// dollarTag is the opening of a dollar-quoted string ($$ or $name$), "" where the $ begins a parameter.
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] == '$' {
			return s[:i+1]
		}
		if !isWord(s[i]) {
			return ""
		}
	}
	return ""
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// paramOffset is one $name in code.
type paramOffset struct {
	name   string
	offset int
}

// paramOffsets finds every $name in the text's code.
func paramOffsets(text string) []paramOffset {
	clean := code(text)
	var found []paramOffset
	for i := 0; i < len(clean); i++ {
		if clean[i] != '$' {
			continue
		}
		end := i + 1
		for end < len(clean) && isWord(clean[end]) {
			end++
		}
		if end > i+1 {
			found = append(found, paramOffset{clean[i+1 : end], i})
		}
	}
	return found
}
