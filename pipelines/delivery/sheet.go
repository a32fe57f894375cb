package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// maxCell is what Excel takes in a cell, in characters.
const maxCell = 32767

// book is what a workbook shows besides its rows.
type book struct {
	title, company, locale string
	at                     time.Time // when it says it was made; the zero time says nothing of its own
}

// workbook makes an XLSX of rows: one sheet, headings in the first line, which stays in sight, filters, and repeats on
// every page. A cell becomes:
//
//	a JSON number    a number, shown as numberFormat says; a text where Excel's 15 digits would change it
//	2011-12-06       a date
//	true, false      a boolean
//	null             an empty cell
//	any other text   a text: 007 stays 007
//	an object, list  its JSON as a text
//
// Against formula injection a text that begins with = + - @ tab or CR gets an apostrophe in front. As a text cell it would
// not be computed here, but sheets are saved as CSV and opened again, and there it would be.
func (b book) workbook(rows []map[string]any, columns []string) (data []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	sheet := sheetName(b.title, b.locale)
	if err := b.layOut(f, sheet, len(rows), len(columns)); err != nil {
		return nil, err
	}
	styles, err := b.styles(f, columns)
	if err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	cells := make([]any, len(columns))
	for i, column := range slices.Backward(columns) { // each width is put before the last one's, and the schema wants them to rise
		label := guard(heading(column, b.locale))
		if err := w.SetColWidth(i+1, i+1, width(rows, column, label)); err != nil {
			return nil, err
		}
		cells[i] = excelize.Cell{StyleID: styles.heading, Value: label}
	}
	if err := w.SetRow("A1", cells); err != nil {
		return nil, err
	}
	for r, row := range rows {
		for i, column := range columns {
			cells[i] = cell(row[column], styles.date, styles.numbers[i])
		}
		at, err := excelize.CoordinatesToCellName(1, r+2)
		if err != nil {
			return nil, err
		}
		if err := w.SetRow(at, cells); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	buffer, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// layOut names the sheet and says whose it is, and how it is filtered and printed: A4 across, as wide as the page. It comes
// before the rows, since the stream writer takes the sheet's settings when it begins.
func (b book) layOut(f *excelize.File, sheet string, rows, columns int) error {
	const made = "Tokui"
	company := b.company
	if company == "" {
		company = made
	}
	properties := &excelize.DocProperties{Title: guard(b.title), Creator: company, LastModifiedBy: company, Language: b.locale}
	if !b.at.IsZero() {
		properties.Created = b.at.UTC().Format(time.RFC3339)
		properties.Modified = properties.Created
	}
	last, err := excelize.CoordinatesToCellName(max(columns, 1), rows+1)
	if err != nil {
		return err
	}
	errs := []error{
		f.SetDocProps(properties),
		f.SetAppProps(&excelize.AppProperties{Application: made, Company: company}),
		f.SetSheetName("Sheet1", sheet),
		f.SetSheetDimension(sheet, "A1:"+last),
		f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet}),
	}
	if columns > 0 {
		errs = append(errs, f.AutoFilter(sheet, "A1:"+last, nil))
	}
	paper, across, orientation, tall, fit := 9, 1, "landscape", 0, true
	errs = append(errs,
		f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, FitToWidth: &across, FitToHeight: &tall}),
		f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	if japanese(b.locale) {
		errs = append(errs, f.SetDefaultFont("游ゴシック"))
	}
	return errors.Join(errs...)
}

// styles are the styles of a book: of its headings, its days, and the numbers of each column.
type styles struct {
	heading, date int
	numbers       []int
}

func (b book) styles(f *excelize.File, columns []string) (styles, error) {
	var (
		s   = styles{numbers: make([]int, len(columns))}
		err error
	)
	s.heading, err = f.NewStyle(&excelize.Style{
		Font:   &excelize.Font{Bold: true},
		Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDEDED"}},
		Border: []excelize.Border{{Type: "bottom", Style: 1, Color: "808080"}},
	})
	if err != nil {
		return s, err
	}
	custom := func(format string) (int, error) { return f.NewStyle(&excelize.Style{CustomNumFmt: &format}) }
	if s.date, err = custom(dateFormat(b.locale)); err != nil {
		return s, err
	}
	for i, column := range columns {
		if format := numberFormat(column, b.locale); format != "" {
			if s.numbers[i], err = custom(format); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// cell is a JSON value as excelize takes it.
func cell(value any, dateStyle, numberStyle int) any {
	switch v := value.(type) {
	case nil:
		return nil
	case bool:
		return v
	case json.Number:
		return excelize.Cell{StyleID: numberStyle, Value: number(v)}
	case string:
		if day, ok := civil(v); ok {
			return excelize.Cell{StyleID: dateStyle, Value: day}
		}
		return guard(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return guard(fmt.Sprint(v))
		}
		return guard(string(text))
	}
}

// number is a number where a double of 15 digits holds it, else its text.
func number(n json.Number) any {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.TrimLeft(strings.SplitN(strings.ToLower(n.String()), "e", 2)[0], "-0."))
	if len(strings.TrimRight(digits, "0")) > 15 && !strings.Contains(n.String(), ".") {
		return n.String()
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return guard(n.String())
	}
	return f
}

// civil reads a text that is exactly a day.
func civil(s string) (time.Time, bool) {
	if len(s) != len(time.DateOnly) {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, s)
	return day, err == nil && day.Year() >= 1900
}

// guard makes a text harmless, and fit for a cell.
func guard(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1 // XML cannot hold it
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(s)[0]) {
		s = "'" + s
	}
	if utf8.RuneCountInString(s) > maxCell {
		s = string([]rune(s)[:maxCell])
	}
	return s
}

// width is a column's width in characters: its longest value's, within bounds; wide characters count twice.
func width(rows []map[string]any, column, heading string) float64 {
	most := cellsOf(heading) + 2 // the filter's button stands beside it
	for _, row := range rows {
		if v := row[column]; v != nil {
			most = max(most, cellsOf(fmt.Sprint(v)))
		}
	}
	return float64(min(max(most, 6), 60) + 2)
}

func cellsOf(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r < 0xFF61 || r > 0xFF9F) {
			n++
		}
	}
	return n
}
