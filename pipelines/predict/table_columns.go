package predict

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// The files table_*.go are how the models of sql/predictions call the arithmetic beside them: each estimator takes the rows
// of a SELECT and gives back those of the table that the model's header describes. What is null is NaN here.

// columnReader takes columns out of a table and keeps what went wrong.
type columnReader struct {
	in  arrow.Table
	err error
}

func (r *columnReader) column(name string) []arrow.Array {
	at := r.in.Schema().FieldIndices(name)
	if len(at) != 1 {
		r.err = errors.Join(r.err, fmt.Errorf("input has %d columns %s, want one", len(at), name))
		return nil
	}
	return r.in.Column(at[0]).Data().Chunks()
}

func (r *columnReader) wrong(name, want string, got arrow.Array) {
	r.err = errors.Join(r.err, fmt.Errorf("input column %s is %s, want %s", name, got.DataType(), want))
}

// numbers reads a double, bigint or integer column; null is NaN.
func (r *columnReader) numbers(name string) []float64 {
	values := make([]float64, 0, r.in.NumRows())
	for _, chunk := range r.column(name) {
		var at func(int) float64
		switch c := chunk.(type) {
		case *array.Float64:
			at = c.Value
		case *array.Int64:
			at = func(i int) float64 { return float64(c.Value(i)) }
		case *array.Int32:
			at = func(i int) float64 { return float64(c.Value(i)) }
		default:
			r.wrong(name, "double or bigint", chunk)
			return nil
		}
		for i := range chunk.Len() {
			if chunk.IsNull(i) {
				values = append(values, math.NaN())
			} else {
				values = append(values, at(i))
			}
		}
	}
	return values
}

func (r *columnReader) texts(name string) []string {
	values := make([]string, 0, r.in.NumRows())
	for _, chunk := range r.column(name) {
		c, ok := chunk.(interface{ Value(int) string })
		if !ok {
			r.wrong(name, "varchar", chunk)
			return nil
		}
		for i := range chunk.Len() {
			values = append(values, c.Value(i))
		}
	}
	return values
}

func (r *columnReader) dates(name string) []arrow.Date32 {
	values := make([]arrow.Date32, 0, r.in.NumRows())
	for _, chunk := range r.column(name) {
		c, ok := chunk.(*array.Date32)
		if !ok {
			r.wrong(name, "date", chunk)
			return nil
		}
		values = append(values, c.Date32Values()...)
	}
	return values
}

func (r *columnReader) truths(name string) []bool {
	values := make([]bool, 0, r.in.NumRows())
	for _, chunk := range r.column(name) {
		c, ok := chunk.(*array.Boolean)
		if !ok {
			r.wrong(name, "boolean", chunk)
			return nil
		}
		for i := range c.Len() {
			values = append(values, c.IsValid(i) && c.Value(i))
		}
	}
	return values
}

// columnWriter is a table under construction; all columns are as long as the first.
type columnWriter struct {
	fields  []arrow.Field
	columns []arrow.Column
}

func (w *columnWriter) add(name string, builder array.Builder) {
	values := builder.NewArray()
	builder.Release()
	field := arrow.Field{Name: name, Type: values.DataType(), Nullable: true}
	chunks := arrow.NewChunked(field.Type, []arrow.Array{values})
	values.Release()
	w.fields = append(w.fields, field)
	w.columns = append(w.columns, *arrow.NewColumn(field, chunks))
	chunks.Release()
}

// numbers adds a double column, rounded to 6 digits after the point; NaN is null.
func (w *columnWriter) numbers(name string, values []float64) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.Reserve(len(values))
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b.AppendNull()
		} else {
			b.Append(rounded(v))
		}
	}
	w.add(name, b)
}

// rounded is v with 6 digits after the point, and 6 significant ones below 0.1.
func rounded(v float64) float64 {
	digits := 1e6
	for size := math.Abs(v); size != 0 && size < 0.1 && digits < 1e15; size *= 10 {
		digits *= 10
	}
	return math.Round(v*digits) / digits
}

func (w *columnWriter) counts(name string, values []int64) {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	w.add(name, b)
}

func (w *columnWriter) texts(name string, values []string) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	w.add(name, b)
}

func (w *columnWriter) dates(name string, values []arrow.Date32) {
	b := array.NewDate32Builder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	w.add(name, b)
}

func (w *columnWriter) truths(name string, values []bool) {
	b := array.NewBooleanBuilder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	w.add(name, b)
}

// keep takes over a column of the input as it is.
func (w *columnWriter) keep(in arrow.Table, names ...string) {
	for _, name := range names {
		for _, at := range in.Schema().FieldIndices(name) {
			column := in.Column(at)
			column.Retain()
			w.fields = append(w.fields, in.Schema().Field(at))
			w.columns = append(w.columns, *column)
		}
	}
}

// table hands the columns over to a table, which the caller releases.
func (w *columnWriter) table(rows int64) arrow.Table {
	defer func() {
		for i := range w.columns {
			w.columns[i].Release()
		}
	}()
	return array.NewTable(arrow.NewSchema(w.fields, nil), w.columns, rows)
}

// wholeParameter is a whole number among an estimator's parameters.
func wholeParameter(p map[string]any, name string) (int, error) {
	switch v := p[name].(type) {
	case int64:
		return int(v), nil
	case int:
		return v, nil
	default:
		return 0, fmt.Errorf("parameter $%s is %v, want a whole number", name, p[name])
	}
}
