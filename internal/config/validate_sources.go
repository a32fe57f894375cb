package config

import (
	"path/filepath"
	"slices"
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
	if v.check(s.Path != "", at("path"), "", "got nothing, want a file or a glob such as exports/sales_*.csv") {
		_, err := filepath.Match(s.Path, "")
		v.check(err == nil, at("path"), "", "got %q, want a file or a glob such as exports/sales_*.csv", v.shown(s.Path, at("path")))
	}
	v.choice(s.Format, "sources.NAME.format", at("format")...)
	v.choice(s.Encoding, "sources.NAME.encoding", at("encoding")...)
	v.check(utf8.RuneCountInString(s.Delimiter) == 1 && s.Delimiter != "\n" && s.Delimiter != `"`, at("delimiter"), "",
		"got %q, want one character, or tab", v.shown(s.Delimiter, at("delimiter")))
	v.check(s.Header >= 1, at("header"), "", "got %d, want the number of a line, counted from 1", s.Header)
	v.columns(s, at)
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
