package message

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/token"
	"github.com/tokui/tokui/templates"
)

// A tracked message is the same by programs and by the template packages: links, preferences, the trap and the pixel.
func TestTrackedBothWays(t *testing.T) {
	s := oracleSettings("en")
	s.Tracking = Tracking{Clicks: true, Opens: true}
	layer := oracleLayer(`<a href="https://www.example.com/a?b=1&amp;c=2">1</a><a href="{{.preferences_url}}">2</a>{{.confirm_url}}</body></html>`,
		"https://www.example.com/t\n{{.preferences_url}}\n", "S")
	template, err := Compile([]fs.FS{layer}, "x", s)
	if err != nil {
		t.Fatal(err)
	}
	r := oracleRecipient(`{"a": "x"}`)
	if template.fast == nil || !sameAsOracle(t, template, r) {
		t.Fatal("left to the template packages")
	}
	m, err := template.Render(r)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[token.Kind]int{token.Click: 1, token.Preferences: 1, token.Trap: 1, token.Open: 1} {
		if got := strings.Count(m.HTML, s.BaseURL+kind.Path()); got != want {
			t.Errorf("links of kind %c: got %d, want %d", kind, got, want)
		}
	}
}

// Tracking is nothing that an author could be told of: a template that is right without it is right with it.
func TestLintDoesNotSeeTracking(t *testing.T) {
	for _, name := range []string{"newsletter-a", "newsletter-leads", "replace-soon", "revive"} {
		for _, locale := range []string{"en", "ja"} {
			s := oracleSettings(locale)
			var told [2]string
			for i, tracking := range []Tracking{{}, {Clicks: true, Opens: true}} {
				s.Tracking = tracking
				template, err := Compile([]fs.FS{templates.FS()}, name, s)
				if err != nil {
					t.Fatal(err)
				}
				told[i] = fmt.Sprint(template.Lint())
			}
			if told[0] != told[1] {
				t.Errorf("%s %s: got %s, want %s", name, locale, told[1], told[0])
			}
		}
	}
	s := oracleSettings("en")
	s.Tracking = Tracking{Clicks: true, Opens: true}
	template, err := Compile([]fs.FS{oracleLayer(`<p>words <a href="https://www.example.com/a?b=1&amp;c=2">1</a></p></body></html>`, "words https://www.example.com/a?b=1&c=2\n", "S")}, "x", s)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range template.Lint() {
		if strings.Contains(fault.Error(), "tokui.invalid") || strings.Contains(fault.Error(), "IN6") {
			t.Errorf("got %v", fault)
		}
	}
}
