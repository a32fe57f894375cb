package warehouse

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Arrow tables pass through Parquet files: the driver's own Arrow interface needs a build tag and crashes on misuse.

// rowGroup is the rows of a Parquet row group written by SelectParquet: a plan fits into one.
const rowGroup = 1 << 20

// Select returns the result of a query as an Arrow table, which the caller releases. A hugeint arrives as a double, so
// cast sums of integers to bigint. Errors: *SQLError, or of the temporary file.
func (s session) Select(ctx context.Context, query string, args ...any) (arrow.Table, error) {
	path, remove, err := s.tempFile()
	if err != nil {
		return nil, err
	}
	defer remove()
	if err := s.copyTo(ctx, path, "format parquet, compression snappy", query, args); err != nil {
		return nil, err
	}
	pf, err := file.OpenParquetFile(path, false)
	if err != nil {
		return nil, fmt.Errorf("open result: %w", err)
	}
	defer pf.Close()
	reader, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{Parallel: true, BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	table, err := reader.ReadTable(ctx)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return table, nil
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
func (s session) Insert(ctx context.Context, table string, rows arrow.Table) (err error) {
	path, remove, err := s.tempFile()
	if err != nil {
		return err
	}
	defer remove()
	if err := writeParquet(path, rows); err != nil {
		return fmt.Errorf("write rows of %s: %w", table, err)
	}
	source := "read_parquet(" + Literal(path) + ")"
	if _, err := s.Exec(ctx, "create table if not exists "+Table(table)+" as from "+source+" limit 0"); err != nil {
		return err
	}
	_, err = s.Exec(ctx, "insert into "+Table(table)+" by name from "+source)
	return err
}

func writeParquet(path string, rows arrow.Table) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy))
	// WriteTable closes the file where it gets that far; a second close is harmless.
	err = pqarrow.WriteTable(rows, f, rowGroup, props, pqarrow.DefaultWriterProps())
	if e := f.Close(); e != nil && !errors.Is(e, os.ErrClosed) {
		err = errors.Join(err, e)
	}
	return err
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

// partGroups is how many row groups of DuckDB's (122,880 rows) make a part of Transform: enough to share among cores, few
// enough that a part is tens of megabytes.
const partGroups = 4

// Transform gives the rows of a query to f, part by part in their order, so that memory does not grow with the rows, and
// what f makes of them to use, as a table that a FROM may name as long as use runs. f does not release what it is given; a
// query without rows is one part without any. Every part must come back with the same columns.
func (s session) Transform(ctx context.Context, query string, args []any, f func(part arrow.Table) (arrow.Table, error), use func(source string) error) error {
	from, removeFrom, err := s.tempFile()
	if err != nil {
		return err
	}
	defer removeFrom()
	if err := s.copyTo(ctx, from, "format parquet, compression snappy", query, args); err != nil {
		return err
	}
	to, removeTo, err := s.tempFile()
	if err != nil {
		return err
	}
	defer removeTo()
	if err := transform(ctx, from, to, f); err != nil {
		return err
	}
	return use("read_parquet(" + Literal(to) + ")")
}

func transform(ctx context.Context, from, to string, f func(arrow.Table) (arrow.Table, error)) (err error) {
	pf, err := file.OpenParquetFile(from, false)
	if err != nil {
		return fmt.Errorf("open result: %w", err)
	}
	defer pf.Close()
	reader, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{Parallel: true}, memory.DefaultAllocator)
	if err != nil {
		return fmt.Errorf("read result: %w", err)
	}
	columns := make([]int, pf.MetaData().Schema.NumColumns())
	for i := range columns {
		columns[i] = i
	}
	var out partWriter
	defer func() { err = errors.Join(err, out.close()) }()
	groups := pf.NumRowGroups()
	for first := 0; first == 0 || first < groups; first += partGroups {
		var some []int
		for g := first; g < min(first+partGroups, groups); g++ {
			some = append(some, g)
		}
		in, err := reader.ReadRowGroups(ctx, columns, some)
		if err != nil {
			return fmt.Errorf("read result: %w", err)
		}
		rows, err := f(in)
		in.Release()
		if err != nil {
			return err
		}
		err = out.write(to, rows)
		rows.Release()
		if err != nil {
			return fmt.Errorf("write rows: %w", err)
		}
	}
	return nil
}

// partWriter writes tables of the same columns to one file.
type partWriter struct{ to *pqarrow.FileWriter }

func (w *partWriter) write(path string, rows arrow.Table) error {
	if w.to == nil {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDictionaryDefault(false))
		if w.to, err = pqarrow.NewFileWriter(rows.Schema(), f, props, pqarrow.DefaultWriterProps()); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return w.to.WriteTable(rows, rowGroup)
}

func (w *partWriter) close() error {
	if w.to == nil {
		return nil
	}
	return w.to.Close()
}
