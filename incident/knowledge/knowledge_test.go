package knowledge

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTokensCutWordsAndPairs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  … !? ", nil},
		{"API gateway timeout", []string{"api", "gateway", "timeout"}},
		{"api-gateway_01: HTTP500/5xx", []string{"api", "gateway", "01", "http500", "5xx"}},
		{"ＤＢ０１ Db01", []string{"db01"}},
		{"決済", []string{"決済"}},
		{"決済がタイムアウト", []string{"決済", "済が", "がタ", "タイ", "イム", "ムア", "アウ", "ウト"}},
		{"落ちる", []string{"落ち", "ちる"}},
		{"サーバー", []string{"サー", "ーバ", "バー"}},
		{"ｻｰﾊﾞｰ", []string{"サー", "ーバ", "バー"}},
		{"人々", []string{"人々"}},
		{"糸 と 糸", []string{"糸", "と"}},
		{"決済API障害", []string{"決済", "api", "障害"}},
		{"café CAFÉ cafe\u0301", []string{"café"}},
		{"결제 오류", []string{"결제", "오류"}},
		{"x\xffy\x00z", []string{"x", "y", "z"}},
		{"👩‍💻 db", []string{"db"}},
		{strings.Repeat("a", 100), []string{strings.Repeat("a", 32)}},
	} {
		if diff := cmp.Diff(c.want, Tokens(c.text)); diff != "" {
			t.Errorf("Tokens(%q): %s", c.text, diff)
		}
	}
	var long strings.Builder
	for i := range 500 {
		fmt.Fprintf(&long, "w%d ", i)
	}
	if n := len(Tokens(long.String())); n != maxTokens {
		t.Errorf("a long text has %d tokens, want %d", n, maxTokens)
	}
}

func docs(titles ...string) []Doc {
	all := make([]Doc, len(titles))
	for i, title := range titles {
		all[i] = Doc{Key: title, Tokens: Tokens(title)}
	}
	return all
}

func TestSimilarFindsTheTwinAndSaysWhy(t *testing.T) {
	t.Parallel()
	all := docs(
		"決済APIがタイムアウトする",
		"メールが届かない",
		"社内Wi-Fiにつながらない",
		"payment API returns 504",
		"login page is slow",
		"db01 disk is full",
		"db02 replication lag of 120 seconds",
	)
	for _, c := range []struct{ query, first, shared string }{
		{"決済がタイムアウト", "決済APIがタイムアウトする", "決済"},
		{"決済画面で504", "決済APIがタイムアウトする", "決済"},
		{"メール届かないとの問い合わせ", "メールが届かない", "届か"},
		{"Payment api down", "payment API returns 504", "payment"},
		{"the login is slow", "login page is slow", "login"},
		{"ＤＢ０１ full", "db01 disk is full", "db01"},
	} {
		got := Similar(c.query, all, 0.1, 3)
		if len(got) == 0 || got[0].Key != c.first || !slices.Contains(got[0].Shared, c.shared) {
			t.Errorf("%q: got %v, want first %q by %q", c.query, got, c.first, c.shared)
		}
	}
	if got := Similar("電源が落ちた", all, 0.1, 3); len(got) != 0 {
		t.Errorf("an unlike text matches %v", got)
	}
}

func TestNumbersAndFunctionWordsWeighLittle(t *testing.T) {
	t.Parallel()
	all := docs("disk 120 full on host", "printer 120 is in the hall", "のですがした", "カードですがした")
	if got := Similar("120 printers in the disk shelf", all, 0, 1); got[0].Key != "disk 120 full on host" {
		t.Errorf("got %v, want the disk", got)
	}
	if got := Similar("カードでした", all, 0, 1); got[0].Key != "カードですがした" || got[0].Shared[0] == "した" {
		t.Errorf("got %v, want the card, explained by it", got)
	}
}

