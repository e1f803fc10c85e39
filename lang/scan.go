package lang

import (
	"strings"
	"unicode/utf8"
)

// headRunes is how much of a text is looked at for time words. The longest
// sensible phrase has about sixty characters.
const headRunes = 128

// scan is the folded head of a text: one rune for each rune of the original,
// full-width forms narrowed and ASCII in lower case, so that every position can
// be turned back into the rest of the original. Its readers take a position and
// return the next one, and never change the scan, so that trying is free.
type scan struct {
	text  string
	runes []rune
	at    []int // byte offset in text of each rune, and of the end of the head
}

func newScan(text string) scan {
	s := scan{text: text}
	i := 0
	for i < len(text) && len(s.runes) < headRunes {
		r, size := utf8.DecodeRuneInString(text[i:])
		s.runes = append(s.runes, foldTimeRune(r))
		s.at = append(s.at, i)
		i += size
	}
	s.at = append(s.at, i)
	return s
}

func foldTimeRune(r rune) rune {
	r = foldSign(r)
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return ' '
	case r == '〜':
		return '~'
	case r == '–' || r == '—':
		return '-'
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	}
	return r
}

// rest is the original text from position i on, trimmed.
func (s scan) rest(i int) string { return strings.TrimSpace(s.text[s.at[i]:]) }

// peek is the rune at i, or 0 behind the end.
func (s scan) peek(i int) rune {
	if i < 0 || i >= len(s.runes) {
		return 0
	}
	return s.runes[i]
}

func (s scan) spaces(i int) int {
	for s.peek(i) == ' ' {
		i++
	}
	return i
}

// word answers the position behind the first of the words that stands at i. An
// ASCII word ends at a boundary. Put longer words before their beginnings.
func (s scan) word(i int, words ...string) (int, bool) {
	for _, w := range words {
		j := i
		for _, r := range w {
			if s.peek(j) != r {
				j = -1
				break
			}
			j++
		}
		if j < 0 {
			continue
		}
		if last := w[len(w)-1]; isLatin(rune(last)) && isLatin(s.peek(j)) {
			continue
		}
		return j, true
	}
	return i, false
}

// one tells whether the rune at i is one of those in set.
func (s scan) one(i int, set string) bool {
	return s.peek(i) != 0 && strings.ContainsRune(set, s.peek(i))
}

// number reads min to max ASCII digits; more digits than max are no number.
func (s scan) number(i, minDigits, maxDigits int) (n, next int, ok bool) {
	j := i
	for isDigit(s.peek(j)) {
		if j-i == maxDigits {
			return 0, i, false
		}
		n = n*10 + int(s.peek(j)-'0')
		j++
	}
	return n, j, j-i >= minDigits
}

// ends tells whether a time may end before i: not in the middle of a Latin word
// or a longer number, address, ratio or path (14:35abc, 10:20:30:40, 1:10.5).
func (s scan) ends(i int) bool {
	r, after := s.peek(i), s.peek(i+1)
	switch {
	case isLatin(r) || isDigit(r) || r == '_' || r == '%' || r == '@' || r == '\\':
		return false
	case r == ':' || r == '/' || r == '-' || r == '.':
		return !isLatin(after) && !isDigit(after)
	}
	return true
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' }
func isDigit(r rune) bool { return r >= '0' && r <= '9' }
