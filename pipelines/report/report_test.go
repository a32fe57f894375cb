package report_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/pipelines/report"
	"github.com/tokui/tokui/sql"
	"github.com/tokui/tokui/templates"
)

var update = flag.Bool("update", false, "rewrite testdata/*/want; look at the pages before you commit them")

// fixture is a warehouse with the tables that a folder of CSV files holds, typed as the models' headers say; tables
// without a file are empty.
func fixture(t *testing.T, folder string) *warehouse.DB {
	t.Helper()
	ctx := t.Context()
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	set, err := model.Read(ctx, db, sql.Models)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range set.Models() {
		if m.Schema != model.Reports {
			continue
		}
		if err := fill(ctx, db, m, filepath.Join("testdata", folder, strings.TrimPrefix(m.Table(), "reports.")+".csv")); err != nil {
			t.Fatalf("%s: %v", m.Table(), err)
		}
	}
	return db
}

func fill(ctx context.Context, db *warehouse.DB, m model.Model, path string) error {
	var columns []string
	for _, c := range m.Columns {
		columns = append(columns, warehouse.Ident(c.Name)+" "+c.Type)
	}
	if _, err := db.Exec(ctx, "create schema if not exists reports"); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, fmt.Sprintf("create table %s (%s)", warehouse.Table(m.Table()), strings.Join(columns, ", "))); err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	_, err := db.Exec(ctx, fmt.Sprintf("insert into %s by name select * from read_csv(%s, header = true, all_varchar = true, nullstr = '', allow_quoted_nulls = false)",
		warehouse.Table(m.Table()), warehouse.Literal(path)))
	return err
}

func options(locale string) report.Options {
	o := report.Options{
		Templates: []fs.FS{templates.FS()}, Template: "management",
		Title: "Management report", Company: "Larch & Lantern Wholesale Ltd", Locale: "en", Currency: "£",
		Page: "var/reports/management/20111210T1700/report.html",
	}
	if locale == "ja" {
		o.Title, o.Company, o.Locale, o.Currency = "経営レポート", "とくい商会", "ja", "¥"
	}
	return o
}

func TestPagesAndMails(t *testing.T) {
	for _, folder := range []string{"en", "ja", "empty"} {
		t.Run(folder, func(t *testing.T) {
			document, err := report.Build(t.Context(), fixture(t, folder), "management", options(folder))
			if err != nil {
				t.Fatal(err)
			}
			page, err := document.HTML()
			if err != nil {
				t.Fatal(err)
			}
			subject, html, text, err := document.Mail()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, folder, "report.html", string(page))
			golden(t, folder, "mail.txt", "Subject: "+subject+"\n\n"+text)
			golden(t, folder, "mail.html", html)
			again, err := document.HTML()
			if err != nil || string(again) != string(page) {
				t.Errorf("the page written twice differs (%v)", err)
			}
			for _, never := range []string{"NaN", "<no value>", "%!", "http://", "https://"} {
				body := strings.ReplaceAll(string(page)+subject+html+text, `xmlns="http://www.w3.org/2000/svg"`, "")
				if strings.Contains(body, never) {
					t.Errorf("the report says %q", never)
				}
			}
		})
	}
}

func golden(t *testing.T, folder, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", folder, "want", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; renew with -update):\n%s", path, diff)
	}
}

// A company's own template of the same path replaces the built-in one, file by file, and its locale's comes first.
func TestTemplatesReplace(t *testing.T) {
	own := fstest.MapFS{
		"management/subject.txt":    {Data: []byte("own {{.Title}}\n")},
		"management/subject.ja.txt": {Data: []byte("独自 {{.Title}}\n")},
		"management/report.html":    {Data: []byte(`<p>{{.Company}}</p>`)},
	}
	db := fixture(t, "en")
	for locale, want := range map[string]string{"en": "own Management report", "ja": "独自 経営レポート"} {
		o := options(locale)
		o.Templates = append([]fs.FS{own}, o.Templates...)
		document, err := report.Build(t.Context(), db, "management", o)
		if err != nil {
			t.Fatal(err)
		}
		subject, _, text, err := document.Mail()
		if err != nil {
			t.Fatal(err)
		}
		if subject != want {
			t.Errorf("subject: got %q, want %q", subject, want)
		}
		if !strings.Contains(text, o.Company) {
			t.Errorf("the built-in text of the mail does not stand: %q", text)
		}
	}
	o := options("en")
	o.Company = `<script>alert("x")</script>`
	o.Templates = []fs.FS{own}
	document, err := report.Build(t.Context(), db, "management", o)
	if err != nil {
		t.Fatal(err)
	}
	page, err := document.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(page), "<script>") {
		t.Errorf("a company's name became markup: %s", page)
	}
	if _, _, _, err := document.Mail(); err == nil || !strings.Contains(err.Error(), "management/body.html") {
		t.Errorf("a missing template: got %v, want an error that names it", err)
	}
}

func TestTemplateFaultsSayWhere(t *testing.T) {
	db := fixture(t, "en")
	for source, want := range map[string]string{
		"{{.Headline.Sale}}": "management/report.html:1:11",
		"{{if}}":             "management/report.html:1",
	} {
		o := options("en")
		o.Templates = []fs.FS{fstest.MapFS{"management/report.html": {Data: []byte(source)}}}
		document, err := report.Build(t.Context(), db, "management", o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := document.HTML(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %s", source, err, want)
		}
	}
}

func TestBuildNamesTheMissingTable(t *testing.T) {
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := report.Build(t.Context(), db, "management", options("en")); err == nil || !strings.Contains(err.Error(), "management_headline") {
		t.Errorf("got %v, want an error that names the table", err)
	}
}
