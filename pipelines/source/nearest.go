package source

import (
	"strings"
)

// nearest is the name most like a given one, "" where none is like it: at most a third of its characters differ, or one
// holds the other.
func nearest(name string, names []string) string {
	best, least := "", -1
	want := []rune(strings.ToLower(strings.TrimSpace(name)))
	for _, n := range names {
		got := []rune(strings.ToLower(strings.TrimSpace(n)))
		d := distance(want, got)
		holds := len(got) > 1 && len(want) > 1 && (strings.Contains(string(want), string(got)) || strings.Contains(string(got), string(want)))
		if 3*d > max(len(want), len(got)) && !holds {
			continue
		}
		if least < 0 || d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the characters to insert, delete and replace to make b of a (Levenshtein 1966).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
