package onboard

import (
	_ "embed" // the examples
	"strings"
)

//go:embed campaigns.ja.yaml
var campaignsJapanese string

//go:embed campaigns.en.yaml
var campaignsEnglish string

// campaigns writes examples that can be planned at once: lists for the own staff, which need no consent. Mails stand as
// comments until there are a sender, and people who agreed.
func (w *writer) campaigns(f *Finding) {
	text := campaignsEnglish
	if f.Japanese {
		text = campaignsJapanese
	}
	w.lines = append(w.lines, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
}
