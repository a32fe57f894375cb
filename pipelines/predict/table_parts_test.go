package predict

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"
)

// TestScoringGoesByRows: the engine gives scoring its input in parts, so that a row must come out alike in any company.
func TestScoringGoesByRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	pairs := randomPairs(rng, Renewal{2, 1.5, 60, 0.5, 1.5}, 500)
	in := scoreInput{
		pairs: pairs, law: Renewal{2, 1.5, 60, 0.5, 1.5}, weights: []float64{-1, 0.8, 0.3, 0.1, -0.2, 0.4}, replacementDays: math.NaN(),
	}.table()
	defer in.Release()
	given := map[string]any{"due_days": int64(30)}
	scored := func(in arrow.Table) []string {
		out, err := ReplacementTable(t.Context(), in, given)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Release()
		var rows []string
		reader := array.NewTableReader(out, 1)
		defer reader.Release()
		for reader.Next() {
			row := ""
			for _, c := range reader.RecordBatch().Columns() {
				row += c.ValueStr(0) + " "
			}
			rows = append(rows, row)
		}
		return rows
	}
	whole := scored(in)
	var parts []string
	reader := array.NewTableReader(in, 7)
	defer reader.Release()
	for reader.Next() {
		part := array.NewTableFromRecords(in.Schema(), []arrow.RecordBatch{reader.RecordBatch()})
		parts = append(parts, scored(part)...)
		part.Release()
	}
	if d := cmp.Diff(whole, parts); d != "" || len(whole) != len(pairs) {
		t.Errorf("%d rows, in parts (-whole +parts):\n%s", len(whole), d)
	}
}
