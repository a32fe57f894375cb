package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/position"
)

// The normalised form of a text file, which DuckDB reads with nothing left to guess: UTF-8, one record a line ended by
// LF, the file's own delimiter, quotes as RFC 4180 has them, as many fields in every record as in the header, and the
// physical line of the record's first character as one more field in front, and in files of sales the place of the line
// within its order as a second one. Line ends inside a quoted field stand as
// two code points that Unicode reserves as no characters, so that DuckDB may cut the file between threads anywhere.
const (
	lineFeedMark       = "\uFDD0"
	carriageReturnMark = "\uFDD1"
)

// rowTextLimit cuts the text that is kept of a rejected record.
const rowTextLimit = 4096

// textFormat says how a text file is written.
type textFormat struct {
	file      string // as faults call it
	delimiter byte
	quote     byte // noQuote: none; 0: the usual one
	cp932     bool
	decoded   bool    // from another encoding: U+FFFD stands where a byte was no character
	shape     *shaper // nil: every record is a line
	encoding  string  // as faults call it
	header    int64   // the line that names the columns
	table     *cp932  // decodes, and tells whether a file that is not UTF-8 may be CP932
	chunk     int     // how many bytes are worked on at once: chunkSize
	place     *placer // counts the lines of orders where the file holds some, else nil
}

// noQuote is a byte that no UTF-8 text holds.
const noQuote = 0xff

// framed is what was found in a text file.
type framed struct {
	header   []string
	records  int64 // of data, rejected ones included, blank ones not
	rejected int64
	breaks   bool  // a cell holds a line end
	skipped  int64 // records that are no data, blank ones not counted
	found    found
}

// framer turns one text file into its normalised form.
type framer struct {
	format   textFormat
	split    splitter
	bad      []badByte // of split.buf, in order
	checked  int       // split.buf[:checked] has been looked at for UTF-8
	out      io.Writer
	rejects  io.Writer
	onHeader func([]string) error
	pending  []byte // of out
	wrong    []byte // of rejects
	encoding int64  // records rejected for their bytes
	again    []byte // the header's text
	framed
}

// frame reads a text file in one pass and writes its normalised form to out and, as CSV of line, reason and text, its
// rejected records to rejects. onHeader sees the header before any record is read and may stop the reading. Errors: a
// position.Fault where the file as a whole cannot be read so; onHeader's; those of the reader and the writers.
func frame(ctx context.Context, in io.Reader, format textFormat, out, rejects io.Writer, onHeader func([]string) error) (framed, error) {
	f := &framer{format: format, out: out, rejects: rejects, onHeader: onHeader}
	if f.format.quote == 0 {
		f.format.quote = '"'
	}
	f.split = splitter{delimiter: format.delimiter, quote: f.format.quote, line: 1}
	chunks := readAhead(ctx, in, format.chunk)
	defer chunks.stop()
	var carry []byte
	for first := true; ; first = false {
		c, err := chunks.next()
		if err != nil {
			return framed{}, err
		}
		data := c.with(carry)
		if first {
			if data, err = f.withoutMark(data); err != nil {
				return framed{}, err
			}
		}
		carry = append(carry[:0], f.take(data, c.final)...)
		chunks.recycle(c)
		if err := f.consume(c.final); err != nil {
			return framed{}, err
		}
		if c.final {
			break
		}
	}
	if err := f.flush(0); err != nil {
		return framed{}, err
	}
	if f.header == nil {
		return framed{}, f.fault(f.split.line, "check `header:`", "the file ends before its header in line %d", f.format.header)
	}
	if s := f.format.shape; s != nil {
		f.framed.found = s.found
		f.skipped += s.skipped
	}
	return f.framed, f.mostlyWrong(1)
}

// fault is something wrong with the file as a whole.
func (f *framer) fault(line int64, try, format string, args ...any) position.Fault {
	return position.Fault{Position: position.Position{File: f.format.file, Line: int(line)}, Message: fmt.Sprintf(format, args...), Try: try}
}

// withoutMark looks at the file's first bytes.
func (f *framer) withoutMark(data []byte) ([]byte, error) {
	switch {
	case len(data) == 0:
		return nil, f.fault(0, "export it again", "the file is empty")
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) && f.format.cp932:
		return nil, f.fault(1, "encoding: utf-8", "the file begins with the mark of UTF-8, want CP932")
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], nil
	case f.format.decoded:
		return data, nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, f.fault(1, "encoding: utf-16", "the file is UTF-16, want %s", f.encodingName())
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return nil, f.fault(0, "format: xlsx", "the file is an Excel workbook, want CSV")
	case bytes.HasPrefix(data, []byte("PAR1")):
		return nil, f.fault(0, "format: parquet", "the file is Parquet, want CSV")
	case f.format.cp932 && isUTF8Text(data):
		return nil, f.fault(0, "encoding: utf-8", "the file is UTF-8, want CP932")
	}
	return data, nil
}

