package onboard

import (
	"math"
	"sort"
	"strings"
	"time"
)

// Column is one column of a table: each distinct value once, and a number for each cell.
type Column struct {
	Name  string
	Index int

	cells  []uint32 // a value for each row
	values []string
	counts []int64
	known  map[string]uint32

	facts Facts
	// guessed is why a column counts as what its name only resembles, "" where the name says it.
	guessed string
	nums    []float64 // of values, once read
	days    []time.Time
}

// Facts are what all values of a column say.
type Facts struct {
	Rows, Empty, Distinct int64
	Numbers               int64 // rows whose value num() reads
	Whole                 int64 // numbers without a fraction
	Negative              int64
	LeadingZero           int64 // digits only, with a zero in front
	Exponent              int64 // 1.71324E+17: what a spreadsheet leaves of a long id
	Emails, Postal, Phone int64
	// Dates are the rows that each form reads; Form is the one that reads most, "" where none reads nearly all.
	Dates       map[string]int64
	Form        string
	Ambiguous   string // another form that reads as many, and differently
	Fillers     int64
	First, Last time.Time
}

func newColumn(name string, index int) *Column {
	return &Column{Name: name, Index: index, known: map[string]uint32{}}
}

func (c *Column) add(value string) {
	value = strings.TrimSpace(value)
	id, ok := c.known[value]
	if !ok {
		id = uint32(len(c.values))
		value = strings.Clone(value) // not the whole record
		c.known[value] = id
		c.values = append(c.values, value)
		c.counts = append(c.counts, 0)
	}
	c.counts[id]++
	c.cells = append(c.cells, id)
}

// at is the text of a cell.
func (c *Column) at(row int) string { return c.values[c.cells[row]] }

// number is the number of a cell, NaN where it is none.
func (c *Column) number(row int) float64 { return c.nums[c.cells[row]] }

// Filled is the number of cells that hold something.
func (c *Column) Filled() int64 { return c.facts.Rows - c.facts.Empty }

// share of the filled cells.
func (c *Column) share(n int64) float64 {
	if c.Filled() == 0 {
		return 0
	}
	return float64(n) / float64(c.Filled())
}

// Numeric reports whether all but stray values are numbers, and no code is lost by calling them so.
func (c *Column) Numeric() bool {
	return c.Filled() > 0 && c.share(c.facts.Numbers) >= 0.995 && c.facts.LeadingZero == 0
}

// mostlyNumeric is the same for a column that is called a number by its name.
func (c *Column) mostlyNumeric() bool { return c.Filled() > 0 && c.share(c.facts.Numbers) >= 0.9 }

// IsDate reports whether nearly all values are dates of one form.
func (c *Column) IsDate() bool { return c.facts.Form != "" }

// study reads every distinct value once.
func (c *Column) study() {
	f := Facts{Rows: int64(len(c.cells)), Dates: map[string]int64{}}
	c.nums = make([]float64, len(c.values))
	c.days = make([]time.Time, len(c.values))
	forms := dateForms()
	for id, value := range c.values {
		n := c.counts[id]
		c.nums[id] = math.NaN()
		if n == 0 {
			continue
		}
		if value == "" {
			f.Empty += n
			continue
		}
		f.Distinct++
		v := number(value)
		c.nums[id] = v
		if !math.IsNaN(v) {
			f.Numbers += n
			if v == math.Trunc(v) {
				f.Whole += n
			}
			if v < 0 {
				f.Negative += n
			}
		}
		folded := fold(value)
		if len(folded) > 1 && folded[0] == '0' && strings.Trim(folded, "0123456789") == "" {
			f.LeadingZero += n
		}
		switch {
		case exponentForm.MatchString(folded):
			f.Exponent += n
		case emailValue.MatchString(folded):
			f.Emails += n
		}
		if postalValue.MatchString(folded) {
			f.Postal += n
		}
		if phoneValue.MatchString(folded) {
			f.Phone += n
		}
		if folded[0] >= '0' && folded[0] <= '9' || len(folded) > 3 && len(folded) < 40 {
			for _, form := range forms {
				if day, ok := form.read(folded); ok {
					if filler(day) {
						f.Fillers += n
					}
					f.Dates[form.name] += n
				}
			}
		}
	}
	c.facts = f
	c.chooseForm(forms)
}

// chooseForm takes the form that reads nearly all values, the first of them in the order of preference whose days are
// plausible; another that reads as many makes it ambiguous.
func (c *Column) chooseForm(forms []dateForm) {
	var candidates []dateForm
	plain := int64(0)
	for _, form := range forms {
		n := c.facts.Dates[form.name]
		if form.plain {
			plain += n
		}
		if n > 0 && c.share(n) >= 0.98 {
			candidates = append(candidates, form)
		}
	}
	if len(candidates) == 0 && plain > 0 && c.share(plain) >= 0.98 { // several forms, all of them day()'s
		candidates = append(candidates, dateForm{formYMD, true, func(f string) (time.Time, bool) {
			for _, form := range forms {
				if day, ok := form.read(f); ok && form.plain {
					return day, true
				}
			}
			return time.Time{}, false
		}})
	}
	for _, form := range candidates {
		first, last, fit := c.span(form)
		if !fit {
			continue
		}
		if c.facts.Form == "" {
			c.facts.Form, c.facts.First, c.facts.Last = form.name, first, last
			for id, value := range c.values {
				if day, ok := form.read(fold(value)); ok && !filler(day) {
					c.days[id] = day
				}
			}
			if form.plain {
				return
			}
			continue
		}
		if c.facts.Ambiguous == "" {
			c.facts.Ambiguous = form.name
		}
	}
}

// span is the first and last day under a form; fit says that nearly all lie where sales can.
func (c *Column) span(form dateForm) (first, last time.Time, fit bool) {
	var inside, all int64
	for id, value := range c.values {
		day, ok := form.read(fold(value))
		if !ok || c.counts[id] == 0 || filler(day) {
			continue
		}
		all += c.counts[id]
		if day.Year() < 1980 || day.Year() > 2050 {
			continue
		}
		inside += c.counts[id]
		if first.IsZero() || day.Before(first) {
			first = day
		}
		if day.After(last) {
			last = day
		}
	}
	return first, last, all > 0 && float64(inside) >= 0.99*float64(all)
}

// Common lists the most frequent values.
func (c *Column) Common(most int) []string {
	ids := make([]int, len(c.values))
	for i := range ids {
		ids[i] = i
	}
	sort.Slice(ids, func(a, b int) bool {
		if c.counts[ids[a]] != c.counts[ids[b]] {
			return c.counts[ids[a]] > c.counts[ids[b]]
		}
		return c.values[ids[a]] < c.values[ids[b]]
	})
	var list []string
	for _, id := range ids {
		if len(list) < most && c.values[id] != "" && c.counts[id] > 0 {
			list = append(list, c.values[id])
		}
	}
	return list
}
