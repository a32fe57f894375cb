package config

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/position"
)

func (v *validator) sources() {
	feedsSales := false
	for _, name := range v.SourceNames {
		v.name(name, "sources", name)
		source := v.Sources[name]
		feedsSales = feedsSales || source.Table == "sales"
		v.source(source, name)
	}
	v.check(feedsSales, []string{"sources"}, "", "no source feeds the table sales, want at least one")
}

func (v *validator) source(s Source, name string) {
	at := func(key ...string) []string { return append([]string{"sources", name}, key...) }
	if v.Given(at("table")...) {
		v.choice(s.Table, "sources.NAME.table", at("table")...)
	} else if !slices.Contains(contractTables(), s.Table) && !v.isBroken(at("table")) && !v.isBroken(at()) {
		v.note(v.KeyAt(at()...), at(), "add table: with "+oneOf(contractTables()), "the source is not called as a table and does not say which it feeds")
	}
	v.origin(s, at)
	v.choice(s.Format, "sources.NAME.format", at("format")...)
	v.choice(s.Encoding, "sources.NAME.encoding", at("encoding")...)
	v.check(utf8.RuneCountInString(s.Delimiter) == 1 && s.Delimiter != "\n" && s.Delimiter != `"`, at("delimiter"), "",
		"got %q, want one character, or tab", v.shown(s.Delimiter, at("delimiter")))
	v.check(s.Header >= 1 || s.Header == 0 && len(s.Names) > 0, at("header"), "", "got %d, want the number of a line, counted from 1, or 0 and the columns as names", s.Header)
	v.choice(s.Quote, "sources.NAME.quote", at("quote")...)
	v.choice(s.Decimal, "sources.NAME.decimal", at("decimal")...)
	v.shape(s, at)
	v.columns(s, at)
	v.dates(s, at)
	v.expect(s, at)
}

// origin checks that a source comes from one place.
func (v *validator) origin(s Source, at func(...string) []string) {
	isDatabase := s.Postgres != "" || s.MySQL != ""
	if !isDatabase {
		if v.check(s.Path != "", at("path"), "", "got nothing, want a file or a glob such as exports/sales_*.csv") {
			_, err := filepath.Match(s.Path, "")
			v.check(err == nil, at("path"), "", "got %q, want a file or a glob such as exports/sales_*.csv", v.shown(s.Path, at("path")))
		}
		for key, given := range map[string]bool{"query": s.Query != "", "cursor": s.Cursor != ""} {
			v.check(!given, at(key), "", "the source is a file; this belongs to postgres or mysql")
		}
		return
	}
	v.check(s.Path == "", at("path"), "", "the source has a path and a database, want one of them")
	v.check(s.Postgres == "" || s.MySQL == "", at("mysql"), "", "the source has two databases, want one")
	v.check(strings.TrimSpace(s.Query) != "", at("query"), "", "got nothing, want the SELECT that the database is asked")
	v.check(s.LookBack == "" || regexp.MustCompile(`^[0-9]{1,9}[smhd]?$`).MatchString(s.LookBack), at("look_back"), "",
		"got %q, want a time such as 3d, or a number such as 1000", v.shown(s.LookBack, at("look_back")))
	v.check(s.Heads == Heads{}, at("heads"), "join them in the query", "the source is a database")
}

// shape checks the keys that belong to one shape.
func (v *validator) shape(s Source, at func(...string) []string) {
	v.choice(s.Shape, "sources.NAME.shape", at("shape")...)
	v.check((len(s.Fill) > 0) == (s.Shape == ShapeFirstLine), at("fill"), "", "fill belongs to the shape first_line, and that needs it")
	v.check((s.Records.Column != "") == (s.Shape == ShapeRecords), at("records"), "", "records belongs to the shape records, and that needs records.column")
	v.check(s.Shape != ShapeRecords || len(s.Records.Head) > 0, at("records", "head"), "", "got nothing, want the values of rows that are heads")
	v.check((s.Group != "") == (s.Shape == ShapeReport), at("group"), "", "group belongs to the shape report, and that needs it")
	v.check((s.Heads.Path != "") == (s.Heads.Key != ""), at("heads"), "", "want both path and key")
	for i, pattern := range s.Skip {
		v.pattern(pattern, at("skip", strconv.Itoa(i)))
	}
}

