package source

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// What encoding/csv writes comes out of DuckDB equal, from a file large enough that DuckDB cuts it between threads:
// cells full of quotes, delimiters and line ends, where a reader that guesses would lose its way.
func TestNormalisedFormThroughDuckDB(t *testing.T) {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "1,2", "\"", "\"\"", "\n", "\r\n", "\r", ",", "日本", "\"\n\"", "x\ny\",\"z", " ", "5\" pipe", "\n1,2,3,4\n"}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write([]string{"a", "b", "c", "d"}); err != nil {
		t.Fatal(err)
	}
	const rows = 300_000
	var want [][]string
	for i := range rows {
		row := []string{fmt.Sprint(i)}
		for range 3 {
			var cell string
			for range random.IntN(8) {
				cell += pieces[random.IntN(len(pieces))]
			}
			row = append(row, cell)
		}
		want = append(want, row)
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	if text.Len() < 16_000_000 { // DuckDB gives each thread 8 MB
		t.Fatalf("the file has %d bytes: too small to be cut", text.Len())
	}
	path := filepath.Join(t.TempDir(), "n.csv")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	format := textFormat{quote: '"', file: "n.csv", delimiter: ',', header: 1, table: sharedTable(), chunk: chunkSize}
	f, err := frame(ctx, &text, format, out, &bytes.Buffer{}, func([]string) error { return nil })
	if err != nil || f.records != rows || f.rejected != 0 {
		t.Fatalf("framed %+v, %v", f, err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	m := mapping{header: []string{"a", "b", "c", "d"}}
	got, err := openMemory(t).Query(ctx, `select "~0", "~1", "~2", "~3" from `+m.readCSV(path, format, f.breaks))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	n := 0
	for ; got.Next(); n++ {
		var cells [4]sql.NullString
		if err := got.Scan(&cells[0], &cells[1], &cells[2], &cells[3]); err != nil {
			t.Fatal(err)
		}
		for j, c := range cells {
			if c.String != want[n][j] || c.Valid != (want[n][j] != "") {
				t.Fatalf("row %d, cell %d: got %q, want %q", n, j, c.String, want[n][j])
			}
		}
	}
	if err := got.Err(); err != nil || n != rows {
		t.Fatalf("read %d rows of %d, %v", n, rows, err)
	}
}
