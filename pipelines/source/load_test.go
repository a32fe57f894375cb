package source

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/warehouse"
	sqlfiles "github.com/tokui/tokui/sql"
)

// bench is a company's folder with its warehouse.
type bench struct {
	t      testing.TB
	dir    string
	db     *warehouse.DB
	loader *Loader
}

func newBench(t testing.TB, sources ...Source) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	b.loader = &Loader{Dir: b.dir, DataDir: filepath.Join(b.dir, "var"), Sources: sources, Timezone: "Asia/Tokyo"}
	b.open()
	return b
}

// open makes the warehouse anew, as after its file was deleted.
func (b *bench) open() {
	b.t.Helper()
	if b.db != nil {
		if err := b.db.Close(); err != nil {
			b.t.Fatal(err)
		}
	}
	b.db = openMemory(b.t)
	b.contract()
}

// contract makes the contract tables.
func (b *bench) contract() {
	b.t.Helper()
	for _, name := range []string{"raw.sql", "core_sales.sql"} {
		text, err := fs.ReadFile(sqlfiles.Contract, "contract/"+name)
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := b.db.Exec(context.Background(), string(text)); err != nil {
			b.t.Fatal(err)
		}
	}
}

// write writes a file, and gives it a time of its own: two writes may share a tick of the clock.
func (b *bench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	var at time.Time
	if info, err := os.Stat(path); err == nil {
		at = info.ModTime().Add(time.Second)
	} else {
		at = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(name string) {
	b.t.Helper()
	if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) load() Result {
	b.t.Helper()
	res, err := b.loader.Load(context.Background(), b.db, calendar.Date{})
	if err != nil {
		b.t.Fatal(err)
	}
	return res
}

// rows are the rows of a query as text, a row a line.
func (b *bench) rows(query string) []string {
	b.t.Helper()
	rows, err := b.db.Query(context.Background(), "select columns(*)::varchar from ("+query+")")
	if err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		dest := make([]any, len(columns))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			b.t.Fatal(err)
		}
		var parts []string
		for _, c := range cells {
			if !c.Valid {
				c.String = "∅"
			}
			parts = append(parts, c.String)
		}
		list = append(list, strings.Join(parts, "|"))
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) want(query string, want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.rows(query)); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

// tables are all tables that the loader keeps, to compare two warehouses.
func (b *bench) tables() map[string][]string {
	b.t.Helper()
	all := map[string][]string{}
	for _, name := range []string{"core.sales", "core.customer_key", "core.product_key", "raw.file", "raw.reject", "raw.load", "raw.sales", "raw.customers", "raw.products"} {
		all[name] = b.rows("select * from " + name + " order by all")
	}
	return all
}

func salesSource() Source {
	return Source{Name: "sales", Source: config.Source{
		Path: "sales_*.csv",
		Columns: map[string]string{
			"order_id": "order", "customer_id": "customer", "product_id": "item", "ordered_on": "date",
			"quantity": "qty", "amount": "num(qty) * num(price)", "status": "state",
		},
		Values: map[string]map[string]string{"status": {"ok": "completed", "void": "cancelled", "back": "returned"}},
	}}
}

const salesHeader = "order,customer,item,date,qty,price,state\n"

func TestLoadFirst(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+
		"1,C1,P1,2026-04-01,2,10.005,ok\n"+
		"1,C1,P2,2026-04-01,1,\"1,000\",ok\n"+
		"2,,P1,2026/4/2,-1,0.335,back\n"+
		"3,Ｃ２,P3,20260403,3,1,void\n")
	res := b.load()
	want := Result{LoadNo: 1, Rebuilt: true, Sources: []SourceResult{{Name: "sales", Table: "sales", Files: 1, Read: 4, Kept: 4, Rows: 4}}}
	if diff := cmp.Diff(want, res); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	b.want("select * exclude (cost) from core.sales order by order_id, line_no",
		"1|1|C1|P1|2026-04-01|2.0000|20.01|completed|1|1|true",
		"1|2|C1|P2|2026-04-01|1.0000|1000.00|completed|1|2|false",
		"2|1|∅|P1|2026-04-02|-1.0000|-0.34|returned|∅|1|true",
		"3|1|C2|P3|2026-04-03|3.0000|3.00|cancelled|2|3|true")
	b.want("select order_id, line_no, source, file, line from raw.sales order by all",
		"1|1|sales|sales_1.csv|2", "1|2|sales|sales_1.csv|3", "2|1|sales|sales_1.csv|4", "3|1|sales|sales_1.csv|5")
	b.want("from raw.change order by all", "∅|1")
	b.want("from raw.change_month order by all", "∅|∅|1")
	b.want("select source, table_name, file, load_no, row_count, kept_count, reject_count, is_present from raw.file", "sales|sales|sales_1.csv|1|4|4|0|true")

	again := b.load()
	want = Result{LoadNo: 1, Sources: []SourceResult{{Name: "sales", Table: "sales", Files: 1, Unchanged: 1, Rows: 4}}}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("second result (-want +got):\n%s", diff)
	}
}

