package edition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// batchRows is how many rows of a file are in memory at a time.
const batchRows = 4096

// table is a Parquet file of text columns and then whole-number columns. NULL reads as "" and 0, and so do the numbers of
// a file that was written before it had their column.
type table struct {
	path    string
	columns []string // text
	numbers []string // int32
	// later is how many of the last text columns a file may lack, as it was written before they were kept.
	later int
}

// row is one row of a table, its values in the order of the table's columns and numbers.
type row struct {
	texts   []string
	numbers []int32
}

// rows yields the rows in the file's order. The row's slices are reused; the strings stay. An error ends it.
func (t table) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		if err := t.each(func(r row) bool { return yield(r, nil) }); err != nil {
			yield(row{}, err)
		}
	}
}

// each calls fn for every row until it returns false.
func (t table) each(fn func(row) bool) error {
	fail := func(err error) error { return fmt.Errorf("read %s: %w", t.path, err) }
	f, err := os.Open(t.path)
	if err != nil {
		return fmt.Errorf("read edition: %w", err)
	}
	defer f.Close()
	pf, err := file.NewParquetReader(f)
	if err != nil {
		return fail(err)
	}
	defer pf.Close()
	reader, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator)
	if err != nil {
		return fail(err)
	}
	indices, err := t.indices(pf)
	if err != nil {
		return fail(err)
	}
	records, err := reader.GetRecordReader(context.Background(), indices, nil)
	if err != nil {
		return fail(err)
	}
	defer records.Release()
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fail(err)
		}
		more, err := t.eachOf(record, fn)
		if err != nil {
			return fail(err)
		}
		if !more {
			return nil
		}
	}
}

// eachOf calls fn for the rows of one batch, and reports whether it wants more.
func (t table) eachOf(record arrow.RecordBatch, fn func(row) bool) (bool, error) {
	texts := make([]func(int) string, len(t.columns))
	for i, name := range t.columns {
		at := record.Schema().FieldIndices(name)
		if len(at) == 0 && i >= len(t.columns)-t.later {
			texts[i] = func(int) string { return "" }
			continue
		}
		if len(at) != 1 {
			return false, fmt.Errorf("got %d columns %s, want one", len(at), name)
		}
		column, err := textOf(record.Column(at[0]))
		if err != nil {
			return false, fmt.Errorf("column %s: %w", name, err)
		}
		texts[i] = column
	}
	numbers := make([]*array.Int32, len(t.numbers))
	for i, name := range t.numbers {
		at := record.Schema().FieldIndices(name)
		if len(at) == 0 {
			continue // an older file
		}
		column, ok := record.Column(at[0]).(*array.Int32)
		if !ok {
			return false, fmt.Errorf("column %s: got type %s, want int32", name, record.Column(at[0]).DataType())
		}
		numbers[i] = column
	}
	values := row{texts: make([]string, len(texts)), numbers: make([]int32, len(numbers))}
	for r := range int(record.NumRows()) {
		for i, column := range texts {
			values.texts[i] = column(r)
		}
		for i, column := range numbers {
			if values.numbers[i] = 0; column != nil && !column.IsNull(r) {
				values.numbers[i] = column.Value(r)
			}
		}
		if !fn(values) {
			return false, nil
		}
	}
	return true, nil
}

// textOf reads a column's values; they are copied out of the batch, which is reused.
func textOf(column arrow.Array) (func(int) string, error) {
	type texts interface {
		Value(int) string
		IsNull(int) bool
	}
	values, ok := column.(texts)
	if !ok {
		return nil, fmt.Errorf("got type %s, want text", column.DataType())
	}
	switch column.(type) {
	case *array.String, *array.LargeString, *array.StringView:
	default:
		return nil, fmt.Errorf("got type %s, want text", column.DataType())
	}
	return func(r int) string {
		if values.IsNull(r) {
			return ""
		}
		return strings.Clone(values.Value(r))
	}, nil
}

// indices finds the wanted columns among the file's; numbers may be missing.
func (t table) indices(pf *file.Reader) ([]int, error) {
	schema := pf.MetaData().Schema
	var indices []int
	for i, name := range t.columns {
		at := schema.ColumnIndexByName(name)
		if at < 0 && i >= len(t.columns)-t.later {
			continue
		}
		if at < 0 {
			return nil, fmt.Errorf("got no column %s, want the columns %s", name, strings.Join(t.columns, ", "))
		}
		indices = append(indices, at)
	}
	for _, name := range t.numbers {
		if at := schema.ColumnIndexByName(name); at >= 0 {
			indices = append(indices, at)
		}
	}
	return indices, nil
}

// write makes the file at its path, unsynced.
func (t table) write(rows iter.Seq[row]) (err error) {
	var fields []arrow.Field
	for _, name := range t.columns {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	for _, name := range t.numbers {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int32})
	}
	schema := arrow.NewSchema(fields, nil)
	f, err := os.OpenFile(t.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write edition: %w", err)
	}
	// the Parquet writer closes the file; nothing is left open when it does not come to that
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, os.ErrClosed) {
			err = fmt.Errorf("write %s: %w", t.path, closeErr)
		}
	}()
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDictionaryDefault(true))
	writer, err := pqarrow.NewFileWriter(schema, f, props, pqarrow.DefaultWriterProps())
	if err != nil {
		return fmt.Errorf("write %s: %w", t.path, err)
	}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	n := 0
	flush := func() error {
		record := builder.NewRecordBatch()
		defer record.Release()
		n = 0
		return writer.WriteBuffered(record)
	}
	for r := range rows {
		for i, value := range r.texts {
			builder.Field(i).(*array.StringBuilder).Append(value)
		}
		for i, value := range r.numbers {
			builder.Field(len(t.columns) + i).(*array.Int32Builder).Append(value)
		}
		if n++; n == batchRows {
			if err := flush(); err != nil {
				return fmt.Errorf("write %s: %w", t.path, err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("write %s: %w", t.path, err)
	}
	if err := writer.Close(); err != nil {
		return fmt.Errorf("write %s: %w", t.path, err)
	}
	return nil
}