func TestSimilarKeepsToItsBounds(t *testing.T) {
	t.Parallel()
	all := docs("disk full", "disk slow", "disk gone", "mail")
	if got := Similar("disk", all, 0, 2); len(got) != 2 || got[0].Score != got[1].Score || got[0].Key > got[1].Key {
		t.Errorf("got %v, want two equals by key", got)
	}
	for _, got := range [][]Match{Similar("disk", all, 0, 0), Similar("disk", all, 0, -1), Similar("disk", nil, 0, 5), Similar("", all, 0, 5), Similar("disk", all, 1.1, 5), Similar("fax", all, -1, 5)} {
		if len(got) != 0 {
			t.Errorf("got %v, want none", got)
		}
	}
	same := Similar("disk full", docs("disk full"), 0.99, 1)
	if len(same) != 1 || math.Abs(same[0].Score-1) > 1e-9 {
		t.Errorf("the only document, equal to the query, got %v", same)
	}
}

// text draws titles from words that repeat, mixed with any characters.
func text() *rapid.Generator[string] {
	known := rapid.SampledFrom([]string{"決済", "タイムアウト", "が", "した", "API", "db01", "504", "disk", "ﾒｰﾙ", " ", "-", "👩‍💻", "\x00", "\xff", "é", "İ"})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(known, rapid.String()), 0, 12).Draw(t, "parts"), "")
	})
}

func TestTokensAreBoundedUniqueAndStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := text().Draw(t, "text")
		tokens := Tokens(s)
		seen := map[string]bool{}
		for _, token := range tokens {
			if seen[token] || token == "" || !utf8.ValidString(token) || utf8.RuneCountInString(token) > maxTokenRunes {
				t.Fatalf("Tokens(%q) has a bad or repeated token %q", s, token)
			}
			seen[token] = true
		}
		if len(tokens) > maxTokens || !slices.Equal(tokens, Tokens(s)) {
			t.Fatalf("Tokens(%q) is unbounded or unstable", s)
		}
		if upper := Tokens(strings.ToUpper(s + " abc")); len(upper) == 0 {
			t.Fatalf("Tokens of the upper case of %q is empty", s)
		}
	})
}

func TestSimilarIsDeterministicBoundedAndKnowsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		titles := rapid.SliceOfN(text(), 1, 12).Draw(t, "titles")
		all := make([]Doc, len(titles))
		for i, title := range titles {
			all[i] = Doc{Key: fmt.Sprint(i), Tokens: Tokens(title)}
		}
		i := rapid.IntRange(0, len(titles)-1).Draw(t, "which")
		got := Similar(titles[i], all, 0, len(all))
		if diff := cmp.Diff(got, Similar(titles[i], all, 0, len(all))); diff != "" {
			t.Fatalf("two runs differ: %s", diff)
		}
		for _, m := range got {
			if m.Score <= 0 || m.Score > 1 || len(m.Shared) == 0 {
				t.Fatalf("bad match %+v", m)
			}
		}
		if len(all[i].Tokens) == 0 {
			return
		}
		self := slices.IndexFunc(got, func(m Match) bool { return m.Key == fmt.Sprint(i) })
		if self < 0 || got[self].Score < got[0].Score-1e-9 || got[self].Score < 1-1e-9 {
			t.Fatalf("%q is not its own best match: %+v", titles[i], got)
		}
	})
}

func TestSimilarIsSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := text().Draw(t, "a"), text().Draw(t, "b")
		all := []Doc{{"a", Tokens(a)}, {"b", Tokens(b)}}
		if x, y := score(Similar(a, all, 0, 2), "b"), score(Similar(b, all, 0, 2), "a"); math.Abs(x-y) > 1e-9 {
			t.Fatalf("a to b %v, b to a %v", x, y)
		}
	})
}

func score(matches []Match, key string) float64 {
	for _, m := range matches {
		if m.Key == key {
			return m.Score
		}
	}
	return 0
}

func BenchmarkSimilar(b *testing.B) {
	all := make([]Doc, 1000)
	for i := range all {
		all[i] = Doc{Key: fmt.Sprint(i), Tokens: Tokens(fmt.Sprintf("決済APIがタイムアウトする host%d 障害 %d 番", i, i*7))}
	}
	b.ReportAllocs()
	for b.Loop() {
		Similar("決済がタイムアウト host500", all, 0.2, 5)
	}
}
