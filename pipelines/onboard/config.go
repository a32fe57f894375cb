package onboard

import (
	"fmt"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Written is the text of a config.yaml with the lines where something is still open.
type Written struct {
	Text string
	Open []OpenLine
}

// OpenLine is a line that somebody has to complete.
type OpenLine struct {
	Line           int
	Source, Column string
	Candidates     []string
}

// Settings are what the text says beside the sources.
type Settings struct {
	// Dir is the folder of config.yaml: paths are written relative to it.
	Dir string
	// Today is the day of the run.
	Today time.Time
	// Templates says that examples of mail campaigns may name the built-in templates.
	Templates bool
}

// stale is how long ago the newest sale may be before the data are taken for a sample of the past.
const stale = 62 * 24 * time.Hour

// Write writes the configuration. The same finding gives the same text.
func (f *Finding) Write(s Settings) (Written, error) {
	w := &writer{settings: s}
	var from []string
	for _, t := range f.Tables {
		from = append(from, filepath.Base(t.File))
	}
	w.line("# Written by tokui init from %s.", comment(strings.Join(from, ", ")))
	w.line("# What stands behind # says how sure a line is, and why: sure, likely, CHECK (used; look at it), proposed (not used),")
	w.line("# OPEN (nobody knows: fill it in). Delete the comments as you like, and run `tokui check` after editing.")
	w.line("")
	if f.Japanese {
		w.line("locale: ja                    # メールと帳票の言語")
		w.line("timezone: Asia/Tokyo")
		w.line("currency: ¥")
	} else {
		w.line("locale: en                    # language of mails and reports: en or ja")
		w.line("timezone: UTC                 # CHECK: of your company, such as Europe/London; days are counted there")
		w.line(`currency: ""                  # CHECK: such as £`)
	}
	w.line("data_dir: var                 # everything Tokui keeps")
	w.asOf(f)
	w.ranks(f)
	w.line("")
	w.line("sources:")
	for _, p := range f.Sources {
		if err := w.source(p); err != nil {
			return Written{}, err
		}
	}
	for _, l := range f.Links {
		w.line("  # %s", comment(l.describe()))
	}
	w.line("")
	w.campaigns(f)
	return Written{Text: strings.Join(w.lines, "\n") + "\n", Open: w.open}, nil
}

func (l Link) describe() string {
	text := fmt.Sprintf("%s of %s: %s of %d different values are in %s", l.From.Name, filepath.Base(l.FromFile), percentOf(l.Hits, l.Distinct), l.Distinct, filepath.Base(l.ToFile))
	if len(l.Misses) > 0 {
		text += "; not: " + strings.Join(l.Misses, ", ")
	}
	if l.Normalised {
		text += "; most would be found without leading zeros: one of the files has lost them"
	}
	return text
}

type writer struct {
	settings Settings
	lines    []string
	open     []OpenLine
}

func (w *writer) line(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// firstSale is the oldest day of any sale.
func (f *Finding) firstSale() time.Time {
	var first time.Time
	for _, p := range f.Sources {
		if field := p.field("ordered_on"); p.Table == "sales" && field != nil {
			for _, c := range field.From {
				if !c.facts.First.IsZero() && (first.IsZero() || c.facts.First.Before(first)) {
					first = c.facts.First
				}
			}
		}
	}
	return first
}

// LastSale is the newest day of any sale, the zero time where none is known.
func (f *Finding) LastSale() time.Time {
	var last time.Time
	for _, p := range f.Sources {
		if field := p.field("ordered_on"); p.Table == "sales" && field != nil {
			for _, c := range field.From {
				if c.facts.Last.After(last) {
					last = c.facts.Last
				}
			}
		}
	}
	return last
}

// asOf replays the day after the newest sale where the file is of the past: everybody would be dormant otherwise.
func (w *writer) asOf(f *Finding) {
	last := f.LastSale()
	if last.IsZero() || w.settings.Today.Sub(last) < stale {
		w.line("as_of: today")
		return
	}
	w.line("as_of: %s             # CHECK: the newest sale is of %s, so that day is replayed; with fresh files write: today",
		last.AddDate(0, 0, 1).Format(time.DateOnly), last.Format(time.DateOnly))
}

// ranks halves the window where the sales do not go back two years: growth compares two windows.
func (w *writer) ranks(f *Finding) {
	first, last := f.firstSale(), f.LastSale()
	if days := int(last.Sub(first).Hours()/24) + 1; !first.IsZero() && days >= 4 && days < 2*365 {
		w.line("ranks: {window: %dd}         # the sales span %d days, and growth compares two windows; a year (365d) is usual", days/2, days)
	}
}

// source writes one entry of sources.
func (w *writer) source(p *SourcePlan) error {
	w.line("  %s:", p.Name)
	if p.Profile != nil {
		w.line("    # recognised: %s", comment(p.Profile.System))
	}
	if p.Name != p.Table {
		w.line("    table: %s", p.Table)
	}
	w.line("    path: %s%s", scalar(w.relative(p.Of.Path)), note(p.Of.describeRows()))
	w.frame(p)
	for _, n := range p.Notes {
		w.line("    # %s", comment(n))
	}
	w.line("    columns:")
	for _, f := range p.Fields {
		w.field(p, f)
	}
	if len(p.Unused) > 0 {
		w.line("      # not used: %s", comment(strings.Join(p.Unused, ", ")))
	}
	w.dates(p)
	w.values(p)
	if why := p.emptyKeys(); why != "" {
		w.line("    max_reject: 100%%             # %s", comment(why))
	}
	return nil
}

// emptyKeys says why a master over sales may lose rows: lines without a customer or an article are no rows of it.
func (p *SourcePlan) emptyKeys() string {
	if p.Table == "sales" || len(p.Fields) == 0 {
		return ""
	}
	empty := int64(0)
	for i, c := range p.Fields[0].From {
		if i == 0 || c.facts.Empty < empty {
			empty = c.facts.Empty
		}
	}
	if empty == 0 {
		return ""
	}
	return fmt.Sprintf("%d rows have no %s and are no rows of this table", empty, p.Fields[0].Column)
}

func (w *writer) relative(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	dir, err := filepath.Abs(w.settings.Dir)
	if err != nil {
		return filepath.ToSlash(abs)
	}
	rel, err := filepath.Rel(dir, abs)
	if err != nil || strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}

// describeRows says what was read of a file.
func (t *Table) describeRows() string {
	text := fmt.Sprintf("%d rows", t.Records)
	if t.Blank > 0 {
		text += fmt.Sprintf(", %d blank ones", t.Blank)
	}
	if n := len(t.Repeated); n > 0 {
		text += fmt.Sprintf(", the header again in line %d", t.Repeated[0])
	}
	if n := len(t.Broken); n > 0 {
		text += fmt.Sprintf(", a broken quote in line %d", t.Broken[0])
	}
	var widths []int
	for width := range t.Odd {
		widths = append(widths, width)
	}
	sort.Ints(widths)
	for _, width := range widths {
		o := t.Odd[width]
		text += fmt.Sprintf(", %d with %d fields and not %d, the first in line %d", o.n, width, len(t.Header), o.first)
	}
	return text
}

// frame writes how the file is written, where that is not the default.
func (w *writer) frame(p *SourcePlan) {
	t := p.Of
	switch {
	case t.Kind == kindXLSX:
		w.line("    sheet: %s%s", scalar(t.Sheet), note(t.Bytes.Why))
	default:
		w.line("    encoding: %s%s", t.Bytes.Encoding, note(t.Bytes.Why))
		switch t.Delimiter {
		case '\t':
			w.line("    delimiter: tab")
		case ',':
		default:
			w.line("    delimiter: %q", string(t.Delimiter))
		}
	}
	switch {
	case t.HeaderLine == 0:
		names := t.Header
		if p.Profile != nil && len(p.Profile.Names) > 0 {
			names = p.Profile.Names
		}
		w.line("    header: 0%s", note(t.Why))
		w.line("    names: %s", flow(names))
	case t.HeaderLine > 1:
		w.line("    header: %d%s", t.HeaderLine, note(fmt.Sprintf("%d rows stand above it", len(t.Preamble))))
	}
	if p.Shape != shapeLines {
		w.line("    shape: %s%s", p.Shape, note(p.ShapeWhy))
	} else if p.ShapeWhy != "" && p.Heads == nil {
		w.line("    # %s", comment(p.ShapeWhy))
	}
	switch p.Shape {
	case shapeFirstLine:
		w.line("    fill: %s", flow(p.Fill))
	case shapeReport:
		w.line("    group: %s", scalar(p.Group))
	case shapeRecords:
		text := "column: " + scalar(p.Records.Column) + ", head: " + flow(p.Records.Head)
		if len(p.Records.Line) > 0 {
			text += ", line: " + flow(p.Records.Line)
		}
		if len(p.Records.HeadNames) > 0 {
			text += ", head_names: " + flow(p.Records.HeadNames)
		}
		w.line("    records: {%s}", text)
	}
	if p.Heads != nil {
		w.line("    heads: {path: %s, key: %s}%s", scalar(w.relative(p.Heads.Path)), scalar(p.HeadsKey), note(p.ShapeWhy))
	}
	if skip := p.skip(); len(skip) > 0 {
		w.line("    skip: %s%s", flow(skip), note(p.SkipWhy))
	}
}

// skip are the patterns, with the one for comments.
func (p *SourcePlan) skip() []string {
	skip := p.Skip
	if p.Table != "sales" || !p.mapped("line_type") {
		skip = append(skip[:len(skip):len(skip)], p.Charges...)
	}
	if len(p.Of.Comments) > 0 {
		skip = append(skip[:len(skip):len(skip)], "#.*")
	}
	return skip
}

func (w *writer) field(p *SourcePlan, f Field) {
	switch {
	case f.Right != "":
		w.line("      %s: %s%s", f.Column, scalar(f.Right), note(strings.Join(append([]string{f.Sure.String()}, f.Evidence...), "; ")))
	case f.Sure == Proposed:
		w.line("      # %s:   # proposed, not used: %s", f.Column, comment(strings.Join(f.Candidates, "; ")))
	case f.Sure == Open:
		text := "no column says it"
		if len(f.Candidates) > 0 {
			text = strings.Join(f.Candidates, "; ")
		}
		w.line("      # %s:   # OPEN: %s", f.Column, comment(text))
		if needed(p.Table, f.Column) {
			w.open = append(w.open, OpenLine{Line: len(w.lines), Source: p.Name, Column: f.Column, Candidates: f.Candidates})
		}
	}
}

func (w *writer) dates(p *SourcePlan) {
	var parts []string
	for _, column := range contractOrder(p.Table) {
		if style := p.Dates[column]; style != "" && p.mapped(column) {
			parts = append(parts, column+": "+style)
		}
	}
	if len(parts) > 0 {
		w.line("    dates: {%s}", strings.Join(parts, ", "))
	}
}

func (w *writer) values(p *SourcePlan) {
	wrote := false
	for _, column := range contractOrder(p.Table) {
		list := p.Values[column]
		if len(list) == 0 || !p.mapped(column) {
			continue
		}
		if !wrote {
			w.line("    values:")
			wrote = true
		}
		var parts []string
		for _, t := range list {
			parts = append(parts, key(t.Word)+": "+t.Means)
		}
		w.line("      %s: {%s}", column, strings.Join(parts, ", "))
	}
}

// note is a comment behind a line, nothing where there is nothing to say.
func note(text string) string {
	if text == "" {
		return ""
	}
	return "   # " + comment(text)
}

// comment keeps a text on its line.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return ' '
		}
		return r
	}, text)
}

var plainScalar = regexp.MustCompile(`^[\p{L}\p{N}_/.（）()-]+(?: ?[\p{L}\p{N}_/.（）()*+-]+)*$`)

// scalar writes a text as YAML, plain where it stays a text.
func scalar(s string) string {
	if plainScalar.MatchString(s) {
		var back any
		if err := yaml.Unmarshal([]byte(s), &back); err == nil && back == s {
			return s
		}
	}
	if strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x85 || r == 0xfeff || r == 0x2028 || r == 0x2029
	}) {
		return fmt.Sprintf("%q", s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// key writes a text as a key within braces.
func key(s string) string { return scalar(s) }

func flow(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = scalar(s)
		if strings.ContainsAny(s, ",[]{}") && parts[i] == s {
			parts[i] = "'" + s + "'"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
