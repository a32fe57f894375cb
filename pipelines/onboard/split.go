package onboard

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// longest is where an unclosed quote stops swallowing the text, as in the loader.
const longest = 1 << 20

// mostLines is how many lines a cell may have.
const mostLines = 1000

// splitter cuts UTF-8 text into records as the loader does: CRLF, LF or CR end one, quotes as RFC 4180 has them, and a
// quote inside an unquoted field stands for itself. What is broken costs one line.
type splitter struct {
	in        *bufio.Reader
	delimiter rune
	line      int64    // of the next record, counted from 1
	held      []string // physical lines that a broken quote gave back
}

func newSplitter(in io.Reader, delimiter rune) *splitter {
	return &splitter{in: bufio.NewReaderSize(in, 1<<18), delimiter: delimiter, line: 1}
}

// physical reads one line without its end.
func (s *splitter) physical() (string, error) {
	if len(s.held) > 0 {
		text := s.held[0]
		s.held = s.held[1:]
		return text, nil
	}
	var b strings.Builder
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && b.Len() > 0 {
				return b.String(), nil
			}
			return "", err
		}
		switch {
		case c == '\n':
			return b.String(), nil
		case c == '\r':
			if next, err := s.in.Peek(1); err == nil && next[0] == '\n' {
				_, _ = s.in.Discard(1) // it was there
			}
			return b.String(), nil
		case b.Len() < longest:
			b.WriteByte(c)
		}
	}
}

// next returns the fields of the next record and the line where it begins. ok is false where a quote is never closed or
// text follows one; then the first line alone is given, cut at delimiters.
func (s *splitter) next() (fields []string, line int64, ok bool, err error) {
	line = s.line
	text, err := s.physical()
	if err != nil {
		return nil, line, false, err
	}
	s.line++
	if !strings.Contains(text, `"`) {
		return strings.Split(text, string(s.delimiter)), line, true, nil
	}
	first := text
	var more []string
	fields, open, broken := cut(text, s.delimiter)
	for open && !broken && len(text) < longest && len(more) < mostLines {
		next, err := s.physical()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil, line, false, err
			}
			break
		}
		more = append(more, next)
		text += "\n" + next
		if strings.Contains(next, `"`) { // nothing else closes it
			fields, open, broken = cut(text, s.delimiter)
		}
	}
	if open || broken {
		s.held = append(more, s.held...)
		return strings.Split(first, string(s.delimiter)), line, false, nil
	}
	s.line += int64(len(more))
	return fields, line, true, nil
}

// cut splits one record. open: it ends inside a quote; broken: text follows a closing quote.
func cut(text string, delimiter rune) (fields []string, open, broken bool) {
	d := string(delimiter)
	for {
		if !strings.HasPrefix(text, `"`) {
			field, rest, more := strings.Cut(text, d)
			fields = append(fields, field)
			if !more {
				return fields, false, false
			}
			text = rest
			continue
		}
		text = text[1:]
		var b strings.Builder
		for {
			i := strings.IndexByte(text, '"')
			if i < 0 {
				return nil, true, false
			}
			b.WriteString(text[:i])
			text = text[i+1:]
			if !strings.HasPrefix(text, `"`) {
				break
			}
			b.WriteByte('"')
			text = text[1:]
		}
		fields = append(fields, b.String())
		switch {
		case text == "":
			return fields, false, false
		case strings.HasPrefix(text, d):
			text = text[len(d):]
		default:
			return nil, false, true
		}
	}
}