// isUTF8Text reports whether text is UTF-8 beyond doubt: valid, with several characters of three bytes. CP932 text is
// not, though a short word of half-width kana may look so.
func isUTF8Text(text []byte) bool {
	for back := 1; back <= 3 && back <= len(text); back++ { // a character cut by the chunk's end
		if utf8.RuneStart(text[len(text)-back]) {
			if !utf8.FullRune(text[len(text)-back:]) {
				text = text[:len(text)-back]
			}
			break
		}
	}
	if !utf8.Valid(text) {
		return false
	}
	wide := 0
	for _, b := range text {
		if b >= 0xe0 {
			wide++
		}
	}
	return wide >= 3
}

func (f *framer) encodingName() string {
	if f.format.decoded {
		return f.format.encoding
	}
	if f.format.cp932 {
		return "CP932"
	}
	return "UTF-8"
}

// take appends text to the splitter's buffer, decoded and checked, and returns the bytes that wait for more.
func (f *framer) take(data []byte, final bool) []byte {
	s := &f.split
	if s.pos > 0 { // drop what is consumed
		n := copy(s.buf, s.buf[s.pos:])
		keep := f.bad[:0]
		for _, b := range f.bad {
			if b.offset >= s.pos {
				keep = append(keep, badByte{b.offset - s.pos, b.value})
			}
		}
		f.bad = keep
		s.buf, s.nextLF, f.checked, s.pos = s.buf[:n], max(s.nextLF-s.pos, 0), max(f.checked-s.pos, 0), 0
	}
	if f.format.cp932 {
		before := len(s.buf)
		buf, n, bad := f.format.table.append(s.buf, data, f.bad, final)
		s.buf, f.bad = buf, bad
		f.checkNUL(before)
		return data[n:]
	}
	before := len(s.buf)
	s.buf = append(s.buf, data...)
	f.checkUTF8(final)
	f.checkNUL(before)
	return nil
}

// checkUTF8 lists the bytes that are not UTF-8. A character cut by the end of the text waits for its rest.
func (f *framer) checkUTF8(final bool) {
	text := f.split.buf[f.checked:]
	end := len(text)
	if !final {
		for back := 1; back <= 3 && back <= end; back++ {
			if b := text[end-back]; utf8.RuneStart(b) {
				if !utf8.FullRune(text[end-back:]) {
					end -= back
				}
				break
			}
		}
	}
	if f.format.decoded {
		for at := 0; ; at += 3 {
			i := bytes.Index(text[at:end], []byte("\uFFFD"))
			if i < 0 {
				break
			}
			at += i
			f.bad = append(f.bad, badByte{f.checked + at, 0xff})
		}
	}
	if !utf8.Valid(text[:end]) {
		for i := 0; i < end; {
			if text[i] < utf8.RuneSelf {
				i++
				continue
			}
			r, size := utf8.DecodeRune(text[i:end])
			if r == utf8.RuneError && size == 1 {
				f.bad = append(f.bad, badByte{f.checked + i, text[i]})
			}
			i += size
		}
	}
	f.checked += end
}

// checkNUL lists NUL bytes: no text holds one, and what does is not the file it was said to be.
func (f *framer) checkNUL(from int) {
	if bytes.IndexByte(f.split.buf[from:], 0) < 0 {
		return
	}
	known := len(f.bad)
	for i, b := range f.split.buf[from:] {
		if b == 0 {
			f.bad = append(f.bad, badByte{from + i, 0})
		}
	}
	if known > 0 { // two ordered lists in one
		slices.SortFunc(f.bad, func(a, b badByte) int { return a.offset - b.offset })
	}
}

