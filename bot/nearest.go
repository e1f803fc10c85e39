package bot

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// nearest returns up to limit of the words that were probably meant by typed, the best first: those it begins,
// and those a few slips of the finger away. Nothing near gives nothing.
func nearest(typed string, words []string, limit int) []string {
	type scored struct {
		word  string
		score int
	}
	typed = fold(typed)
	var near []scored
	if utf8.RuneCountInString(typed) > 40 {
		return nil
	}
	for _, w := range words {
		d := distance([]rune(typed), []rune(fold(w)))
		switch {
		case d <= slips(typed):
			near = append(near, scored{w, d})
		case len(typed) > 2 && strings.HasPrefix(fold(w), typed):
			near = append(near, scored{w, d})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	var out []string
	for _, n := range near[:min(limit, len(near))] {
		out = append(out, n.word)
	}
	return out
}

// slips is how many mistakes a word of that length may have and still be that word.
func slips(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 2:
		return 0
	case n <= 3:
		return 1
	case n <= 6:
		return 2
	default:
		return n / 3
	}
}

// distance counts insertions, deletions, replacements and swaps of neighbours between a and b.
func distance(a, b []rune) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
