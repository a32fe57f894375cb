package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/tokui/tokui/internal/config"
)

// sheetRows are the rows of a workbook's sheet.
func sheetRows(t testing.TB, data []byte, sheet string) ([][]string, error) {
	t.Helper()
	book, err := openWorkbook(bytes.NewReader(data), int64(len(data)), sheet)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	err = book.rows(func(line int64, cells []string) error {
		for int64(len(rows)) < line-1 && len(rows) < 1000 {
			rows = append(rows, nil)
		}
		rows = append(rows, append([]string(nil), cells...))
		return nil
	})
	return rows, err
}

// writtenBook is a workbook as excelize writes it, with everything that cells can be.
func writtenBook(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(t, err)
	era := "[$-411]ggge\"年\"m\"月\"d\"日\""
	wareki, err := f.NewStyle(&excelize.Style{CustomNumFmt: &era})
	must(t, err)
	zeros := "0000000"
	postal, err := f.NewStyle(&excelize.Style{CustomNumFmt: &zeros})
	must(t, err)
	yen := `"¥"#,##0;[Red]"¥"-#,##0`
	money, err := f.NewStyle(&excelize.Style{CustomNumFmt: &yen})
	must(t, err)
	for cell, value := range map[string]any{
		"A1": "注文番号", "B1": "得意先コード", "C1": "日付", "D1": "金額", "E1": "郵便番号",
		"A2": "007", "B2": "髙橋 & <子> \"x\"", "C2": 46113, "D2": 1234.5, "E2": 600000,
		"A3": "008", "C3": 46114.5, "D3": 0.1 + 0.2, "E3": 1000001,
		"A5": "009", "B5": "改\n行", "C5": 0, "D5": true, "F5": "_x0041_",
	} {
		must(t, f.SetCellValue("Sheet1", cell, value))
	}
	must(t, f.SetCellRichText("Sheet1", "B3", []excelize.RichTextRun{{Text: "株式会社"}, {Text: " 甲", Font: &excelize.Font{Bold: true}}}))
	must(t, f.SetCellStyle("Sheet1", "C2", "C2", day))
	must(t, f.SetCellStyle("Sheet1", "C3", "C5", wareki))
	must(t, f.SetCellStyle("Sheet1", "E2", "E3", postal))
	must(t, f.SetCellStyle("Sheet1", "D2", "D2", money))
	_, err = f.NewSheet("二月")
	must(t, err)
	must(t, f.SetCellValue("二月", "B2", "x"))
	var out bytes.Buffer
	must(t, f.Write(&out))
	return out.Bytes()
}

func TestWorkbook(t *testing.T) {
	data := writtenBook(t)
	rows, err := sheetRows(t, data, "")
	must(t, err)
	want := [][]string{
		{"注文番号", "得意先コード", "日付", "金額", "郵便番号"},
		{"007", "髙橋 & <子> \"x\"", "2026-04-01", "1234.5", "0600000"},
		{"008", "株式会社 甲", "2026-04-02 12:00:00", "0.3", "1000001"},
		{"", "", ""},
		{"009", "改\n行", "1899-12-30", "TRUE", "", "A"},
	}
	if got := fmt.Sprintf("%q", rows); got != fmt.Sprintf("%q", want) {
		t.Errorf("got  %s\nwant %q", got, want)
	}
	rows, err = sheetRows(t, data, "二月")
	if must(t, err); fmt.Sprintf("%q", rows) != `[[] ["" "x"]]` {
		t.Errorf("the other sheet: %q", rows)
	}
	for name, bad := range map[string][]byte{
		`no sheet "三月", the workbook has: Sheet1, 二月`: data,
		"the file is an old or an encrypted workbook": append([]byte{0xd0, 0xcf, 0x11, 0xe0}, data...),
		"cannot be read as XLSX":                      data[:len(data)/2],
	} {
		if _, err := sheetRows(t, bad, "三月"); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("got %v, want %s…", err, name)
		}
	}
}

// The parts of a workbook as other programs write them: prefixes, no cell names, phonetic texts, CDATA, 1904.
func TestWorkbookOfOthers(t *testing.T) {
	part := func(sheet string) []byte {
		return zipped(t, map[string][]byte{
			"xl/workbook.xml":            []byte(`<?xml version="1.0"?><x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr date1904="1"/><x:sheets><x:sheet name="隠" state="hidden" r:id="r2"/><x:sheet name="A&amp;B" r:id='r1'/></x:sheets></x:workbook>`),
			"xl/_rels/workbook.xml.rels": []byte(`<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="/xl/worksheets/s.xml"/><Relationship Id="r3" Type="http://x/sharedStrings" Target="t.xml"/><Relationship Id="r4" Type="http://x/styles" Target="styles.xml"/></Relationships>`),
			"xl/t.xml":                   []byte(`<sst><si><r><t>東</t></r><r><t xml:space="preserve"> 京</t></r><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si/><si><t><![CDATA[a<b]]></t></si></sst>`),
			"xl/styles.xml":              []byte(`<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.00E+00"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="57"/><xf numFmtId="164"/></cellXfs></styleSheet>`),
			"xl/worksheets/s.xml":        []byte(sheet),
		})
	}
	rows, err := sheetRows(t, part(`<?xml version="1.0"?><!-- <row> --><x:worksheet><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c/><x:c t="s"><x:v>1</x:v></x:c><x:c t="s"><x:v>2</x:v></x:c></x:row><x:row r="3"/><x:row r="4"><x:c r="B4" s="1"><x:f a=">">X</x:f><x:v>1</x:v></x:c><x:c s="2"><x:v>1.71324E+17</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c><x:c t="inlineStr"><x:is><x:t>a&#10;b&#x9AD9;</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`), "")
	must(t, err)
	if got, want := fmt.Sprintf("%q", rows), `[["東 京" "" "" "a<b"] [] [] ["" "1904-01-02" "1.71324E+17" "#N/A" "a\nb高"]]`; strings.ReplaceAll(got, "髙", "高") != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := sheetRows(t, part(`<worksheet><sheetData><row><c><v>1</v></c></row><row><c>`), ""); err == nil || !strings.Contains(err.Error(), "ends in the middle") {
		t.Errorf("a sheet that is cut: %v", err)
	}
}

