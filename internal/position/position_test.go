package position

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestPositionText(t *testing.T) {
	for want, p := range map[string]Position{
		"config.yaml:12:5": {File: "config.yaml", Line: 12, Column: 5},
		"config.yaml:12":   {File: "config.yaml", Line: 12},
		"config.yaml":      {File: "config.yaml"},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestDetail(t *testing.T) {
	at := Position{File: "a.yaml", Line: 7, Column: 3}
	for name, c := range map[string]struct {
		fault Fault
		want  string
	}{
		"bare":               {Fault{Position: at, Message: "m"}, "a.yaml:7:3: m"},
		"all":                {Fault{Position: at, Message: "m", Try: "t", Excerpt: "abcd"}, "a.yaml:7:3: m\n    7 | abcd\n      |   ^\n      try: t"},
		"tabs":               {Fault{Position: at, Message: "m", Excerpt: "\t\tx"}, "a.yaml:7:3: m\n    7 | \t\tx\n      | \t\t^"},
		"wide":               {Fault{Position: at, Message: "m", Excerpt: "日本語"}, "a.yaml:7:3: m\n    7 | 日本語\n      |     ^"},
		"half-width kana":    {Fault{Position: at, Message: "m", Excerpt: "ｱｲｳ"}, "a.yaml:7:3: m\n    7 | ｱｲｳ\n      |   ^"},
		"full-width letters": {Fault{Position: at, Message: "m", Excerpt: "ＡＢＣ"}, "a.yaml:7:3: m\n    7 | ＡＢＣ\n      |     ^"},
		"narrow, not ASCII":  {Fault{Position: at, Message: "m", Excerpt: "é…x"}, "a.yaml:7:3: m\n    7 | é…x\n      |   ^"},
		"beyond the line": {
			Fault{Position: Position{File: "a.yaml", Line: 7, Column: 9}, Message: "m", Excerpt: "ab"},
			"a.yaml:7:9: m\n    7 | ab\n      |   ^",
		},
		"no column": {Fault{Position: Position{File: "a.yaml", Line: 7}, Message: "m", Excerpt: "ab"}, "a.yaml:7: m\n    7 | ab"},
	} {
		if got := c.fault.Detail(); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestFaultsAreAnErrorWhenThereAreSome(t *testing.T) {
	var faults Faults
	if err := faults.Err(); err != nil {
		t.Errorf("no faults are the error %v", err)
	}
	faults.Add(Position{File: "a", Line: 1}, "try", "got %q", "x")
	wrapped := fmt.Errorf("load: %w", faults.Err())
	var got Faults
	if !errors.As(wrapped, &got) || len(got) != 1 || got[0].Message != `got "x"` || got[0].Try != "try" {
		t.Errorf("got %v", got)
	}
}

func TestSort(t *testing.T) {
	var faults Faults
	for _, p := range []Position{{"b", 1, 1}, {"a", 10, 1}, {"a", 2, 9}, {"a", 2, 3}, {"a", 0, 0}} {
		faults.Add(p, "", "m")
	}
	faults.Add(Position{"a", 2, 3}, "", "before m")
	faults.Sort()
	var got []string
	for _, f := range faults {
		got = append(got, f.Error())
	}
	want := "a: m|a:2:3: before m|a:2:3: m|a:2:9: m|a:10:1: m|b:1:1: m"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
	if lines := strings.Count(faults.Error(), "\n") + 1; lines != len(faults) {
		t.Errorf("got %d lines for %d faults", lines, len(faults))
	}
}
