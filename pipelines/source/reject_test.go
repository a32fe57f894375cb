package source

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	sqlfiles "github.com/tokui/tokui/sql"
)

// loadError loads and returns the error.
func (b *bench) loadError() error {
	b.t.Helper()
	_, err := b.loader.Load(context.Background(), b.db, calendar.Date{})
	if err == nil {
		b.t.Fatal("loaded, want an error")
	}
	return err
}

func (b *bench) wantError(want string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.loadError().Error()); diff != "" {
		b.t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestRejects(t *testing.T) {
	b := newBench(t, salesSource())
	b.loader.Sources[0].MaxReject = config.Share{Value: 0.9, Set: true}
	b.write("sales_1.csv", salesHeader+
		"1,C1,P1,2026-04-01,2,10,ok\n"+ // 2
		"2,C1,P1,08/04/01,x,\"1,0\",lost\n"+ // 3: every column at once
		"\"3\n3\",\"C\n1\",P1,2026-04-01,1,1,ok\n"+ // 4, 5, 6: kept
		",C1,P1,,2,,ok\n"+ // 7
		"4,C1,P1\n"+ // 8
		"5,C1,\"P\"1,2026-04-01,1,1,ok\n"+ // 9
		"6,C1,\"P\"\"1\",2026-04-01,1,1,\n"+ // 10
		"7,C1,P1,2026-04-01,1,1,ok\n") // 11
	res := b.load()
	if r := res.Sources[0]; r.Read != 8 || r.Kept != 3 || r.Rejected != 5 {
		t.Errorf("result = %+v, want 8 read, 3 kept, 5 rejected", r)
	}
	b.want("select order_id, customer_id, line from raw.sales order by line", "1|C1|2", "3\n3|C\n1|4", "7|C1|11")
	row := `2,C1,P1,08/04/01,x,"1,0",lost`
	b.want("select source, table_name, file, line, column_name, value, reason, row_text from raw.reject order by line, column_name",
		"sales|sales|sales_1.csv|3|amount|qty=x, price=1,0|want a number|"+row,
		"sales|sales|sales_1.csv|3|ordered_on|08/04/01|want a date: YYYY-MM-DD, YYYY/M/D or YYYYMMDD|"+row,
		"sales|sales|sales_1.csv|3|quantity|x|want a number|"+row,
		"sales|sales|sales_1.csv|3|status|lost|want one of back, cancelled, completed, ok, returned, void|"+row,
		"sales|sales|sales_1.csv|7|amount|qty=2, price=|want a number|,C1,P1,,2,,ok",
		"sales|sales|sales_1.csv|7|order_id|∅|missing|,C1,P1,,2,,ok",
		"sales|sales|sales_1.csv|7|ordered_on|∅|missing|,C1,P1,,2,,ok",
		"sales|sales|sales_1.csv|8|∅|∅|got 3 fields, want 7 as in the header|4,C1,P1",
		"sales|sales|sales_1.csv|9|∅|∅|text follows the closing quote (field 3)|5,C1,\"P\"1,2026-04-01,1,1,ok",
		`sales|sales|sales_1.csv|10|status|∅|missing|6,C1,"P""1",2026-04-01,1,1,`)
	b.sameAnew()

	// A corrected file takes its rejects away.
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.loader.Sources[0].MaxDrop = config.Share{Value: 1, Set: true}
	b.load()
	b.want("from raw.reject")
}

func TestTooManyRejects(t *testing.T) {
	b := newBench(t, salesSource())
	var text strings.Builder
	text.WriteString(salesHeader)
	for i := range 90 {
		text.WriteString(line(fmt.Sprint(i), "C1", "2026-04-01", "1"))
	}
	for i := range 5 {
		text.WriteString(line(fmt.Sprint("x", i), "C1", "tomorrow", "1"))
	}
	text.WriteString("1,2\n")
	b.write("sales_1.csv", text.String())
	b.wantError(`load source sales: 6 of 96 rows were rejected (6.2 %), want at most 5.0 %
  sales_1.csv:97: got 2 fields, want 7 as in the header
  sales_1.csv:92: ordered_on: got "tomorrow", want a date: YYYY-MM-DD, YYYY/M/D or YYYYMMDD
  sales_1.csv:93: ordered_on: got "tomorrow", want a date: YYYY-MM-DD, YYYY/M/D or YYYYMMDD
  sales_1.csv:94: ordered_on: got "tomorrow", want a date: YYYY-MM-DD, YYYY/M/D or YYYYMMDD
  try: correct the mapping in config.yaml or the export; or allow more by max_reject (its rows stay as they were)`)
	b.want("select count(*) from raw.file", "0")
}

func TestNoRows(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader)
	b.wantError("load source sales: no rows were found, want at least one; try: look whether the export is complete (its rows stay as they were)")
	b.write("sales_2.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.load() // a day without sales among others is no fault
}

func TestNoFile(t *testing.T) {
	b := newBench(t, Source{Name: "sales", Source: config.Source{Path: "exports/sales.csv", Columns: salesSource().Columns}})
	b.loader.At = func(path ...string) position.Position {
		return position.Position{File: "config.yaml", Line: 7, Column: len(path)}
	}
	b.wantError("load source sales: config.yaml:7:3: no file at exports/sales.csv (its rows stay as they were)")
	b.write("exports/sale.csv", "x")
	var f position.Fault
	if err := b.loadError(); !errors.As(err, &f) || f.Try != "the folder holds sale.csv" {
		t.Errorf("got %v (try %q)", err, f.Try)
	}
}

// Every fault of a mapping is found at once, and nothing is loaded.
func TestMappingFaults(t *testing.T) {
	s := salesSource()
	s.Columns = map[string]string{
		"order_id": "ordr", "customer": "customer", "ordered_on": "day(dat)", "amount": "num(qty) * ", "quantity": "sum(num(qty))",
		"product_id": "(select 1)", "status": "state", "line_no": "random()",
	}
	s.Values = map[string]map[string]string{"status": {"ok": "complete"}, "cost": {"1": "2"}}
	b := newBench(t, s)
	b.loader.At = func(path ...string) position.Position { return position.Position{File: strings.Join(path, ".")} }
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	var faults position.Faults
	if err := b.loadError(); !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprintf("%s (%s)", f.Error(), f.Try))
	}
	const has = "in sales_1.csv, which has: order, customer, item, date, qty, price, state"
	want := []string{
		"sources.sales.columns.customer: got column \"customer\", want one of table sales: order_id, line_no, customer_id, product_id, ordered_on, quantity, amount, cost, status, line_type (customer_id)",
		"sources.sales.columns.order_id: no column \"ordr\" " + has + " (\"order\"?)",
		"sources.sales.columns.line_no:1:1: random() is not allowed: it gives another answer another time (use $as_of or another parameter: a model is given everything it depends on)",
		"sources.sales.columns.product_id:1:1: got a subquery, want an expression over one row (compare columns of the row)",
		"sources.sales.columns.ordered_on: no column \"dat\" " + has + " (\"date\"?)",
		"sources.sales.columns.quantity:1:1: sum() is not allowed: it is an aggregate, want an expression over one row (compare columns of the row)",
		"sources.sales.columns.amount:1:12: syntax error at or near \")\" ()",
		"sources.sales.values.cost: column cost has values and no column of the file (map it under columns:)",
		"sources.sales.values.status: got \"complete\", want one of completed, cancelled, returned (completed)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	b.want("select count(*) from raw.file", "0")
}

