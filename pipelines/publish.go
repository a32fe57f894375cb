package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/delivery"
)

// The forms in which tables are published.
const (
	FormParquet = "parquet"
	FormCSV     = "csv"
	FormXLSX    = "xlsx"
	FormDuckDB  = "duckdb"
)

// Publication says what is published, and how.
type Publication struct {
	// Tables are schema.table; none means every model's but those of ops, with core.sales.
	Tables []string
	// Campaign publishes who would get it now, with slot: the planned alone, after consents, suppressions, caps and draw.
	Campaign string
	Slot     calendar.Slot
	Form     string
	// CP932 writes CSV for Japanese systems: what that table lacks becomes 〓 and is counted.
	CP932 bool
	Dir   string
}

// Published is one file.
type Published struct {
	Table string `json:"table"`
	File  string `json:"file"`
	Rows  int64  `json:"rows"`
	// Replaced counts characters that CP932 does not have.
	Replaced int64 `json:"replaced,omitempty"`
}

// publishedSchemas are those whose tables are for everybody who may read reports. ops and raw hold the machinery.
func publishedSchemas() []string {
	return []string{"core", "rollups", "metrics", "predictions", "segments", "effects", "reports"}
}

// Publish writes tables as files for other programs. Each file is written beside its place and renamed, so that a reader
// never meets half of one. Texts that a spreadsheet would take for a formula get an apostrophe in front in CSV and XLSX;
// Parquet and DuckDB, which compute nothing, hold what the tables hold.
func (p *Program) Publish(ctx context.Context, what Publication) (files []Published, err error) {
	if err := journalDisk().MakeDir(what.Dir); err != nil {
		return nil, err
	}
	err = p.withWarehouse(ctx, "publish", func(db *warehouse.DB) error {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		if what.Campaign != "" {
			files, err = p.publishCampaign(ctx, db, what)
			return err
		}
		tables, err := p.publishable(ctx, db, what.Tables)
		if err != nil {
			return err
		}
		if what.Form == FormDuckDB {
			files, err = p.publishDuckDB(ctx, db, what, tables)
			return err
		}
		for _, table := range tables {
			file, err := p.publishTable(ctx, db, what, table, "select * from "+warehouse.Table(table), filepath.FromSlash(strings.Replace(table, ".", "/", 1)))
			if err != nil {
				return fmt.Errorf("publish %s: %w", table, err)
			}
			files = append(files, file)
		}
		return nil
	})
	return files, err
}

func journalDisk() journal.Disk { return journal.Disk{} }

// publishable are the tables asked for, or all; each must be one that analyze has built.
func (p *Program) publishable(ctx context.Context, db *warehouse.DB, asked []string) ([]string, error) {
	set, err := p.models(ctx, db)
	if err != nil {
		return nil, err
	}
	all := []string{"core.sales"}
	for _, m := range set.Models() {
		schema, name, _ := strings.Cut(m.Table(), ".")
		if !slices.Contains(publishedSchemas(), schema) {
			continue
		}
		if found, err := hasTable(ctx, db, schema, name); err != nil {
			return nil, err
		} else if found {
			all = append(all, m.Table())
		}
	}
	if len(asked) == 0 {
		return all, nil
	}
	var faults position.Faults
	for _, table := range asked {
		if !slices.Contains(all, table) {
			faults.Add(position.Position{File: "publish"}, position.Nearest(table, all), "no table %q that can be published; tokui query \"select * from …\" reads the others", table)
		}
	}
	return asked, faults.Err()
}

// publishTable writes the rows of a query in the form asked for.
func (p *Program) publishTable(ctx context.Context, db *warehouse.DB, what Publication, table, query, base string) (Published, error) {
	file := Published{Table: table, File: filepath.Join(what.Dir, base+"."+what.Form)}
	if err := journalDisk().MakeDir(filepath.Dir(file.File)); err != nil {
		return file, err
	}
	if err := db.One(ctx, "select count(*) from ("+query+")", nil, &file.Rows); err != nil {
		return file, err
	}
	beside := file.File + ".new"
	defer func() { _ = os.Remove(beside) }() // renamed already, where all went well
	switch what.Form {
	case FormParquet:
		if _, err := db.Exec(ctx, "copy ("+query+") to "+warehouse.Literal(beside)+" (format parquet, compression zstd)"); err != nil {
			return file, err
		}
	case FormCSV:
		guarded, err := guardedColumns(ctx, db, query)
		if err != nil {
			return file, err
		}
		if _, err := db.Exec(ctx, "copy (select "+guarded+" from ("+query+")) to "+warehouse.Literal(beside)+" (format csv, header true)"); err != nil {
			return file, err
		}
		if file.Replaced, err = finishCSV(beside, what.CP932); err != nil {
			return file, err
		}
	case FormXLSX:
		if err := p.publishSheet(ctx, db, table, query, beside); err != nil {
			return file, err
		}
	}
	return file, place(beside, file.File)
}

// place gives a finished file its name.
func place(beside, path string) error {
	f, err := os.Open(beside)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Rename(beside, path)); err != nil {
		return err
	}
	return journalDisk().SyncDir(filepath.Dir(path))
}

