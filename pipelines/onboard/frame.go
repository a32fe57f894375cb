package onboard

import (
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Frame is how the records of a text lie: what a reader must be told, and nothing left for it to find out.
type Frame struct {
	Delimiter rune
	// HeaderLine is the line that names the columns, 0 for a file without one.
	HeaderLine int64
	Header     []string
	Width      int
	// Preamble are the records in front of the header.
	Preamble [][]string
	Why      string
}

// headLines is how far the header may stand below the beginning.
const headLines = 30

// headRecord is one of the first records.
type headRecord struct {
	fields []string
	line   int64
}

// findFrame finds delimiter and header from the beginning of a text. The widths of all other records are held against it
// as they are read. The text is never changed by what is found.
func findFrame(head string, words *Words, profiles []Profile) Frame {
	var best Frame
	score := math.Inf(-1)
	for _, delimiter := range []rune{',', '\t', ';', '|'} {
		records := firstRecords(head, delimiter)
		width, agreed := usualWidth(records)
		if width < 2 {
			continue
		}
		f := headerOf(records, width, words, profiles)
		f.Delimiter, f.Width = delimiter, width
		hits := 0
		for _, h := range f.Header {
			if words.known(h) {
				hits++
			}
		}
		// agreement first; where it is alike, the names that mean something, then the finer cut
		s := math.Round(10*agreed) + float64(hits)/1000 + float64(min(width, 200))/1e6
		if agreed > 0.5 {
			s += 1 + float64(hits)
		}
		if s > score {
			best, score = f, s
		}
	}
	if best.Width == 0 {
		records := firstRecords(head, ',')
		best = headerOf(records, 1, words, profiles)
		best.Delimiter, best.Width = ',', 1
	}
	return best
}

// firstRecords cuts the beginning of a text; its last record may be cut off and is left out where there are others.
func firstRecords(head string, delimiter rune) []headRecord {
	s := newSplitter(strings.NewReader(head), delimiter)
	var list []headRecord
	for len(list) < 2000 {
		fields, line, _, err := s.next()
		if err != nil {
			break
		}
		if !blank(fields) {
			list = append(list, headRecord{fields, line})
		}
	}
	if len(list) > 50 {
		list = list[:len(list)-1]
	}
	return list
}

func blank(fields []string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" })
}

// usualWidth is the width that most records have, and their share.
func usualWidth(records []headRecord) (width int, share float64) {
	counts := map[int]int{}
	for _, r := range records {
		counts[len(r.fields)]++
	}
	for w, n := range counts {
		if n > counts[width] || n == counts[width] && w > width {
			width = w
		}
	}
	if len(records) == 0 {
		return 0, 0
	}
	return width, float64(counts[width]) / float64(len(records))
}

// headerOf takes among the first records the one with the most known names, whose cells are all distinct and none a
// number. Without known names, a first row of texts above rows with numbers or dates is a header too.
func headerOf(records []headRecord, width int, words *Words, profiles []Profile) Frame {
	f := Frame{Width: width}
	best, at := 0, -1
	for i, r := range records[:min(headLines, len(records))] {
		if !couldBeHeader(r.fields) {
			continue
		}
		// the header may be narrower or wider than most rows: a memo column that appears later does not hide it
		if len(r.fields) < 2 && width > 1 {
			continue
		}
		hits := 0
		for _, cell := range r.fields {
			if words.known(cell) {
				hits++
			}
		}
		for _, p := range profiles {
			hits = max(hits, p.matches(r.fields))
		}
		if len(r.fields) == width {
			hits = hits*2 + 1
		} else {
			hits *= 2
		}
		if hits > best && (hits > 2 || at < 0 && looksAbove(records, i)) {
			best, at = hits, i
		}
	}
	if at < 0 {
		f.Why = "no row names the columns"
		for i := range width {
			f.Header = append(f.Header, columnNumber(i))
		}
		return f
	}
	f.HeaderLine, f.Header = records[at].line, trimmed(records[at].fields)
	for _, r := range records[:at] {
		f.Preamble = append(f.Preamble, r.fields)
	}
	return f
}

func trimmed(fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = strings.TrimPrefix(f, "\ufeff")
	}
	return out
}

