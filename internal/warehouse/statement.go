package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/position"
)

// Statement is one SELECT that passed the whitelist: what it reads and what it must be given.
type Statement struct {
	tables  []TableRef
	params  []Param
	columns []ColumnRef
	star    bool
	grouped []string
}

// TableRef is a place where a table is read. CTE names are not among them.
type TableRef struct {
	Schema, Name string
	// Alias is what the statement calls it, "" where that is its name.
	Alias string
	position.Position
}

// String returns schema.name.
func (t TableRef) String() string { return t.Schema + "." + t.Name }

// Param is a place where $Name stands.
type Param struct {
	Name string
	position.Position
}

// ColumnRef is a place where a column is named; Names are its parts, the column last.
type ColumnRef struct {
	Names []string
	position.Position
}

// Tables returns every reference to a table, in the order of the text.
func (s Statement) Tables() []TableRef { return s.tables }

// Params returns every named parameter, in the order of the text.
func (s Statement) Params() []Param { return s.params }

// Columns returns every reference to a column, in the order of the text.
func (s Statement) Columns() []ColumnRef { return s.columns }

// HasStar reports whether columns are read without being named: by *, COLUMNS or EXCLUDE.
func (s Statement) HasStar() bool { return s.star }

// UniqueBy are columns of the result by which its rows are unique because the statement groups by exactly these; nil
// where its form does not prove any such thing.
func (s Statement) UniqueBy() []string { return s.grouped }

// Parse reads one SELECT by DuckDB's own parser and holds it to the whitelist: schema-qualified tables, range and
// unnest, no other table function, no file, no second statement, and no function that reads the clock, the session or
// chance. Nothing is run and no table need exist. Errors: position.Faults without a file name, all of them at once.
func (db *DB) Parse(ctx context.Context, text string) (Statement, error) {
	return db.ParseAt(ctx, position.Position{Line: 1, Column: 1}, text)
}

// ParseAt is Parse for a text that begins at a place of a file, as an audience in config.yaml does.
func (db *DB) ParseAt(ctx context.Context, at position.Position, text string) (Statement, error) {
	w, node, err := db.parse(ctx, at, text, 0, len(text))
	if err != nil {
		return Statement{}, err
	}
	w.visit(node, nil)
	w.statement.grouped = grouped(node, nil)
	return w.finish()
}

// ParseExpression reads one scalar expression over columns: no table, subquery, aggregate, window or parameter. Errors:
// position.Faults.
func (db *DB) ParseExpression(ctx context.Context, at position.Position, text string) (Statement, error) {
	if strings.TrimSpace(text) == "" {
		return Statement{}, position.Faults{{Position: at, Message: "got nothing, want an expression over columns"}}
	}
	const before = "select (\n"
	w, node, err := db.parse(ctx, at, before+text+"\n)", len(before), len(before)+len(text))
	if err != nil {
		return Statement{}, err
	}
	w.expression = true
	if !isBareExpression(node) {
		w.faults.Add(at, "write one condition, such as sales_amount > 0", "got more than an expression, want one expression over columns")
		return Statement{}, w.faults
	}
	w.visit(node, nil)
	return w.finish()
}

// parsed is what json_serialize_sql returns.
type parsed struct {
	Error      bool   `json:"error"`
	Type       string `json:"error_type"`
	Message    string `json:"error_message"`
	Position   string `json:"position"`
	Statements []struct {
		Node map[string]any `json:"node"`
	} `json:"statements"`
}

// parse returns a walker for the text and the root of its one SELECT. The user's own text
// stands from byte skip to byte end.
func (db *DB) parse(ctx context.Context, at position.Position, text string, skip, end int) (*walker, map[string]any, error) {
	catalog, err := db.functions(ctx)
	if err != nil {
		return nil, nil, err
	}
	w := &walker{text: text, skip: skip, end: end, base: at, catalog: catalog}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, nil, position.Faults{{Position: at, Message: "got bytes that are not UTF-8 text", Try: "save the file as UTF-8"}}
	}
	var tree string
	if err := db.One(ctx, "select json_serialize_sql($1::varchar)::varchar", []any{text}, &tree); err != nil {
		return nil, nil, fmt.Errorf("parse statement: %w", err)
	}
	var p parsed
	decoder := json.NewDecoder(strings.NewReader(tree))
	decoder.UseNumber()
	if err := decoder.Decode(&p); err != nil {
		return nil, nil, fmt.Errorf("read parse tree: %w", err)
	}
	switch {
	case p.Error && p.Type == "parser":
		w.faults.Add(w.atCharacter(p.Position), "", "%s", p.Message)
	case p.Error && strings.Contains(p.Message, "Mixing named and positional"):
		w.faults.Add(at, "name every parameter, as in $as_of", "got a parameter without a name")
	case p.Error:
		w.faults.Add(w.firstToken(), "write one select; a PIVOT needs its IN list and the form `from t pivot (…)`", "got a statement that is not a plain SELECT, want exactly one SELECT")
	case len(p.Statements) != 1:
		w.faults.Add(w.firstToken(), "keep one of them", "got %d statements, want exactly one SELECT", len(p.Statements))
	default:
		return w, p.Statements[0].Node, nil
	}
	return nil, nil, w.faults
}

// finish sorts what was found and returns it, or the faults.
func (w *walker) finish() (Statement, error) {
	if len(w.faults) > 0 {
		w.faults.Sort()
		return Statement{}, w.faults
	}
	s := w.statement
	sort.SliceStable(s.tables, func(i, j int) bool { return before(s.tables[i].Position, s.tables[j].Position) })
	sort.SliceStable(s.params, func(i, j int) bool { return before(s.params[i].Position, s.params[j].Position) })
	sort.SliceStable(s.columns, func(i, j int) bool { return before(s.columns[i].Position, s.columns[j].Position) })
	return s, nil
}

func before(a, b position.Position) bool {
	if a.Line != b.Line {
		return a.Line < b.Line
	}
	return a.Column < b.Column
}

// atCharacter is the place of the n-th character (from 0) of the text; parser errors count so.
func (w *walker) atCharacter(n string) position.Position {
	count, err := strconv.Atoi(n)
	if err != nil {
		return w.base
	}
	offset := 0
	for range count {
		_, size := utf8.DecodeRuneInString(w.text[offset:])
		if size == 0 {
			break
		}
		offset += size
	}
	return w.atByte(offset)
}

// atByte is the place of a byte offset of the text; the parse tree counts so.
func (w *walker) atByte(offset int) position.Position {
	offset = min(max(offset, w.skip), w.end)
	head := w.text[w.skip:offset]
	p := position.Position{File: w.base.File, Line: max(w.base.Line, 1), Column: max(w.base.Column, 1)}
	if nl := strings.LastIndexByte(head, '\n'); nl >= 0 {
		p.Line += strings.Count(head, "\n")
		p.Column = 1
		head = head[nl+1:]
	}
	p.Column += utf8.RuneCountInString(head)
	return p
}

// firstToken is the place of the first text that is neither white space nor comment.
func (w *walker) firstToken() position.Position {
	for i, c := range code(w.text) {
		if i >= w.skip && c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return w.atByte(i)
		}
	}
	return w.base
}