func TestMappingFaultsOfHeaderAndType(t *testing.T) {
	for _, tc := range []struct {
		name, header string
		columns      map[string]string
		source       config.Source
		want         string
	}{
		{name: "duplicate", header: "id,day,n,id", columns: map[string]string{"order_id": "id", "ordered_on": "day", "amount": "n"},
			want: `column "id" stands 2 times in the header of f.csv`},
		{name: "case", header: "id,day,n,ID", columns: map[string]string{"order_id": "id", "customer_id": "ID", "ordered_on": "day", "amount": "n"},
			want: `columns "id" and "ID" differ by case only`},
		{name: "type", header: "id,day,n", columns: map[string]string{"order_id": "id", "ordered_on": "num(day)", "amount": "n"},
			want: "the expression gives double, want date"},
		{name: "two values", header: "id,day,n", columns: map[string]string{"order_id": "id, day", "ordered_on": "day", "amount": "n"},
			want: "the expression gives struct(varchar, varchar), want varchar"},
		{name: "function", header: "id,day,n", columns: map[string]string{"order_id": "nope(id)", "ordered_on": "day", "amount": "n"},
			want: "Catalog Error: Scalar Function with name nope does not exist!\nDid you mean \"now\"?"},
		{name: "required", header: "id,day,n", columns: map[string]string{"order_id": "id", "ordered_on": "day"},
			want: "table sales needs column amount"},
		{name: "table", header: "id", source: config.Source{Table: "sale"}, want: `got table "sale", want one of ` + strings.Join(tableNames(), ", ")},
		{name: "delimiter", header: "id", source: config.Source{Delimiter: "::"}, want: `delimiter: got "::", want one character such as , ; | or tab`},
		{name: "encoding", header: "id", source: config.Source{Encoding: "latin-1"}, want: `encoding: got "latin-1", want utf-8, cp932, euc-jp or utf-16`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.source.Path, tc.source.Columns = "f.csv", tc.columns
			b := newBench(t, Source{Name: "sales", Source: tc.source})
			b.write("f.csv", tc.header+"\n1,2026-04-01,3,4\n")
			err := b.loadError()
			got := strings.TrimSuffix(strings.TrimPrefix(err.Error(), "load source sales: "), " (its rows stay as they were)")
			var faults position.Faults
			if errors.As(err, &faults) {
				got = faults[0].Message
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// Kinds of cells, blank ones, and expressions that take a value back.
func TestKinds(t *testing.T) {
	b := newBench(t,
		Source{Name: "customers", Source: config.Source{Path: "c.tsv", Delimiter: "tab", Header: 3, Columns: map[string]string{
			"customer_id": "case when id = '0' then '' else id end", "name": "concat(sei, mei)", "kind": "kind", "employees": "num(staff)", "founded_on": "founded",
			"married": "married", "children": "kids",
		}, Values: map[string]map[string]string{"kind": {"法人": "company", "個人": "person", "？": ""}}, MaxReject: config.Share{Value: 1, Set: true}}},
		Source{Name: "visits", Source: config.Source{Table: "interactions", Path: "v.csv", Columns: map[string]string{
			"interaction_id": "id", "occurred_at": "at", "kind": "kind", "score": "score"}}},
	)
	b.write("c.tsv", "Customers \"of\n2026\n"+strings.ReplaceAll("id sei mei kind staff founded married kids extra\n", " ", "\t")+
		"001\t髙\t橋\t法人\t1,200人\t1615年5月7日\t○\t2\t\"a\"\"b\"\n"+ // 1,200人 is no number
		"002\t\t\t個人\t\t1900-01-01\t\t3.5\tx\n"+
		"003\t\t\t？\t１，２００\t9999/12/31\tno\t\t\n"+
		"0\t\t\t\t\t\t\t\t\n")
	b.write("v.csv", "id,at,kind,score\n1,2026-04-01 10:00,VISIT,4.5\n2,2026/4/1,visit,\n")
	b.load()
	b.want("select customer_id, name, kind, employees, founded_on, married, children, attributes from raw.customers",
		`003|∅|∅|1200|∅|false|∅|{"extra":null}`)
	b.want("select line, column_name, value, reason from raw.reject order by all",
		"4|employees|1,200人|want a whole number", "5|children|3.5|want a whole number", "7|customer_id|0|the expression gives nothing")
	b.want("select interaction_id, strftime(timezone('UTC', occurred_at), '%d %H:%M'), kind, score from raw.interactions order by all",
		"1|01 01:00|visit|4.5", "2|31 15:00|visit|∅")
}

func TestParquet(t *testing.T) {
	b := newBench(t, Source{Name: "sales", Source: config.Source{Path: "s.parquet", MaxReject: config.Share{Value: 0.5, Set: true}, Columns: map[string]string{
		"order_id": "id", "customer_id": "cust", "ordered_on": "moment", "amount": "num(n)"}}})
	_, err := b.db.Exec(context.Background(), "copy (from (values (1, 'C1', timestamp '2026-04-01 10:00:00', 1.5::double), (2, '', null, 2), (3, null, timestamp '2026-04-03 00:00:00', 3)) t(id, cust, moment, n)) to "+
		warehouse.Literal(filepath.Join(b.dir, "s.parquet"))+" (format parquet)")
	if err != nil {
		t.Fatal(err)
	}
	b.load()
	b.want("select order_id, customer_id, ordered_on, amount, file, line from raw.sales order by all", "1|C1|2026-04-01|1.50|s.parquet|1", "3|∅|2026-04-03|3.00|s.parquet|3")
	b.want("select line, column_name, reason, row_text from raw.reject", "2|ordered_on|missing|2,,,2.0")
	b.write("s.parquet", "id\n1\n")
	var f position.Fault
	if err := b.loadError(); !errors.As(err, &f) || f.File != "s.parquet" || f.Try != "format: csv" {
		t.Errorf("got %v, want a fault that says what to do", err)
	}
}

// The Go table and sql/contract/raw.sql say the same.
func TestContractMatchesSQL(t *testing.T) {
	db := openMemory(t)
	text, err := sqlfiles.Contract.ReadFile("contract/raw.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(context.Background(), string(text)); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: db}
	var want, got []string
	for _, table := range contract() {
		for _, c := range table.columns {
			got = append(got, table.name+"."+c.name+" "+c.typ)
		}
		if table.keeps {
			got = append(got, table.name+".attributes VARCHAR")
		}
		for _, c := range []string{"source VARCHAR", "file VARCHAR", "line BIGINT"} {
			got = append(got, table.name+"."+c)
		}
		want = append(want, b.rows("select '"+table.name+".' || column_name || ' ' || data_type from duckdb_columns() where schema_name = 'raw' and table_name = '"+table.name+"' order by column_index")...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("raw.sql and contract() (-sql +go):\n%s", diff)
	}
	b.want("select count(distinct table_name) from duckdb_columns() where schema_name = 'raw' and table_name not in ('reject', 'file', 'change', 'change_month', 'load')", fmt.Sprint(len(contract())))
}
