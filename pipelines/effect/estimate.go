package effect

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/tokui/tokui/pipelines/model"
)

// verdictMeasured is the verdict of effects.estimate for rows that an interval is computed for.
const verdictMeasured = "measured"

// Estimate is the estimator `welch` of the model effects.estimate. It takes the rows of its SELECT (n1, mean1, var1
// planned; n0, mean0, var0 held out; holdout_rate, confidence, verdict) and gives them back with difference, std_error,
// df, ci_low, ci_high, p_value, lift_rate, lift_low, lift_high, draw_p_value and is_draw_suspect. The caller releases
// the table. The parameters are bound in the SELECT already, so p is not read.
func Estimate(ctx context.Context, in arrow.Table, p model.Params) (arrow.Table, error) {
	rows, err := readRows(in)
	if err != nil {
		return nil, fmt.Errorf("estimate effects: %w", err)
	}
	out := newAdditions()
	defer out.release()
	for i, r := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := out.add(r); err != nil {
			return nil, fmt.Errorf("estimate effects: row %d: %w", i+1, err)
		}
	}
	return out.beside(in), nil
}

// row is what the estimator reads of one row; numbers that are null there are 0.
type row struct {
	measured         bool
	confidence       float64
	planned, heldOut Arm
	holdout          float64
	holdoutKnown     bool
}

// readRows takes the estimator's columns out of a table.
func readRows(in arrow.Table) ([]row, error) {
	columns := map[string]numbers{}
	for _, name := range []string{"n1", "mean1", "var1", "n0", "mean0", "var0", "holdout_rate", "confidence"} {
		column, err := columnOf(in, name)
		if err != nil {
			return nil, err
		}
		if columns[name], err = readNumbers(name, column); err != nil {
			return nil, err
		}
	}
	verdictColumn, err := columnOf(in, "verdict")
	if err != nil {
		return nil, err
	}
	verdicts, err := readTexts("verdict", verdictColumn)
	if err != nil {
		return nil, err
	}
	rows := make([]row, in.NumRows())
	for i := range rows {
		value := func(name string) float64 { return columns[name].values[i] }
		rows[i] = row{
			measured:     verdicts[i] == verdictMeasured,
			confidence:   value("confidence"),
			planned:      Arm{N: value("n1"), Mean: value("mean1"), Variance: value("var1")},
			heldOut:      Arm{N: value("n0"), Mean: value("mean0"), Variance: value("var0")},
			holdout:      value("holdout_rate"),
			holdoutKnown: columns["holdout_rate"].known[i],
		}
	}
	return rows, nil
}

// numbers is a column of numbers; where it is null, the value is 0 and not known.
type numbers struct {
	values []float64
	known  []bool
}

func columnOf(in arrow.Table, name string) (*arrow.Column, error) {
	at := in.Schema().FieldIndices(name)
	if len(at) != 1 {
		return nil, fmt.Errorf("input has %d columns %s, want one", len(at), name)
	}
	return in.Column(at[0]), nil
}

func readNumbers(name string, column *arrow.Column) (numbers, error) {
	var n numbers
	for _, chunk := range column.Data().Chunks() {
		for i := range chunk.Len() {
			var v float64
			known := chunk.IsValid(i)
			switch c := chunk.(type) {
			case *array.Float64:
				v = c.Value(i)
			case *array.Int64:
				v = float64(c.Value(i))
			default:
				return n, fmt.Errorf("input column %s is %s, want double or bigint", name, chunk.DataType())
			}
			if !known {
				v = 0
			}
			n.values, n.known = append(n.values, v), append(n.known, known)
		}
	}
	return n, nil
}

func readTexts(name string, column *arrow.Column) ([]string, error) {
	var texts []string
	for _, chunk := range column.Data().Chunks() {
		c, ok := chunk.(interface{ Value(int) string })
		if !ok {
			return nil, fmt.Errorf("input column %s is %s, want varchar", name, chunk.DataType())
		}
		for i := range chunk.Len() {
			texts = append(texts, c.Value(i))
		}
	}
	return texts, nil
}

// additions are the columns that the estimator adds, under construction.
type additions struct {
	numbers map[string]*array.Float64Builder
	suspect *array.BooleanBuilder
}

// additionNames are the added numbers in the order of the model's header.
func additionNames() []string {
	return []string{
		"difference", "std_error", "df", "ci_low", "ci_high", "p_value", "lift_rate", "lift_low", "lift_high", "draw_p_value",
	}
}

func newAdditions() *additions {
	a := &additions{
		numbers: map[string]*array.Float64Builder{},
		suspect: array.NewBooleanBuilder(memory.DefaultAllocator),
	}
	for _, name := range additionNames() {
		a.numbers[name] = array.NewFloat64Builder(memory.DefaultAllocator)
	}
	return a
}

// add appends one row: nulls where nothing can be said.
func (a *additions) add(r row) error {
	given := map[string]float64{}
	if r.measured {
		e, lift, err := Compare(r.planned, r.heldOut, r.confidence)
		if err != nil {
			return err
		}
		given["difference"], given["std_error"], given["df"] = e.Difference, e.StdError, e.DF
		given["ci_low"], given["ci_high"], given["p_value"] = e.Low, e.High, e.P
		if lift != nil {
			given["lift_rate"], given["lift_low"], given["lift_high"] = lift.Difference, lift.Low, lift.High
		}
	}
	suspect := false
	if r.holdoutKnown {
		counts := []int64{int64(r.planned.N), int64(r.heldOut.N)}
		if _, p, err := SampleRatio(counts, []float64{1 - r.holdout, r.holdout}); err == nil {
			given["draw_p_value"], suspect = p, p < SuspectP
		}
	}
	for _, name := range additionNames() {
		if v, ok := given[name]; ok {
			a.numbers[name].Append(v)
		} else {
			a.numbers[name].AppendNull()
		}
	}
	a.suspect.Append(suspect)
	return nil
}

// beside is a table of the input's columns and the added ones.
func (a *additions) beside(in arrow.Table) arrow.Table {
	fields := slices.Clone(in.Schema().Fields())
	var columns []arrow.Column
	for i := range int(in.NumCols()) {
		columns = append(columns, *in.Column(i))
	}
	add := func(name string, builder array.Builder) {
		values := builder.NewArray()
		defer values.Release()
		field := arrow.Field{Name: name, Type: values.DataType(), Nullable: true}
		chunked := arrow.NewChunked(field.Type, []arrow.Array{values})
		defer chunked.Release()
		fields = append(fields, field)
		columns = append(columns, *arrow.NewColumn(field, chunked))
	}
	for _, name := range additionNames() {
		add(name, a.numbers[name])
	}
	add("is_draw_suspect", a.suspect)
	defer func() {
		for _, added := range columns[in.NumCols():] {
			added.Release()
		}
	}()
	return array.NewTable(arrow.NewSchema(fields, nil), columns, in.NumRows())
}

func (a *additions) release() {
	for _, builder := range a.numbers {
		builder.Release()
	}
	a.suspect.Release()
}
