package warehouse

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// OpenError says why a file could not be opened, and what to try.
type OpenError struct {
	Path    string
	Problem string
	Try     string
	Err     error // nil where there is no cause beyond Problem
}

// Error is one line.
func (e *OpenError) Error() string {
	s := fmt.Sprintf("open warehouse %s: %s", e.Path, e.Problem)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + "; try: " + e.Try
}

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

var conflict = regexp.MustCompile(`Conflicting lock is held in (.*) \(PID (\d+)\)`)

// describeOpen turns what DuckDB says at open into what a user can act on.
func describeOpen(path string, err error) error {
	text := err.Error()
	if m := conflict.FindStringSubmatch(text); m != nil {
		pid, _ := strconv.Atoi(m[2]) // the pattern holds digits only
		return &InUseError{PID: pid, Step: m[1], Path: path}
	}
	rebuild := "move it and " + path + ".wal away; `tokui run` builds it again from what is kept beside it"
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("Could not set lock on file"):
		return &InUseError{Path: path}
	case has("not a valid DuckDB database file", "Corrupt", "corrupt", "checksum", "replaying WAL", "Serialization Error"):
		return &OpenError{Path: path, Problem: "the file is damaged or not a DuckDB file", Try: rebuild, Err: err}
	case has("version number", "newer version", "storage version"):
		return &OpenError{Path: path, Problem: "the file was written by another version of DuckDB", Try: "use the newer Tokui, or " + rebuild, Err: err}
	case has("Permission denied", "read-only", "Read-only", "Cannot open file"):
		return &OpenError{Path: path, Problem: "the file cannot be written", Try: "make it and its folder writable for this user", Err: err}
	default:
		return &OpenError{Path: path, Problem: "DuckDB refuses the file", Try: rebuild, Err: err}
	}
}

// SQLError is DuckDB's complaint about a statement.
type SQLError struct {
	// Message is DuckDB's text without the excerpt.
	Message string
	// Line and Column count from 1 within the statement, Column in characters; 0 where DuckDB names no place.
	Line, Column int
	Err          error
}

// Error is the message with its place in the statement.
func (e *SQLError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// Unwrap returns the driver's error, or that of the context that ended the statement.
func (e *SQLError) Unwrap() error { return e.Err }

// excerpt is how DuckDB shows the place: "LINE 3: text" and a caret below; long lines are cut and marked by dots.
var excerpt = regexp.MustCompile(`(?s)\n\nLINE (\d+): ([^\n]*)\n( *)\^`)

// sqlError wraps an error of a statement; errors that are not DuckDB's pass as they are, inside.
func sqlError(query string, err error) error {
	var de *duckdb.Error
	text := err.Error()
	if errors.As(err, &de) {
		text = de.Msg
	}
	e := &SQLError{Message: strings.TrimSpace(text), Err: err}
	m := excerpt.FindStringSubmatchIndex(text)
	if m == nil {
		return e
	}
	e.Message = strings.TrimSpace(text[:m[0]] + " " + strings.TrimSpace(text[m[1]:]))
	line, convErr := strconv.Atoi(text[m[2]:m[3]])
	if convErr != nil {
		return e
	}
	shown := text[m[4]:m[5]]
	cells := (m[7] - m[6]) - len("LINE : ") - len(text[m[2]:m[3]])
	e.Line, e.Column = line, caretColumn(query, line, shown, cells)
	return e
}

// caretColumn finds the column of a caret that stands cells after the start of the shown part of a line.
func caretColumn(query string, line int, shown string, cells int) int {
	lines := strings.Split(query, "\n")
	if line < 1 || line > len(lines) {
		return 0
	}
	column := 1
	if rest, cut := strings.CutPrefix(shown, "..."); cut {
		rest = strings.TrimSuffix(rest, "...")
		at := strings.Index(lines[line-1], rest)
		if at < 0 {
			return 0
		}
		column += len([]rune(lines[line-1][:at]))
		cells -= len("...")
		shown = rest
	}
	for _, r := range shown {
		w := width(r)
		if cells <= 0 && w > 0 {
			break
		}
		cells -= w
		column++
	}
	return column + max(cells, 0)
}

// width is the number of cells that DuckDB's excerpt gives a character: none to a tab.
func width(r rune) int {
	switch {
	case r == '\t':
		return 0
	case r >= 0x1100 && !(r >= 0xFF61 && r <= 0xFF9F):
		return 2
	default:
		return 1
	}
}
