package message

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// scan reads the audience row into the slots of the fields that the template uses, without making a map of it. The values
// are fieldsOf's. It returns false for a row that is not the plain object a plan holds; fieldsOf says what is wrong with it.
func scan(raw []byte, slots map[string]int, into []value) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	s := scanner{text: string(raw)} // one copy, which all texts are parts of
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return s.at == len(s.text)
	}
	for {
		name, ok := s.name()
		if !ok || !s.take(':') {
			return false
		}
		v, ok := s.value()
		if !ok {
			return false
		}
		if slot, used := slots[name]; used {
			into[slot] = v
		}
		if s.take('}') {
			return s.at == len(s.text)
		}
		if !s.take(',') {
			return false
		}
	}
}

type scanner struct {
	text string
	at   int
}

// take skips white space, one character if it is c, and white space again.
func (s *scanner) take(c byte) bool {
	s.skip()
	if s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	s.skip()
	return true
}

func (s *scanner) skip() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) name() (string, bool) {
	quoted, ok := s.quoted()
	if !ok || strings.IndexByte(quoted, '\\') >= 0 {
		return "", false
	}
	return quoted[1 : len(quoted)-1], true
}

// quoted returns a string with its quotation marks, as it is written.
func (s *scanner) quoted() (string, bool) {
	if s.at == len(s.text) || s.text[s.at] != '"' {
		return "", false
	}
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			quoted := s.text[s.at : i+1]
			s.at = i + 1
			return quoted, utf8.ValidString(quoted)
		case c == '\\':
			i++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

func (s *scanner) value() (value, bool) {
	if s.at == len(s.text) {
		return value{}, false
	}
	switch c := s.text[s.at]; {
	case c == '"':
		quoted, ok := s.quoted()
		if !ok {
			return value{}, false
		}
		inner := quoted[1 : len(quoted)-1]
		if strings.IndexByte(inner, '\\') >= 0 && json.Unmarshal([]byte(quoted), &inner) != nil {
			return value{}, false
		}
		return textValue(printable(inner)), true
	case c == '-' || c >= '0' && c <= '9':
		end := s.at + 1
		for end < len(s.text) && strings.IndexByte("0123456789+-.eE", s.text[end]) >= 0 {
			end++
		}
		literal := s.text[s.at:end]
		s.at = end
		if !json.Valid([]byte(literal)) {
			return value{}, false
		}
		return valueOf(plain(json.Number(literal))), true
	}
	for _, word := range []struct {
		text string
		value
	}{{"null", textValue("")}, {"true", boolValue(true)}, {"false", boolValue(false)}} {
		if strings.HasPrefix(s.text[s.at:], word.text) {
			s.at += len(word.text)
			return word.value, true
		}
	}
	return s.nested()
}

// nested leaves a list or a group to encoding/json.
func (s *scanner) nested() (value, bool) {
	d := json.NewDecoder(strings.NewReader(s.text[s.at:]))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return value{}, false
	}
	s.at += int(d.InputOffset())
	return valueOf(plain(v)), true
}
