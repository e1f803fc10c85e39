package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"matoi/lang"
)

// Mistake is one thing wrong in the configuration: where, in which key, and what. What is a text of the area config.
type Mistake struct {
	File   string
	Line   int // from 1; 0 where the file says nothing about it
	Column int
	Key    string // e.g. sources[0].auth.bearer[1]
	What   string // id of the text
	Args   lang.Args
}

// In words the mistake in a language: file:line:column: key: what.
func (m Mistake) In(l lang.Lang) string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
	}
	if m.Key != "" {
		b.WriteString(": " + m.Key)
	}
	return b.String() + ": " + lang.Text(l, m.What, m.Args)
}

// Mistakes are all of them, in the order of the file.
type Mistakes []Mistake

// Error words them in English; In is for people.
func (m Mistakes) Error() string { return m.In(lang.EN) }

// In words them in a language, one a line.
func (m Mistakes) In(l lang.Lang) string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.In(l)
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) sorted() Mistakes {
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(m, func(a, b Mistake) bool { return a.In(lang.EN) == b.In(lang.EN) })
}

// leaf is one error inside joined and wrapped ones: with what was wrapped around it, and by itself.
type leaf struct {
	text string
	err  error
}

// spread gives the leaves of joined and wrapped errors.
func spread(err error) []leaf {
	if many, joined := any(err).(interface{ Unwrap() []error }); joined { // this very error, not one inside it
		var out []leaf
		for _, e := range many.Unwrap() {
			out = append(out, spread(e)...)
		}
		return out
	}
	inner := errors.Unwrap(err)
	if inner == nil {
		return []leaf{{err.Error(), err}}
	}
	leaves := spread(inner)
	around, found := strings.CutSuffix(err.Error(), inner.Error())
	if !found {
		return []leaf{{err.Error(), err}}
	}
	for i := range leaves {
		leaves[i].text = around + leaves[i].text
	}
	return leaves
}

// nearest gives the candidate that differs least from a word, if it is near enough to be what was meant.
func nearest(word string, candidates []string) string {
	best, least := "", 1+len([]rune(word))/3
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of letters to change, add, drop or swap.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	d := make([][]int, len(s)+1)
	for i := range d {
		d[i] = make([]int, len(t)+1)
		d[i][0] = i
	}
	for j := range t {
		d[0][j+1] = j + 1
	}
	for i := range s {
		for j := range t {
			change := 1
			if s[i] == t[j] {
				change = 0
			}
			d[i+1][j+1] = min(d[i][j+1]+1, d[i+1][j]+1, d[i][j]+change)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				d[i+1][j+1] = min(d[i+1][j+1], d[i-1][j-1]+1)
			}
		}
	}
	return d[len(s)][len(t)]
}