// couldBeHeader: cells distinct, none a number or a date, most of them filled.
func couldBeHeader(fields []string) bool {
	seen := map[string]bool{}
	filled, repeated := 0, 0
	for _, cell := range fields {
		cell = fold(strings.TrimPrefix(cell, "\ufeff"))
		if cell == "" {
			continue
		}
		if !math.IsNaN(number(cell)) || yearFirst.MatchString(cell) || emailValue.MatchString(cell) {
			return false
		}
		if seen[cell] {
			repeated++
		}
		seen[cell] = true
		filled++
	}
	// Square's and MF's wide layouts repeat a block of names; two titles in a row of data do not come to that
	return filled > 0 && filled*2 >= len(fields) && (repeated == 0 || filled >= 20 && repeated*2 < filled)
}

// looksAbove reports whether the rows below hold numbers or dates where this row holds text.
func looksAbove(records []headRecord, at int) bool {
	below := records[at+1 : min(at+21, len(records))]
	for col := range records[at].fields {
		typed, filled := 0, 0
		for _, r := range below {
			if col >= len(r.fields) || strings.TrimSpace(r.fields[col]) == "" {
				continue
			}
			filled++
			cell := fold(r.fields[col])
			if !math.IsNaN(number(cell)) || yearFirst.MatchString(cell) || yearLast.MatchString(cell) || eraDate.MatchString(cell) {
				typed++
			}
		}
		if filled > 0 && typed == filled {
			return true
		}
	}
	return false
}

func itoa(n int) string { return strconv.Itoa(n) }

// columnNumber names a column of a file without a header as config.yaml does.
func columnNumber(i int) string { return "column" + itoa(i+1) }

// totalWord marks the rows of a report that repeat what other rows say.
var totalWord = regexp.MustCompile(`(?i)^[【\[〈<*※ ]*(?:小計|合計|総合計|総計|計|累計|中計|月計|日計|部門計|得意先計|伝票計|ページ計|頁計|total(?: for .*)?|sub ?-?total|grand total|.*合計|.*小計|.*[ 　]計)[】\]〉>*: ：]*$`)

// Table is one table as a file holds it.
type Table struct {
	File  string // as it was named
	Path  string
	Kind  kind
	Bytes Bytes
	Sheet string // of a workbook
	Frame
	Columns []*Column
	Lines   []uint32 // of the rows in the file

	Blank    int64
	Repeated []int64          // lines that hold the header again
	Comments []int64          // lines that begin with # and hold nothing else
	Odd      map[int]oddWidth // records of another width
	Broken   []int64          // lines with a broken quote
	Records  int64            // all but blank ones and those above the header

	Totals []TotalRow // rows that add up others
	Groups []groupRow // rows that say one thing only
}

// TotalRow is a row of a report that adds up others.
type TotalRow struct {
	Line  int64
	Label string
	cells []float64 // NaN where there is no number
	// Proof says over which rows it adds up, "" where it does not.
	Proof string
}

type groupRow struct {
	line int64
	text string
}

func filledCells(fields []string) int {
	n := 0
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			n++
		}
	}
	return n
}

// isTotal keeps a row that adds up others apart: it says so in a cell, and leaves half of the others empty.
func (t *Table) isTotal(fields []string, line int64) bool {
	filled := filledCells(fields)
	if filled*2 > len(fields)+1 || filled == 0 {
		return false
	}
	label := ""
	cells := make([]float64, len(fields))
	for i, f := range fields {
		cells[i] = number(f)
		if text := strings.TrimSpace(f); label == "" && text != "" && totalWord.MatchString(text) {
			label = text
		}
	}
	if label == "" {
		return false
	}
	t.prove(cells, &label, line)
	return true
}

