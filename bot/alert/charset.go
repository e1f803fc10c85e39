package alert

import (
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// utf8Body gives a body in UTF-8. Scripts on older Japanese machines still send Shift_JIS or EUC-JP, some without saying so; what
// is none of that stays as it is, and what then can't be read shows as such.
func utf8Body(header http.Header, body []byte) []byte {
	if !hasEscapes(header) {
		if whole := withoutCutEnd(body); utf8.Valid(whole) {
			return whole
		}
	}
	_, params, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if set := charset(params["charset"]); set != nil {
		if text, err := set.NewDecoder().Bytes(body); err == nil {
			return text
		}
		return body
	}
	best, most := body, 0
	for _, set := range []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP} {
		if text, err := set.NewDecoder().Bytes(body); err == nil {
			if letters := japaneseLetters(text); letters > most {
				best, most = text, letters
			}
		}
	}
	return best
}

// withoutCutEnd gives a text without the part of a letter at its end that is left where a body was cut off.
func withoutCutEnd(body []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(body); n++ {
		if end := body[len(body)-n:]; utf8.RuneStart(end[0]) {
			if !utf8.FullRune(end) {
				return body[:len(body)-n]
			}
			break
		}
	}
	return body
}

// hasEscapes reports whether a body's charset writes Japanese in ASCII bytes, so that it looks like UTF-8.
func hasEscapes(header http.Header) bool {
	return strings.Contains(strings.ToLower(header.Get("Content-Type")), "iso-2022-jp")
}

// charset gives the encoding of a name as mails and HTTP write it, or nil if it is none of Japan's.
func charset(name string) encoding.Encoding {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cp932", "ms932":
		return japanese.ShiftJIS
	case "euc-jp", "eucjp", "x-euc-jp":
		return japanese.EUCJP
	case "iso-2022-jp":
		return japanese.ISO2022JP
	}
	return nil
}

// japaneseLetters tells how much a text looks like Japanese, above 0 if it does: by its letters, less those of half width,
// which nearly any bytes are in Shift_JIS. A text that has lost something in decoding is none.
func japaneseLetters(text []byte) int {
	letters := 0
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError:
			return 0
		case r >= 0xff61 && r <= 0xff9f:
			letters--
		case unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han):
			letters++
		}
	}
	return letters
}
