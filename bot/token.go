package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word, or a quoted stretch, with its place in the text.
type token struct {
	start, end int
	value      string // as typed, without the quotes
	folded     string
	quoted     bool
}

// plain is the word as a flag's value: Japanese quotes go too.
func (t token) plain() *string {
	v := t.value
	if !t.quoted {
		v = unquote(v)
	}
	return &v
}

// flag reads --name, --name=value and -p; value is nil where none is attached.
func (t token) flag() (name string, value *string, ok bool) {
	if t.quoted || strings.IndexFunc(t.folded, isDash) != 0 {
		return "", nil, false
	}
	name, _, attached := strings.Cut(t.folded, "=")
	bare := strings.TrimLeftFunc(name, isDash)
	dashes := min(len(name)-len(bare), 3)
	if name = strings.TrimLeft(name, "-"); name != bare { // a phone made one long dash of two
		name, dashes = bare, 2
	}
	first, _ := utf8.DecodeRuneInString(name)
	if !unicode.IsLetter(first) || dashes > 2 || dashes == 1 && utf8.RuneCountInString(name) != 1 {
		return "", nil, false
	}
	if at := strings.IndexFunc(t.value, equals); attached && at >= 0 {
		_, size := utf8.DecodeRuneInString(t.value[at:])
		v := unquote(t.value[at+size:])
		value = &v
	}
	return name, value, true
}

func isDash(r rune) bool { return r == '-' || r == '—' || r == '–' }

func equals(r rune) bool { return r == '=' || r == '＝' }

// closers maps an opening quote to what may close it.
func closers(r rune) string {
	switch r {
	case '"', '“', '”', '„', '〝':
		return "\"“”〟"
	case '\'', '‘', '’':
		return "'‘’"
	case '「':
		return "」"
	}
	return ""
}

// tokenize splits at white space of any script, keeping quoted stretches together. A quote opens only at the
// beginning of a word (or behind its =) and closes only at an end, so that apostrophes stay what they are.
func tokenize(text string) []token {
	var out []token
	q := quotes{text: text}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		end := q.wordEnd(i)
		t := token{start: i, end: end, value: text[i:end]}
		if inner := unquote(t.value); inner != t.value && r != '「' {
			t.quoted, t.value = true, inner
		}
		t.folded = fold(cut(t.value, 512))
		out = append(out, t)
		i = end
	}
	return out
}

// quotes finds the ends of words; it remembers which quotes close nowhere further on, so that a text full of
// opening ones is not searched again and again.
type quotes struct {
	text string
	open map[string]bool
}

// wordEnd finds where the word at start ends.
func (q *quotes) wordEnd(start int) int {
	before := ' '
	for i := start; i < len(q.text); {
		r, size := utf8.DecodeRuneInString(q.text[i:])
		if unicode.IsSpace(r) {
			return i
		}
		if c := closers(r); c != "" && !q.open[c] && (i == start || equals(before)) {
			if end := q.closing(i+size, c); end > 0 {
				return end
			}
			if q.open == nil {
				q.open = map[string]bool{}
			}
			q.open[c] = true
		}
		before, i = r, i+size
	}
	return len(q.text)
}

// closing finds the end of a quoted stretch: behind a closer that white space or nothing follows.
func (q *quotes) closing(from int, closers string) int {
	for i := from; i < len(q.text); {
		r, size := utf8.DecodeRuneInString(q.text[i:])
		i += size
		if !strings.ContainsRune(closers, r) {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(q.text[i:]); i == len(q.text) || unicode.IsSpace(next) {
			return i
		}
	}
	return 0
}

// unquote takes one pair of quotes off.
func unquote(s string) string {
	first, a := utf8.DecodeRuneInString(s)
	last, z := utf8.DecodeLastRuneInString(s)
	if c := closers(first); c != "" && len(s) >= a+z && strings.ContainsRune(c, last) {
		return s[a : len(s)-z]
	}
	return s
}

// cutWord takes the first word or quoted stretch off a text.
func cutWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", ""
	}
	end := (&quotes{text: text}).wordEnd(0)
	return unquote(text[:end]), strings.TrimSpace(text[end:])
}

// cut shortens s to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// cutRunes shortens s to at most n characters, the last one being … then.
func cutRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