// prove looks for the rows that a total adds up: those since the total before, or all.
func (t *Table) prove(cells []float64, label *string, line int64) {
	row := TotalRow{Line: line, Label: *label, cells: cells}
	from := len(t.Lines)
	if n := len(t.Totals); n > 0 {
		last := t.Totals[n-1].Line
		for from > 0 && int64(t.Lines[from-1]) > last {
			from--
		}
	} else {
		from = 0
	}
	for _, begin := range []int{from, 0} {
		agreed, differing := 0, 0
		for i, want := range cells {
			if math.IsNaN(want) || want == 0 {
				continue
			}
			sum := 0.0
			for r := begin; r < len(t.Lines); r++ {
				if v := number(t.Columns[i].at(r)); !math.IsNaN(v) {
					sum += v
				}
			}
			if math.Abs(sum-want) < 0.01 {
				agreed++
			} else {
				differing++
			}
		}
		if agreed > 0 && agreed >= differing && begin < len(t.Lines) {
			row.Proof = "the sum of lines " + itoa(int(t.Lines[begin])) + " to " + itoa(int(t.Lines[len(t.Lines)-1]))
			break
		}
	}
	t.Totals = append(t.Totals, row)
}

// oddWidth counts the records of a width that is not the header's.
type oddWidth struct {
	n     int64
	first int64
}

// records are read one after another.
type records interface {
	next() (fields []string, line int64, whole bool, err error)
}

// readTable reads all records into columns.
func readTable(s records, t *Table) error {
	t.Odd = map[int]oddWidth{}
	for i, h := range t.Header {
		t.Columns = append(t.Columns, newColumn(h, i))
	}
	for {
		fields, line, ok, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if line <= t.HeaderLine {
			continue
		}
		if blank(fields) {
			t.Blank++
			continue
		}
		t.Records++
		switch {
		case !ok:
			t.Broken = append(t.Broken, line)
		case strings.HasPrefix(fields[0], "#") && filledCells(fields) == 1: // #1001 may be an order's number
			t.Comments = append(t.Comments, line)
		case t.HeaderLine > 0 && slices.Equal(trimmed(fields), t.Header):
			t.Repeated = append(t.Repeated, line)
		case len(fields) != len(t.Header):
			o := t.Odd[len(fields)]
			if o.n++; o.first == 0 {
				o.first = line
			}
			t.Odd[len(fields)] = o
		case t.isTotal(fields, line):
		case len(fields) >= 4 && filledCells(fields) == 1:
			t.Groups = append(t.Groups, groupRow{line, strings.TrimSpace(strings.Join(fields, ""))})
		default:
			for i, c := range t.Columns {
				c.add(fields[i])
			}
			t.Lines = append(t.Lines, uint32(line))
		}
	}
	for _, c := range t.Columns {
		c.study()
	}
	return nil
}

// Rows is the number of rows in the columns.
func (t *Table) Rows() int { return len(t.Lines) }

// column finds a column by its name.
func (t *Table) column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	plain := plainName(name)
	for _, c := range t.Columns {
		if plainName(c.Name) == plain {
			return c
		}
	}
	return nil
}

// Describe says in a line what the file is and how it was read.
func (t *Table) Describe() string {
	text := t.File + ": "
	if t.Kind == kindXLSX {
		text += "XLSX, " + t.Bytes.Why
	} else {
		text += t.Bytes.Encoding + " (" + t.Bytes.Why + "), " + map[rune]string{',': "commas", '\t': "tabs", ';': "semicolons", '|': "vertical lines"}[t.Delimiter]
	}
	if t.HeaderLine == 0 {
		text += ", no header"
	} else {
		text += ", header in line " + itoa(int(t.HeaderLine))
	}
	return text + ", " + t.describeRows()
}
