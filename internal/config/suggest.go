package config

import (
	"slices"
	"strings"
)

// nearest returns the candidate that got was most likely meant to be, "" if none is near. Of equally near ones the
// first wins.
func nearest(got string, candidates []string) string {
	length := len([]rune(got))
	best, bestDistance := "", min(length/3+1, length/2)
	for _, candidate := range candidates {
		if distance := editDistance(strings.ToLower(got), strings.ToLower(candidate)); distance <= bestDistance {
			if best == "" || distance < bestDistance {
				best, bestDistance = candidate, distance
			}
		}
	}
	return best
}

// editDistance is the number of letters to insert, delete, replace or swap with a neighbour (optimal string alignment).
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var older []int
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			replace := last[j-1]
			if x[i-1] != y[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, last = last, row
	}
	return last[len(y)]
}

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
	if near := nearest(got, candidates); near != "" {
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
