package lang

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Fold evens out what keyboards, phones and input methods do to a typed command,
// so that the grammar sees one form: full-width letters, digits, signs and
// spaces become ASCII (／ｉｎｃ　１４：３５ → /inc 14:35), half-width kana become
// full-width, smart quotes straight ones, a dash directly before a word a flag
// (—in, ––in, ーーin → --in), and zero-width characters vanish.
//
// It is idempotent and keeps words as they are: no NFKC, which would turn
// people's names into other characters (神 → 神) and ㈱ into three. It is meant
// for reading a command; what is stored as somebody's text should be the
// original.
func Fold(s string) string {
	if ascii(s) { // which all of the above leaves as it is
		return s
	}
	in := make([]rune, 0, len(s))
	for _, r := range s {
		if !zeroWidth(r) {
			in = append(in, foldSign(r))
		}
	}
	in = dropJoiners(in)
	out := make([]rune, 0, len(in))
	for i := 0; i < len(in); i++ {
		if len(out) == 0 || unicode.IsSpace(out[len(out)-1]) {
			if to := flag(in, i); to > i {
				out = append(out, '-', '-')
				i = to - 1
				continue
			}
		}
		if voiced := compose(out, in[i]); voiced != 0 {
			out[len(out)-1] = voiced
			continue
		}
		out = append(out, in[i])
	}
	return string(out)
}

func ascii(s string) bool {
	for k := range len(s) {
		if s[k] >= 0x80 {
			return false
		}
	}
	return true
}

// foldSign maps one character that has an ASCII or full-size twin.
func foldSign(r rune) rune {
	switch r {
	case '“', '”', '„', '‟', '«', '»', '〝', '〟':
		return '"'
	case '‘', '’', '‚', '‛':
		return '\''
	case '‐', '‑', '−':
		return '-'
	case '\t', '\n', '\r':
		return r
	}
	if unicode.Is(unicode.Zs, r) {
		return ' '
	}
	if r < 0x80 {
		return r
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianFullwidth, width.EastAsianHalfwidth:
		if folded := width.LookupRune(r).Folded(); folded != 0 {
			return folded
		}
	}
	return r
}

// compose joins a (half-width) sound mark to the kana before it: カ ﾞ → ガ.
// It answers 0 if there is nothing to join.
func compose(out []rune, mark rune) rune {
	if len(out) == 0 {
		return 0
	}
	kana := out[len(out)-1]
	switch mark {
	case '\u3099':
		switch {
		case kana == 'ウ':
			return 'ヴ'
		case kana == 'う':
			return 'ゔ'
		case strings.ContainsRune("カキクケコサシスセソタチツテトハヒフヘホかきくけこさしすせそたちつてとはひふへほ", kana):
			return kana + 1
		}
	case '\u309a':
		if strings.ContainsRune("ハヒフヘホはひふへほ", kana) {
			return kana + 2
		}
	}
	return 0
}

// flag answers where the dashes at i end, if they begin a word that is meant as
// a flag, else i. Typing two hyphens gives — on phones and Macs and ーー in
// Japanese input; a single ー, three dashes or a dash inside a word are text.
func flag(in []rune, i int) int {
	to, long := i, false
	for to < len(in) && strings.ContainsRune("-—–―ー", in[to]) {
		long = long || strings.ContainsRune("—–―", in[to])
		to++
	}
	if to == len(in) {
		return i
	}
	latin := in[to] < 0x80 && unicode.IsLetter(in[to])
	switch {
	case to-i == 1 && long && latin, to-i == 2 && unicode.IsLetter(in[to]):
		return to
	}
	return i
}

// zeroWidth tells whether a character is invisible and without meaning in a
// command.
func zeroWidth(r rune) bool {
	switch r {
	case '\u200b', '\u2060', '\ufeff', '\u00ad', '\u200e', '\u200f', '\u061c', '\u180e':
		return true
	}
	return false
}

// dropJoiners removes zero-width joiners and non-joiners except inside emoji and
// inside scripts whose spelling needs them.
func dropJoiners(in []rune) []rune {
	out := make([]rune, 0, len(in))
	for i, r := range in {
		if joiner(r) && (i == 0 || i == len(in)-1 || !joins(in[i-1]) || !joins(in[i+1])) {
			continue
		}
		out = append(out, r)
	}
	return out
}

func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joins tells whether a joiner beside r can have a meaning. Sound marks are kana
// wherever they stand.
func joins(r rune) bool {
	return r > 0x2ff && !joiner(r) && r != '\u3099' && r != '\u309a' && !unicode.IsSpace(r) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Pd)
}
