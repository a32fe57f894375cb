package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// freezeList freezes an edition for the own staff, one row for each object of fields.
func freezeList(t *testing.T, fields ...string) fixture {
	t.Helper()
	f := fixture{t: t, data: t.TempDir(), id: testID}
	var plan []edition.PlanRow
	var recipients []edition.Recipient
	for i, text := range fields {
		id := string(rune('a' + i))
		key := strings.Repeat(id, 32) // so that rows keep their order
		plan = append(plan, edition.PlanRow{MessageKey: key, ContactKey: testKeys.Contact(id), CustomerID: id, Arm: edition.ArmPlanned})
		recipients = append(recipients, edition.Recipient{MessageKey: key, ContactID: id, Fields: text})
	}
	m := edition.Manifest{Campaign: f.id.Campaign, Slot: f.id.Slot, Kind: "campaign", Channel: "list", Purpose: "internal", FileBy: "sales_rep"}
	if err := edition.Write(edition.Dir(f.data, f.id), m, plan, recipients); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixture) lists() *Sender {
	return &Sender{DataDir: f.data, JournalDir: f.journalDir(), ID: f.id, Lists: &Lists{Dir: filepath.Join(f.data, "lists"), Columns: []string{"customer_id", "name"}}}
}

func (f fixture) listPath(name string) string {
	return filepath.Join(f.data, "lists", f.id.Campaign, string(f.id.Slot), name)
}

