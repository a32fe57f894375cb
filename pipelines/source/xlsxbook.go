package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// sheetPart is one sheet of a workbook.
type sheetPart struct {
	name, part string
	hidden     bool
}

// bookParts are the parts of a workbook.
type bookParts struct {
	sheets          []sheetPart
	strings, styles string
	from            epoch
}

// find is the sheet of a name, or the first that is shown.
func (c bookParts) find(name string) (sheetPart, error) {
	var names []string
	for _, s := range c.sheets {
		if name == "" && !s.hidden || name != "" && s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return sheetPart{}, fmt.Errorf("no sheet %q, the workbook has: %s", name, strings.Join(names, ", "))
}

// readPart reads a small part of a workbook.
func readPart(f *zip.File) ([]byte, error) {
	if f == nil {
		return nil, errors.New("a part of the archive is missing")
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	const most = 1 << 30
	text, err := io.ReadAll(io.LimitReader(in, most))
	if err == nil && len(text) == most {
		err = fmt.Errorf("%s is larger than 1 GiB", f.Name)
	}
	return text, err
}

func readContents(parts map[string]*zip.File) (bookParts, error) {
	var c bookParts
	book, err := readPart(parts["xl/workbook.xml"])
	if err != nil {
		return c, fmt.Errorf("xl/workbook.xml: %w", err)
	}
	relations, err := readPart(parts["xl/_rels/workbook.xml.rels"])
	if err != nil {
		return c, fmt.Errorf("xl/_rels/workbook.xml.rels: %w", err)
	}
	targets := map[string]string{}
	eachElement(relations, func(e element) {
		if !e.is("Relationship") {
			return
		}
		target, _ := e.attribute("Target")
		id, _ := e.attribute("Id")
		kind, _ := e.attribute("Type")
		part := strings.TrimPrefix(string(target), "/")
		if !strings.HasPrefix(string(target), "/") {
			part = path.Join("xl", part)
		}
		targets[string(id)] = part
		switch path.Base(string(kind)) {
		case "sharedStrings":
			c.strings = part
		case "styles":
			c.styles = part
		}
	})
	eachElement(book, func(e element) {
		if e.is("workbookPr") {
			on, _ := e.attribute("date1904")
			c.from.is1904 = string(on) == "1" || string(on) == "true"
		}
		if !e.is("sheet") {
			return
		}
		name, _ := e.attribute("name")
		state, _ := e.attribute("state")
		id, ok := e.attribute("r:id")
		if !ok {
			id, _ = e.attribute("id")
		}
		c.sheets = append(c.sheets, sheetPart{
			name: string(appendUnescaped(nil, name)), part: targets[string(id)], hidden: len(state) > 0 && string(state) != "visible",
		})
	})
	return c, nil
}

func eachElement(data []byte, do func(element)) {
	for {
		_, e, end, ok := nextElement(data)
		if !ok {
			return
		}
		if !e.closing {
			do(e)
		}
		data = data[end:]
	}
}

// readStrings reads the shared texts. They lie in one piece of memory.
func readStrings(f *zip.File) ([]string, error) {
	data, err := readPart(f)
	if err != nil {
		return nil, err
	}
	var all []byte
	ends := []int{}
	for {
		_, tag, end, ok := nextElement(data)
		if !ok {
			break
		}
		data = data[end:]
		if !tag.is("si") || tag.closing {
			continue
		}
		if !tag.selfClosing {
			n := endOf(data, "si")
			if n < 0 {
				return nil, errors.New("a text does not end")
			}
			all = appendTexts(all, data[:n])
			data = data[n:]
		}
		ends = append(ends, len(all))
	}
	text := string(all)
	list := make([]string, len(ends))
	from := 0
	for i, to := range ends {
		list[i] = text[from:to]
		from = to
	}
	return list, nil
}

// cellStyle is what a cell's number format makes of its number.
type cellStyle struct {
	isDate bool
	zeros  int // a format of zeros only pads to so many digits: postal codes
}

// readStyles reads which of the cell formats show dates.
func readStyles(f *zip.File) ([]cellStyle, error) {
	data, err := readPart(f)
	if err != nil {
		return nil, err
	}
	codes := map[int64]string{}
	var styles []cellStyle
	inCells := false
	for {
		_, e, end, ok := nextElement(data)
		if !ok {
			return styles, nil
		}
		data = data[end:]
		switch {
		case e.is("cellXfs"):
			inCells = !e.closing && !e.selfClosing
		case e.is("numFmt") && !e.closing:
			id, _ := e.attribute("numFmtId")
			code, _ := e.attribute("formatCode")
			if n, ok := digits(id); ok {
				codes[n] = string(appendUnescaped(nil, code))
			}
		case e.is("xf") && inCells && !e.closing:
			id, _ := e.attribute("numFmtId")
			n, _ := digits(id)
			styles = append(styles, styleOf(n, codes[n]))
		}
	}
}

// styleOf reads a number format: the built-in ones by their number, among them those that Japanese and Chinese workbooks
// have for dates, others by the letters of their code.
func styleOf(id int64, code string) cellStyle {
	if code == "" {
		return cellStyle{isDate: id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58}
	}
	if strings.Trim(code, "0") == "" && len(code) > 1 {
		return cellStyle{zeros: len(code)}
	}
	code, _, _ = strings.Cut(code, ";")
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch b := code[i]; {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\\' || b == '_' || b == '*':
			i++
		case b == '[':
			bracket = true
		case b == ']':
			bracket = false
		case bracket:
		case strings.IndexByte("yYmMdDhHsSeEgG", b) >= 0:
			if b == 'E' && i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-') || strings.HasPrefix(code[i:], "General") {
				return cellStyle{}
			}
			return cellStyle{isDate: true}
		}
	}
	return cellStyle{}
}

// epoch is the day that a workbook counts from.
type epoch struct{ is1904 bool }

// format is a number as the cell shows it, dates as YYYY-MM-DD with the time of day behind it.
func (s cellStyle) format(raw string, from epoch) string {
	if s.zeros > 0 {
		if strings.Trim(raw, "0123456789") == "" && len(raw) < s.zeros {
			return strings.Repeat("0", s.zeros-len(raw)) + raw
		}
		return raw
	}
	if s.isDate {
		if text, ok := from.text(raw); ok {
			return text
		}
		return raw
	}
	if len(raw) < 16 && !strings.ContainsAny(raw, "eE") {
		return raw
	}
	// 17 digits are how a double is stored; 15 are what the cell means
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || n >= 1e15 || n <= -1e15 {
		return raw
	}
	text := strconv.FormatFloat(n, 'g', 15, 64)
	if n, err = strconv.ParseFloat(text, 64); err != nil {
		return raw
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// text is the date of a serial number. Before March 1900 the count is off by one, for it knows a 29 February 1900.
func (e epoch) text(raw string) (string, bool) {
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil || days < 0 || days > 2958466 {
		return "", false
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if e.is1904 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if days < 61 && days >= 1 {
		if days >= 60 {
			return "1900-02-29", true
		}
		base = base.AddDate(0, 0, 1)
	}
	whole := int(days)
	seconds := int((days-float64(whole))*86400 + 0.5)
	at := base.AddDate(0, 0, whole).Add(time.Duration(seconds) * time.Second)
	if seconds == 0 {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}
