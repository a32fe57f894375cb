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
