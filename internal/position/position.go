// Package position says where something stands in a file that a person wrote, and reports every fault found there.
//
// One fault type serves YAML, SQL models, templates and CSV rows, so that all of them read alike:
//
//	config.yaml:12:5: ranks.measure: got "profit", want sales or gross_profit
//
// The package reads nothing; whoever found the fault supplies the line it stands on.
package position

import (
	"fmt"
	"sort"
	"strings"

	"golang.org/x/text/width"
)

// Position is a place in a text file. Line and Column count from 1; Column counts characters, not bytes. A zero Line
// means that only the file is known.
type Position struct {
	File   string
	Line   int
	Column int
}

// String returns file:line:col, leaving out what is not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Fault is one thing wrong at one place.
type Fault struct {
	Position
	// Message says what, what was got and what was wanted.
	Message string
	// Try is the suggestion, "" where there is none.
	Try string
	// Excerpt is the source line at Position, "" where it is not known or would show a secret.
	Excerpt string
}

// Error returns the fault on one line, without excerpt and suggestion.
func (f Fault) Error() string { return f.Position.String() + ": " + f.Message }

// Detail returns the fault with its excerpt, a caret below the column, and the suggestion.
func (f Fault) Detail() string {
	var b strings.Builder
	b.WriteString(f.Error())
	if f.Excerpt != "" {
		fmt.Fprintf(&b, "\n%5d | %s", f.Line, f.Excerpt)
		if f.Column > 0 {
			b.WriteString("\n      | " + caretIndent(f.Excerpt, f.Column) + "^")
		}
	}
	if f.Try != "" {
		b.WriteString("\n      try: " + f.Try)
	}
	return b.String()
}

// caretIndent is the white space that puts a caret under the column: tabs stay tabs, wide characters take two cells
// (Unicode Standard Annex 11).
func caretIndent(line string, column int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= column-1 {
			break
		}
		switch kind := width.LookupRune(r).Kind(); {
		case r == '\t':
			b.WriteByte('\t')
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Faults is every fault found. It is an error when it is not empty: return Err(), not the value.
type Faults []Fault

// Add appends a fault.
func (fs *Faults) Add(p Position, try, format string, args ...any) {
	*fs = append(*fs, Fault{Position: p, Message: fmt.Sprintf(format, args...), Try: try})
}

// Sort orders by file, line, column and message, so that the same faults always print alike.
func (fs Faults) Sort() {
	sort.SliceStable(fs, func(i, j int) bool {
		a, b := fs[i], fs[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		if a.Column != b.Column {
			return a.Column < b.Column
		}
		return a.Message < b.Message
	})
}

// Err returns the faults as an error, or nil if there are none.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Error prints every fault with its detail, one after another.
func (fs Faults) Error() string {
	details := make([]string, len(fs))
	for i, f := range fs {
		details[i] = f.Detail()
	}
	return strings.Join(details, "\n")
}
