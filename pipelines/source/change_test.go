package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// line is one sale line of the bench's export.
func line(order, customer, date, price string) string {
	return order + "," + customer + ",P1," + date + ",1," + price + ",ok\n"
}

func customersSource() Source {
	return Source{Name: "masters", Source: config.Source{Table: "customers", Path: "customers.csv", Columns: map[string]string{"customer_id": "id", "name": "name"}}}
}

// rebuilt compares the warehouse with one made anew from the copies alone.
func (b *bench) sameAnew() {
	b.t.Helper()
	before := b.tables()
	b.open()
	res := b.load()
	if !res.Rebuilt {
		b.t.Error("core.sales was not rebuilt")
	}
	if diff := cmp.Diff(before, b.tables()); diff != "" {
		b.t.Errorf("tables made anew differ (-before +after):\n%s", diff)
	}
}

func TestChangedFile(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "10")+line("2", "C2", "2026-04-01", "20")+line("3", "C3", "2026-04-02", "30")+line("3", "C3", "2026-04-02", "31"))
	b.load()
	if _, err := b.db.Exec(context.Background(), "delete from raw.change; delete from raw.change_month"); err != nil {
		t.Fatal(err)
	}
	// Order 1 stays, 2 changes its price, 3 loses a line, 4 is new, and everything has moved down by two lines.
	b.write("sales_1.csv", salesHeader+"\n\n"+line("1", "C1", "2026-04-01", "10")+line("2", "C2", "2026-04-01", "25")+line("3", "C3", "2026-04-02", "31")+line("4", "C4", "2026-04-03", "40"))
	res := b.load()
	if res.LoadNo != 2 || res.Rebuilt || res.Customers != 3 {
		t.Errorf("result = %+v, want load 2, not rebuilt, 3 customers", res)
	}
	b.want("select order_id, line_no, customer_id, amount, customer_key, is_first_line from core.sales order by all",
		"1|1|C1|10.00|1|true", "2|1|C2|25.00|2|true", "3|1|C3|31.00|3|true", "4|1|C4|40.00|4|true")
	b.want("from raw.change order by all", "2|2", "3|2", "4|2")
	b.want("from raw.change_month order by all", "1|2026-04-01|2")
	b.want("select file, load_no, row_count from raw.file", "sales_1.csv|2|4")
	b.want("select order_id, line from raw.sales order by all", "1|4", "2|5", "3|6", "4|7")
	copies, err := filepath.Glob(filepath.Join(b.dir, "var/copies/sales/*"))
	if err != nil || len(copies) != 1 {
		t.Errorf("copies left: %v, %v, want one", copies, err)
	}
	b.sameAnew()
}

func TestSameContentIsNotReadAgain(t *testing.T) {
	b := newBench(t, salesSource())
	text := salesHeader + line("1", "C1", "2026-04-01", "10")
	b.write("sales_1.csv", text)
	b.load()
	b.write("sales_1.csv", text) // another time
	if res := b.load(); res.LoadNo != 1 || res.Sources[0].Unchanged != 1 {
		t.Errorf("result = %+v, want the file unchanged", res)
	}
	b.loader.Sources[0].Columns["amount"] = "price" // another mapping
	if res := b.load(); res.LoadNo != 2 || res.Sources[0].Read != 1 {
		t.Errorf("result = %+v, want the file read again", res)
	}
}

func TestNewestFileOwnsTheOrder(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1")+line("1", "C1", "2026-04-01", "2")+line("2", "C1", "2026-04-01", "5"))
	b.write("sales_2.csv", salesHeader+line("1", "C9", "2026-04-01", "100"))
	res := b.load() // one load: the later name wins
	if res.Sources[0].Superseded != 2 {
		t.Errorf("superseded = %d, want 2", res.Sources[0].Superseded)
	}
	b.want("select order_id, line_no, customer_id, amount from core.sales order by all", "1|1|C9|100.00", "2|1|C1|5.00")
	b.want("select order_id, line_no, customer_id, amount from raw.sales order by all", "1|1|C9|100.00", "2|1|C1|5.00")
	b.sameAnew()

	// The older name, read later, wins; the order that it leaves goes back to the other file.
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "7")+line("2", "C1", "2026-04-01", "5"))
	if res = b.load(); res.Rebuilt || res.Sources[0].Superseded != 1 {
		t.Errorf("result = %+v, want 1 superseded, not rebuilt", res)
	}
	b.want("select order_id, customer_id, amount from core.sales order by all", "1|C1|7.00", "2|C1|5.00")
	b.sameAnew()
	b.write("sales_1.csv", salesHeader+line("2", "C1", "2026-04-01", "5")+line("3", "C1", "2026-04-01", "6"))
	b.load()
	b.want("select order_id, customer_id, amount, is_first_line from core.sales order by all", "1|C9|100.00|true", "2|C1|5.00|true", "3|C1|6.00|true")
	b.want("select order_id, customer_id, amount from raw.sales order by all", "1|C9|100.00", "2|C1|5.00", "3|C1|6.00")
	b.sameAnew()
}

