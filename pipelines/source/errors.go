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

// DropError is the guard against a source that has lost rows, as a whole or in one of its files: nothing was loaded, and
// the exit code is that of a guard.
type DropError struct {
	Before, After int64   // rows of the source, those of files that were not read included
	Max           float64 // the share allowed
	Files         []FileRows
}

// FileRows is how many rows a file gave before and would give now.
type FileRows struct {
	File          string
	Before, After int64
}

// fewRows is where the share that a file loses begins to mean something: a file of fewer rows stops a load only when
// all of them go, or when its source as a whole loses too many.
const fewRows = 20

// lost reports whether more than a share of the rows went.
func lost(before, after int64, max float64) bool {
	return before > 0 && float64(after) < (1-max)*float64(before)
}

// tooMany reports whether the file alone has lost more than the share allowed. A file that has come to nothing has,
// whatever its size: an export that broke off behind its header looks like that.
func (f FileRows) tooMany(max float64) bool {
	return lost(f.Before, f.After, max) && (f.Before >= fewRows || f.After == 0)
}

// dropped is the guard's error, nil where there is nothing to stop at. files are those whose rows have changed.
func dropped(before, after int64, max float64, files []FileRows) error {
	stop := lost(before, after, max)
	for _, f := range files {
		stop = stop || f.tooMany(max)
	}
	if !stop {
		return nil
	}
	return &DropError{Before: before, After: after, Max: max, Files: files}
}

// Error shows the rows of every file that changed, and says whether the source or single files have lost too many.
func (e *DropError) Error() string {
	var b strings.Builder
	if lost(e.Before, e.After, e.Max) {
		fmt.Fprintf(&b, "rows would go from %d to %d (-%s), want at most -%.1f %%", e.Before, e.After, percent(e.Before, e.After), 100*e.Max)
	} else {
		var names []string
		for _, f := range e.Files {
			if f.tooMany(e.Max) {
				names = append(names, f.File)
			}
		}
		fmt.Fprintf(&b, "%s would lose more than %.1f %% of its rows (all files: %d rows before, %d now)",
			strings.Join(names, " and "), 100*e.Max, e.Before, e.After)
	}
	for _, f := range e.Files {
		fmt.Fprintf(&b, "\n  %s: %d rows before, %d now", f.File, f.Before, f.After)
		if f.tooMany(e.Max) {
			fmt.Fprintf(&b, " (-%s)", percent(f.Before, f.After))
		}
	}
	b.WriteString("\n  try: look whether the export is complete; where the rows are meant to go, set max_drop: 100% for one load")
	return b.String()
}

// percent is the share of rows that went.
func percent(before, after int64) string {
	return fmt.Sprintf("%.1f %%", 100*float64(before-after)/float64(before))
}
