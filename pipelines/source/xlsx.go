package source

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/tokui/tokui/internal/position"
)

// isWorkbook reads `format:`, or the file's name.
func (s Source) isWorkbook(name string) bool {
	if s.Format != "" {
		return s.Format == "xlsx"
	}
	return strings.HasSuffix(strings.ToLower(name), ".xlsx")
}

// convertWorkbook reads one sheet of an XLSX file; its lines are its rows, as the sheet numbers them.
func (c *converter) convertWorkbook(ctx context.Context, s Source, path, name string) (res converted, err error) {
	format, err := c.format(s, name)
	if err != nil {
		return res, err
	}
	in, err := openCounted(path, c.progress)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	book, err := openWorkbook(in.file, in.total, s.Sheet)
	if err != nil {
		return res, position.Fault{Position: position.Position{File: name}, Message: err.Error()}
	}
	in.zipped = true
	return c.convertRows(ctx, s, name, format, func(out, wrong io.Writer, onHeader func([]string) error) (framed, error) {
		return frameRows(ctx, book.rows, format, out, wrong, onHeader)
	}, func(res *converted) (err error) {
		res.sha256, res.bytes, err = in.sum()
		return err
	})
}

// workbook is one sheet of an XLSX file, open for reading. It is read as a stream: only the shared strings and the styles
// are held. (encoding/xml and excelize take a tree of tokens for every cell: 45,000 rows of 8 cells a second.)
type workbook struct {
	name    string
	sheet   *zip.File
	strings []string
	styles  []cellStyle
	from    epoch
}