func TestVanishedFileKeepsItsRows(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.write("sales_2.csv", salesHeader+line("2", "C2", "2026-04-02", "2"))
	b.load()
	b.remove("sales_1.csv")
	if res := b.load(); res.Sources[0].Vanished != 1 || res.LoadNo != 1 || res.Sources[0].Rows != 2 {
		t.Errorf("result = %+v, want one file vanished and its rows kept", res)
	}
	b.want("select file, is_present from raw.file order by all", "sales_1.csv|false", "sales_2.csv|true")
	b.want("select count(*) from core.sales", "2")
	b.sameAnew()
	b.remove("sales_2.csv")
	b.load() // all are gone: still no reason to lose what was sold
	b.want("select count(*), bool_or(is_present) from core.sales, raw.file where file = 'sales_2.csv'", "2|false")
}

// Keys outlive what they were given for, in the warehouse and in one made anew.
func TestKeysAreNeverReused(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	b.write("sales_1.csv", salesHeader+line("1", "B", "2026-04-01", "1")+line("2", "A", "2026-04-01", "1"))
	b.write("customers.csv", "id,name,rank\nZ,Zed,gold\nA,Abe,\n")
	b.load()
	b.want("from core.customer_key order by all", "1|B", "2|A", "3|Z")
	b.write("sales_1.csv", salesHeader+line("2", "A", "2026-04-01", "1")+line("3", "D", "2026-04-01", "1"))
	b.load()
	b.want("from core.customer_key order by all", "1|B", "2|A", "3|Z", "4|D")
	b.sameAnew()
	b.want("from core.customer_key order by all", "1|B", "2|A", "3|Z", "4|D")
	b.want("select customer_id, name, attributes from raw.customers order by all", `A|Abe|{"rank":null}`, `Z|Zed|{"rank":"gold"}`)
}

func TestNewestRowOfAMasterWins(t *testing.T) {
	b := newBench(t, Source{Name: "customers", Source: config.Source{Path: "c_*.csv", Columns: map[string]string{"customer_id": "id", "name": "name"}}})
	b.write("c_1.csv", "id,name\n1,old\n1,newer\n2,two\n")
	b.write("c_2.csv", "id,name\n１,newest\n")
	if res := b.load(); res.Sources[0].Superseded != 2 || res.Sources[0].Rejected != 0 {
		t.Errorf("result = %+v, want 2 superseded", res)
	}
	b.want("select customer_id, name, file, line from raw.customers order by all", "1|newest|c_2.csv|2", "2|two|c_1.csv|4")
}

func TestDropGuard(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	b.write("sales_1.csv", salesHeader+strings.Repeat(line("1", "C1", "2026-04-01", "1"), 9))
	b.write("customers.csv", "id,name\nC1,one\n")
	b.load()
	before := b.tables()
	b.write("sales_1.csv", salesHeader+strings.Repeat(line("1", "C1", "2026-04-01", "1"), 4))
	b.write("customers.csv", "id,name\nC1,changed\n")
	res, err := b.loader.Load(context.Background(), b.db, calendar.Date{})
	var drop *DropError
	var failed *SourceError
	if !errors.As(err, &drop) || !errors.As(err, &failed) {
		t.Fatalf("got %v, want a DropError", err)
	}
	want := &DropError{Before: 9, After: 4, Max: 0.5, Files: []FileRows{{"sales_1.csv", 9, 4}}}
	if diff := cmp.Diff(want, drop); diff != "" || failed.Source != "sales" {
		t.Errorf("guard of %s (-want +got):\n%s", failed.Source, diff)
	}
	if res.Sources[0].Err == nil || res.Sources[0].Rows != 9 || res.Sources[1].Err != nil {
		t.Errorf("results = %+v, want sales to fail and keep 9 rows", res.Sources)
	}
	after := b.tables()
	if diff := cmp.Diff(before["core.sales"], after["core.sales"]); diff != "" {
		t.Errorf("core.sales (-before +after):\n%s", diff)
	}
	b.want("select name from raw.customers", "changed") // the other source was loaded
	b.loader.Sources[0].MaxDrop = config.Share{Value: 1, Set: true}
	b.load()
	b.want("select count(*) from core.sales", "4")
}

