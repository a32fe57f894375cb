package source

import (
	"bytes"
)

// splitter cuts UTF-8 text into records by RFC 4180, with the liberties that real exports take: any of CRLF, LF and CR
// ends a record, and a quote inside an unquoted field stands for itself (5" pipe). It copies nothing.
type splitter struct {
	delimiter byte
	quote     byte   // 0: there are none
	buf       []byte // the text that is not yet consumed begins at pos
	pos       int
	line      int64 // of buf[pos], counted from 1 as an editor does
	nextLF    int   // no LF stands in buf[pos:nextLF]
	skipping  bool  // the rest of a line that is too long
}

// maxRecord is where an unclosed quote stops swallowing the file. Nothing that a sales system exports is longer.
const maxRecord = 1 << 20

// outcome of one call of next.
type outcome int

const (
	needMore outcome = iota // the text ends inside a record and more may follow
	gotRecord
	atEnd
)

// record is one row of the file, or a fault in its place.
type record struct {
	text   []byte // without its line end; valid until the buffer changes
	offset int    // of text in the buffer
	line   int64  // where it begins
	fields int
	quoted bool   // some field is quoted
	bare   bool   // some unquoted field holds a quote
	breaks bool   // some quoted field holds a line end
	fault  string // why this is no record; then text is its first line only
	field  int    // the field of the fault, counted from 1
}

// next returns the next record, blank ones included. With final, no more text follows.
func (s *splitter) next(final bool) (record, outcome) {
	if s.skipping && !s.skipLine(final) {
		return record{}, needMore
	}
	data := s.buf[s.pos:]
	if len(data) == 0 {
		if final {
			return record{}, atEnd
		}
		return record{}, needMore
	}
	text, width, ok := s.physicalLine(data, final)
	if !ok && len(data) <= maxRecord {
		return record{}, needMore
	}
	if !ok || len(text) > maxRecord {
		r := record{text: data[:maxRecord], offset: s.pos, line: s.line, fault: "the line is longer than 1 MiB", field: 1}
		s.pos += maxRecord
		s.skipping = true
		return r, gotRecord
	}
	if bytes.IndexByte(text, s.quote) < 0 {
		r := record{text: text, offset: s.pos, line: s.line, fields: bytes.Count(text, []byte{s.delimiter}) + 1}
		s.consume(width, 1)
		return r, gotRecord
	}
	return s.quotedRecord(data, text, width, final)
}

// physicalLine is data up to the first line end, and its length with it.
func (s *splitter) physicalLine(data []byte, final bool) (text []byte, width int, ok bool) {
	if s.nextLF <= s.pos || s.nextLF < len(s.buf) && s.buf[s.nextLF] != '\n' {
		s.nextLF = max(s.nextLF, s.pos)
		if i := bytes.IndexByte(s.buf[s.nextLF:], '\n'); i >= 0 {
			s.nextLF += i
		} else {
			s.nextLF = len(s.buf)
		}
	}
	lf := s.nextLF - s.pos
	cr := bytes.IndexByte(data[:lf], '\r')
	switch {
	case cr >= 0 && cr+1 < lf:
		return data[:cr], cr + 1, true
	case cr >= 0 && lf < len(data):
		return data[:cr], lf + 1, true
	case cr >= 0 && !final: // the LF of a CRLF may follow
		return nil, 0, false
	case cr >= 0:
		return data[:cr], cr + 1, true
	case lf < len(data):
		return data[:lf], lf + 1, true
	case final:
		return data, len(data), true
	default:
		return nil, 0, false
	}
}

func (s *splitter) consume(width, lines int) {
	s.pos += width
	s.line += int64(lines)
}

// skipLine drops text up to and with the next line end; it reports whether that has come.
func (s *splitter) skipLine(final bool) bool {
	data := s.buf[s.pos:]
	_, width, ok := s.physicalLine(data, final)
	if !ok {
		if n := len(data); n > 1 { // a CR at the end may be half of a CRLF
			s.pos += n - 1
		}
		return false
	}
	s.consume(width, 1)
	s.skipping = false
	return true
}

// quotedRecord runs the state machine over a record that holds a quote; first is its first line.
func (s *splitter) quotedRecord(data, first []byte, width int, final bool) (record, outcome) {
	r := record{offset: s.pos, line: s.line, fields: 1}
	// broken sets the first line aside and goes on behind it: a quote that is never closed costs one line.
	broken := func(why string) (record, outcome) {
		r.text, r.fault, r.field = first, why, r.fields
		s.consume(width, 1)
		return r, gotRecord
	}
	i := 0
	for {
		if i < len(data) && data[i] == s.quote {
			r.quoted = true
			i++
			closed := false
			for !closed {
				j := bytes.IndexByte(data[i:], s.quote)
				if j < 0 {
					if !final && len(data) <= maxRecord {
						return record{}, needMore
					}
					return broken("the quote is never closed")
				}
				i += j + 1
				switch {
				case i < len(data) && data[i] == s.quote:
					i++
				case i == len(data) && !final:
					return record{}, needMore
				default:
					closed = true
				}
			}
			if i > maxRecord {
				return broken("the quote is never closed")
			}
			if i < len(data) && data[i] != s.delimiter && data[i] != '\n' && data[i] != '\r' {
				return broken("text follows the closing quote")
			}
		} else {
			start := i
			for i < len(data) && data[i] != s.delimiter && data[i] != '\n' && data[i] != '\r' {
				i++
			}
			r.bare = r.bare || bytes.IndexByte(data[start:i], s.quote) >= 0
		}
		switch {
		case i == len(data):
			if !final {
				return record{}, needMore
			}
			return s.finish(r, data[:i], i)
		case data[i] == s.delimiter:
			r.fields++
			i++
		case data[i] == '\r' && i+1 == len(data) && !final:
			return record{}, needMore
		case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return s.finish(r, data[:i], i+2)
		default:
			return s.finish(r, data[:i], i+1)
		}
	}
}

func (s *splitter) finish(r record, text []byte, width int) (record, outcome) {
	r.text = text
	inside := lineEnds(text)
	r.breaks = inside > 0
	s.consume(width, 1+inside)
	return r, gotRecord
}

// lineEnds counts CRLF, LF and CR, each once.
func lineEnds(text []byte) int {
	n := bytes.Count(text, []byte{'\n'})
	for i, b := range text {
		if b == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			n++
		}
	}
	return n
}

// isBlank reports whether a record says nothing: white space and, as spreadsheets leave them, delimiters.
func (s *splitter) isBlank(text []byte) bool {
	for _, b := range text {
		if b != s.delimiter && b != ' ' && b != '\t' {
			return false
		}
	}
	return true
}

// fieldsOf cuts a record into its unquoted fields. It copies; it is for headers and tests.
func fieldsOf(text []byte, delimiter, quote byte) []string {
	var fields []string
	for i := 0; ; i++ {
		var field []byte
		if i < len(text) && text[i] == quote {
			for i++; i < len(text); i++ {
				if text[i] == quote {
					if i+1 >= len(text) || text[i+1] != quote {
						i++
						break
					}
					i++
				}
				field = append(field, text[i])
			}
		} else {
			start := i
			for i < len(text) && text[i] != delimiter {
				i++
			}
			field = text[start:i]
		}
		fields = append(fields, string(field))
		if i >= len(text) {
			return fields
		}
	}
}
