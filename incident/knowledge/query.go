package knowledge

import (
	"slices"
	"unicode/utf8"

	"matoi/incident"
)

// Exactly makes terms of tokens that are looked for as they are.
func Exactly(tokens ...string) []incident.Term {
	terms := make([]incident.Term, len(tokens))
	for i, token := range tokens {
		terms[i].Token = token
	}
	return terms
}

// Query cuts what somebody types into terms, all of which must occur in what is found, each once and in the order of
// Tokens. Two kinds of tokens stand for all that begin with them: the word typed last, which may not be finished (pay
// finds payment, INC-2026 all numbers of the year), and a single Han, kana or Hangul character wherever it stands (決
// finds 決済). With what Index adds to the pairs such a character is found at every place of a word.
func Query(s string) []incident.Term {
	c := collect(s)
	terms := Exactly(c.tokens...)
	for i, t := range terms {
		first, size := utf8.DecodeRuneInString(t.Token)
		terms[i].Prefix = size == len(t.Token) && kindOf(first) == pairs
	}
	if last, _ := utf8.DecodeRuneInString(c.last); len(terms) > 0 && c.last == c.tokens[len(terms)-1] && kindOf(last) == word {
		terms[len(terms)-1].Prefix = true
	}
	return terms
}

// Index gives the tokens by which Query's terms find a text: its Tokens, and the last character of every run of Han, kana
// and Hangul by itself, since no pair begins with it. They are sorted, each once, and at most twice as many as Tokens.
func Index(s string) []string {
	c := collect(s)
	out := append(c.tokens, c.ends...)
	slices.Sort(out)
	return slices.Compact(out)
}
