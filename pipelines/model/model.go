package model

import (
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// The schemas that models may build, in the order in which a night builds them.
const (
	Core        = "core"
	Rollups     = "rollups"
	Metrics     = "metrics"
	Predictions = "predictions"
	Segments    = "segments"
	Ops         = "ops"
	Effects     = "effects"
	Reports     = "reports"
)

// Schemas lists them all.
func Schemas() []string {
	return []string{Ops, Core, Rollups, Metrics, Predictions, Segments, Effects, Reports}
}

// Model is one SELECT with its contract.
type Model struct {
	Schema, Name string
	Header
	// File is where its text came from, as people know it: sql/metrics/decile.sql, or a path in the company's folder.
	File string
	// Text is the whole file, header included.
	Text string
	// Reads are the tables of the SELECT, sorted, each once.
	Reads []string

	path       string // within its layer
	layer      int
	tables     []warehouse.TableRef
	used       []warehouse.Param
	named      []warehouse.ColumnRef
	uniqueBy   []string      // columns that the SELECT's form proves to be a key
	star       bool          // columns are read without being named
	ruling     ruling        // of a generated model
	rules      []outcomeRule // that it is generated from
	conditions []condition   // those of them that a person wrote, checked when the model joins a set
	// unready says that the header or the SELECT could not be read, shapeless that the header's columns could not: what
	// a table of it looks like is not known. Both only in a set that has faults.
	unready, shapeless bool
}

// Table returns schema.name.
func (m Model) Table() string { return m.Schema + "." + m.Name }

// Column is one line of the header's columns.
type Column struct {
	Name string
	// Type as DuckDB's describe prints it, in lower case: decimal(18,2).
	Type    string
	NotNull bool
	// Ref is what every value of it must be found in; zero where there is none.
	Ref     Ref
	Meaning string
	position.Position
}

// Ref is a column of another table.
type Ref struct{ Table, Column string }

// Param is a parameter that a model declares.
type Param struct {
	Name string
	Type string
	// Default is the text behind `default`, where HasDefault.
	Default    string
	HasDefault bool
	position.Position
}

// Check is a condition that must hold after the build.
type Check struct {
	// Text is the expression as written.
	Text string
	// Total marks an expression without rows; the others must be true for every row of the model, null being a failure.
	Total bool
	position.Position
	// source is Text with the place of each character kept: see header.go.
	source string
	tables []warehouse.TableRef
	used   []warehouse.Param
	simple bool // columns only: it can be counted together with others in one scan
	// unready says that the expression could not be read.
	unready bool
}

// Header is the contract of a model.
type Header struct {
	// Sentence says what the table holds; Label is its name in Japanese, for reports.
	Sentence, Label string
	// Grain are the columns that make a row unique. OneRow marks a table of a single row, which has none.
	Grain   []string
	OneRow  bool
	Params  []Param
	Columns []Column
	Checks  []Check
	// Rebuild are the columns by which a rollup is built again after a load: only the rows of those keys whose sale lines
	// have changed. Nil: always the whole table.
	Rebuild []string
	// Follows is what such a rollup's rows depend on besides the lines of their key.
	Follows []Follow
	// Estimator names the Go function that turns the SELECT's rows into the table's, "" for none.
	Estimator string

	grainAt, estimatorAt, rebuildAt position.Position
}

// Follow is a table of core that says something about each line: the first of Columns is what it is found by, and has
// the name of a column of core.sales.
type Follow struct {
	Table   string
	Columns []string
	position.Position
}

// column finds a column of the header.
func (h Header) column(name string) (Column, bool) {
	for _, c := range h.Columns {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Column{}, false
}

// at is the place of a line and column of the model's text.
func (m Model) at(line, column int) position.Position {
	return position.Position{File: m.File, Line: line, Column: column}
}

// fault makes a fault with the excerpt of the line it stands on.
func (m Model) fault(at position.Position, try, format string, args ...any) position.Fault {
	f := position.Fault{Position: at, Message: fmt.Sprintf(format, args...), Try: try}
	return m.excerpt(f)
}

func (m Model) excerpt(f position.Fault) position.Fault {
	f.File = m.File
	if lines := strings.Split(m.Text, "\n"); f.Excerpt == "" && f.Line >= 1 && f.Line <= len(lines) {
		f.Excerpt = strings.TrimRight(lines[f.Line-1], "\r")
	}
	return f
}
