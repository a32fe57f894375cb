package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contract returns the columns of each table that a file of sql/contract makes, by qualified name.
func contract(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../sql/contract/" + name)
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`--[^\n]*`).ReplaceAllString(string(text), "")
	plain = regexp.MustCompile(`\(\d+, \d+\)`).ReplaceAllString(plain, "")
	tables := map[string][]string{}
	for _, table := range regexp.MustCompile(`create table ([a-z_.]+) \(([^)]*)\)`).FindAllStringSubmatch(plain, -1) {
		for _, column := range strings.Split(table[2], ",") {
			tables[table[1]] = append(tables[table[1]], strings.Fields(column)[0])
		}
	}
	if len(tables) == 0 {
		t.Fatal("no tables in", name)
	}
	return tables
}

func TestTablesAreTheContracts(t *testing.T) {
	want := contract(t, "config.sql")
	c, err := Load("testdata/good/design.yaml", environment)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, table := range Tables(c) {
		got[table.Name] = table.Columns
		for _, row := range table.Rows {
			if len(row) != len(table.Columns) {
				t.Errorf("%s: a row of %d values for %d columns", table.Name, len(row), len(table.Columns))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables differ from sql/contract/config.sql (-want +got):\n%s", diff)
	}
}

func TestSourceTablesAreTheContracts(t *testing.T) {
	raw := contract(t, "raw.sql")
	for _, table := range contractTables() {
		columns := strings.Join(raw["raw."+table], " ") + " "
		if columns == " " {
			t.Errorf("raw.sql has no table %s", table)
		}
		for _, column := range keyColumns(table) {
			if !strings.Contains(" "+columns, " "+column+" ") {
				t.Errorf("raw.%s has no column %s", table, column)
			}
		}
	}
	if want := len(raw) - len([]string{"reject", "file", "change", "change_month", "load"}); len(contractTables()) != want {
		t.Errorf("got %d tables, raw.sql has %d", len(contractTables()), want)
	}
}

func TestTableRows(t *testing.T) {
	c, err := Load("testdata/good/design.yaml", environment)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][][]any{}
	for _, table := range Tables(c) {
		got[table.Name] = table.Rows
	}
	want := map[string][][]any{
		"config.company": {{"とくい商会", "ja", "Asia/Tokyo", "¥", "today"}},
		"config.rank":    {{"A", 1}, {"B-2", 2}, {"B-1", 3}, {"C", 4}, {"other", 5}},
		"config.rank_rule": {
			{1, "A", "large and growing"},
			{2, "B-2", "large"},
			{3, "B-1", "growing"},
			{4, "C", "sales_amount > 0"},
			{5, "other", nil},
		},
		"config.hold": {{"complaint", 60}},
		"config.approach": {
			{"revive", 1, "Revive", "復活"}, {"focus", 2, "Focus", "重点"}, {"regular", 3, "Regular care", "維持"},
			{"develop", 4, "Develop", "育成"}, {"inform", 5, "Inform", "情報提供"},
		},
		"config.approach_rule": {
			{1, "revive", "is_dormant and was_large"}, {2, "focus", "rank = 'A'"}, {3, "regular", "rank = 'B-2'"},
			{4, "develop", "rank = 'B-1' and risk <> 'high'"}, {5, "inform", nil},
		},
		"config.rfm_cut": {
			{"recency", 5, 30}, {"recency", 4, 90}, {"recency", 3, 180}, {"recency", 2, 365},
			{"frequency", 2, 2}, {"frequency", 3, 4}, {"frequency", 4, 8}, {"frequency", 5, 16},
		},
		"config.perk": {
			{"price guarantee", "A", 1, "price guarantee", 0.05, nil, nil, nil},
			{"free sample", "B-1", 2, "free sample", nil, "300", 1, 90},
			{"free sample", "C", 2, "free sample", nil, "300", 1, 90},
		},
		"config.campaign": {
			{"replace-soon", "replace-soon", 1, "email", "marketing", "replace-soon", 0.1, "sales", true, 30, "1"},
			{"newsletter-leads", "newsletter-leads", 2, "email", "marketing", "newsletter-leads", 0.1, "sales", false, 14, nil},
			{"newsletter-a", "newsletter-a", 3, "email", "marketing", "newsletter-a", 0.1, "sales", false, 14, nil},
		},
		"config.report": {{"management", "management", "management", 1}},
		"config.source": {{"sales", "sales", 1}},
		"config.job": {
			{"nightly", 1, "30 2 * * *", "collect, load, analyze"},
			{"newsletter", 2, "0 10 * * TUE", "collect, campaign newsletter-leads, campaign newsletter-a"},
			{"monthly", 3, "0 8 1 * *", "report management"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows differ (-want +got):\n%s", diff)
	}
}

func TestRanksOfSeveralRulesCountOnce(t *testing.T) {
	c := &Config{Ranks: Ranks{Rules: []RankRule{{Rank: "A", When: "large"}, {Rank: "B", When: "growing"}, {Rank: "A", When: "is_new"}}}}
	if diff := cmp.Diff([][]any{{"A", 1}, {"B", 2}}, rankTable(c).Rows); diff != "" {
		t.Error(diff)
	}
}