func TestLoadWorkbook(t *testing.T) {
	f := excelize.NewFile()
	for i, row := range [][]any{{"売上一覧"}, {}, {"注文番号", "得意先コード", "日付", "金額"}, {"1", "C1", "2026/4/1", "¥1,000"}, {"2", "C2", 46114, 500}, {"", "", "合計", 1500}} {
		must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	b := newBench(t, Source{Name: "sales", Source: config.Source{Path: "*.xlsx", Header: 3, Expect: config.Expect{Total: "合計"},
		Columns: map[string]string{"order_id": "注文番号", "customer_id": "得意先コード", "ordered_on": "日付", "amount": "金額"}, MaxReject: config.Share{Value: 1, Set: true}}})
	must(t, f.SaveAs(filepath.Join(b.dir, "s.xlsx")))
	err := b.loadError()
	if want := "total: the rows of amount add up to 1000.00, the file says 1500"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	b.loader.Sources[0].Dates = map[string]string{"ordered_on": "serial"}
	b.load()
	b.want("select order_id, ordered_on, amount, line from raw.sales order by all", "1|2026-04-01|1000.00|4", "2|2026-04-02|500.00|5")
}

func FuzzWorkbook(f *testing.F) {
	f.Add([]byte(`<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c><v>1</v></c></row><row/></sheetData>`))
	f.Add([]byte(`<sheetData><row><c t="inlineStr"><is><t>a&amp;</t><rPh><t>x</t></rPh></is></c></row></sheetData>`))
	f.Add([]byte(`<x:row a='>'><c></x:row>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := sheetParser{book: &workbook{strings: []string{"x"}, styles: []cellStyle{{isDate: true}, {zeros: 7}}}}
		var whole []string
		note := func(list *[]string) func(int64, []string) error {
			return func(line int64, cells []string) error {
				*list = append(*list, fmt.Sprintf("%d %q", line, cells))
				return nil
			}
		}
		_, first := p.take(data, note(&whole))
		q := sheetParser{book: p.book} // the same in pieces
		var pieces []string
		var second error
		var buf []byte
		for i := 0; i < len(data) && second == nil; i += 7 {
			buf = append(buf, data[i:min(i+7, len(data))]...)
			var used int
			used, second = q.take(buf, note(&pieces))
			buf = buf[used:]
		}
		if (first == nil) != (second == nil) || first == nil && fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Errorf("in one piece %v %v, in pieces %v %v", whole, first, pieces, second)
		}
		eachElement(data, func(e element) { e.attribute("r") })
		appendTexts(nil, data)
	})
}

// BenchmarkWorkbook is our reader beside excelize's row reader, in rows of 8 cells a second.
func BenchmarkWorkbook(b *testing.B) {
	const rows = 50_000
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	must(b, err)
	for i := range rows {
		must(b, w.SetRow(fmt.Sprintf("A%d", i+1), []any{fmt.Sprintf("%08d", i/3), fmt.Sprintf("C%06d", i%5000), "P001", 46000 + i%300, i % 9, i % 977 * 10, "受注", "株式会社とくい商会"}))
	}
	must(b, w.Flush())
	path := filepath.Join(b.TempDir(), "b.xlsx")
	must(b, f.SaveAs(path))
	data, err := os.ReadFile(path)
	must(b, err)
	for b.Loop() {
		_, ours := cost(b, func() {
			book, err := openWorkbook(bytes.NewReader(data), int64(len(data)), "")
			must(b, err)
			must(b, book.rows(func(int64, []string) error { return nil }))
		})
		_, theirs := cost(b, func() {
			f, err := excelize.OpenFile(path)
			must(b, err)
			r, err := f.Rows("Sheet1")
			must(b, err)
			for r.Next() {
				_, err := r.Columns()
				must(b, err)
			}
		})
		b.ReportMetric(rows/ours.Seconds(), "rows/CPUs")
		b.ReportMetric(theirs.Seconds()/ours.Seconds(), "excelize/ours")
	}
}
