package knowledge

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"matoi/incident"
)

// told writes terms as people write such things: pay* for a beginning.
func told(terms []incident.Term) string {
	var out []string
	for _, t := range terms {
		if t.Prefix {
			t.Token += "*"
		}
		out = append(out, t.Token)
	}
	return strings.Join(out, " ")
}

func TestTheLastWordAndSingleCharactersAreBeginnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, want string }{
		{"", ""},
		{" …!", ""},
		{"pay", "pay*"},
		{"Payment API", "payment api*"},
		{"payment api ", "payment api*"},
		{"INC-2026112", "inc 2026112*"},
		{"ＰＡＹ", "pay*"},
		{"café", "café*"},
		{"決", "決*"},
		{"決済", "決済"},
		{"決済が", "決済 済が"},
		{"決 api", "決* api*"},
		{"api 決済", "api 決済"},
		{"決済api", "決済 api*"},
		{"ﾀ", "タ*"},
		{"ﾀｲ", "タイ"},
		{"결", "결*"},
		{"pay pay", "pay*"},
		{"pay api pay", "pay api"},
		{"api 決済 api", "api 決済"},
		{"決済 決済", "決済"},
	} {
		if got := told(Query(c.typed)); got != c.want {
			t.Errorf("Query(%q) = %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestIndexAddsTheEndsOfRuns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"payment api", []string{"api", "payment"}},
		{"決済", []string{"決済", "済"}},
		{"決済APIが落ちた", []string{"api", "が落", "た", "ちた", "決済", "済", "落ち"}},
		{"糸 と 糸", []string{"と", "糸"}},
	} {
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, Index(c.text)); diff != "" {
			t.Errorf("Index(%q): %s", c.text, diff)
		}
	}
}

// found is a search of one text.
func found(typed, text string) bool {
	tokens := Index(text)
	return !slices.ContainsFunc(Query(typed), func(term incident.Term) bool { return !slices.ContainsFunc(tokens, term.Matches) })
}

func TestWhatIsTypedOfATextFindsIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := text().Draw(t, "text")
		if len(Index(s)) > 2*maxTokens {
			t.Fatalf("%q has too many tokens", s)
		}
		if !found(s, s) || !found(strings.ToUpper(s), strings.ToUpper(s)) {
			t.Fatalf("%q does not find itself", s)
		}
		for _, token := range Tokens(s) {
			first, size := utf8.DecodeRuneInString(token)
			if kindOf(first) == pairs {
				if rest := token[size:]; !found(token[:size], s) || rest != "" && !found(rest, s) {
					t.Fatalf("a character of %q does not find %q", token, s)
				}
				continue
			}
			cut := rapid.IntRange(1, utf8.RuneCountInString(token)).Draw(t, "typed so far")
			typed := string([]rune(token)[:cut])
			if next, _ := utf8.DecodeRuneInString(token[len(typed):]); unicode.IsMark(next) {
				continue // half a character
			}
			if !found(typed, s) {
				t.Fatalf("%q does not find %q", typed, s)
			}
		}
	})
}
