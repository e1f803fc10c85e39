package bot

import (
	"strings"
	"unicode"

	"matoi/incident"
	"matoi/lang"
)

// The Markdown chats share: **bold**, *italic*, `code`, > quote, - list, [text](url), a backslash before any
// sign that shall stay itself, and <@person> for a person (shown as a name, pinging only those in Message.Pings).

// Escape makes text from outside stand as it was written inside that Markdown: no markup, no HTML, no link and
// no mention comes out of it, whatever an alert is called. Mentions of people (<@p17>) stay: they ping only whom
// the message says. Signs that mean nothing where they stand (snake_case, a # in a line) are left alone.
func Escape(s string) string {
	s = lang.Clean(s)
	var out strings.Builder
	last := 0
	for _, m := range mentioned.FindAllStringIndex(s, -1) {
		escape(&out, s[last:m[0]])
		out.WriteString(s[m[0]:m[1]])
		last = m[1]
	}
	escape(&out, s[last:])
	return out.String()
}

// silence stands between @ and a word, so that no platform reads a mention there.
const silence = "\u200b"

func escape(out *strings.Builder, s string) {
	runes := []rune(s)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return '\n'
		}
		return runes[i]
	}
	for i, r := range runes {
		before, after := at(i-1), at(i+1)
		lineStart := before == '\n'
		switch {
		case r == '@' && (unicode.IsLetter(after) || after == '!') && !wordly(before):
			out.WriteString("@" + silence)
			continue
		case r == '\\' || r == '`' || r == '<' || r == '*':
			out.WriteByte('\\')
		case r == '>' && (lineStart || strings.ContainsRune(s[:min(len(s), 4096)], '<')):
			out.WriteByte('\\')
		case r == '_' && !(wordly(before) && wordly(after)):
			out.WriteByte('\\')
		case r == '~' && (before == '~' || after == '~'):
			out.WriteByte('\\')
		case r == '(' && before == ']':
			out.WriteByte('\\')
		case r == '#' && lineStart:
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
}

// Unescape gives back what was escaped, for those who read it as plain text.
func Unescape(s string) string {
	runes := []rune(strings.ReplaceAll(s, "@"+silence, "@"))
	var out strings.Builder
	for i := 0; i < len(runes); i++ {
		if runes[i] == '\\' && i+1 < len(runes) && strings.ContainsRune("\\`<*>_~(#", runes[i+1]) {
			i++
		}
		out.WriteRune(runes[i])
	}
	return out.String()
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// oneLine escapes text and keeps it on one line of at most n characters.
func oneLine(s string, n int) string {
	return Escape(cutRunes(strings.Join(strings.Fields(s), " "), n))
}

// roomNameMax is what the strictest platform allows, with room for a suffix.
const roomNameMax = 60

// RoomName is a name that every platform takes: the number in lower case and what the title has of ASCII; a
// Japanese title gives the number alone.
func RoomName(n incident.Number, title string) string {
	name := strings.ToLower(n.String())
	var slug strings.Builder
	for _, r := range strings.ToLower(lang.Fold(title)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	words := strings.Trim(slug.String(), "-")
	if words == "" || !strings.ContainsFunc(words, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
		return name
	}
	full := name + "-" + words
	if len(full) <= roomNameMax {
		return full
	}
	full = full[:roomNameMax+1]
	if at := strings.LastIndexByte(full, '-'); at > len(name) {
		return full[:at]
	}
	return strings.TrimRight(full[:roomNameMax], "-")
}