// consume handles every whole record in the buffer.
func (f *framer) consume(final bool) error {
	s := &f.split
	if f.header == nil && f.format.header == 0 { // the configuration names the columns
		if err := f.begin(nil); err != nil {
			return err
		}
	}
	for f.header == nil {
		done, err := f.readHeader(final)
		if err != nil || !done {
			return err
		}
	}
	want := len(f.header)
	for {
		r, what := s.next(final)
		if what != gotRecord {
			break
		}
		if len(r.text) <= want+8 && r.fault == "" && s.isBlank(r.text) {
			continue
		}
		if r.fault == "" && bytes.Equal(r.text, f.again) {
			f.skipped++ // two files pasted together
			continue
		}
		f.records++
		bad, hasBad := f.firstBad(r)
		switch {
		case hasBad:
			f.encoding++
			f.reject(r, f.badReason(r, bad))
		case r.fault != "":
			f.reject(r, r.fault+" (field "+strconv.Itoa(r.field)+")")
		case f.format.shape != nil:
			f.shaped(r)
		case r.fields != want:
			f.reject(r, fmt.Sprintf("got %d fields, want %d as in the header", r.fields, want))
		default:
			f.write(r)
		}
		if len(f.pending) >= chunkSize || len(f.wrong) >= chunkSize {
			if err := f.flush(0); err != nil {
				return err
			}
		}
	}
	return f.mostlyWrong(1000)
}

// readHeader skips to the header's line and reads it.
func (f *framer) readHeader(final bool) (bool, error) {
	s := &f.split
	for s.line < f.format.header {
		data := s.buf[s.pos:]
		_, width, ok := s.physicalLine(data, final)
		if !ok || len(data) == 0 {
			return false, nil
		}
		s.consume(width, 1)
	}
	r, what := s.next(final)
	if what != gotRecord {
		return false, nil
	}
	if bad, ok := f.firstBad(r); ok {
		return false, f.fault(r.line, f.encodingTry(r), "the header: %s", f.badReason(r, bad))
	}
	if r.fault != "" {
		return false, f.fault(r.line, "check `header:` and `delimiter:`", "the header: %s", r.fault)
	}
	if s.isBlank(r.text) {
		return false, f.fault(r.line, "set `header:` to the line that names the columns", "the line is blank, want the header")
	}
	f.again = bytes.Clone(r.text)
	return true, f.begin(fieldsOf(r.text, f.format.delimiter, f.format.quote))
}

// begin tells of the columns.
func (f *framer) begin(header []string) error {
	if s := f.format.shape; s != nil {
		var err error
		if header, err = s.begin(header); err != nil {
			return f.fault(f.format.header, "", "%v", err)
		}
	}
	f.header = header
	return f.onHeader(header)
}

// shaped gives a record to the shaper and writes what comes of it.
func (f *framer) shaped(r record) {
	v := f.format.shape.row(fieldsOf(r.text, f.format.delimiter, f.format.quote))
	switch {
	case v.skip:
		f.records--
	case v.reason != "":
		f.reject(r, v.reason)
	default:
		f.writeCells(r.line, v.cells)
	}
}

// writeCells appends a row of cells to the normalised form.
func (f *framer) writeCells(line int64, cells []string) {
	start := len(f.pending)
	f.pending = strconv.AppendInt(f.pending, line, 10)
	f.pending = append(f.pending, f.format.delimiter)
	place := len(f.pending)
	if f.format.place != nil {
		f.pending = append(f.pending, f.format.delimiter)
	}
	first := len(f.pending)
	for i, c := range cells {
		if i > 0 {
			f.pending = append(f.pending, f.format.delimiter)
		}
		if strings.IndexByte(c, '"') < 0 && strings.IndexByte(c, f.format.delimiter) < 0 && !strings.ContainsAny(c, "\r\n") {
			f.pending = append(f.pending, c...)
			continue
		}
		at := len(f.pending)
		f.pending = appendQuoted(f.pending, []byte(c))
		if strings.ContainsAny(c, "\r\n") {
			f.breaks = true
			f.pending = append(f.pending[:at], markLineEnds(f.pending[at:])...)
		}
	}
	if p := f.format.place; p != nil {
		if n := p.next(f.pending[first:], f.format.delimiter); n > 0 {
			f.pending = slices.Insert(f.pending, place, []byte(strconv.FormatInt(n, 10))...)
		}
	}
	if len(f.pending) == start {
		return
	}
	f.pending = append(f.pending, '\n')
}

// firstBad is the first byte of a record that is no character.
func (f *framer) firstBad(r record) (badByte, bool) {
	for len(f.bad) > 0 && f.bad[0].offset < r.offset {
		f.bad = f.bad[1:]
	}
	if len(f.bad) > 0 && f.bad[0].offset < r.offset+len(r.text) {
		return f.bad[0], true
	}
	return badByte{}, false
}

func (f *framer) badReason(r record, b badByte) string {
	column := utf8.RuneCount(r.text[:b.offset-r.offset]) + 1
	if b.value == 0 {
		return fmt.Sprintf("NUL byte at column %d", column)
	}
	reason := fmt.Sprintf("byte 0x%02X at column %d is not %s", b.value, column, f.encodingName())
	if try := f.encodingTry(r); try != "" {
		reason += "; try " + try
	}
	return reason
}