// One truncated file of many is a small part of all rows, and still what the guard is for.
func TestDropGuardOfOneFile(t *testing.T) {
	lines := func(file, n int) string {
		text := salesHeader
		for i := range n {
			text += line(fmt.Sprintf("%02d-%d", file, i), "C1", "2026-04-01", "1")
		}
		return text
	}
	b := newBench(t, salesSource())
	for i := 1; i <= 10; i++ {
		b.write(fmt.Sprintf("sales_%02d.csv", i), lines(i, 500))
	}
	b.write("sales_11.csv", lines(11, fewRows-1)) // too small for shares
	b.write("sales_12.csv", lines(12, fewRows))
	b.load()
	whole := b.tables()
	const all = 10*500 + 2*fewRows - 1
	for _, tc := range []struct {
		name  string
		rows  map[int]int // of file
		max   config.Share
		files []FileRows // nil: it is loaded
	}{
		{"cut to ten rows", map[int]int{10: 10}, config.Share{}, []FileRows{{"sales_10.csv", 500, 10}}},
		{"cut to the header", map[int]int{9: 0}, config.Share{}, []FileRows{{"sales_09.csv", 500, 0}}},
		{"one cut, others changed", map[int]int{2: 501, 3: 249, 4: 250}, config.Share{},
			[]FileRows{{"sales_02.csv", 500, 501}, {"sales_03.csv", 500, 249}, {"sales_04.csv", 500, 250}}},
		{"a small one emptied", map[int]int{11: 0}, config.Share{}, []FileRows{{"sales_11.csv", fewRows - 1, 0}}},
		{"emptied, nearly all allowed", map[int]int{9: 0}, config.Share{Value: 0.99, Set: true}, []FileRows{{"sales_09.csv", 500, 0}}},
		{"the least that has a share", map[int]int{12: fewRows/2 - 1}, config.Share{}, []FileRows{{"sales_12.csv", fewRows, fewRows/2 - 1}}},
		{"stricter", map[int]int{1: 449}, config.Share{Value: 0.1, Set: true}, []FileRows{{"sales_01.csv", 500, 449}}},
		{"half", map[int]int{1: 250}, config.Share{}, nil},
		{"a small one cut", map[int]int{11: 1}, config.Share{}, nil},
		{"a new one that is empty", map[int]int{13: 0}, config.Share{}, nil},
		{"emptied on purpose", map[int]int{9: 0, 10: 10}, config.Share{Value: 1, Set: true}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.t = t
			after := int64(all)
			for file, n := range tc.rows {
				b.write(fmt.Sprintf("sales_%02d.csv", file), lines(file, n))
			}
			b.loader.Sources[0].MaxDrop = tc.max
			_, err := b.loader.Load(context.Background(), b.db, calendar.Date{})
			if tc.files == nil {
				if err != nil {
					t.Errorf("got %v, want it loaded", err)
				}
			} else {
				for _, f := range tc.files {
					after += f.After - f.Before
				}
				var drop *DropError
				if !errors.As(err, &drop) {
					t.Fatalf("got %v, want a DropError", err)
				}
				allowed := 0.5
				if tc.max.Set {
					allowed = tc.max.Value
				}
				if diff := cmp.Diff(&DropError{Before: all, After: after, Max: allowed, Files: tc.files}, drop); diff != "" {
					t.Errorf("guard (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(whole["core.sales"], b.tables()["core.sales"]); diff != "" {
					t.Error("core.sales has changed")
				}
			}
			for file := range tc.rows { // back to what it was
				switch {
				case file <= 10:
					b.write(fmt.Sprintf("sales_%02d.csv", file), lines(file, 500))
				case file == 13:
					b.remove("sales_13.csv")
				default:
					b.write(fmt.Sprintf("sales_%02d.csv", file), lines(file, fewRows+file-12))
				}
			}
			b.load()
		})
	}
}

