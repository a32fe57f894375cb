package warehouse

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Arrow tables pass through Parquet files: the driver's own Arrow interface needs a build tag and crashes on misuse.

// rowGroup is the rows of a Parquet row group written by SelectParquet: a plan fits into one.
const rowGroup = 1 << 20

// Select returns the result of a query as an Arrow table, which the caller releases. A hugeint arrives as a double, so
// cast sums of integers to bigint. Errors: *SQLError, or of the temporary file.
func (s session) Select(ctx context.Context, query string, args ...any) (arrow.Table, error) {
	var whole arrow.Table
	err := s.SelectParts(ctx, 0, func(part arrow.Table) error {
		part.Retain()
		whole = part
		return nil
	}, query, args...)
	return whole, err
}

// SelectParts passes the result of a query on as Arrow tables of about so many rows, in their order, so that no more than
// one of them is in memory; 0 rows means all in one. There is always one, if only an empty one. Each is released when do
// returns. While they pass, DuckDB lends the memory that they and the work on them take. Errors: those of Select, and do's.
func (s session) SelectParts(ctx context.Context, rows int64, do func(part arrow.Table) error, query string, args ...any) (err error) {
	path, remove, err := s.tempFile()
	if err != nil {
		return err
	}
	defer remove()
	if err := s.copyTo(ctx, path, "format parquet, compression snappy", query, args); err != nil {
		return err
	}
	pf, err := file.OpenParquetFile(path, false)
	if err != nil {
		return fmt.Errorf("open result: %w", err)
	}
	defer pf.Close()
	reader, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{Parallel: true, BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		return fmt.Errorf("read result: %w", err)
	}
	columns := make([]int, pf.MetaData().Schema.NumColumns())
	for i := range columns {
		columns[i] = i
	}
	parts := rowGroups(pf, rows)
	giveBack, err := s.lend(ctx, largest(pf, parts)*int64(len(columns))*cellBytes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, giveBack()) }()
	for _, groups := range parts {
		part, err := reader.ReadRowGroups(ctx, columns, groups)
		if err != nil {
			return fmt.Errorf("read result: %w", err)
		}
		err = do(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// rowGroups divides the row groups of a file into parts of about so many rows.
func rowGroups(pf *file.Reader, rows int64) [][]int {
	parts := [][]int{{}}
	var n int64
	for g := range pf.NumRowGroups() {
		if n >= rows && rows > 0 {
			parts, n = append(parts, nil), 0
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], g)
		n += pf.MetaData().RowGroup(g).NumRows()
	}
	return parts
}

// largest is the rows of the largest part.
func largest(pf *file.Reader, parts [][]int) int64 {
	var most int64
	for _, groups := range parts {
		var n int64
		for _, g := range groups {
			n += pf.MetaData().RowGroup(g).NumRows()
		}
		most = max(most, n)
	}
	return most
}

// SelectParquet writes the result of a query to a Parquet file (zstd, mode 0600), overwriting it. The same rows in the
// same order give the same bytes, so a reproducible file needs a total order by.
func (s session) SelectParquet(ctx context.Context, path, query string, args ...any) error {
	options := fmt.Sprintf("format parquet, compression zstd, row_group_size %d", rowGroup)
	if err := s.copyTo(ctx, path, options, query, args); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("protect %s: %w", path, err)
	}
	return nil
}

// Insert appends an Arrow table to schema.table by column name, making the table where it is missing.
func (s session) Insert(ctx context.Context, table string, rows arrow.Table) error {
	w, err := s.NewRows()
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Add(rows); err != nil {
		return fmt.Errorf("write rows of %s: %w", table, err)
	}
	source, err := w.source()
	if err != nil {
		return fmt.Errorf("write rows of %s: %w", table, err)
	}
	if _, err := s.Exec(ctx, "create table if not exists "+Table(table)+" as from "+source+" limit 0"); err != nil {
		return err
	}
	_, err = s.Exec(ctx, "insert into "+Table(table)+" by name from "+source)
	return err
}

// Rows are rows on their way into a table. They wait in a file, so that their number costs no memory.
type Rows struct {
	on     session
	path   string
	remove func()
	file   *os.File
	writer *pqarrow.FileWriter // nil before the first rows
}

// NewRows begins to collect rows; the caller closes it.
func (s session) NewRows() (*Rows, error) {
	path, remove, err := s.tempFile()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		remove()
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	return &Rows{on: s, path: path, remove: remove, file: f}, nil
}

// Add appends rows. All tables have the columns of the first.
func (r *Rows) Add(rows arrow.Table) error {
	if r.writer == nil {
		// The file lives for a moment: neither dictionaries nor compression are worth their time (measured: a third of it).
		props := parquet.NewWriterProperties(parquet.WithDictionaryDefault(false), parquet.WithStats(false))
		var err error
		if r.writer, err = pqarrow.NewFileWriter(rows.Schema(), r.file, props, pqarrow.DefaultWriterProps()); err != nil {
			return err
		}
	}
	return r.writer.WriteTable(rows, readGroup)
}

// readGroup is the rows of a row group of rows on their way in: DuckDB reads them in parallel.
const readGroup = 1 << 17

// source ends the file and returns it as a FROM clause.
func (r *Rows) source() (string, error) {
	if r.writer != nil {
		if err := r.writer.Close(); err != nil { // closes the file too
			return "", err
		}
		r.writer = nil
	}
	return "read_parquet(" + Literal(r.path) + ")", nil
}

// Replace makes schema.table of the rows, in place of what it was: list is a SELECT list over their columns.
func (r *Rows) Replace(ctx context.Context, table, list string) error {
	source, err := r.source()
	if err != nil {
		return fmt.Errorf("write rows of %s: %w", table, err)
	}
	_, err = r.on.Exec(ctx, "create or replace table "+Table(table)+" as select "+list+" from "+source)
	return err
}

// Close removes what is left of the rows.
func (r *Rows) Close() {
	if r.writer != nil {
		_ = r.writer.Close() // the file goes
	}
	_ = r.file.Close() // closed already, where it was read
	r.remove()
}

// copyTo writes a query's result to a file. The query ends without a semicolon; a comment at its end does no harm.
func (s session) copyTo(ctx context.Context, path, options, query string, args []any) error {
	const before = "copy (\n"
	_, err := s.Exec(ctx, before+query+"\n) to "+Literal(path)+" ("+options+")", args...)
	var se *SQLError
	if errors.As(err, &se) && se.Line > 1 {
		se.Line-- // the place within the query
	}
	return err
}