// encodingTry suggests CP932 for a record that is not UTF-8 and would be that.
func (f *framer) encodingTry(r record) string {
	if f.format.cp932 {
		return ""
	}
	if _, _, bad := f.format.table.append(nil, r.text, nil, true); len(bad) > 0 {
		return ""
	}
	return "encoding: cp932"
}

// mostlyWrong stops a file that is in another encoding than it was said to be, once so many records show it.
func (f *framer) mostlyWrong(least int64) error {
	if f.records < least || f.encoding*2 <= f.records {
		return nil
	}
	try := "encoding: cp932"
	if f.format.cp932 {
		try = "encoding: utf-8"
	}
	return f.fault(0, try, "%d of %d records are not %s", f.encoding, f.records, f.encodingName())
}

// write appends a record to the normalised form.
func (f *framer) write(r record) {
	if f.format.quote != '"' {
		f.writeCells(r.line, fieldsOf(r.text, f.format.delimiter, f.format.quote))
		return
	}
	f.pending = strconv.AppendInt(f.pending, r.line, 10)
	f.pending = append(f.pending, f.format.delimiter)
	if p := f.format.place; p != nil {
		if place := p.next(r.text, f.format.delimiter); place > 0 {
			f.pending = strconv.AppendInt(f.pending, place, 10)
		}
		f.pending = append(f.pending, f.format.delimiter)
	}
	if r.bare || r.breaks {
		f.breaks = f.breaks || r.breaks
		f.pending = appendRequoted(f.pending, r.text, f.format.delimiter)
	} else {
		f.pending = append(f.pending, r.text...)
	}
	f.pending = append(f.pending, '\n')
}

// appendRequoted writes a record with its bare quotes quoted and the line ends inside its fields marked.
func appendRequoted(dst, text []byte, delimiter byte) []byte {
	for i := 0; ; i++ {
		start := i
		if i < len(text) && text[i] == '"' {
			for i++; i < len(text); i++ {
				if text[i] == '"' {
					if i+1 < len(text) && text[i+1] == '"' {
						i++
						continue
					}
					i++
					break
				}
			}
			for _, b := range text[start:i] {
				switch b {
				case '\n':
					dst = append(dst, lineFeedMark...)
				case '\r':
					dst = append(dst, carriageReturnMark...)
				default:
					dst = append(dst, b)
				}
			}
		} else {
			for i < len(text) && text[i] != delimiter {
				i++
			}
			if field := text[start:i]; bytes.IndexByte(field, '"') < 0 {
				dst = append(dst, field...)
			} else {
				dst = appendQuoted(dst, field)
			}
		}
		if i >= len(text) {
			return dst
		}
		dst = append(dst, delimiter)
	}
}

func appendQuoted(dst, field []byte) []byte {
	dst = append(dst, '"')
	for _, b := range field {
		if b == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// reject writes a record to the rejects, its text as far as it is text.
func (f *framer) reject(r record, reason string) {
	f.rejected++
	text := r.text
	if len(text) > rowTextLimit {
		text = text[:rowTextLimit]
	}
	clean := strings.ToValidUTF8(strings.ReplaceAll(string(text), "\x00", "\uFFFD"), "\uFFFD")
	f.wrong = strconv.AppendInt(f.wrong, r.line, 10)
	for _, field := range []string{reason, clean} {
		f.wrong = append(f.wrong, ',')
		at := len(f.wrong)
		f.wrong = appendQuoted(f.wrong, []byte(field))
		f.wrong = append(f.wrong[:at], markLineEnds(f.wrong[at:])...)
	}
	f.wrong = append(f.wrong, '\n')
}

func markLineEnds(text []byte) []byte {
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	return []byte(strings.NewReplacer("\n", lineFeedMark, "\r", carriageReturnMark).Replace(string(text)))
}

// flush writes what is pending beyond a size.
func (f *framer) flush(beyond int) error {
	for _, p := range []struct {
		w    io.Writer
		data *[]byte
	}{{f.out, &f.pending}, {f.rejects, &f.wrong}} {
		if len(*p.data) <= beyond {
			continue
		}
		if _, err := p.w.Write(*p.data); err != nil {
			return fmt.Errorf("write normalised text of %s: %w", f.format.file, err)
		}
		*p.data = (*p.data)[:0]
	}
	return nil
}

// createTemp makes a file in dir that only this user reads.
func createTemp(dir, pattern string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	file, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	return file, nil
}
