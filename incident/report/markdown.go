package report

import (
	"strings"
	"unicode"
)

// Markdown writes the report in CommonMark with GFM tables. Every text of the record is escaped: no markup, link,
// image, HTML or mention comes out of it, and none leaves its cell. A text of several lines becomes several
// paragraphs; in a cell or a list its lines are joined with " / ", because <br> is dropped by careful renderers.
func (r Report) Markdown() string {
	var out strings.Builder
	out.WriteString("# " + escape(r.Title) + "\n\n")
	pairs(&out, r.Head)
	for _, item := range r.Items {
		out.WriteString("## " + escape(item.Heading) + "\n\n")
		for _, b := range item.Blocks {
			block(&out, b)
		}
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

func block(out *strings.Builder, b Block) {
	if b.Label != "" {
		out.WriteString("### " + escape(b.Label) + "\n\n")
	}
	for _, line := range b.Text {
		out.WriteString(escapeLine(oneLine(line)) + "\n\n")
	}
	pairs(out, b.Pairs)
	if b.Table != nil {
		table(out, *b.Table)
	}
}

func pairs(out *strings.Builder, list []Pair) {
	for _, p := range list {
		out.WriteString("- " + escapeLine(p.Name) + ": " + escape(oneLine(p.Value)) + "\n")
	}
	if len(list) > 0 {
		out.WriteString("\n")
	}
}

func table(out *strings.Builder, t Table) {
	cells := func(row []string) {
		for _, c := range row {
			out.WriteString("| " + escape(oneLine(c)) + " ")
		}
		out.WriteString("|\n")
	}
	cells(t.Head)
	out.WriteString(strings.Repeat("| --- ", len(t.Head)) + "|\n")
	for _, row := range t.Rows {
		cells(row)
	}
	out.WriteString("\n")
}

// silence stands between a sign and a word that a chat would otherwise read as a mention of everybody.
const silence = "\u200b"

// escape makes plain text stand as it is inside a line of Markdown.
func escape(s string) string {
	runes := []rune(s)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	var out strings.Builder
	for i, r := range runes {
		before, after := at(i-1), at(i+1)
		switch {
		case strings.ContainsRune("\\`*_[]<>|~&$", r),
			r == ':' && after == '/' && at(i+2) == '/', // no bare link
			r == '.' && strings.EqualFold(string(runes[max(0, i-3):i]), "www"),
			r == '@' && wordly(before):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
		if r == '@' && !wordly(before) && wordly(after) || r == '<' && strings.ContainsRune("!@#", after) {
			out.WriteString(silence)
		}
	}
	return out.String()
}

func wordly(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-+.", r)
}

// escapeLine escapes a line that stands alone: also what would begin a heading, a list, a rule or a table there.
func escapeLine(s string) string {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	switch {
	case s == "":
		return s
	case strings.ContainsRune("#-+=:^", rune(s[0])):
		return "\\" + s[:1] + escape(s[1:])
	case digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')'):
		return s[:digits] + "\\" + s[digits:digits+1] + escape(s[digits+1:])
	}
	return escape(s)
}