// The example's own data, against the truths that reference/field-analytics.md counts (section 3).
func TestLoadOnlineRetail(t *testing.T) {
	s := onlineRetail(t)
	b := newBench(t, s)
	start := time.Now()
	res := b.load()
	t.Logf("loaded in %v: %+v", time.Since(start), res)
	b.want(`select count(*), count(*) filter (customer_id is null), count(distinct customer_id), sum(amount),
		count(*) filter (status = 'cancelled'), count(distinct order_id) filter (status = 'cancelled'), sum(quantity)::bigint,
		count(distinct order_id), count(*) filter (is_first_line), count(distinct product_id), min(ordered_on)::varchar, max(ordered_on)::varchar from core.sales`,
		"541909|135080|4372|9747747.93|9288|3836|5176450|25900|25900|4070|2010-12-01|2011-12-09")
	// Four lines with a price of 0.001 round to nothing: 397,884 positive lines by price, 397,880 by amount.
	b.want(`select count(*), count(*) filter (amount > 0), count(distinct customer_id), count(distinct order_id), sum(amount) from core.sales
		where customer_id is not null and quantity > 0`, "397924|397880|4339|18536|8911407.90")
	b.want("select count(*) from raw.reject", "0")
	b.want("select count(*), max(customer_key) from core.customer_key", "4372|4372")
}

func onlineRetail(t testing.TB) Source {
	path, err := filepath.Abs("../../testdata/online_retail/online_retail.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	return Source{Name: "sales", Source: config.Source{
		Path: path,
		Columns: map[string]string{
			"order_id": "InvoiceNo", "customer_id": "regexp_replace(CustomerID, '[.]0$', '')", "product_id": "StockCode",
			"ordered_on": "day(InvoiceDate)", "quantity": "num(Quantity)", "amount": "num(Quantity) * num(UnitPrice)",
			"status": "case when InvoiceNo like 'C%' then 'cancelled' else 'completed' end",
		},
	}}
}

func ExampleDropError() {
	fmt.Println(&DropError{Before: 1000, After: 400, Max: 0.5, Files: []FileRows{{"sales_2026.csv", 900, 300}}})
	fmt.Println(&DropError{Before: 5000, After: 4520, Max: 0.5, Files: []FileRows{{"s_09.csv", 500, 510}, {"s_10.csv", 500, 10}}})
	// Output:
	// rows would go from 1000 to 400 (-60.0 %), want at most -50.0 %
	//   sales_2026.csv: 900 rows before, 300 now (-66.7 %)
	//   try: look whether the export is complete; where the rows are meant to go, set max_drop: 100% for one load
	// s_10.csv would lose more than 50.0 % of its rows (all files: 5000 rows before, 4520 now)
	//   s_09.csv: 500 rows before, 510 now
	//   s_10.csv: 500 rows before, 10 now (-98.0 %)
	//   try: look whether the export is complete; where the rows are meant to go, set max_drop: 100% for one load
}
