package knowledge

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Term is something that a search looks for: a token, or with Prefix every token that begins with it.
type Term struct {
	Token  string
	Prefix bool
}

// Exactly makes terms of tokens that are looked for as they are.
func Exactly(tokens ...string) []Term {
	terms := make([]Term, len(tokens))
	for i, token := range tokens {
		terms[i].Token = token
	}
	return terms
}

// Matches reports whether a token is what the term looks for.
func (t Term) Matches(token string) bool {
	return token == t.Token || t.Prefix && strings.HasPrefix(token, t.Token)
}

// Query cuts what somebody types into terms, all of which must occur in what is found, each once and in the order of
// Tokens. Two kinds of tokens stand for all that begin with them: the word typed last, which may not be finished (pay
// finds payment, INC-2026 all numbers of the year), and a single Han, kana or Hangul character wherever it stands (決
// finds 決済). With what Index adds to the pairs such a character is found at every place of a word.
func Query(s string) []Term {
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
