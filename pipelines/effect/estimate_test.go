package effect

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// input is the SELECT of effects.estimate: the estimator's columns and one that only passes through.
func input(t *testing.T, rows string) arrow.Table {
	t.Helper()
	number := arrow.PrimitiveTypes.Float64
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "campaign", Type: arrow.BinaryTypes.String},
		{Name: "verdict", Type: arrow.BinaryTypes.String},
		{Name: "confidence", Type: number},
		{Name: "n1", Type: arrow.PrimitiveTypes.Int64},
		{Name: "mean1", Type: number, Nullable: true},
		{Name: "var1", Type: number, Nullable: true},
		{Name: "n0", Type: arrow.PrimitiveTypes.Int64},
		{Name: "mean0", Type: number, Nullable: true},
		{Name: "var0", Type: number, Nullable: true},
		{Name: "holdout_rate", Type: number, Nullable: true},
	}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	return array.NewTableFromRecords(schema, []arrow.RecordBatch{record})
}

func TestEstimate(t *testing.T) {
	_, _, spend := hillstrom(t)
	mens, none := spend["Mens E-Mail"], spend["No E-Mail"]
	in := input(t, `[
		{"campaign": "late", "verdict": "too early", "confidence": 0.95, "n1": 900, "n0": 100, "holdout_rate": 0.1},
		{"campaign": "skew", "verdict": "not enough data", "confidence": 0.95, "n1": 990, "mean1": 1, "var1": 1, "n0": 10, "mean0": 1, "var0": 1, "holdout_rate": 0.1},
		{"campaign": "gone", "verdict": "measured", "confidence": 0.95, "n1": 990, "mean1": 1, "var1": 1, "n0": 10, "mean0": 0, "var0": 1}
	]`)
	defer in.Release()
	out, err := Estimate(context.Background(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	if got, want := out.NumCols(), in.NumCols()+11; got != want {
		t.Fatalf("columns: got %d, want %d", got, want)
	}
	known := func(name string) []bool {
		t.Helper()
		column, err := columnOf(out, name)
		if err != nil {
			t.Fatal(err)
		}
		n, err := readNumbers(name, column)
		if err != nil {
			t.Fatal(err)
		}
		return n.known
	}
	for name, want := range map[string][3]bool{
		"difference":   {false, false, true},
		"ci_low":       {false, false, true},
		"lift_rate":    {false, false, false}, // the control's mean is 0
		"draw_p_value": {true, true, false},   // the campaign is not configured any more
	} {
		if got := known(name); [3]bool(got) != want {
			t.Errorf("%s known: got %v, want %v", name, got, want)
		}
	}
	suspect, err := columnOf(out, "is_draw_suspect")
	if err != nil {
		t.Fatal(err)
	}
	flags := suspect.Data().Chunk(0).(*array.Boolean)
	if flags.Value(0) || !flags.Value(1) || flags.Value(2) {
		t.Errorf("suspect draws: got %v, want only the second", flags)
	}

	// the estimator's numbers are Welch's
	a := newAdditions()
	defer a.release()
	if err := a.add(row{measured: true, confidence: .95, planned: mens, heldOut: none, holdout: .5, holdoutKnown: true}); err != nil {
		t.Fatal(err)
	}
	difference := a.numbers["difference"].NewFloat64Array()
	defer difference.Release()
	if got := difference.Value(0); math.Abs(got-.769827) > 1e-6 {
		t.Errorf("difference of men's mail: got %g, want .769827", got)
	}
}

func TestEstimateRefuses(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n1", Type: arrow.BinaryTypes.String}}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(`[{"n1": "9"}]`))
	if err != nil {
		t.Fatal(err)
	}
	in := array.NewTableFromRecords(schema, []arrow.RecordBatch{record})
	if _, err := Estimate(context.Background(), in, nil); err == nil || !strings.Contains(err.Error(), "n1 is utf8") {
		t.Errorf("a text column n1: got %v, want an error that names it", err)
	}
	flat := input(t, `[{"campaign": "x", "verdict": "measured", "confidence": 0.95, "n1": 9, "mean1": 1, "var1": 0, "n0": 9, "mean0": 1, "var0": 0}]`)
	if _, err := Estimate(context.Background(), flat, nil); err == nil || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("a measured row without spread: got %v, want an error that names the row", err)
	}
}
