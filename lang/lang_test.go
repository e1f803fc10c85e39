package lang

import (
	"strings"
	"testing"
)

func TestParseKnowsLanguagesAsPeopleNameThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Lang{
		"ja": JA, "JA": JA, "ja-JP": JA, "ja_JP.UTF-8": JA, "jp": JA, "日本語": JA, " Japanese ": JA, "ｊａ": JA,
		"en": EN, "en-US": EN, "EN_gb": EN, "english": EN, "英語": EN, "Ｅｎｇｌｉｓｈ": EN,
		"": "", "fr": "", "jab-x": "", "e": "", "ja日本": "", "-": "",
	} {
		got, ok := Parse(text)
		if got != want || ok != (want != "") {
			t.Errorf("Parse(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestChooseTakesTheBrowsersFirstKnownLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept         string
		fallback, want Lang
	}{
		{"ja,en-US;q=0.9,en;q=0.8", EN, JA},
		{"en-US,en;q=0.9,ja;q=0.8", JA, EN},
		{"en;q=0.5, ja;q=0.9", EN, JA},
		{"fr-FR, de;q=0.9, en;q=0.1", JA, EN},
		{"fr", JA, JA},
		{"fr", EN, EN},
		{"", EN, EN},
		{"*", EN, EN},
		{"en;q=0, ja;q=0.1", EN, JA},
		{"en;q=0", JA, JA},
		{"!!;;=,", EN, EN},
		{strings.Repeat("ja,", 9999), EN, EN},
	} {
		if got := Choose(c.accept, c.fallback); got != c.want {
			t.Errorf("Choose(%.40q, %s) = %s, want %s", c.accept, c.fallback, got, c.want)
		}
	}
}
