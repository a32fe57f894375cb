package response

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/predict"
)

// kept writes a backtest with one forecast of a ratio, two groups and one row by repeats, and one rule.
func kept(t *testing.T, path string, ratio float64) {
	t.Helper()
	half := 0.5
	b := predict.Backtest{Version: predict.BacktestVersion, At: "2011-09-07", Days: 30, Until: "2011-10-07", Notes: []string{"o'note"},
		Models: []predict.BacktestModel{
			{Subject: "pair", Name: "replacement", Table: "predictions.replacement",
				Measures:  predict.Measures{Rows: 100, Events: 10, AUC: &half, LogLoss: &half, Ratio: &ratio, IsFlagged: ratio > 1.25},
				Bins:      []predict.BacktestBin{{Rows: 50, Events: 1.5, Highest: .1}, {Rows: 50, Events: 8.5, Highest: .9}},
				ByRepeats: []predict.BacktestRepeat{{Repeats: "0", Measures: predict.Measures{Rows: 80, Events: 4}}}},
			{Subject: "pair", Name: "date_rule", Note: "last purchase + own mean gap", Measures: predict.Measures{Rows: 100, Events: 10, AUC: &half},
				Bins: []predict.BacktestBin{}, ByRepeats: []predict.BacktestRepeat{}},
		}}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is kept of backtests is staged once, again where it was made again, and no longer where it is gone; a file that
// cannot be read is told of and hinders nothing.
func TestStageBacktests(t *testing.T) {
	dataDir, temp := t.TempDir(), t.TempDir()
	db := openStaging(t, filepath.Join(dataDir, "tokui.duckdb"), temp)
	path := filepath.Join(dataDir, "backtests", "2011-09-07-30d.json")
	stage := func() Staged {
		t.Helper()
		staged, err := Stage(t.Context(), db, Staging{DataDir: dataDir, TempDir: temp})
		if err != nil {
			t.Fatal(err)
		}
		opsOf(t, db)
		return staged
	}
	said := func() string {
		t.Helper()
		var text string
		err := db.One(t.Context(), `select coalesce(string_agg(concat_ws(' ', at_on, horizon_days, until_on, position, subject, model, model_table,
			note, '(' || repeats || ')', row_count, event_count, auc, ratio, is_flagged), '; ' order by position, repeats), '') from ops.backtest`, nil, &text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	kept(t, path, 1.03)
	if staged := stage(); staged.OnlyRuns || len(staged.Unread) > 0 {
		t.Errorf("a new backtest: got %+v, want something that ops tells of", staged)
	}
	const rest = "2011-09-07 30 2011-10-07 1 pair replacement predictions.replacement (0) 80 4 false; " +
		"2011-09-07 30 2011-10-07 2 pair date_rule last purchase + own mean gap () 100 10 0.5 false"
	if got, want := said(), "2011-09-07 30 2011-10-07 1 pair replacement predictions.replacement () 100 10 0.5 1.03 false; "+rest; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var bins string
	err := db.One(t.Context(), "select string_agg(concat_ws(' ', bin, row_count, event_count, highest), '; ' order by bin) from ops.backtest_bin", nil, &bins)
	if err != nil || bins != "1 50 1.5 0.1; 2 50 8.5 0.9" {
		t.Errorf("got the groups %q, %v", bins, err)
	}
	if staged := stage(); !staged.OnlyRuns {
		t.Errorf("nothing new: got %+v", staged)
	}

	kept(t, path, 1.5)
	stage()
	if got, want := said(), "2011-09-07 30 2011-10-07 1 pair replacement predictions.replacement () 100 10 0.5 1.5 true; "+rest; got != want {
		t.Errorf("made again: got %s\nwant %s", got, want)
	}

	if err := os.WriteFile(path, []byte(`{"version": 1, "models": [`), 0o600); err != nil {
		t.Fatal(err)
	}
	if staged := stage(); len(staged.Unread) != 1 || !strings.Contains(staged.Unread[0], "backtests/2011-09-07-30d.json: read backtest") {
		t.Errorf("cut off: got %+v, want the file named", staged)
	}
	if got := said(); got != "" {
		t.Errorf("cut off: got %s, want nothing of it", got)
	}

	kept(t, path, 1.03)
	stage()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	stage()
	var left int
	err = db.One(t.Context(), "select (select count(*) from ops.backtest_bin) + (select count(*) from journal.file where file = $file)",
		[]any{warehouse.Named("file", "backtests/2011-09-07-30d.json")}, &left)
	if got := said(); got != "" || err != nil || left != 0 {
		t.Errorf("gone: got %q, %d rows, %v, want nothing", got, left, err)
	}
}