func sheetRows(t *testing.T, path string) [][]string {
	t.Helper()
	x, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rows, err := x.GetRows(x.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestListPerSalesRepresentative(t *testing.T) {
	f := freezeList(t,
		`{"customer_id":"007","name":"得意商店","sales_rep":"佐藤","due_probability":0.512345,"last_ordered_on":"2011-11-30"}`,
		`{"customer_id":"12","name":"B","sales_rep":"Suzuki/East","due_probability":1,"last_ordered_on":null}`,
		`{"customer_id":"13","name":"C","sales_rep":"佐藤","due_probability":0.25,"last_ordered_on":"2010-01-02"}`,
		`{"customer_id":"14","name":"D","sales_rep":null,"due_probability":0}`,
	)
	wantAccount(t, f.run(f.lists()), counts(4, 4, 0, 0, 0, 0, edition.StateFinished))
	heading := []string{"Customer ID", "Name", "Due probability", "Last ordered on", "Sales rep"}
	for name, want := range map[string][][]string{
		"佐藤.xlsx":          {heading, {"007", "得意商店", "51.2%", "2011-11-30", "佐藤"}, {"13", "C", "25.0%", "2010-01-02", "佐藤"}},
		"Suzuki_East.xlsx": {heading, {"12", "B", "100.0%", "", "Suzuki/East"}},
		"list.xlsx":        {{"Customer ID", "Name", "Due probability", "Sales rep"}, {"14", "D", "0.0%"}},
	} {
		if diff := cmp.Diff(want, sheetRows(t, f.listPath(name))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		info, err := os.Stat(f.listPath(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want mode 600", name, info.Mode(), err)
		}
	}
	if got := f.events(journal.Attempt); len(got) != 0 {
		t.Errorf("got %d attempts, want none", len(got))
	}
}

func TestCellTypes(t *testing.T) {
	f := freezeList(t, `{"a_text":"007","b_number":12.5,"c_date":"2011-12-06","d_bool":true,"e_big":123456789012345678,"f_list":[1,"x"],"g_nul":"a\u0001b"}`)
	f.run(f.lists())
	x, err := excelize.OpenFile(f.listPath("list.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for cell, want := range map[string]struct {
		kind excelize.CellType
		raw  string
	}{
		"A2": {excelize.CellTypeInlineString, "007"},
		"B2": {excelize.CellTypeUnset, "12.5"},
		"C2": {excelize.CellTypeUnset, "40883"},
		"D2": {excelize.CellTypeBool, "1"},
		"E2": {excelize.CellTypeInlineString, "123456789012345678"},
		"F2": {excelize.CellTypeInlineString, `[1,"x"]`},
		"G2": {excelize.CellTypeInlineString, "ab"},
	} {
		kind, err := x.GetCellType("List", cell)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := x.GetCellValue("List", cell, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		number := want.kind == excelize.CellTypeUnset && (kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber || kind == excelize.CellTypeDate)
		if raw != want.raw || kind != want.kind && !number {
			t.Errorf("%s: got %v %q, want %v %q", cell, kind, raw, want.kind, want.raw)
		}
	}
}

func TestFormulaInjectionIsGuarded(t *testing.T) {
	attacks := []string{`=1+1`, `+81-3-1234-5678`, `-2+3`, `@SUM(A1)`, "\t=1", "\r=1", `=cmd|' /C calc'!A0`, `＝1`}
	var fields []string
	for _, attack := range attacks {
		text, err := json.Marshal(map[string]string{"name": attack})
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, string(text))
	}
	f := freezeList(t, fields...)
	f.run(f.lists())
	x, err := excelize.OpenFile(f.listPath("list.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for i := range attacks {
		cell, _ := excelize.CoordinatesToCellName(1, i+2)
		formula, err := x.GetCellFormula("List", cell)
		if err != nil || formula != "" {
			t.Errorf("%s: got formula %q, %v, want none", cell, formula, err)
		}
		value, err := x.GetCellValue("List", cell)
		if err != nil || !strings.HasPrefix(value, "'") {
			t.Errorf("%s: got %q, %v, want it behind an apostrophe", cell, value, err)
		}
	}
}

func TestListIsRepeatable(t *testing.T) {
	f := freezeList(t, `{"name":"A","sales_rep":"x"}`, `{"name":"B","sales_rep":"x"}`, `{"name":"C","sales_rep":"y"}`)
	f.run(f.lists())
	first := map[string]string{}
	for _, name := range []string{"x.xlsx", "y.xlsx"} {
		data, err := os.ReadFile(f.listPath(name))
		if err != nil {
			t.Fatal(err)
		}
		first[name] = string(data)
	}
	// as if the process had been killed after the files, before the journal
	if err := os.RemoveAll(f.journalDir()); err != nil {
		t.Fatal(err)
	}
	wantAccount(t, f.run(f.lists()), counts(3, 3, 0, 0, 0, 0, edition.StateFinished))
	for name, want := range first {
		data, err := os.ReadFile(f.listPath(name))
		if err != nil || string(data) != want {
			t.Errorf("%s: got other bytes the second time, %v", name, err)
		}
	}
}

// TestListCrashPoints breaks the writing at every step and runs again: everybody accepted, whole files, nothing beside.
func TestListCrashPoints(t *testing.T) {
	for step := range 8 {
		f := freezeList(t, `{"name":"A","sales_rep":"x"}`, `{"name":"B","sales_rep":"y"}`)
		s := f.lists()
		left := step
		broken := errors.New("killed")
		tick := func() error {
			if left--; left < 0 {
				return broken
			}
			return nil
		}
		s.Lists.Disk = journal.Disk{
			SyncFile: func(*os.File) error { return tick() },
			Rename: func(a, b string) error {
				if err := tick(); err != nil {
					return err
				}
				return os.Rename(a, b)
			},
			SyncFolder: func(string) error { return tick() },
		}
		account, err := s.Run(context.Background())
		if !errors.Is(err, broken) || account.Check() != nil {
			t.Fatalf("step %d: got %+v, %v, want the break", step, account, err)
		}
		wantAccount(t, f.run(f.lists()), counts(2, 2, 0, 0, 0, 0, edition.StateFinished))
		entries, err := os.ReadDir(filepath.Dir(f.listPath("x")))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		if diff := cmp.Diff([]string{"x.xlsx", "y.xlsx"}, names); diff != "" {
			t.Errorf("step %d: %s", step, diff)
		}
	}
}

func TestListRowThatCannotBeRead(t *testing.T) {
	f := freezeList(t, `{"name":"A"}`, `not json`)
	wantAccount(t, f.run(f.lists()), counts(2, 1, 1, 0, 0, 0, edition.StateFinished))
}

func TestFileNames(t *testing.T) {
	taken := map[string]string{}
	for _, tt := range []struct{ group, want string }{
		{"佐藤", "佐藤"}, {"a/b", "a_b"}, {"a:b", "a_b-b4a5fa6c"}, {"", "list"}, {"..", "list-"}, {"Sato", "Sato"}, {"SATO", "SATO-"}, {".x", "x"},
	} {
		got := fileName(tt.group, taken)
		if !strings.HasPrefix(got, strings.SplitN(tt.want, "-", 2)[0]) || strings.Contains(tt.want, "-") != strings.Contains(got, "-") {
			t.Errorf("fileName(%q): got %q, want %q", tt.group, got, tt.want)
		}
		if !plainName(got) {
			t.Errorf("fileName(%q): got %q, which is no safe name", tt.group, got)
		}
	}
}
