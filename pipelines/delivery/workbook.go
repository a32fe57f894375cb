package delivery

import "time"

// Sheet says how a workbook looks that is made of rows.
type Sheet struct {
	// Title names the sheet, Company is the author of the file.
	Title, Company string
	// Locale is ja or en: what the headings say, and how days and numbers are shown.
	Locale string
	// Columns are the fields in the order of their columns.
	Columns []string
	// At is when the file says it was made; the zero time says nothing of its own.
	At time.Time
}

// Workbook makes an XLSX of rows as the lists of campaigns are: texts are guarded against formulas, codes stay texts.
func Workbook(s Sheet, rows []map[string]any) ([]byte, error) {
	return book{title: s.Title, company: s.Company, locale: s.Locale, at: s.At}.workbook(rows, s.Columns)
}
