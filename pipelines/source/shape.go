package source

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/config"
)

// shaper turns the rows of a file, in whatever shape it was exported, into rows of which each is one whole line: what
// stands once in the file for several rows is repeated, and what is no data is left out and counted. It knows no types.
type shaper struct {
	frame  Frame
	skips  []*regexp.Regexp
	total  *regexp.Regexp
	count  *regexp.Regexp
	header []string // of the rows
	out    []string // of what comes out
	fill   []int    // columns that are carried on, by place
	order  int      // the column that says which order a row is of, for first_line
	kind   int      // the column that says what a row is, for records
	last   []string // the row before, filled; of records the head
	group  string
	found
}

// found is what a shaper has seen beside the data.
type found struct {
	skipped int64
	total   []string // the last row of totals
	counted int64    // what the file says that it has; -1: nothing
}

// verdict is what becomes of a row.
type verdict struct {
	cells  []string
	reason string // why the row is rejected; "" where it is not
	skip   bool
}

// newShaper makes the shaper of a frame, nil where each row of the file is one line as it stands. order is the column of
// the order id, "" where it is an expression.
func newShaper(f Frame, expect config.Expect, order string) (*shaper, error) {
	if (f.Shape == "" || f.Shape == config.ShapeLines) && len(f.Names)+len(f.Skip) == 0 && expect.Total+expect.Count == "" {
		return nil, nil
	}
	s := &shaper{frame: f, order: -1, kind: -1, found: found{counted: -1}}
	var err error
	for _, pattern := range f.Skip {
		re, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			return nil, fmt.Errorf("skip: %w", err)
		}
		s.skips = append(s.skips, re)
	}
	if expect.Total != "" {
		if s.total, err = regexp.Compile("^(?:" + expect.Total + ")$"); err != nil {
			return nil, fmt.Errorf("expect.total: %w", err)
		}
	}
	if expect.Count != "" {
		if s.count, err = regexp.Compile(expect.Count); err != nil {
			return nil, fmt.Errorf("expect.count: %w", err)
		}
	}
	s.header = []string{order}
	return s, nil
}

// begin takes the header, nil in a file without one, and returns the columns of the rows that come out.
func (s *shaper) begin(header []string) ([]string, error) {
	order := s.header[0]
	s.header = slices.Clone(header)
	for i, name := range s.frame.Names {
		if i == len(s.header) {
			s.header = append(s.header, "")
		}
		s.header[i] = name
	}
	s.out = s.header
	switch s.frame.Shape {
	case config.ShapeFirstLine:
		for _, name := range s.frame.Fill {
			i, err := s.place("fill", name)
			if err != nil {
				return nil, err
			}
			s.fill = append(s.fill, i)
		}
		s.order = slices.Index(s.header, order)
	case config.ShapeRecords:
		var err error
		if s.kind, err = s.place("records.column", s.frame.Records.Column); err != nil {
			return nil, err
		}
		s.out = slices.Concat(s.header, s.frame.Records.HeadNames)
	case config.ShapeReport:
		s.out = append(slices.Clone(s.header), s.frame.Group)
	}
	return s.out, nil
}

