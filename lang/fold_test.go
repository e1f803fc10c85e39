package lang

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFoldEvensOutTyping(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"／ｉｎｃｉｄｅｎｔ　ｌｏｇ　１４：３５", "/incident log 14:35"},
		{"＠ｓａｔｏ　＃１", "@sato #1"},
		{"open “決済が遅い” ‘x’ „y‟ «z»", `open "決済が遅い" 'x' "y" "z"`},
		{"don’t", "don't"},
		{"log —in INC-1", "log --in INC-1"},
		{"log –in INC-1", "log --in INC-1"},
		{"log ーーin INC-1", "log --in INC-1"},
		{"log −−in INC-1", "log --in INC-1"},
		{"log －－ｉｎ　INC-1", "log --in INC-1"},
		{"log --in INC-1", "log --in INC-1"},
		{"log ーー理由 x", "log --理由 x"},
		{"—in", "--in"},
		{"\u200b—\u200bin", "--in"},
		{"Tokyo–Osaka — down", "Tokyo–Osaka — down"},
		{"サーバー　ーはい", "サーバー ーはい"},
		{"結果 —これは", "結果 —これは"},
		{"–5", "–5"},
		{"-v", "-v"},
		{"INC\u20112026", "INC-2026"},
		{"st\u200batus\ufeff", "status"},
		{"a\u200db", "ab"},
		{"家族👨\u200d👩\u200d👧です", "家族👨\u200d👩\u200d👧です"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"a\u00a0b\u2003c", "a b c"},
		{"ﾊﾟｿｺﾝが故障、ｶﾞﾁ", "パソコンが故障、ガチ"},
		{"決済がタイムアウト！（緊急）", "決済がタイムアウト!(緊急)"},
		{"神谷さん ㈱ ① 髙橋", "神谷さん ㈱ ① 髙橋"},
		{"が カ\u3099", "が ガ"},
		{"", ""},
	} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanTakesOutWhatHarms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"plain 決済 👩‍💻\n\ttext", "plain 決済 👩‍💻\n\ttext"},
		{"a\x00b", "a\ufffdb"},
		{"a\xff\xfeb", "a\ufffdb"},
		{"a\x01\x1b[31mb\x7f\u0085", "a[31mb"},
		{"a\r\nb\rc", "a\nb\nc"},
		{"user\u202etxt.exe\u202c", "usertxt.exe"},
		{"\u2066x\u2069", "x"},
		{"שלום عالم", "שלום عالم"},
		{"", ""},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"／ｉｎｃ　１４：３５", "—in “x”", "ーーin", "👨\u200d👩", "a\u200b\u200db", "ﾊﾟ", "\xff\x00\u202e", "—\u200b-in", "カ\u200d\u3099"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if !utf8.ValidString(folded) {
			t.Errorf("Fold(%q) = %q is not UTF-8", s, folded)
		}
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, again %q", s, folded, again)
		}
		cleaned := Clean(s)
		if again := Clean(cleaned); again != cleaned {
			t.Errorf("Clean(%q) = %q, again %q", s, cleaned, again)
		}
		if strings.ContainsAny(cleaned, "\x00\r\x1b\u202e\u2066") || !utf8.ValidString(cleaned) {
			t.Errorf("Clean(%q) = %q is not clean", s, cleaned)
		}
	})
}
