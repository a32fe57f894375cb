package config

import (
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/position"
)

// oneOf is a list in words: "a, b or c".
func oneOf(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	}
}

// didYouMean is the suggestion for a word that is none of the candidates, "" where none is near.
func didYouMean(got string, candidates []string) string {
	if near := position.Nearest(got, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// sortedCopy returns the words in order.
func sortedCopy(words []string) []string {
	sorted := slices.Clone(words)
	slices.Sort(sorted)
	return sorted
}
