package onboard

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheetRows reads the rows of a worksheet as records; a row's number is its line.
type sheetRows struct {
	rows  *excelize.Rows
	line  int64
	width int
}

func (s *sheetRows) next() ([]string, int64, bool, error) {
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return nil, 0, false, err
		}
		return nil, 0, false, io.EOF
	}
	s.line++
	fields, err := s.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, 0, false, err
	}
	for len(fields) < s.width { // trailing empty cells are not written
		fields = append(fields, "")
	}
	return fields, s.line, true, nil
}

// readSheet reads the sheet with the most cells.
func (o Options) readSheet(path string, t *Table) (err error) {
	book, err := excelize.OpenFile(path)
	if err != nil {
		return problemf("the workbook cannot be opened: %v", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	best, most := "", -1
	for _, name := range book.GetSheetList() {
		rows, err := book.Rows(name)
		if err != nil {
			continue // a chart
		}
		n := 0
		for rows.Next() {
			fields, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			n += filledCells(fields)
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if n > most {
			best, most = name, n
		}
	}
	t.Sheet = best
	t.Bytes = Bytes{Why: fmt.Sprintf("sheet %s of %d, with the most cells", best, len(book.GetSheetList()))}
	rows, err := book.Rows(best)
	if err != nil {
		return err
	}
	in := &sheetRows{rows: rows}
	var head []headRecord
	for len(head) < 200 {
		fields, line, _, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		if !blank(fields) {
			head = append(head, headRecord{fields, line})
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	width := 0
	for _, r := range head {
		width = max(width, len(r.fields))
	}
	for i := range head {
		for len(head[i].fields) < width {
			head[i].fields = append(head[i].fields, "")
		}
	}
	t.Frame = headerOf(head, width, o.Words, o.Profiles)
	for len(t.Header) > 0 && strings.TrimSpace(t.Header[len(t.Header)-1]) == "" {
		t.Header = t.Header[:len(t.Header)-1]
	}
	if rows, err = book.Rows(best); err != nil {
		return err
	}
	err = readTable(&sheetRows{rows: rows, width: len(t.Header)}, t)
	return errors.Join(err, rows.Close())
}
