package lang

import "strings"

// Clean makes text from outside safe to store and to show: NUL (which PostgreSQL
// refuses) and each run of invalid UTF-8 become U+FFFD, other control characters
// except newline and tab go, line ends become \n, and the bidirectional override
// and isolate characters, which can make a line read as something else, are
// taken out. Right-to-left text itself is untouched. It is idempotent.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if strings.IndexFunc(s, dirty) < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0:
			return '\ufffd'
		case r == '\r':
			return '\n'
		case dirty(r):
			return -1
		}
		return r
	}, s)
}

func dirty(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	}
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
