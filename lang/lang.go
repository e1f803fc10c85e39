package lang

import (
	"strings"

	"golang.org/x/text/language"
)

// Lang is a language the product speaks, as its two-letter code. The zero value
// is read as Japanese, the product's default.
type Lang string

// The languages every text exists in.
const (
	JA Lang = "ja"
	EN Lang = "en"
)

// All returns the languages in the order in which they are offered to people.
func All() []Lang { return []Lang{JA, EN} }

// Parse reads a language as people and systems name it: ja, ja-JP, ja_JP.UTF-8,
// jp, 日本語, japanese, en, en-US, 英語, english. It reports false for any other.
func Parse(s string) (Lang, bool) {
	s = strings.ToLower(strings.TrimSpace(Fold(s)))
	switch s {
	case "ja", "jp", "jpn", "japanese", "日本語", "にほんご", "和文":
		return JA, true
	case "en", "eng", "english", "英語", "えいご", "英文":
		return EN, true
	}
	if base, _, ok := strings.Cut(strings.ReplaceAll(s, "_", "-"), "-"); ok {
		switch base {
		case "ja":
			return JA, true
		case "en":
			return EN, true
		}
	}
	return "", false
}

// acceptBytes bounds how much of an Accept-Language header is read: a browser
// sends less than a tenth of it.
const acceptBytes = 1024

// Choose picks the language of a browser from its Accept-Language header: the
// first one in order of preference that the product speaks, else the fallback.
// A wildcard, an empty or a malformed header is no preference.
func Choose(accept string, fallback Lang) Lang {
	if len(accept) > acceptBytes {
		return fallback
	}
	tags, weights, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return fallback
	}
	for i, tag := range tags {
		if weights[i] <= 0 {
			continue
		}
		base, confidence := tag.Base()
		if confidence < language.High {
			continue // "*" and undetermined tags are guesses
		}
		switch base.String() {
		case "ja":
			return JA
		case "en":
			return EN
		}
	}
	return fallback
}