// A data folder that was moved needs one load, which reads no source and leaves core.sales alone.
func TestMovedDataFolder(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(folder string) {
		t.Helper()
		db, err := warehouse.Open(context.Background(), warehouse.Options{Path: filepath.Join(b.dir, folder, "tokui.duckdb")})
		if err != nil {
			t.Fatal(err)
		}
		b.db, b.loader.DataDir = db, filepath.Join(b.dir, folder)
	}
	if err := os.MkdirAll(filepath.Join(b.dir, "var"), 0o700); err != nil {
		t.Fatal(err)
	}
	file("var")
	b.contract()
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1")+line("2", "C2", "2026-04-01", "2"))
	b.write("sales_2.csv", salesHeader+line("2", "C2", "2026-04-01", "3"))
	b.write("customers.csv", "id,name\nC1,one\n")
	if res := b.load(); res.Moved {
		t.Error("the first load says that the folder has moved")
	}
	want := b.tables()
	for _, folder := range []string{"it's moved", "var"} { // there, and back again
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(b.loader.DataDir, filepath.Join(b.dir, folder)); err != nil {
			t.Fatal(err)
		}
		file(folder)
		if _, err := b.db.Exec(context.Background(), "select * from raw.sales"); err == nil {
			t.Error("raw.sales reads copies where they no longer are")
		}
		res := b.load()
		if !res.Moved || res.Rebuilt || res.Customers != 0 || res.Sources[0].Unchanged != 2 || res.Sources[0].Superseded != 1 {
			t.Errorf("%s: result = %+v, want it moved and nothing else done", folder, res)
		}
		if diff := cmp.Diff(want, b.tables()); diff != "" {
			t.Errorf("%s: tables (-want +got):\n%s", folder, diff)
		}
		if res := b.load(); res.Moved {
			t.Errorf("%s: the load after says so again", folder)
		}
	}
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBefore(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-03", "1")+line("2", "C2", "2026-04-01", "2")+line("3", "C3", "2026-04-02", "3"))
	b.write("customers.csv", "id,name\nC9,nine\n")
	day := func(s string) calendar.Date {
		d, err := calendar.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tc := range []struct {
		before string
		want   []string
		keys   []string
	}{
		{"2026-04-03", []string{"2|C2|1", "3|C3|2"}, []string{"1|C2", "2|C3", "3|C9"}},
		{"2026-04-02", []string{"2|C2|1"}, []string{"1|C2", "2|C9"}},
		{"2026-04-04", []string{"1|C1|1", "2|C2|2", "3|C3|3"}, []string{"1|C1", "2|C2", "3|C3", "4|C9"}},
	} {
		if _, err := b.loader.Load(context.Background(), b.db, day(tc.before)); err != nil {
			t.Fatal(err)
		}
		b.want("select order_id, customer_id, customer_key from core.sales order by all", tc.want...)
		b.want("from core.customer_key order by all", tc.keys...)
		b.want("select order_id, customer_id, dense_rank() over (order by order_id) from raw.sales order by all",
			b.rows("select order_id, customer_id, dense_rank() over (order by order_id) from core.sales order by all")...)
		if res, err := b.loader.Load(context.Background(), b.db, day(tc.before)); err != nil || res.Rebuilt {
			t.Errorf("again: %+v, %v, want nothing to be done", res, err)
		}
	}
	// A warehouse of another day follows the same copies.
	b.open()
	b.load()
	b.want("select count(*) from core.sales", "3")
}

// A warehouse that has missed loads catches up from the copies, or is made anew where they are gone.
func TestWarehouseFallsBehind(t *testing.T) {
	for _, keep := range []bool{true, false} {
		b := newBench(t, salesSource())
		b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1")+line("2", "C2", "2026-04-01", "2"))
		b.load()
		mine := b.db
		b.db = nil
		b.open()
		b.loader.KeepReplaced = keep
		b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1")+line("3", "C3", "2026-04-01", "2"))
		b.load()
		want := b.tables()
		b.db = mine
		b.loader.KeepReplaced = false
		if res := b.load(); res.Rebuilt == keep {
			t.Errorf("kept %v: rebuilt = %v", keep, res.Rebuilt)
		}
		if diff := cmp.Diff(want, b.tables()); diff != "" {
			t.Errorf("kept %v: tables (-want +got):\n%s", keep, diff)
		}
	}
}

// What a killed load leaves behind is cleared away, whatever it was.
func TestLeftovers(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.load()
	for _, name := range []string{"var/copies/sales/dead-beef.parquet", "var/copies/manifest.json.new", "var/tmp/load-1.csv"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.load()
	left, err := filepath.Glob(filepath.Join(b.dir, "var/*/*/*.parquet"))
	if err != nil || len(left) != 3 { // the copy and two files of keys
		t.Errorf("left: %v, %v", left, err)
	}
	if left, err = filepath.Glob(filepath.Join(b.dir, "var/tmp/*")); err != nil || len(left) != 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
}

func TestRemovedSourceLeavesTheTables(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.write("customers.csv", "id,name\nC1,one\n")
	b.load()
	all := b.loader.Sources
	b.loader.Sources = all[1:]
	b.load()
	b.want("select count(*) from core.sales", "0")
	b.want("select count(*) from raw.sales", "0")
	b.want("from raw.change order by all", "1|1", "∅|1")
	b.loader.Sources = all // and comes back without being read
	if res := b.load(); res.Sources[0].Unchanged != 1 {
		t.Errorf("result = %+v, want the file unchanged", res)
	}
	b.want("select count(*) from core.sales", "1")
}

func TestCP932(t *testing.T) {
	text := "受注番号,得意先コード,商品,日付,数量,単価,区分,備考\r\n" +
		"0001,Ｃ０１,①,2026年4月1日,２,\"1,500\",受注,髙橋 ～－\r\n" +
		"0002,C01,ｱｲｳ,20260402,1,△300,返品,\"改\r\n行\"\r\n" +
		"0003,C02,x,2026/4/3,1,¥10,取消,\r\n"
	sjis, err := japanese.ShiftJIS.NewEncoder().String(strings.ReplaceAll(text, "¥", `\`))
	if err != nil {
		t.Fatal(err)
	}
	s := Source{Name: "sales", Source: config.Source{
		Path: "juchu.csv", Encoding: "cp932",
		Columns: map[string]string{"order_id": "受注番号", "customer_id": "得意先コード", "product_id": "商品", "ordered_on": "day(日付)",
			"quantity": "数量", "amount": "num(数量) * num(単価)", "status": "区分"},
		Values: map[string]map[string]string{"status": {"受注": "completed", "取消": "cancelled", "返品": "returned"}},
	}}
	b := newBench(t, s)
	b.write("juchu.csv", sjis)
	b.load()
	b.want("select order_id, customer_id, product_id, ordered_on, quantity, amount, status, line from raw.sales order by all",
		"0001|C01|①|2026-04-01|2.0000|3000.00|completed|2",
		"0002|C01|ｱｲｳ|2026-04-02|1.0000|-300.00|returned|3",
		"0003|C02|x|2026-04-03|1.0000|10.00|cancelled|5")

	b.loader.Sources[0].Encoding = "utf-8"
	_, err = b.loader.Load(context.Background(), b.db, calendar.Date{})
	var f position.Fault
	if !errors.As(err, &f) || f.Try != "encoding: cp932" || f.Line != 1 || f.File != "juchu.csv" {
		t.Errorf("read as UTF-8: got %v, want the fault to suggest cp932", err)
	}
	b.want("select count(*) from core.sales", "3") // yesterday's data
}

func TestProgressAndSeconds(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+strings.Repeat(line("1", "C1", "2026-04-01", "1"), 100_000))
	var last Progress
	b.loader.Progress = func(p Progress) { last = p }
	at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	b.loader.Now = func() time.Time { at = at.Add(3 * time.Second); return at }
	res := b.load()
	info, err := os.Stat(filepath.Join(b.dir, "sales_1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Progress{Source: "sales", File: "sales_1.csv", Read: info.Size(), Total: info.Size()}); last != want {
		t.Errorf("last progress = %+v, want %+v", last, want)
	}
	if res.Sources[0].Seconds != 3 {
		t.Errorf("seconds = %v, want 3", res.Sources[0].Seconds)
	}
}

func TestCancel(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+strings.Repeat(line("1", "C1", "2026-04-01", "1"), 100_000))
	ctx, cancel := context.WithCancel(context.Background())
	b.loader.Progress = func(Progress) { cancel() }
	if _, err := b.loader.Load(ctx, b.db, calendar.Date{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	b.loader.Progress = nil
	b.load()
	b.want("select count(*) from core.sales", "100000")
}

// A folder given relative to the working directory names files as an absolute one does.
func TestRelativeDir(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("exports/sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.loader.Sources[0].Path = "exports/sales_*.csv"
	b.load()
	t.Chdir(filepath.Join(b.dir, "exports"))
	b.loader.Dir, b.loader.DataDir = "..", "../var"
	if res := b.load(); res.Sources[0].Unchanged != 1 {
		t.Errorf("result = %+v, want the file unchanged", res)
	}
	b.want("select file from raw.file", "exports/sales_1.csv")
	b.want("select count(*) from raw.sales", "1")
}
