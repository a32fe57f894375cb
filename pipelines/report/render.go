package report

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strings"
	texttemplate "text/template"
	"time"
)

// The files of a report's template folder. NAME.ja.html before NAME.html for the locale ja, and so on.
const (
	pageFile     = "report.html"
	subjectFile  = "subject.txt"
	bodyHTMLFile = "body.html"
	bodyTextFile = "body.txt"
)

// HTML is the page: one file that loads nothing else. Errors name the template and its line.
func (d Document) HTML() ([]byte, error) {
	page, err := d.html(pageFile)
	if err != nil {
		return nil, err
	}
	return []byte(page), nil
}

// Mail is the report as a mail: the main figures in both parts, in full. The subject is one line.
func (d Document) Mail() (subject, html, text string, err error) {
	subject, errSubject := d.text(subjectFile)
	html, errHTML := d.html(bodyHTMLFile)
	text, errText := d.text(bodyTextFile)
	return strings.Join(strings.Fields(subject), " "), html, text, errors.Join(errSubject, errHTML, errText)
}

func (d Document) html(file string) (string, error) {
	name, source, err := d.read(file)
	if err != nil {
		return "", err
	}
	t, err := htmltemplate.New(name).Funcs(d.functions()).Option("missingkey=error").Parse(source)
	if err != nil {
		return "", fmt.Errorf("read report template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, d); err != nil {
		return "", fmt.Errorf("write report: %w", err)
	}
	return out.String(), nil
}

func (d Document) text(file string) (string, error) {
	name, source, err := d.read(file)
	if err != nil {
		return "", err
	}
	t, err := texttemplate.New(name).Funcs(d.functions()).Option("missingkey=error").Parse(source)
	if err != nil {
		return "", fmt.Errorf("read report template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, d); err != nil {
		return "", fmt.Errorf("write report: %w", err)
	}
	return out.String(), nil
}

// read finds a file of the template: in each folder the locale's own before the common one.
func (d Document) read(file string) (name, source string, err error) {
	stem, extension, _ := strings.Cut(file, ".")
	for _, folder := range d.Templates {
		for _, name := range []string{
			d.Template + "/" + stem + "." + d.Locale + "." + extension,
			d.Template + "/" + file,
		} {
			content, err := fs.ReadFile(folder, name)
			if err == nil {
				return name, string(content), nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return "", "", fmt.Errorf("read report template: %w", err)
			}
		}
	}
	return "", "", fmt.Errorf("read report template: got no %s/%s in the template folders, want one", d.Template, file)
}

// functions are what a report's templates may call beside the document's own methods. Numbers may be pointers: nil is a
// dash.
func (d Document) functions() map[string]any {
	f := d.Format
	return map[string]any{
		"say":           f.say,
		"count":         func(v any) string { return whole(v, f.Count) },
		"money":         func(v any) string { return amount(v, f.Money) },
		"brief":         func(v any) string { return amount(v, f.Brief) },
		"fine":          func(v any) string { return amount(v, f.Fine) },
		"percent":       func(v any) string { return amount(v, f.Percent) },
		"signedPercent": func(v any) string { return amount(v, f.SignedPercent) },
		"day":           func(v any) string { return date(v, f.Date) },
		"short":         func(v any) string { return date(v, f.ShortDate) },
		"month":         f.Month,
		"text":          orDash,
		"base":          func(v any) string { return path.Base(orDash(v)) }, // the reader has no use for the machine's folders
		"barWidth": func(v, most float64) int {
			if most <= 0 || v <= 0 {
				return 0
			}
			return max(1, int(v/most*100+.5))
		},
		"ratio": func(part, all any) float64 { return ratio(part, all) },
		"ptr":   func(v float64) *float64 { return &v },
	}
}

// whole formats an integer, or a pointer to one.
func whole(v any, format func(int64) string) string {
	switch n := v.(type) {
	case int64:
		return format(n)
	case int:
		return format(int64(n))
	case *int64:
		if n != nil {
			return format(*n)
		}
	}
	return dash
}

// amount formats a number, or a pointer to one.
func amount(v any, format func(float64) string) string {
	switch n := v.(type) {
	case float64:
		return format(n)
	case *float64:
		if n != nil {
			return format(*n)
		}
	}
	return dash
}

// date formats a day, or a pointer to one.
func date(v any, format func(time.Time) string) string {
	switch t := v.(type) {
	case time.Time:
		return format(t)
	case *time.Time:
		if t != nil {
			return format(*t)
		}
	}
	return dash
}

// orDash is a text, or a pointer to one, and a dash where there is none.
func orDash(v any) string {
	switch s := v.(type) {
	case string:
		if s != "" {
			return s
		}
	case *string:
		if s != nil && *s != "" {
			return *s
		}
	}
	return dash
}

// ratio is part of all, 0 where all is.
func ratio(part, all any) float64 {
	number := func(v any) float64 {
		switch n := v.(type) {
		case int64:
			return float64(n)
		case float64:
			return n
		}
		return 0
	}
	if number(all) == 0 {
		return 0
	}
	return number(part) / number(all)
}