// place finds a column by its name, or by its number.
func (s *shaper) place(key, name string) (int, error) {
	if i := slices.Index(s.header, name); i >= 0 {
		return i, nil
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= max(len(s.header), 1) {
		return n - 1, nil
	}
	return 0, fmt.Errorf("%s: no column %q, the file has: %s", key, name, strings.Join(s.header, ", "))
}

const blanks = " \t\r\n\u00a0\u3000"

// row takes one row of the file.
func (s *shaper) row(cells []string) verdict {
	said, one := 0, ""
	for _, c := range cells {
		if c = strings.Trim(c, blanks); c != "" {
			said++
			one = c
		}
	}
	if said == 0 {
		return verdict{skip: true}
	}
	if s.leftOut(cells) {
		s.skipped++
		return verdict{skip: true}
	}
	isHead := s.kind >= 0 && s.kind < len(cells) && slices.Contains(s.frame.Records.Head, strings.Trim(cells[s.kind], blanks))
	if isHead && len(s.frame.Records.HeadNames) > 0 {
		if len(cells) > len(s.frame.Records.HeadNames) && !allBlank(cells[len(s.frame.Records.HeadNames):]) {
			return verdict{reason: fmt.Sprintf("got %d fields in a head, want %d", len(cells), len(s.frame.Records.HeadNames))}
		}
		s.last = padded(cells, len(s.frame.Records.HeadNames))
		s.skipped++
		return verdict{skip: true}
	}
	if len(cells) > len(s.header) && !allBlank(cells[len(s.header):]) {
		return verdict{reason: fmt.Sprintf("got %d fields, want %d as in the header", len(cells), len(s.header))}
	}
	cells = padded(cells, len(s.header))
	switch s.frame.Shape {
	case config.ShapeFirstLine:
		return s.firstLine(cells)
	case config.ShapeRecords:
		return s.record(cells, isHead)
	case config.ShapeReport:
		if said == 1 && !isNumber(one) {
			s.group = one
			s.skipped++
			return verdict{skip: true}
		}
		return verdict{cells: append(cells, s.group)}
	}
	return verdict{cells: cells}
}

// leftOut reports whether a row is no data: the header again, or what skip and expect name.
func (s *shaper) leftOut(cells []string) bool {
	if slices.Equal(cells, s.header) {
		return true
	}
	if s.count != nil {
		if m := s.count.FindStringSubmatch(strings.Join(cells, s.frame.separator())); m != nil {
			if n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64); err == nil {
				s.counted = n
			}
			return true
		}
	}
	for _, c := range cells {
		c = strings.Trim(c, blanks)
		if c == "" {
			continue
		}
		if s.total != nil && s.total.MatchString(c) {
			s.found.total = slices.Clone(cells)
			return true
		}
		for _, re := range s.skips {
			if re.MatchString(c) {
				return true
			}
		}
	}
	return false
}

// firstLine carries on what the first row of an order says.
func (s *shaper) firstLine(cells []string) verdict {
	same := s.last != nil
	if same && s.order >= 0 {
		if cells[s.order] == "" {
			cells[s.order] = s.last[s.order]
		}
		same = cells[s.order] == s.last[s.order]
	}
	if same {
		first := true // a row that says something of its own in a column to fill begins anew there
		for _, i := range s.fill {
			first = first && cells[i] != ""
		}
		if !first {
			for _, i := range s.fill {
				if cells[i] == "" {
					cells[i] = s.last[i]
				}
			}
		}
	}
	s.last = slices.Clone(cells)
	return verdict{cells: cells}
}

// record remembers heads and gives lines what theirs says.
func (s *shaper) record(cells []string, isHead bool) verdict {
	if isHead {
		s.last = slices.Clone(cells)
		s.skipped++
		return verdict{skip: true}
	}
	lines := s.frame.Records.Line
	if len(lines) > 0 && !slices.Contains(lines, strings.Trim(cells[s.kind], blanks)) {
		s.skipped++
		return verdict{skip: true}
	}
	if s.last == nil {
		return verdict{reason: "the line has no head above it"}
	}
	if len(s.frame.Records.HeadNames) > 0 {
		return verdict{cells: append(cells, s.last...)}
	}
	for i := range cells {
		if cells[i] == "" && i < len(s.last) {
			cells[i] = s.last[i]
		}
	}
	return verdict{cells: cells}
}

func padded(cells []string, n int) []string {
	out := make([]string, n, n+8)
	copy(out, cells)
	return out
}

func allBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.Trim(c, blanks) != "" })
}

// isNumber reports whether a lone cell is a figure rather than a name.
func isNumber(text string) bool {
	return strings.Trim(text, "0123456789,.-+()△▲¥￥$ ") == ""
}

// separator is what stands between the cells of a row in messages and patterns.
func (f Frame) separator() string {
	if d, err := delimiterOf(f.Delimiter); err == nil {
		return string(d)
	}
	return ","
}
