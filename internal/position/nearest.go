package position

import "strings"

// Nearest is the candidate that a word was most likely meant to be, "" where none is near: of few edits, or holding the
// word or held by it where the shorter has three letters and half of the longer. Of equally near ones the first wins. Case and
// white space around do not count.
func Nearest(got string, candidates []string) string {
	word := []rune(strings.ToLower(strings.TrimSpace(got)))
	best, least := "", 0
	for _, candidate := range candidates {
		other := []rune(strings.ToLower(strings.TrimSpace(candidate)))
		distance := editDistance(word, other)
		if distance > min(len(word)/3+1, len(word)/2) && !holds(word, other) {
			continue
		}
		if best == "" || distance < least {
			best, least = candidate, distance
		}
	}
	return best
}

func holds(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) > 2 && 2*len(a) >= len(b) && strings.Contains(string(b), string(a))
}

// editDistance is the number of letters to insert, delete, replace or swap with a neighbour (optimal string alignment).
func editDistance(a, b []rune) int {
	var older []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, last = last, row
	}
	return last[len(b)]
}
