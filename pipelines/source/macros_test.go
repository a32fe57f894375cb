package source

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
)

func openMemory(t testing.TB) *warehouse.DB {
	t.Helper()
	db, err := warehouse.OpenMemory(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestMacros(t *testing.T) {
	ctx := context.Background()
	db := openMemory(t)
	null := ""
	for _, group := range []struct {
		macro string
		cases map[string]string
	}{
		{"num", map[string]string{
			"1": "1.0", "-2.5": "-2.5", " 12 ": "12.0", "1e3": "1000.0", "1.2345678": "1.2345678",
			"1,000": "1000.0", "-1,234,567.5": "-1234567.5", "１，０００": "1000.0", "¥1,000": "1000.0",
			"￥５００": "500.0", "1,000円": "1000.0", "5円": "5.0", `\1,000`: "1000.0", "£3.50": "3.5",
			"$28.00": "28.0", "△500": "-500.0", "▲ 1,500": "-1500.0", "(500)": "-500.0",
			"（５００）": "-500.0", "(¥1,500)": "-1500.0", "¥-500": "-500.0", "-¥500": "-500.0", "500-": "-500.0",
			"−5": "-5.0", "－5": "-5.0", ".5": "0.5", "5.": "5.0", "99999999999999": "99999999999999.0",
			"1,5": null, "1,00": null, "1 000": null, "12,34,567": null, "": null, "-": null, "¥": null, "()": null, "(-5)": null, "-5-": null,
			"(5": null, "5)": null, "abc": null, "5%": null, "１２a": null, "1.2.3": null, "NaN": null, "inf": null, "0x10": null,
			"1.71324E+17": "1.71324e+17", "-.": null, "—": null,
		}},
		{"day", map[string]string{
			"2010-12-01": "2010-12-01", "2010-12-01 08:26:00": "2010-12-01", "2010-12-01T08:26:00": "2010-12-01",
			"2010-12-01 8:26": "2010-12-01", "2022/8/10": "2022-08-10", "2022/08/10 9:05": "2022-08-10", "20260401": "2026-04-01",
			"20260401 10:00": "2026-04-01", "2026.4.1": "2026-04-01", "2026年4月1日": "2026-04-01", "２０２６／４／１": "2026-04-01",
			"令和8年4月1日": "2026-04-01", "平成27年4月1日": "2015-04-01", "令和元年5月1日": "2019-05-01", "R8.4.1": "2026-04-01",
			"2012-01-01 11:13:25 -0500": "2012-01-02", "2012-01-01 23:00:00Z": "2012-01-02", "2012-01-01T23:00:00+09:00": "2012-01-01",
			"2012-01-01 20:00+00": "2012-01-02", "2024-02-29": "2024-02-29", "1615-05-07": "1615-05-07", " 2010-12-01 ": "2010-12-01",
			"2026年4月1日 10:00": "2026-04-01",
			"2023-02-29":      null, "08/04/01": null, "26/04/01": null, "03/02/2026": null, "2010-13-01": null, "2010-12-01x": null,
			"": null, "abc": null, "1900-01-01": null, "1899-12-30": null, "9999-12-31": null, "0000-00-00": null, "20261301": null,
			"2010-12": null, "2010-12-01 99:99": null, "41000": null, "infinity": null,
		}},
		{"tokui_instant", map[string]string{
			"2012-01-01 11:13:25": "2012-01-01T02:13:25Z", "2012-01-01 11:13:25 -0500": "2012-01-01T16:13:25Z",
			"2012-01-01T11:13:25Z": "2012-01-01T11:13:25Z", "2026年4月1日 10:00": "2026-04-01T01:00:00Z", "2026/4/1": "2026-03-31T15:00:00Z",
			"2026-04-01 10:00:00.5+09": "2026-04-01T01:00:00.5Z",
			"yesterday":                null, "9999-12-31 00:00:00": null,
		}},
		{"tokui_id", map[string]string{
			"007": "007", " 007　": "007", "Ａ０１－ｂ": "A01-b", "得意先１": "得意先1", "\t7\r\n": "7", "　": null, "17850.0": "17850.0",
			"'007": "007", " '007": "007", "＇００７": "007", "''7": "'7", "O'B": "O'B", "'": null, "' 7 ": "7", "得'": "得'",
		}},
		{"tokui_address", map[string]string{
			"Frank@example.com": "Frank@example.com", "ｆｒａｎｋ＠example.com": "frank@example.com", "　ａｎｎ＠Ｅxample．com ": "ann@Example.com",
			"o'hara@example.com": "o'hara@example.com", "'tis@example.com": "'tis@example.com", " \t　": null, "": null,
		}},
		{"tokui_flag", map[string]string{
			"TRUE": "true", "1": "true", "○": "true", "はい": "true", "0": "false", "×": "false", "いいえ": "false", "Ｎ": "false", "maybe": null,
		}},
	} {
		for in, want := range group.cases {
			err := withMacros(ctx, db, "Asia/Tokyo", ".", func(tx *warehouse.Tx) error {
				var got sql.NullString
				show := group.macro + "($1::varchar)::varchar"
				if group.macro == "tokui_instant" {
					show = "strftime(tokui_instant($1::varchar), '%Y-%m-%dT%H:%M:%S.%fZ')"
				}
				if err := tx.One(ctx, "select "+show, []any{in}, &got); err != nil {
					return err
				}
				if at, err := time.Parse(time.RFC3339Nano, got.String); err == nil {
					got.String = at.Format(time.RFC3339Nano)
				}
				if got.String != want || got.Valid != (want != null) {
					t.Errorf("%s(%q) = %q, want %q", group.macro, in, got.String, want)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s(%q): %v", group.macro, in, err)
			}
		}
	}
}

// A connection that has loaded must mean by day() what DuckDB does.
func TestMacrosLeaveNothingBehind(t *testing.T) {
	ctx := context.Background()
	db := openMemory(t)
	for _, fail := range []error{nil, sql.ErrNoRows} {
		err := withMacros(ctx, db, "UTC", ".", func(tx *warehouse.Tx) error { return fail })
		if err != fail {
			t.Fatalf("got %v, want %v", err, fail)
		}
		var day int
		if err := db.One(ctx, "select day(date '2026-04-17')", nil, &day); err != nil || day != 17 {
			t.Errorf("day() = %d, %v, want 17", day, err)
		}
		var left int
		if err := db.One(ctx, "select count(*) from duckdb_functions() where database_name = 'temp'", nil, &left); err != nil || left != 0 {
			t.Errorf("%d macros left behind, %v", left, err)
		}
	}
}