// openWorkbook opens the sheet of a name, or the first that is shown.
func openWorkbook(file io.ReaderAt, size int64, sheet string) (*workbook, error) {
	head := make([]byte, 4)
	if _, err := file.ReadAt(head, 0); err == nil && bytes.Equal(head, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return nil, errors.New("the file is an old or an encrypted workbook, want XLSX; try: save it as .xlsx without a password")
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("cannot be read as XLSX: %w", err)
	}
	archive.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	parts := map[string]*zip.File{}
	for _, f := range archive.File {
		parts[strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")] = f
	}
	book, err := readContents(parts)
	if err != nil {
		return nil, fmt.Errorf("cannot be read as XLSX: %w", err)
	}
	b := &workbook{from: book.from}
	target, err := book.find(sheet)
	if err != nil {
		return nil, err
	}
	b.name = target.name
	if b.sheet = parts[target.part]; b.sheet == nil {
		return nil, fmt.Errorf("cannot be read as XLSX: the archive has no %s", target.part)
	}
	if part := parts[book.strings]; part != nil {
		if b.strings, err = readStrings(part); err != nil {
			return nil, fmt.Errorf("read the texts of the workbook: %w", err)
		}
	}
	if part := parts[book.styles]; part != nil {
		if b.styles, err = readStyles(part); err != nil {
			return nil, fmt.Errorf("read the styles of the workbook: %w", err)
		}
	}
	return b, nil
}

// longestRow is where a sheet is no sheet any more.
const longestRow = 16 << 20

// rows reads the sheet row by row.
func (b *workbook) rows(yield func(line int64, cells []string) error) error {
	in, err := b.sheet.Open()
	if err != nil {
		return fmt.Errorf("open sheet %s: %w", b.name, err)
	}
	defer in.Close()
	p := sheetParser{book: b}
	buf := make([]byte, 0, 1<<18)
	for ended := false; !ended; {
		if len(buf) == cap(buf) {
			if cap(buf) >= longestRow {
				return fmt.Errorf("sheet %s: a row is longer than 16 MiB", b.name)
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := in.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return fmt.Errorf("read sheet %s: %w", b.name, err)
		}
		used, err := p.take(buf, yield)
		if err != nil {
			return err
		}
		buf = buf[:copy(buf, buf[used:])]
	}
	if p.inRow || !p.sawEnd {
		return fmt.Errorf("sheet %s ends in the middle; try: save or export it again", b.name)
	}
	return nil
}

// sheetParser scans the XML of a sheet. It knows the few elements that hold cells and passes over all others.
type sheetParser struct {
	book   *workbook
	line   int64
	cells  []string
	inRow  bool
	sawEnd bool // of the sheet's data
	text   []byte
}

// take parses whole rows at the front of data and returns how many bytes it used.
func (p *sheetParser) take(data []byte, yield func(int64, []string) error) (int, error) {
	used := 0
	for {
		rest := data[used:]
		start, tag, end, ok := nextElement(rest)
		if !ok {
			return used, nil
		}
		switch {
		case tag.is("row") && tag.selfClosing:
			p.beginRow(tag)
			used += end
		case tag.is("row") && !tag.closing:
			size := endOf(rest[end:], "row")
			if size < 0 {
				p.inRow = true
				return used + start, nil
			}
			p.inRow = false
			p.beginRow(tag)
			if err := p.row(rest[end : end+size]); err != nil {
				return used, err
			}
			if err := yield(p.line, p.cells); err != nil {
				return used, err
			}
			used += end + size
		default:
			p.sawEnd = p.sawEnd || tag.closing && tag.is("sheetData") || tag.selfClosing && tag.is("sheetData")
			used += end
		}
	}
}

func (p *sheetParser) beginRow(tag element) {
	p.line++
	if r, ok := tag.attribute("r"); ok {
		if n, ok := digits(r); ok && n >= p.line {
			p.line = n
		}
	}
	p.cells = p.cells[:0]
}

// row parses the cells of one row.
func (p *sheetParser) row(data []byte) error {
	for {
		_, tag, end, ok := nextElement(data)
		if !ok {
			return nil
		}
		data = data[end:]
		if !tag.is("c") || tag.closing {
			continue
		}
		column := len(p.cells)
		if r, ok := tag.attribute("r"); ok {
			if n := columnOf(r); n >= 0 {
				column = n
			}
		}
		if column >= 16384 {
			return fmt.Errorf("sheet %s, row %d: a cell stands beyond the last column", p.book.name, p.line)
		}
		for len(p.cells) <= column {
			p.cells = append(p.cells, "")
		}
		if tag.selfClosing {
			continue
		}
		size := endOf(data, "c")
		if size < 0 {
			return fmt.Errorf("sheet %s, row %d: a cell does not end", p.book.name, p.line)
		}
		value, err := p.value(tag, data[:size])
		if err != nil {
			return fmt.Errorf("sheet %s, row %d: %w", p.book.name, p.line, err)
		}
		p.cells[column] = value
		data = data[size:]
	}
}

// value is the text of a cell.
func (p *sheetParser) value(tag element, data []byte) (string, error) {
	kind, _ := tag.attribute("t")
	if string(kind) == "inlineStr" {
		p.text = appendTexts(p.text[:0], data)
		return string(p.text), nil
	}
	raw, ok := contentOf(data, "v")
	if !ok || len(raw) == 0 {
		return "", nil
	}
	switch string(kind) {
	case "s":
		n, ok := digits(bytes.TrimSpace(raw))
		if !ok || n < 0 || n >= int64(len(p.book.strings)) {
			return "", fmt.Errorf("got shared text %q, want one of %d", raw, len(p.book.strings))
		}
		return p.book.strings[n], nil
	case "str", "d", "e":
		p.text = appendUnescaped(p.text[:0], raw)
		return string(p.text), nil
	case "b":
		if string(raw) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	}
	style := cellStyle{}
	if s, ok := tag.attribute("s"); ok {
		if n, ok := digits(s); ok && n < int64(len(p.book.styles)) {
			style = p.book.styles[n]
		}
	}
	return style.format(string(bytes.TrimSpace(raw)), p.book.from), nil
}
