package delivery

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/tokui/tokui/internal/edition"
)

// TestListKeepsTheAudiencesOrder: rows come by position, and by message key where there is none, whatever their keys are.
func TestListKeepsTheAudiencesOrder(t *testing.T) {
	for _, tt := range []struct {
		name      string
		positions []int32 // of the customers a, b, c, …, whose message keys rise
		want      []string
	}{
		{"positions", []int32{4, 1, 3, 2}, []string{"b", "d", "c", "a"}},
		{"ties", []int32{2, 2, 1, 2}, []string{"c", "a", "b", "d"}},
		{"an edition without positions", []int32{0, 0, 0, 0}, []string{"a", "b", "c", "d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fixture{t: t, data: t.TempDir(), id: testID}
			var plan []edition.PlanRow
			var recipients []edition.Recipient
			for i, position := range tt.positions {
				id := string(rune('a' + i))
				key := strings.Repeat(id, 32)
				plan = append(plan, edition.PlanRow{MessageKey: key, CustomerID: id, Arm: edition.ArmPlanned})
				recipients = append(recipients, edition.Recipient{MessageKey: key, ContactID: id, Position: position,
					Fields: fmt.Sprintf(`{"customer_id":%q}`, id)})
			}
			m := edition.Manifest{Campaign: f.id.Campaign, Slot: f.id.Slot, Kind: "campaign", Channel: "list", Purpose: "internal"}
			if err := edition.Write(edition.Dir(f.data, f.id), m, plan, recipients); err != nil {
				t.Fatal(err)
			}
			f.run(f.lists())
			var got []string
			for _, row := range sheetRows(t, f.listPath("list.xlsx"))[1:] {
				got = append(got, row[0])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestJapaneseList reads a whole workbook as a Japanese company gets it.
func TestJapaneseList(t *testing.T) {
	f := freezeList(t,
		`{"customer_id":"007","customer_name":"得意商店","due_probability":0.512345,"last_ordered_on":"2011-11-30","sales_amount":1234567.4,"sales_rep":"佐藤","recency_days":1200,"ご提案":"浄水器","own_field":3}`)
	s := f.lists()
	s.Lists.Columns = []string{"customer_id", "customer_name", "last_ordered_on", "sales_amount", "due_probability", "recency_days", "ご提案", "own_field"}
	s.Lists.Locale, s.Lists.Title, s.Lists.Company = "ja", "訪問・電話リスト", "株式会社とくい商会"
	f.run(s)
	path := f.listPath("佐藤.xlsx")
	if diff := cmp.Diff([][]string{
		{"得意先コード", "得意先名", "最終購入日", "売上", "購入確率", "経過日数", "ご提案", "Own field", "担当"},
		{"007", "得意商店", "2011/11/30", "1,234,567", "51.2%", "1,200", "浄水器", "3", "佐藤"},
	}, sheetRows(t, path)); diff != "" {
		t.Error(diff)
	}
	x, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if got := x.GetSheetList(); !slices.Equal(got, []string{"訪問・電話リスト"}) {
		t.Errorf("got the sheets %q", got)
	}
	raw, err := x.GetCellValue("訪問・電話リスト", "D2", excelize.Options{RawCellValue: true})
	if err != nil || raw != "1234567.4" {
		t.Errorf("got %q, %v in the cell, want the whole number", raw, err)
	}
	panes, err := x.GetPanes("訪問・電話リスト")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("got panes %+v, %v, want the headings frozen", panes, err)
	}
	parts := partsOf(t, path)
	for part, wants := range map[string][]string{
		"docProps/core.xml":        {"<dc:creator>株式会社とくい商会<", "<lastModifiedBy>株式会社とくい商会<", "<dc:title>訪問・電話リスト<"},
		"docProps/app.xml":         {"<Application>Tokui<", "<Company>株式会社とくい商会<"},
		"xl/worksheets/sheet1.xml": {`<autoFilter ref="$A$1:$I$2"`, `fitToPage="true"`, `orientation="landscape"`, `<dimension ref="A1:I2"`},
		"xl/workbook.xml":          {"訪問・電話リスト&#39;!$A$1:$I$2", "訪問・電話リスト&#39;!$1:$1"},
		"xl/styles.xml":            {"游ゴシック"},
	} {
		for _, want := range wants {
			if !strings.Contains(parts[part], want) {
				t.Errorf("%s: want %s in\n%s", part, want, parts[part])
			}
		}
	}
	for part, text := range parts {
		if strings.Contains(text, "xuri") || strings.Contains(text, "Excelize") {
			t.Errorf("%s: names the library", part)
		}
	}
	// in the order that the schema has, or Excel repairs the file
	sheet, last := parts["xl/worksheets/sheet1.xml"], -1
	for _, element := range []string{"<sheetPr", "<dimension", "<sheetViews", "<cols>", `<col min="1"`, `<col min="2"`, `<col min="9"`, "<sheetData>", "<autoFilter", "<pageSetup"} {
		at := strings.Index(sheet, element)
		if at <= last {
			t.Errorf("%s: got it at %d, want it after the element before, at %d", element, at, last)
		}
		last = at
	}
	for i, least := range []float64{12, 10, 12, 9} { // wide enough for both heading and value
		name, _ := excelize.ColumnNumberToName(i + 1)
		if got, err := x.GetColWidth("訪問・電話リスト", name); err != nil || got < least || got > 62 {
			t.Errorf("column %s: got width %v, %v, want %v to 62", name, got, err, least)
		}
	}
}

// partsOf are the files in a workbook.
func partsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	parts := map[string]string{}
	for _, file := range archive.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		parts[file.Name] = string(text)
	}
	return parts
}

// TestListSaysWhenItWasMade: the slot's instant, not the clock's, and not the library's.
func TestListSaysWhenItWasMade(t *testing.T) {
	b := book{locale: "en", at: time.Date(2011, 12, 10, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))}
	data, err := b.workbook([]map[string]any{{"name": "A"}}, []string{"name"})
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	properties, err := x.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	if properties.Created != "2011-12-10T00:00:00Z" || properties.Modified != properties.Created || properties.Creator != "Tokui" {
		t.Errorf("got %+v, want the slot's instant, made by Tokui where no company is named", properties)
	}
}

func TestHeadings(t *testing.T) {
	for _, tt := range []struct{ field, en, ja string }{
		{"last_ordered_on", "Last ordered on", "最終購入日"},
		{"customer_id", "Customer ID", "得意先コード"},
		{"rfm_code", "RFM code", "RFMコード"},
		{"sales_rep", "Sales rep", "担当"},
		{"売上", "売上", "売上"},
		{"élan_vital", "élan_vital", "élan_vital"},
		{"own_field", "Own field", "Own field"},
		{"_", "_", "_"},
		{"", "", ""},
	} {
		if got := heading(tt.field, "en"); got != tt.en {
			t.Errorf("%q in en: got %q, want %q", tt.field, got, tt.en)
		}
		if got := heading(tt.field, "ja"); got != tt.ja {
			t.Errorf("%q in ja: got %q, want %q", tt.field, got, tt.ja)
		}
	}
}

func TestSheetNames(t *testing.T) {
	for _, tt := range []struct{ title, locale, want string }{
		{"Customers to call", "en", "Customers to call"},
		{"", "en", "List"},
		{"", "ja", "一覧"},
		{" \t", "ja", "一覧"},
		{"HISTORY", "en", "List"},
		{`a/b\c:d*e?f[g]`, "en", "a_b_c_d_e_f_g_"},
		{"Men's 'list'", "en", "Men’s ’list’"},
		{"a\x01b", "en", "ab"},
		{strings.Repeat("あ", 40), "ja", strings.Repeat("あ", 31)},
		{strings.Repeat("𠮷", 40), "ja", strings.Repeat("𠮷", 15)},
		{strings.Repeat("a", 30) + " b", "en", strings.Repeat("a", 30)},
	} {
		got := sheetName(tt.title, tt.locale)
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.title, got, tt.want)
		}
		if n := len(utf16.Encode([]rune(got))); n > 31 {
			t.Errorf("%q: got %d units, want at most 31", tt.title, n)
		}
		if _, err := (book{title: tt.title, locale: tt.locale}).workbook([]map[string]any{{"name": "A"}}, []string{"name"}); err != nil {
			t.Errorf("%q: %v", tt.title, err)
		}
	}
}

func TestNumberFormats(t *testing.T) {
	for _, tt := range []struct{ field, en, ja string }{
		{"sales_amount", "#,##0.00", "#,##0"},
		{"due_probability", "0.0%", "0.0%"},
		{"recency_days", "#,##0", "#,##0"},
		{"gap_days_mean", "#,##0.0", "#,##0.0"},
		{"quantity", "#,##0", "#,##0"},
		{"前期売上", "#,##0", "#,##0"},
		{"customer_id", "", ""},
		{"founded_year", "", ""},
	} {
		if got := numberFormat(tt.field, "en"); got != tt.en {
			t.Errorf("%s in en: got %q, want %q", tt.field, got, tt.en)
		}
		if got := numberFormat(tt.field, "ja"); got != tt.ja {
			t.Errorf("%s in ja: got %q, want %q", tt.field, got, tt.ja)
		}
	}
}
