package pipelines

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

//go:embed first/*.sql
var firstQueries embed.FS

//go:embed first/page.html
var firstPage string

// FirstSection is one part of the first report: a table, and what it is about.
type FirstSection struct {
	Title   string     `json:"title"`
	About   string     `json:"about,omitempty"`
	Columns []string   `json:"columns"` // a name that ends in > is of numbers
	Rows    [][]string `json:"rows"`
}

// First is the report after the first load: whether the files were read right, what was assumed, and a first result.
type First struct {
	Sections []FirstSection `json:"sections"`
	// Page is the file that shows the same.
	Page string `json:"page"`
}

// FirstReport makes the first report from the tables as they are and writes its page. Sections without rows are left
// out. Each is a query in first/, by the order of their names; texts before and behind a line are English and Japanese.
func (p *Program) FirstReport(ctx context.Context, extra ...FirstSection) (First, error) {
	var first First
	names, err := fs.Glob(firstQueries, "first/*.sql")
	if err != nil {
		return first, err
	}
	sort.Strings(names)
	err = p.withWarehouse(ctx, "first report", func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		for _, name := range names {
			text, err := firstQueries.ReadFile(name)
			if err != nil {
				return err
			}
			section, err := p.firstSection(ctx, db, string(text))
			if err != nil {
				return fmt.Errorf("first report: %s: %w", name, err)
			}
			if len(section.Rows) > 0 {
				first.Sections = append(first.Sections, section)
			}
		}
		return nil
	})
	if err != nil {
		return first, err
	}
	first.Sections = append(first.Sections, extra...)
	first.Page = p.dataPath("reports", "first", "report.html")
	page, err := p.firstHTML(first)
	if err != nil {
		return first, err
	}
	return first, writeWhole(first.Page, page)
}

// inLocale is the half of a text that the configured language has: English | Japanese.
func (p *Program) inLocale(text string) string {
	english, japanese, ok := strings.Cut(text, " | ")
	if ok && p.Config.Locale == "ja" {
		return japanese
	}
	return english
}

// firstSection runs one query. Its header says what it shows.
func (p *Program) firstSection(ctx context.Context, db *warehouse.DB, text string) (section FirstSection, err error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if !ok {
			break
		}
		key, value, _ := strings.Cut(rest, ":")
		value = p.inLocale(strings.TrimSpace(value))
		switch key {
		case "title":
			section.Title = value
		case "about":
			section.About = value
		case "columns":
			for _, name := range strings.Split(value, ",") {
				section.Columns = append(section.Columns, strings.TrimSpace(name))
			}
		}
	}
	rows, err := db.Query(ctx, text)
	if err != nil {
		return section, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		cells, into := make([]*string, len(section.Columns)), make([]any, len(section.Columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return section, err
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			if c == nil {
				continue
			}
			row[i] = p.inLocale(*c)
			if strings.HasSuffix(section.Columns[i], ">") {
				row[i] = groupDigits(*c)
			}
			row[i] = strings.TrimSuffix(row[i], "T00:00:00Z")
		}
		section.Rows = append(section.Rows, row)
	}
	return section, rows.Err()
}

// groupDigits writes a whole number with commas; another text stays.
func groupDigits(text string) string {
	digits, sign := text, ""
	if strings.HasPrefix(digits, "-") {
		digits, sign = digits[1:], "-"
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return text
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// firstHTML is the report as a page that stands alone.
func (p *Program) firstHTML(first First) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"number": func(name string) bool { return strings.HasSuffix(name, ">") },
		"plain":  func(name string) string { return strings.TrimSuffix(name, ">") },
	}).Parse(firstPage)
	if err != nil {
		return nil, fmt.Errorf("first report: %w", err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Locale": p.Config.Locale, "Title": p.inLocale("First report | はじめてのレポート"), "Sections": first.Sections})
	if err != nil {
		return nil, fmt.Errorf("first report: %w", err)
	}
	return b.Bytes(), nil
}