func (v *validator) pattern(text string, path []string) bool {
	_, err := regexp.Compile(text)
	return v.check(err == nil && text != "", path, "", "got %q, want a regular expression such as 小計|合計", v.shown(text, path))
}

// dates checks how single columns write their dates.
func (v *validator) dates(s Source, at func(...string) []string) {
	words := []string{"ymd", "mdy", "dmy", "reiwa", "heisei", "showa", "serial"}
	for column, style := range s.Dates {
		path := at("dates", column)
		v.check(slices.Contains(words, style) || strings.Contains(style, "%"), path, didYouMean(style, words),
			"got %q, want one of %s, or a format such as %q", v.shown(style, path), oneOf(words), "%d %b %Y")
		_, mapped := s.Columns[column]
		v.check(mapped, path, didYouMean(column, v.order[joinPath(at("columns"))]), "the column is not mapped under columns")
	}
}

// expect checks what a source is relied on for.
func (v *validator) expect(s Source, at func(...string) []string) {
	e := s.Expect
	v.check(e.MinRows >= 0, at("expect", "min_rows"), "", "got %d, want a number of rows", e.MinRows)
	v.check(e.MaxRows == 0 || e.MaxRows >= max(e.MinRows, 1), at("expect", "max_rows"), "", "got %d, want at least min_rows", e.MaxRows)
	for i, column := range e.Unique {
		_, mapped := s.Columns[column]
		v.check(mapped, at("expect", "unique", strconv.Itoa(i)), didYouMean(column, v.order[joinPath(at("columns"))]), "the column is not mapped under columns")
	}
	if e.Total != "" {
		v.pattern(e.Total, at("expect", "total"))
	}
	if e.Count != "" && v.pattern(e.Count, at("expect", "count")) {
		v.check(regexp.MustCompile(e.Count).NumSubexp() == 1, at("expect", "count"), "", "got %q, want one group ( ) around the number", v.shown(e.Count, at("expect", "count")))
	}
}

func (v *validator) columns(s Source, at func(...string) []string) {
	if !v.check(len(s.Columns) > 0, at("columns"), "", "got nothing, want each contract column with the file's column") {
		return
	}
	given := v.order[joinPath(at("columns"))]
	for _, column := range given {
		v.check(strings.TrimSpace(s.Columns[column]) != "", at("columns", column), "", "got nothing, want a column of the file or an expression")
	}
	for _, column := range keyColumns(s.Table) {
		_, mapped := s.Columns[column]
		try := ""
		if near := position.Nearest(column, given); near != "" {
			try = "is " + near + " meant to be " + column + "?"
		}
		v.check(mapped, at("columns", column), try, "the table %s needs this column, and it is not mapped", s.Table)
	}
	for _, column := range v.order[joinPath(at("values"))] {
		if _, mapped := s.Columns[column]; !mapped {
			v.check(false, at("values", column), didYouMean(column, given),
				"the column is not mapped under columns")
		}
		if s.Table == "sales" && column == "status" {
			v.statuses(s.Values[column], at)
		}
	}
}

// statuses checks that what a file's words are translated to are the statuses of the contract.
func (v *validator) statuses(values map[string]string, at func(...string) []string) {
	words := []string{"completed", "cancelled", "returned"}
	for word, status := range values {
		path := at("values", "status", word)
		v.check(slices.Contains(words, status), path, didYouMean(status, words), "got %q, want %s", v.shown(status, path), oneOf(words))
	}
}
