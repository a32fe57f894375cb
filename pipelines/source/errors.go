package source

import (
	"fmt"
	"strings"
)

// SourceError is why one source keeps yesterday's rows.
type SourceError struct {
	Source string
	Err    error
}

// Error names the source.
func (e *SourceError) Error() string {
	return fmt.Sprintf("load source %s: %v (its rows stay as they were)", e.Source, e.Err)
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// RejectError says that too many rows of a source could not be read.
type RejectError struct {
	Read, Rejected int64
	Max            float64 // the share allowed
	samples        []sample
}

// Error shows up to three rows of each reason.
func (e *RejectError) Error() string {
	var b strings.Builder
	if e.Read == 0 {
		return "no rows were found, want at least one; try: look whether the export is complete"
	}
	fmt.Fprintf(&b, "%d of %d rows were rejected (%.1f %%), want at most %.1f %%", e.Rejected, e.Read, 100*float64(e.Rejected)/float64(e.Read), 100*e.Max)
	shown := map[string]int{}
	for _, s := range e.samples {
		if shown[s.Reason]++; shown[s.Reason] <= 3 {
			b.WriteString("\n  " + s.Text)
		}
	}
	b.WriteString("\n  try: correct the mapping in config.yaml or the export; or allow more by max_reject")
	return b.String()
}

// DropError is the guard against a source that has lost rows: nothing was loaded, and the exit code is that of a guard.
type DropError struct {
	Before, After int64
	Max           float64 // the share allowed
	Files         []FileRows
}

// FileRows is how many rows a file gave before and would give now.
type FileRows struct {
	File          string
	Before, After int64
}

// Error shows the rows of every file that changed.
func (e *DropError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rows would go from %d to %d (-%.1f %%), want at most -%.1f %%", e.Before, e.After,
		100*float64(e.Before-e.After)/float64(e.Before), 100*e.Max)
	for _, f := range e.Files {
		fmt.Fprintf(&b, "\n  %s: %d rows before, %d now", f.File, f.Before, f.After)
	}
	b.WriteString("\n  try: look whether the export is complete; where the rows are meant to go, set max_drop: 100% for one load")
	return b.String()
}
