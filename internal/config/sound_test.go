package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLoadAllKeepsWhatIsSound: faults in some places leave the others readable, and Sound tells them apart.
func TestLoadAllKeepsWhatIsSound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := `locale: jp
timezone: Mars/Olympus
sources:
  sales: {path: s.csv, max_drop: much, columns: {order_id: no, ordered_on: day, amount: sum}}
ranks:
  window: long
  rules: [{rank: A, when: large}, {rank: B, when: "${env:NO_SUCH}"}, {rank: C}]
campaigns:
  good: {channel: list, audience: select 1, houldout: 10%}
  bad: {channel: pigeon, audience: [1]}
jobs:
  nightly: {schedule: "30 2 * *", steps: [load]}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, faults, err := LoadAll(path, environment)
	if err != nil || c == nil || len(faults) < 7 {
		t.Fatalf("got %v, %v, %v, want a configuration beside its faults", c, faults, err)
	}
	for sound, want := range map[string]bool{
		"locale": false, "timezone": false, "data_dir": true,
		"sources.sales.columns": false, // customer_id is missing
		"sources.sales.path":    true, "sources.sales.max_drop": false,
		"ranks.window": false, "ranks.rules.0.when": true, "ranks.rules.1.when": false, "ranks.rules": false,
		"campaigns.good.audience": true, "campaigns.good.houldout": false, "campaigns.good": false,
		"campaigns.bad.channel": false, "campaigns.bad.audience": false,
		"jobs.nightly.schedule": false, "jobs.nightly.steps": true,
	} {
		if got := c.Sound(strings.Split(sound, ".")...); got != want {
			t.Errorf("Sound(%s): got %t, want %t; faults:\n%s", sound, got, want, faults.Error())
		}
	}
	if c.Locale != "ja" || c.Location == nil || c.Ranks.Window != (Window{Days: 365}) || len(c.Ranks.Rules) != 3 || c.Campaigns["good"].Audience != "select 1" {
		t.Errorf("got %q, %v, %v, %+v, want defaults where the file cannot be read", c.Locale, c.Location, c.Ranks, c.Campaigns)
	}
	if _, err := Load(path, environment); err == nil {
		t.Error("Load takes a file with faults")
	}
	if err := os.WriteFile(path, []byte("- a list\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, faults, err := LoadAll(path, environment); c != nil || len(faults) != 1 || err != nil {
		t.Errorf("got %v, %v, %v, want no configuration", c, faults, err)
	}
	good, err := Load("testdata/good/minimal.yaml", environment)
	if err != nil {
		t.Fatal(err)
	}
	if !good.Sound() || !good.Sound("locale") || !good.Sound("campaigns", "x") {
		t.Error("a configuration without faults is not sound everywhere")
	}
}
