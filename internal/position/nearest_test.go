package position

import "testing"

func TestNearest(t *testing.T) {
	candidates := []string{"audience", "template", "holdout", "channel", "受注番号", "受注日"}
	for got, want := range map[string]string{
		"houldout": "holdout", "chanel": "channel", "tepmlate": "template", "AUDIENCE ": "audience", "受注番号A": "受注番号",
		"受注": "受注日", "price": "", "": "", "x": "", "t": "",
	} {
		if near := Nearest(got, candidates); near != want {
			t.Errorf("Nearest(%q): got %q, want %q", got, near, want)
		}
	}
}
