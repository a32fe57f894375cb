package dkim

import (
	"bytes"
	"hash"
)

var crlf = []byte("\r\n")

// hashBody writes the body in its relaxed form (RFC 6376, 3.4.4): runs of white space are one space, none stands at the end
// of a line, no empty line at the end of the body, and a body that is not empty ends with a line end. Most of a mail is
// base64 and has no white space at all: it goes to the hash as it is, in long pieces.
func hashBody(h hash.Hash, body []byte) {
	body = trimEnd(body)
	if len(body) == 0 {
		return
	}
	tabs := bytes.IndexByte(body, '\t') >= 0
	from := 0 // body[:from] is hashed
	for at := 0; ; {
		space := nextSpace(body[at:], tabs)
		if space < 0 {
			break
		}
		space += at
		end := space + 1
		for end < len(body) && (body[end] == ' ' || body[end] == '\t') {
			end++
		}
		switch {
		case bytes.HasPrefix(body[end:], crlf) || end == len(body):
			h.Write(body[from:space])
			from = end
		case end == space+1 && body[space] == ' ':
		default:
			h.Write(body[from:space])
			h.Write(oneSpace)
			from = end
		}
		at = end
	}
	h.Write(body[from:])
	h.Write(crlf)
}

var oneSpace = []byte(" ")

func nextSpace(b []byte, tabs bool) int {
	if tabs {
		return bytes.IndexAny(b, " \t")
	}
	return bytes.IndexByte(b, ' ')
}

// trimEnd cuts the last line end, and the lines of nothing but white space before it.
func trimEnd(body []byte) []byte {
	for {
		cut := bytes.TrimRight(body, " \t")
		if len(cut) > 0 && !bytes.HasSuffix(cut, crlf) {
			return cut
		}
		if len(cut) == 0 {
			return nil
		}
		body = cut[:len(cut)-2]
	}
}

// appendField appends a field in its relaxed form (RFC 6376, 3.4.2), without a line end: the name in lower case, a colon
// without spaces around it, the value on one line with single spaces.
func appendField(b, name, value []byte) []byte {
	for _, c := range name {
		b = append(b, lower(c))
	}
	b = append(b, ':')
	start, space := len(b), false
	for _, c := range value {
		switch c {
		case '\r', '\n', ' ', '\t':
			space = true
		default:
			if space && len(b) > start {
				b = append(b, ' ')
			}
			space = false
			b = append(b, c)
		}
	}
	return b
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
