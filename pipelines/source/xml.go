package source

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// element is one tag of XML: its name without a prefix, and its attributes as they are written.
type element struct {
	name        []byte
	attributes  []byte
	closing     bool
	selfClosing bool
}

func (e element) is(name string) bool { return string(e.name) == name }

// attribute is the value of an attribute as it is written. Those that are asked for hold no escapes.
func (e element) attribute(name string) ([]byte, bool) {
	rest := e.attributes
	for {
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 || eq+1 >= len(rest) {
			return nil, false
		}
		key := bytes.TrimSpace(rest[:eq])
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 {
			return nil, false
		}
		quote := rest[0]
		end := bytes.IndexByte(rest[1:], quote)
		if end < 0 {
			return nil, false
		}
		value := rest[1 : 1+end]
		if string(key) == name {
			return value, true
		}
		rest = rest[end+2:]
	}
}

// nextElement finds the next tag of data: where it starts, and where what follows it does. It passes over comments,
// declarations and CDATA. ok is false where data ends first.
func nextElement(data []byte) (start int, e element, end int, ok bool) {
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '<')
		if i < 0 || at+i+1 >= len(data) {
			return 0, e, 0, false
		}
		start = at + i
		rest := data[start:]
		if rest[1] == '!' || rest[1] == '?' {
			close := ">"
			switch {
			case bytes.HasPrefix(rest, []byte("<!--")):
				close = "-->"
			case bytes.HasPrefix(rest, []byte("<![CDATA[")):
				close = "]]>"
			}
			n := bytes.Index(rest, []byte(close))
			if n < 0 {
				return 0, e, 0, false
			}
			at = start + n + len(close)
			continue
		}
		n := tagEnd(rest)
		if n < 0 {
			return 0, e, 0, false
		}
		return start, parseElement(rest[1:n]), start + n + 1, true
	}
}

// tagEnd is where the > of a tag stands: not one within an attribute.
func tagEnd(data []byte) int {
	n := bytes.IndexByte(data, '>')
	if n < 0 || bytes.Count(data[:n], []byte{'"'})%2 == 0 && bytes.IndexByte(data[:n], '\'') < 0 {
		return n
	}
	var quote byte
	for i, b := range data {
		switch {
		case quote != 0 && b == quote:
			quote = 0
		case quote != 0:
		case b == '"' || b == '\'':
			quote = b
		case b == '>':
			return i
		}
	}
	return -1
}

func parseElement(tag []byte) element {
	var e element
	if len(tag) > 0 && tag[0] == '/' {
		e.closing, tag = true, tag[1:]
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		e.selfClosing, tag = true, tag[:len(tag)-1]
	}
	e.name = tag
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		e.name, e.attributes = tag[:i], tag[i+1:]
	}
	if i := bytes.IndexByte(e.name, ':'); i >= 0 {
		e.name = e.name[i+1:]
	}
	return e
}

// endOf is where the closing tag of an element stands that began just before data and holds none of its own name.
func endOf(data []byte, name string) int {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("</"))
		if i < 0 {
			return -1
		}
		at += i
		close := bytes.IndexByte(data[at:], '>')
		if close < 0 {
			return -1
		}
		tag := bytes.TrimRight(data[at+2:at+close], " \t\r\n")
		if j := bytes.IndexByte(tag, ':'); j >= 0 {
			tag = tag[j+1:]
		}
		if string(tag) == name {
			return at
		}
		at += close
	}
}

// contentOf is what stands in the first element of a name, as it is written.
func contentOf(data []byte, name string) ([]byte, bool) {
	for {
		_, tag, end, ok := nextElement(data)
		if !ok {
			return nil, false
		}
		data = data[end:]
		if !tag.is(name) || tag.closing {
			continue
		}
		if tag.selfClosing {
			return nil, true
		}
		n := endOf(data, name)
		if n < 0 {
			return nil, false
		}
		return data[:n], true
	}
}

// appendTexts appends the texts (t) of a string item, without those that say how Japanese is read aloud (rPh).
func appendTexts(dst, data []byte) []byte {
	for {
		_, tag, end, ok := nextElement(data)
		if !ok {
			return dst
		}
		data = data[end:]
		if tag.closing || tag.selfClosing || !tag.is("t") && !tag.is("rPh") {
			continue
		}
		n := endOf(data, string(tag.name))
		if n < 0 {
			return dst
		}
		if tag.is("t") {
			dst = appendUnescaped(dst, data[:n])
		}
		data = data[n:]
	}
}

// appendUnescaped appends text with its entities, and with the _xHHHH_ that workbooks write for control characters.
func appendUnescaped(dst, text []byte) []byte {
	for len(text) > 0 {
		i := bytes.IndexAny(text, "&_<\r")
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		switch {
		case text[0] == '\r':
			text = text[1:]
		case bytes.HasPrefix(text, []byte("<![CDATA[")):
			n := bytes.Index(text, []byte("]]>"))
			if n < 0 {
				return dst
			}
			dst, text = append(dst, text[9:n]...), text[n+3:]
		case text[0] == '&':
			r, width := entity(text)
			if width == 0 {
				dst, text = append(dst, '&'), text[1:]
				continue
			}
			dst, text = utf8.AppendRune(dst, r), text[width:]
		case len(text) >= 7 && text[1] == 'x' && text[6] == '_':
			n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
			if err != nil {
				dst, text = append(dst, '_'), text[1:]
				continue
			}
			if n != '\r' {
				dst = utf8.AppendRune(dst, rune(n))
			}
			text = text[7:]
		default:
			dst, text = append(dst, text[0]), text[1:]
		}
	}
	return dst
}

// entity is the character of an entity at the front of text and its length; 0 where it is none.
func entity(text []byte) (rune, int) {
	end := bytes.IndexByte(text[:min(len(text), 12)], ';')
	if end < 2 {
		return 0, 0
	}
	name := string(text[1:end])
	switch name {
	case "amp":
		return '&', end + 1
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], 10
	if len(digits) > 1 && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, 0
	}
	return rune(n), end + 1
}

// digits reads a number of few digits.
func digits(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 15 {
		return 0, false
	}
	var n int64
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = 10*n + int64(b-'0')
	}
	return n, true
}

// columnOf is the column of a cell's name, such as 27 of AB7; -1 where it is none.
func columnOf(name []byte) int {
	n := 0
	for _, b := range name {
		if b < 'A' || b > 'Z' {
			break
		}
		n = 26*n + int(b-'A') + 1
		if n > 1<<20 {
			return -1
		}
	}
	return n - 1
}