// guardedColumns are the columns of a query with its texts made harmless: what a spreadsheet would compute gets an
// apostrophe in front.
func guardedColumns(ctx context.Context, db *warehouse.DB, query string) (string, error) {
	type column struct{ name, typ string }
	columns, err := warehouse.Collect(ctx, db, "select column_name, column_type from (describe "+query+")",
		func(c *column) []any { return []any{&c.name, &c.typ} })
	if err != nil {
		return "", err
	}
	var list []string
	for _, c := range columns {
		name := warehouse.Ident(c.name)
		if c.typ == "VARCHAR" || strings.HasSuffix(c.typ, "[]") || strings.HasPrefix(c.typ, "STRUCT") || c.typ == "JSON" {
			list = append(list, fmt.Sprintf(`case when regexp_matches(%[1]s::varchar, '^[-=+@\t\r＝＋－＠]') then '''' || %[1]s::varchar else %[1]s::varchar end as %[1]s`, name))
			continue
		}
		list = append(list, name)
	}
	return strings.Join(list, ", "), nil
}

// maxSheetRows is what Excel takes in a sheet, the headings left out.
const maxSheetRows = 1<<20 - 1

// publishSheet writes a workbook.
func (p *Program) publishSheet(ctx context.Context, db *warehouse.DB, table, query, path string) error {
	var count int64
	if err := db.One(ctx, "select count(*) from ("+query+")", nil, &count); err != nil {
		return err
	}
	if count > maxSheetRows {
		return fmt.Errorf("got %d rows, and a sheet holds %d; try: --format csv or parquet", count, maxSheetRows)
	}
	names, err := warehouse.Collect(ctx, db, "select column_name from (describe "+query+")", func(s *string) []any { return []any{s} })
	if err != nil {
		return err
	}
	texts, err := warehouse.Collect(ctx, db, "select to_json(rows_of_sheet)::varchar from ("+query+") as rows_of_sheet", func(s *string) []any { return []any{s} })
	if err != nil {
		return err
	}
	rows := make([]map[string]any, len(texts))
	for i, text := range texts {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&rows[i]); err != nil {
			return err
		}
	}
	data, err := delivery.Workbook(delivery.Sheet{Title: table, Company: p.Config.Company.Name, Locale: p.Config.Locale, Columns: names}, rows)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// publishDuckDB writes one DuckDB file with the tables, for DuckDB itself, Metabase and whatever else opens one: it is a
// copy, so that a reader never holds the warehouse.
func (p *Program) publishDuckDB(ctx context.Context, db *warehouse.DB, what Publication, tables []string) (files []Published, err error) {
	path := filepath.Join(what.Dir, "tokui.duckdb")
	beside := path + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	defer func() { _ = os.Remove(beside) }() // renamed already, where all went well
	if _, err := db.Exec(ctx, "attach "+warehouse.Literal(beside)+" as published"); err != nil {
		return nil, err
	}
	attached := true
	defer func() {
		if attached {
			_, detachErr := db.Exec(ctx, "detach published")
			err = errors.Join(err, detachErr)
		}
	}()
	for _, table := range tables {
		schema, name, _ := strings.Cut(table, ".")
		to := "published." + warehouse.Ident(schema) + "." + warehouse.Ident(name)
		if _, err := db.Exec(ctx, "create schema if not exists published."+warehouse.Ident(schema)); err != nil {
			return nil, err
		}
		if _, err := db.Exec(ctx, "create table "+to+" as from "+warehouse.Table(table)); err != nil {
			return nil, err
		}
		file := Published{Table: table, File: path}
		if err := db.One(ctx, "select count(*) from "+to, nil, &file.Rows); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	attached = false
	if _, err := db.Exec(ctx, "detach published"); err != nil {
		return nil, err
	}
	return files, place(beside, path)
}

// publishCampaign writes who would get a campaign now: the planned whose message would not be withheld. It is what other
// systems may be given, for everybody who must not be written to is gone.
func (p *Program) publishCampaign(ctx context.Context, db *warehouse.DB, what Publication) ([]Published, error) {
	if what.Form == FormDuckDB {
		return nil, fmt.Errorf("a campaign is published as csv, xlsx or parquet")
	}
	if err := p.collect(ctx, db, p.asOf(what.Slot)); err != nil {
		return nil, err
	}
	plan, err := p.makePlan(ctx, db, what.Campaign, what.Slot)
	if err != nil {
		return nil, err
	}
	defer os.Remove(plan.PlanFile)
	defer os.Remove(plan.RecipientsFile)
	var fields strings.Builder
	for _, name := range plan.Fields {
		if !slices.Contains([]string{"contact_id", "customer_id", "address", "name", "rank", "variant"}, name) {
			fmt.Fprintf(&fields, ", json_extract_string(recipients.fields, %s) as %s", warehouse.Literal(`$."`+name+`"`), warehouse.Ident(name))
		}
	}
	query := fmt.Sprintf(`
		select recipients.contact_id, recipients.address, recipients.name, plan.customer_id, plan.rank, plan.variant%s
		from read_parquet(%s) as plan
		inner join read_parquet(%s) as recipients on recipients.message_key = plan.message_key
		where plan.arm = 'planned' and coalesce(plan.reason, '') = ''
		order by recipients.position, recipients.contact_id`, fields.String(), warehouse.Literal(plan.PlanFile), warehouse.Literal(plan.RecipientsFile))
	file, err := p.publishTable(ctx, db, what, what.Campaign, query, filepath.Join("audiences", what.Campaign))
	if err != nil {
		return nil, fmt.Errorf("publish %s: %w", what.Campaign, err)
	}
	return []Published{file}, nil
}

// PublishDir is where tables are published by default.
func (p *Program) PublishDir() string { return p.dataPath("publish") }
