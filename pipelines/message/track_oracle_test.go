package message

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/token"
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
