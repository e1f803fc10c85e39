package knowledge

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The bounds keep a pasted log file from becoming thousands of rows; what a title
// and a summary say stands at their beginning.
const (
	maxTokens     = 200
	maxTokenRunes = 32
	maxBytes      = 64 << 10 // of the text that is looked at
)

// Tokens cuts a text into search tokens in the order of their first appearance,
// each once, at most 200, from
// its first 64 KiB. The text is taken in NFKC and lower case, so that ＤＢ０１,
// DB01 and db01 are one word and ﾊﾟｽ is パス. Runs of Han, kana and Hangul give
// their overlapping pairs across scripts (落ちる → 落ち, ちる), a single character
// alone gives itself; other words of letters, marks and digits are kept whole, cut
// at 32 characters. Everything else separates.
func Tokens(s string) []string { return collect(s).tokens }

// collect reads a text until there are enough tokens.
func collect(s string) collector {
	c := collector{seen: map[string]bool{}}
	s = strings.ToValidUTF8(s[:min(len(s), maxBytes)], " ")
	runes := []rune(strings.ToLower(norm.NFKC.String(s)))
	for i := 0; i < len(runes) && len(c.tokens) < maxTokens; {
		kind := kindOf(runes[i])
		end := i + 1
		for end < len(runes) && kindOf(runes[end]) == kind {
			end++
		}
		switch kind {
		case word:
			c.add(runes[i:min(end, i+maxTokenRunes)])
		case pairs:
			c.addPairs(runes[i:end])
			c.ends = append(c.ends, string(runes[end-1]))
		}
		i = end
	}
	return c
}

type collector struct {
	tokens []string
	seen   map[string]bool
	last   string   // the token that was read last, whether it was new or not
	ends   []string // the last characters of the runs that were cut into pairs, repeated ones too
}

func (c *collector) add(runes []rune) {
	token := string(runes)
	c.last = token
	if len(c.tokens) == maxTokens || c.seen[token] {
		return
	}
	c.seen[token] = true
	c.tokens = append(c.tokens, token)
}

func (c *collector) addPairs(run []rune) {
	if len(run) == 1 {
		c.add(run)
		return
	}
	for i := 0; i+1 < len(run) && len(c.tokens) < maxTokens; i++ {
		c.add(run[i : i+2])
	}
}

// kind is how a character takes part in tokens.
type kind int

const (
	separator kind = iota
	word
	pairs
)

func kindOf(r rune) kind {
	switch {
	case r < 0x80:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return word
		}
		return separator
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), r == 'ー':
		return pairs
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return word
	}
	return separator
}
