package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// within reports whether a name stands in a text with no letter or digit of the same script beside it: Ann is not in Hannah, but 佐藤 is
// in 当番佐藤, where nobody writes spaces.
func within(text, name string) bool {
	if name == "" {
		return false
	}
	for at := 0; ; {
		n := strings.Index(text[at:], name)
		if n < 0 {
			return false
		}
		from, to := at+n, at+n+len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		first, _ := utf8.DecodeRuneInString(name)
		last, _ := utf8.DecodeLastRuneInString(name)
		if !(joined(before) && joined(first)) && !(joined(last) && joined(after)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[from:])
		at = from + size
	}
}

// joined reports a letter or a digit of a script that puts spaces between words, or what holds an address together.
func joined(r rune) bool {
	if r == utf8.RuneError || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '@' || r == '_'
}
