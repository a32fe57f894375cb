package source

import "github.com/tokui/tokui/internal/config"

// Frame is how a file is written: all that a reader must know before it reads, and what `tokui init` finds out. Nothing
// else decides: DuckDB's sniffer is never asked. Its words are those of config.yaml, which internal/config/source.go
// describes; a zero value means the default there.
type Frame struct {
	Format    string // csv, xlsx, parquet
	Encoding  string // utf-8, cp932, euc-jp, utf-16
	Delimiter string // one character, or tab
	Quote     string // ", ' or none
	Sheet     string // of a workbook
	Member    string // of a ZIP archive
	// Header is the line that names the columns, from 1. Names replaces what it says; with Names, 0 is a file without one.
	Header int
	Names  []string
	Skip   []string // regular expressions of whole cells: subtotals, totals, comments
	Shape  string   // lines, first_line, records, report
	// Of the shapes first_line, records and report, and of heads and lines in two files.
	Fill    []string
	Records config.Records
	Group   string
	Heads   config.Heads
	// How numbers and, by contract column, dates are written.
	Decimal string
	Dates   map[string]string
}

// Frame is how the source's files are written.
func (s Source) Frame() Frame {
	return Frame{
		Format: s.Format, Encoding: s.Encoding, Delimiter: s.Delimiter, Quote: s.Quote, Sheet: s.Sheet, Member: s.Member,
		Header: s.Header, Names: s.Names, Skip: s.Skip, Shape: s.Shape, Fill: s.Fill, Records: s.Records, Group: s.Group,
		Heads: s.Heads, Decimal: s.Decimal, Dates: s.Dates,
	}
}
