package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/warehouse"
)

// cpuTime is what this process has used of all processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost runs fn and returns its wall and CPU time.
func cost(b *testing.B, fn func()) (wall, cpu time.Duration) {
	b.Helper()
	start, used := time.Now(), cpuTime(b)
	fn()
	return time.Since(start), cpuTime(b) - used
}

// juchu is an export of a Japanese sales system with n lines.
func juchu(n int) []byte {
	out := []byte("受注番号,得意先コード,商品コード,受注日,数量,単価,区分,得意先名,商品名\r\n")
	kinds := []string{"受注", "受注", "受注", "取消"}
	for i := range n {
		out = fmt.Appendf(out, "%08d,C%06d,P%04d,20%02d/%02d/%02d,%d,%d,%s,株式会社とくい商会%d,事務用品 髙級ボールペン(黒)%d\r\n",
			i/3, i*7919%50000, i*31%2000, 20+i*6/n, i/1000%12+1, i/100%28+1, i%9+1, i%977*10, kinds[i%4], i%50000, i%2000)
	}
	return out
}

func toCP932(tb testing.TB, text []byte) []byte {
	tb.Helper()
	out, err := japanese.ShiftJIS.NewEncoder().Bytes(text)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// BenchmarkFrame is the byte pipeline alone, in bytes of the file.
func BenchmarkFrame(b *testing.B) {
	text := juchu(300_000)
	for _, c := range []struct {
		name  string
		data  []byte
		cp932 bool
	}{
		{"utf-8", text, false},
		{"ascii", bytes.Map(func(r rune) rune {
			if r > 0x7f {
				return 'x'
			}
			return r
		}, text), false},
		{"cp932", toCP932(b, text), true},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				format := textFormat{quote: '"', file: "x", delimiter: ',', header: 1, cp932: c.cp932, table: sharedTable(), chunk: chunkSize}
				if _, err := frame(context.Background(), bytes.NewReader(c.data), format, io.Discard, io.Discard, func([]string) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// fileBench is a bench whose warehouse is a file, as in production.
func fileBench(b *testing.B, s Source) *bench {
	b.Helper()
	w := newBench(b, s)
	if err := w.db.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := warehouse.Open(context.Background(), warehouse.Options{Path: filepath.Join(w.dir, "w.duckdb")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	w.db = db
	w.contract()
	return w
}

// BenchmarkLoad is the load of the example's sales beside DuckDB's own `create table as` of the same file, with types
// given, both into a file. The ratios are of CPU and of wall time.
//
// Of 2.4 s of CPU that a load took (bare: 0.78), unpacking and framing took 0.29, DuckDB's reading of the framed file
// 0.16, conversions 0.4 to 0.55, writing the Parquet copy 0.29, keys 0.08, and core.sales 0.85: 0.08 to read the copy and
// join the keys, 0.2 for places in orders, 0.13 to sort, 0.35 to write 12 columns. Tried, and lost in the noise of 5 runs:
// snappy, lz4, zstd 1 or no compression for the copy; places without a window where the lines of an order follow each
// other; no sort; staging in a table (to write one costs as much as the copy, and reading the copy back only 0.05).
func BenchmarkLoad(b *testing.B) {
	s := onlineRetail(b)
	var load, bare [2]time.Duration
	for b.Loop() {
		w := fileBench(b, s)
		wall, cpu := cost(b, func() { w.load() })
		load[0], load[1] = load[0]+wall, load[1]+cpu
		wall, cpu = cost(b, func() {
			_, err := w.db.Exec(context.Background(), `create table main.bare as select InvoiceNo, StockCode, CustomerID, InvoiceDate::date, Quantity, (Quantity * UnitPrice)::decimal(18, 2)
				from read_csv(`+warehouse.Literal(s.Path)+`, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
				'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'Description': 'VARCHAR', 'Quantity': 'INTEGER', 'InvoiceDate': 'TIMESTAMP',
				'UnitPrice': 'DECIMAL(9,3)', 'CustomerID': 'VARCHAR', 'Country': 'VARCHAR'})`)
			if err != nil {
				b.Fatal(err)
			}
		})
		bare[0], bare[1] = bare[0]+wall, bare[1]+cpu
	}
	report(b, "load", "bare", load, bare)
}

func report(b *testing.B, name, beside string, x, y [2]time.Duration) {
	b.ReportMetric(0, "ns/op")
	n := float64(b.N)
	b.ReportMetric(x[1].Seconds()/n, name+"-cpu-s")
	b.ReportMetric(y[1].Seconds()/n, beside+"-cpu-s")
	b.ReportMetric(x[1].Seconds()/y[1].Seconds(), "cpu-ratio")
	b.ReportMetric(x[0].Seconds()/y[0].Seconds(), "wall-ratio")
}

// BenchmarkLoadCP932 is the load of an export in CP932 beside the same rows in UTF-8. TOKUI_BENCH_LINES sets how many.
func BenchmarkLoadCP932(b *testing.B) {
	n := 1_000_000
	if s := os.Getenv("TOKUI_BENCH_LINES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	text := juchu(n)
	files := map[string][]byte{"utf-8": text, "cp932": toCP932(b, text)}
	sums := map[string][2]time.Duration{}
	for b.Loop() {
		for _, encoding := range []string{"utf-8", "cp932"} {
			w := fileBench(b, Source{Name: "sales", Source: config.Source{
				Path: "j.csv", Encoding: encoding,
				Columns: map[string]string{"order_id": "受注番号", "customer_id": "得意先コード", "product_id": "商品コード", "ordered_on": "day(受注日)",
					"quantity": "num(数量)", "amount": "num(数量) * num(単価)", "status": "区分"},
				Values: map[string]map[string]string{"status": {"受注": "completed", "取消": "cancelled"}},
			}})
			w.write("j.csv", string(files[encoding]))
			wall, cpu := cost(b, func() {
				if _, err := w.loader.Load(context.Background(), w.db, calendar.Date{}); err != nil {
					b.Fatal(err)
				}
			})
			sums[encoding] = [2]time.Duration{sums[encoding][0] + wall, sums[encoding][1] + cpu}
		}
	}
	report(b, "cp932", "utf8", sums["cp932"], sums["utf-8"])
}
