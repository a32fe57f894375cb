package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/japanese"

	"github.com/tokui/tokui/internal/config"
)

// trap is a file as some system exports it, the source that describes it, and what must come out.
type trap struct {
	name string
	file string // its name; sales.csv by default
	data []byte
	more map[string][]byte
	in   config.Source
	sql  string
	want []string
}

func lines(list ...string) []byte { return []byte(strings.Join(list, "\r\n") + "\r\n") }

var flat = map[string]string{"order_id": "注文番号", "customer_id": "得意先コード", "ordered_on": "日付", "amount": "金額"}

const flatHeader = "注文番号,得意先コード,日付,金額"

func flatSales(cells ...string) []byte {
	return append([]byte(flatHeader+"\n"), lines(cells...)...)
}

func repeat(n int, f func(i int) string) []string {
	var out []string
	for i := range n {
		out = append(out, f(i))
	}
	return out
}

// TestTraps are the failures of automatic sniffing and the other traps of reference/onboarding.md, section 3, each with the
// value that must come out.
func TestTraps(t *testing.T) {
	const core = "select order_id, customer_id, ordered_on, amount from core.sales order by all"
	euc := func(b []byte) []byte { out, err := japanese.EUCJP.NewEncoder().Bytes(b); must(t, err); return out }
	tests := []trap{
		{
			name: "sniffer: the width grows at row 100",
			data: lines(append(append([]string{flatHeader}, repeat(100, func(i int) string { return fmt.Sprintf("A%03d,C1,2026-04-01,10", i) })...),
				repeat(300, func(i int) string { return fmt.Sprintf("B%03d,C1,2026-04-02,10,メモ", i) })...)...),
			in:  config.Source{Columns: flat, Header: 1, Names: []string{"注文番号", "得意先コード", "日付", "金額", "備考"}},
			sql: "select count(*), sum(amount), min(order_id), max(order_id) from core.sales", want: []string{"400|4000.00|A000|B299"},
		},
		{
			name: "sniffer: a postal code with a leading zero behind 30,000 without",
			file: "customers.csv",
			data: lines(append(append([]string{"会員,郵便番号"}, repeat(30_000, func(i int) string { return fmt.Sprintf("C%05d,1%06d", i, i) })...), "C99999,0600000")...),
			in:   config.Source{Table: "customers", Columns: map[string]string{"customer_id": "会員", "postal_code": "郵便番号"}},
			sql:  "select postal_code from raw.customers where customer_id = 'C99999'", want: []string{"0600000"},
		},
		{
			name: "sniffer: 08/04/01 is 令和8年4月1日",
			data: flatSales("1,C1,08/04/01,10", "2,C1,08/12/31,10"),
			in:   config.Source{Columns: flat, Dates: map[string]string{"ordered_on": "reiwa"}},
			sql:  core, want: []string{"1|C1|2026-04-01|10.00", "2|C1|2026-12-31|10.00"},
		},
		{
			name: "sniffer: US dates with all days up to 12",
			data: flatSales("1,C1,03/02/2026,10", "2,C1,12/11/2026 10:30,10"),
			in:   config.Source{Columns: flat, Dates: map[string]string{"ordered_on": "mdy"}},
			sql:  core, want: []string{"1|C1|2026-03-02|10.00", "2|C1|2026-12-11|10.00"},
		},
		{
			name: "sniffer: TSV of 商奉行 without a header, heads in rows of *, dates of 平成 with a blank ten",
			data: lines("*\t24\t37 801\t37 801\t000123\t000007", "1\tA-1\tボールペン(黒, 10本)\t2\t100\t200", "1\tA-2\tノート\t1\t300\t300",
				"*\t24\t371130\t371130\t000124\t000008", "1\tA-1\tボールペン\t1\t100\t100"),
			in: config.Source{
				Delimiter: "tab", Names: []string{"売上区分", "商品コード", "商品名", "数量", "単価", "金額"}, Shape: config.ShapeRecords,
				Records: config.Records{Column: "1", Head: []string{"*"}, HeadNames: []string{"印", "伝票区分", "納品日", "請求日", "伝票番号", "得意先コード"}},
				Columns: map[string]string{"order_id": "伝票番号", "customer_id": "得意先コード", "ordered_on": "納品日", "amount": "金額", "product_id": "商品コード"},
				Dates:   map[string]string{"ordered_on": "heisei"},
			},
			sql:  "select order_id, line_no, customer_id, product_id, ordered_on, amount from core.sales order by all",
			want: []string{"000123|1|000007|A-1|2025-08-01|200.00", "000123|2|000007|A-2|2025-08-01|300.00", "000124|1|000008|A-1|2025-11-30|100.00"},
		},
		{
			name: "sniffer: title, period and blank row above the header, subtotals and a total",
			data: lines("売上伝票一覧表,,,", "期間:,2026/04/01,～,2026/04/30", ",,,", flatHeader, "1,C1,2026/4/1,\"1,000\"", "2,C1,2026/4/2,500", ",,小計,\"1,500\"",
				"3,C2,2026/4/3,△500", ",,小計,-500", ",,合計,\"1,000\""),
			in:  config.Source{Columns: flat, Header: 4, Skip: []string{"小計"}, Expect: config.Expect{Total: "合計"}},
			sql: core, want: []string{"1|C1|2026-04-01|1000.00", "2|C1|2026-04-02|500.00", "3|C2|2026-04-03|-500.00"},
		},
		{
			name: "sniffer: the header again in the middle, of two files pasted together",
			data: lines(flatHeader, "1,C1,2026-04-01,10", flatHeader, "2,C2,2026-04-02,20"),
			in:   config.Source{Columns: flat},
			sql:  "select order_id, amount, (select (row_count, kept_count, skip_count)::varchar from raw.file) from core.sales order by all",
			want: []string{"1|10.00|(2, 2, 1)", "2|20.00|(2, 2, 1)"},
		},
		{
			name: "sniffer: QuickBooks: titles, groups, totals, US dates, a credit memo",
			data: lines("Company", "Sales by Customer Detail", "January - March 2026", "", ",Date,Transaction Type,Num,Product/Service,Qty,Amount",
				"Acme Ltd", ",03/02/2026,Invoice,1001,Paper,2,\"2,000.00\"", ",03/05/2026,Credit Memo,1002,Paper,-1,\"-1,000.00\"", "Total for Acme Ltd,,,,,,\"1,000.00\"",
				"Bolt", ",03/07/2026,Invoice,1003,Ink,1,50.00", "Total for Bolt,,,,,,50.00", "TOTAL,,,,,,\"1,050.00\""),
			in: config.Source{
				Header: 5, Shape: config.ShapeReport, Group: "Customer", Skip: []string{"Total for .*", "TOTAL"},
				Columns: map[string]string{"order_id": "Num", "customer_id": "Customer", "ordered_on": "Date", "amount": "Amount", "status": "Transaction Type"},
				Values:  map[string]map[string]string{"status": {"Invoice": "completed", "Credit Memo": "returned"}},
				Dates:   map[string]string{"ordered_on": "mdy"},
			},
			sql:  "select order_id, customer_id, ordered_on, amount, status from core.sales order by all",
			want: []string{"1001|Acme Ltd|2026-03-02|2000.00|completed", "1002|Acme Ltd|2026-03-05|-1000.00|returned", "1003|Bolt|2026-03-07|50.00|completed"},
		},
		{
			name: "Shopify: what belongs to the order stands on its first row",
			data: lines("Name,Email,Created at,Lineitem quantity,Lineitem sku,Lineitem price,Total", "#1001,a@example.com,2026-04-01 11:13:25 -0500,1,S-1,10.00,30.00",
				"#1001,a@example.com,,2,S-2,10.00,", "#1002,b@example.com,2026-04-02 00:00:00 +0900,1,S-1,10.00,10.00"),
			in: config.Source{Shape: config.ShapeFirstLine, Fill: []string{"Created at"}, Columns: map[string]string{
				"order_id": "Name", "customer_id": "Email", "ordered_on": "Created at", "product_id": "Lineitem sku", "amount": `num("Lineitem quantity") * num("Lineitem price")`}},
			sql:  "select order_id, line_no, customer_id, ordered_on, product_id, amount from core.sales order by all",
			want: []string{"#1001|1|a@example.com|2026-04-02|S-1|10.00", "#1001|2|a@example.com|2026-04-02|S-2|20.00", "#1002|1|b@example.com|2026-04-02|S-1|10.00"},
		},
		{
			name: "マネーフォワード: rows of 請求書 and 品目 under one header",
			data: lines("行形式,取引先名称,請求日,請求書番号,品名,数量,金額", "請求書,甲商店,2026/7/10,INV-1,,,", "品目,,,,紙,2,200", "品目,,,,墨,1,500", "請求書,乙商店,2026/7/11,INV-2,,,", "品目,,,,紙,1,100", "備考,,,,x,,"),
			in: config.Source{Shape: config.ShapeRecords, Records: config.Records{Column: "行形式", Head: []string{"請求書"}, Line: []string{"品目"}},
				Columns: map[string]string{"order_id": "請求書番号", "customer_id": "取引先名称", "ordered_on": "請求日", "product_id": "品名", "amount": "金額"}},
			sql:  "select order_id, customer_id, ordered_on, product_id, amount from core.sales order by line_no, order_id",
			want: []string{"INV-1|甲商店|2026-07-10|紙|200.00", "INV-2|乙商店|2026-07-11|紙|100.00", "INV-1|甲商店|2026-07-10|墨|500.00"},
		},
		{
			name: "スマレジ: heads and lines in two files",
			data: lines("取引ID,取引明細ID,商品コード,金額", "1,1,A,100", "1,2,B,200", "2,1,A,300"),
			more: map[string][]byte{"heads_1.csv": lines("取引ID,会員ID,端末取引日時,取消区分", "1,M1,2026-04-01 10:00:00,0", "2,M2,2026-04-02 10:00:00,1")},
			in: config.Source{Heads: config.Heads{Path: "heads_*.csv", Key: "取引ID"},
				Columns: map[string]string{"order_id": "取引ID", "customer_id": "会員ID", "ordered_on": "端末取引日時", "amount": "金額", "status": "取消区分"},
				Values:  map[string]map[string]string{"status": {"0": "completed", "1": "cancelled"}}},
			sql:  "select order_id, line_no, customer_id, ordered_on, amount, status from core.sales order by all",
			want: []string{"1|1|M1|2026-04-01|100.00|completed", "1|2|M1|2026-04-01|200.00|completed", "2|1|M2|2026-04-02|300.00|cancelled"},
		},
		{
			name: "EC-CUBE: shipping, fee, discount, tax and points are rows of their own",
			data: lines("注文番号,会員ID,受注日,明細区分(名称),商品コード,価格,個数", "1,7,2026-04-01 10:00:00,商品,A,100,2", "1,7,2026-04-01 10:00:00,送料,,500,1", "1,7,2026-04-01 10:00:00,割引,,-50,1", "2,7,2026-04-02 10:00:00,送料,,500,1", "2,7,2026-04-02 10:00:00,商品,A,100,1"),
			in: config.Source{Columns: map[string]string{"order_id": "注文番号", "customer_id": "会員ID", "ordered_on": "受注日", "product_id": "商品コード", "amount": "num(価格) * num(個数)", "line_type": "明細区分(名称)"},
				Values: map[string]map[string]string{"line_type": {"商品": "goods", "送料": "shipping", "手数料": "fee", "割引": "discount", "税": "tax", "ポイント": "points"}}},
			sql:  "select order_id, amount, is_first_line, (select string_agg(line_type || ' ' || amount::int, ', ' order by amount, order_id) from raw.sales where line_type <> 'goods') from core.sales order by all",
			want: []string{"1|200.00|true|discount -50, shipping 500, shipping 500", "2|100.00|true|discount -50, shipping 500, shipping 500"},
		},
		{
			name: "BASE: a cancellation shows inside the text of another column",
			data: lines("注文ID,メール,注文日時,発送状況,金額", "a1,a@example.com,2026-04-01 10:00:00,発送済み,100", "a2,b@example.com,2026-04-01 10:00:00,未対応（キャンセル）,100"),
			in: config.Source{Columns: map[string]string{"order_id": "注文ID", "customer_id": "メール", "ordered_on": "注文日時", "amount": "金額",
				"status": "case when 発送状況 like '%キャンセル%' then 'cancelled' else 'completed' end"}},
			sql: "select order_id, status from core.sales order by all", want: []string{"a1|completed", "a2|cancelled"},
		},
		{
			name: "values that spreadsheets and people write",
			data: flatSales("0001,'007,令和8年4月1日(水),\"¥1,000\"", "0002,Ｃ７,R08.04.02,１，０００円", "0003,C1,㋿8.4.3,(500)", "0004,C1,20260404,▲ 500", "0005,C1,R080405,\"￥66,131\"", "0006,C1,1-Apr-2026,10", "0007,C1,\"Apr 7, 2026\",10"),
			in:   config.Source{Columns: flat}, sql: core,
			want: []string{"0001|007|2026-04-01|1000.00", "0002|C7|2026-04-02|1000.00", "0003|C1|2026-04-03|-500.00", "0004|C1|2026-04-04|-500.00", "0005|C1|2026-04-05|66131.00", "0006|C1|2026-04-01|10.00", "0007|C1|2026-04-07|10.00"},
		},
		{
			name: "EU: decimal commas, days first, semicolons",
			data: lines("Order;Kunde;Datum;Betrag", "1;K1;03.02.2026;1.234,56", "2;K1;13.02.26;-0,5", "3;K1;14.02.2026;1234"),
			in: config.Source{Delimiter: ";", Decimal: ",", Dates: map[string]string{"ordered_on": "dmy"},
				Columns: map[string]string{"order_id": "Order", "customer_id": "Kunde", "ordered_on": "Datum", "amount": "Betrag"}},
			sql: core, want: []string{"1|K1|2026-02-03|1234.56", "2|K1|2026-02-13|-0.50", "3|K1|2026-02-14|1234.00"},
		},
		{
			name: "serial numbers for dates, and the days of two-digit years",
			data: lines("注文番号,得意先コード,日付,金額,作成", "1,C1,46113,10,26/04/01", "2,C1,46113.5,10,26/04/01"),
			in:   config.Source{Columns: flat, Dates: map[string]string{"ordered_on": "serial"}}, sql: core,
			want: []string{"1|C1|2026-04-01|10.00", "2|C1|2026-04-01|10.00"},
		},
		{
			name: "two-digit years, stated", data: flatSales("1,C1,26/04/01,10", "2,C1,98/4/1,10", "3,C1,260403,10"),
			in: config.Source{Columns: flat, Dates: map[string]string{"ordered_on": "ymd"}}, sql: core,
			want: []string{"1|C1|2026-04-01|10.00", "2|C1|1998-04-01|10.00", "3|C1|2026-04-03|10.00"},
		},
		{
			name: "EUC-JP, with 髙 and half-width kana", data: euc(flatSales("1,髙橋商店,2026-04-01,10", "2,ﾄｸｲ㈱,2026-04-01,10")),
			in: config.Source{Columns: flat, Encoding: "euc-jp"}, sql: core, want: []string{"1|髙橋商店|2026-04-01|10.00", "2|ﾄｸｲ㈱|2026-04-01|10.00"},
		},
		{
			name: "UTF-16 as Excel saves Unicode text", data: utf16File(true, strings.ReplaceAll(string(flatSales("1,髙橋𠮷,2026-04-01,10")), ",", "\t")),
			in: config.Source{Columns: flat, Encoding: "utf-16", Delimiter: "tab"}, sql: core, want: []string{"1|髙橋𠮷|2026-04-01|10.00"},
		},
		{
			name: "UTF-16 without a mark", data: utf16File(false, "a,b,c,d\n1,C1,2026-04-01,10\n"),
			in:  config.Source{Columns: map[string]string{"order_id": "a", "customer_id": "b", "ordered_on": "c", "amount": "d"}, Encoding: "utf-16"},
			sql: core, want: []string{"1|C1|2026-04-01|10.00"},
		},
		{
			name: "a ZIP archive, with what macOS puts in", data: zipped(t, map[string][]byte{"売上/orders.csv": flatSales("1,C1,2026-04-01,10"), "__MACOSX/._orders.csv": {0}}),
			in: config.Source{Columns: flat}, sql: core, want: []string{"1|C1|2026-04-01|10.00"},
		},
		{
			name: "quotes that are none, and single ones", data: lines(flatHeader, `1,5" パイプ,2026-04-01,10`, `2,"x,2026-04-01,10`),
			in: config.Source{Columns: flat, Quote: "none"}, sql: core, want: []string{`1|5" パイプ|2026-04-01|10.00`, `2|"x|2026-04-01|10.00`},
		},
		{
			name: "single quotes", data: lines("'注文番号','得意先コード','日付','金額'", `'1','a,b ''"c','2026-04-01','10'`),
			in: config.Source{Columns: flat, Quote: "'"}, sql: core, want: []string{`1|a,b '"c|2026-04-01|10.00`},
		},
		{
			name: "comments and a count of records", data: lines("# Exported 2026-04-30", flatHeader, "1,C1,2026-04-01,10", "# Records: 1"),
			in: config.Source{Columns: flat, Header: 2, Expect: config.Expect{Count: "# Records: ([0-9]+)"}}, sql: core, want: []string{"1|C1|2026-04-01|10.00"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.file == "" {
				tt.file = "sales.csv"
			}
			tt.in.Path = tt.file
			b := newBench(t, Source{Name: strings.TrimSuffix(tt.file, ".csv"), Source: tt.in})
			for name, data := range tt.more {
				must(t, os.WriteFile(filepath.Join(b.dir, name), data, 0o600))
			}
			must(t, os.WriteFile(filepath.Join(b.dir, tt.file), tt.data, 0o600))
			b.load()
			b.want(tt.sql, tt.want...)
			b.want("select line, reason, row_text from raw.reject")
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func utf16File(mark bool, text string) []byte {
	var out []byte
	if mark {
		out = []byte{0xff, 0xfe}
	}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, data := range files {
		f, err := w.Create(name)
		must(t, err)
		_, err = f.Write(data)
		must(t, err)
	}
	must(t, w.Close())
	return out.Bytes()
}
