package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/position"
)

// environment is the one that the tests' files are read in.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"SMTP_PASSWORD":      "hunter2-from-env",
		"TOKUI_TRACKING_KEY": "0123456789abcdef0123456789abcdef",
		"PORT":               "2525",
		"NOT_A_NUMBER":       "hunter3-from-env",
	}[name]
	return value, ok
}

func TestLoadGood(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		if _, err := Load(file, environment); err != nil {
			t.Errorf("%s:\n%s", file, err)
		}
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// TestLoadBad holds the exact messages for files with faults: testdata/bad/NAME.yaml → NAME.txt.
func TestLoadBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			c, err := Load(file, environment)
			if err == nil || c != nil {
				t.Fatalf("got %v, %v, want faults", c, err)
			}
			var faults position.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got a %T, want position.Faults", err)
			}
			got := filepath.ToSlash(err.Error()) + "\n"
			if strings.Contains(got, "hunter") {
				t.Errorf("the message shows a secret:\n%s", got)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("messages differ (-want +got):\n%s", diff)
			}
		})
	}
}

func load(t *testing.T, name string) *Config {
	t.Helper()
	c, err := Load("testdata/good/"+name+".yaml", environment)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTextStaysAsWritten(t *testing.T) {
	c := load(t, "text")
	sales := c.Sources["sales"]
	if diff := cmp.Diff(map[string]string{
		"order_id": "007", "ordered_on": "2011", "amount": "1e3", "customer_id": "null", "product_id": "true",
	}, sales.Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"1": "01", "2011-12-10": "0x1F", "yes": "no"}, sales.Values["product_id"]); diff != "" {
		t.Error(diff)
	}
	if sales.Path != "007" || c.Params["dormant_days"] != "0180" || c.Params["ratio"] != "1.10" || c.Perks[0].Name != "007" {
		t.Errorf("got %q, %q, %q", sales.Path, c.Params, c.Perks[0].Name)
	}
	if c.Currency != "${env:X}" {
		t.Errorf("$${ reads as %q", c.Currency)
	}
	if c.Company.Contact != "Example" {
		t.Errorf("the alias reads as %q", c.Company.Contact)
	}
	second := c.Campaigns["second"]
	if second.Channel != "email" || second.Caps.PerContact.Count != 2 || second.Expires.String() != "36h" {
		t.Errorf("the merged campaign reads as %+v", second)
	}
	if diff := cmp.Diff([]string{"first", "second"}, c.CampaignNames); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultsFillInOnlyWhatIsLeftOut(t *testing.T) {
	c := load(t, "minimal")
	if c.Locale != "ja" || c.Currency != "¥" || c.Location.String() != "Asia/Tokyo" || c.AsOf != "today" || !c.AsOfDate().IsZero() {
		t.Errorf("got %q, %q, %s, %q", c.Locale, c.Currency, c.Location, c.AsOf)
	}
	want := Ranks{
		Window: Window{Days: 365}, Compare: "previous", Measure: "sales", LargeShare: Share{Value: 0.8, Set: true}, GrowthThreshold: 1.1, Shrinkage: 1, GrowingBy: "growth",
		Rules: []RankRule{{"A", "large and growing"}, {"B-2", "large"}, {"B-1", "growing"}, {"C", "sales_amount > 0"}, {"other", ""}},
	}
	if diff := cmp.Diff(want, c.Ranks); diff != "" {
		t.Errorf("ranks differ (-want +got):\n%s", diff)
	}
	wantSource := Source{
		Table: "sales", Path: "s.csv", Format: "csv", Encoding: "utf-8", Delimiter: ",", Quote: `"`, Header: 1,
		Shape: "lines", Decimal: ".",
		MaxDrop: Share{Value: 0.5, Set: true}, MaxReject: Share{Value: 0.05, Set: true},
		Columns: map[string]string{"order_id": "no", "ordered_on": "day", "amount": "sum", "customer_id": "who"},
	}
	if diff := cmp.Diff(wantSource, c.Sources["sales"]); diff != "" {
		t.Errorf("source differs (-want +got):\n%s", diff)
	}
	if m := c.Mail; m.Transport != "outbox" || m.SMTP.Port != 587 || m.SMTP.TLS != "required" || m.SMTP.Connections != 4 || m.SMTP.Timeout.String() != "1m" {
		t.Errorf("got %+v", m)
	}

	c = load(t, "replay")
	if c.Ranks.Shrinkage != 0 || c.Ranks.GrowthThreshold != 1 || c.Ranks.Window != (Window{Days: 180}) {
		t.Errorf("what the file says was replaced by a default: %+v", c.Ranks)
	}
	if c.AsOfDate().String() != "2011-12-10" || c.Currency != "" || c.Mail.SMTP.Port != 2525 || c.Seed.Reveal() != "not a key: the tests only read this text" {
		t.Errorf("got %s, %q, %d, %q", c.AsOfDate(), c.Currency, c.Mail.SMTP.Port, c.Seed.Reveal())
	}
	if job := c.Jobs["nightly"]; job.Timeout.String() != "6h" || job.CatchUp != 0 {
		t.Errorf("got %+v", job)
	}
}

func TestDefaultsByChannel(t *testing.T) {
	c := load(t, "smtp")
	for name, want := range map[string]string{
		"c":      "marketing c 0 14d", // its hold-out of 0 is explicit
		"calls":  "internal  0 30d",
		"letter": "service letters 0.1 30d",
	} {
		p := c.Campaigns[name]
		if got := fmt.Sprintf("%s %s %s %s", p.Purpose, p.Template, p.Holdout, p.Effect.Window); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestPathsStartAtTheFile(t *testing.T) {
	c := load(t, "minimal")
	for got, want := range map[string]string{
		c.DataPath():      "testdata/good/var",
		c.OutboxPath():    "testdata/good/var/outbox",
		c.Resolve("a/b"):  "testdata/good/a/b",
		c.Resolve("/a/b"): "/a/b",
	} {
		if filepath.ToSlash(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if c.SQLPath() != "" || c.TemplatesPath() != "" {
		t.Error("folders that are not given have paths")
	}
}

func TestSplitStep(t *testing.T) {
	for _, s := range []struct {
		step, verb, name string
		ok               bool
	}{
		{"load", "load", "", true},
		{"campaign  replace-soon", "campaign", "replace-soon", true},
		{"report management", "report", "management", true},
		{"campaign", "campaign", "", false},
		{"load sales", "load", "sales", false},
		{"campaign a b", "campaign", "a", false},
		{"send a", "send", "a", false},
		{"", "", "", false},
	} {
		verb, name, ok := SplitStep(s.step)
		if verb != s.verb || name != s.name || ok != s.ok {
			t.Errorf("%q: got %q, %q, %t", s.step, verb, name, ok)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	_, err := Load("testdata/no-such.yaml", environment)
	if err == nil || err.Error() != "testdata/no-such.yaml: there is no such file, want the configuration\n      try: name it with --config" {
		t.Errorf("got %v", err)
	}
	if _, err := Load("testdata", environment); err == nil {
		t.Error("a folder was read")
	}
}

// FuzzLoad: whatever a file says, there is a valid configuration or faults that stand in it, and no secret of the
// environment in them.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, faults := parse("testdata/good/fuzz.yaml", text, func(name string) (string, bool) { return "hunter2-from-env", name != "NO_SUCH" })
		if c == nil && len(faults) == 0 {
			t.Fatal("got neither a configuration nor faults")
		}
		if c != nil && (c.Location == nil || len(c.Ranks.Rules) == 0 || len(Tables(c)) == 0) {
			t.Fatalf("a configuration that is not complete: %+v", c)
		}
		lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + strings.Count(string(text), "\u2028") +
			strings.Count(string(text), "\u2029") + strings.Count(string(text), "\u0085") + 1
		for _, fault := range faults {
			if fault.Line < 0 || fault.Line > lines || fault.Message == "" {
				t.Errorf("a fault at line %d of %d: %s", fault.Line, lines, fault.Error())
			}
			if !strings.Contains(string(text), "from-env") && strings.Contains(fault.Detail(), "from-env") {
				t.Errorf("a secret is shown: %s", fault.Detail())
			}
		}
	})
}
