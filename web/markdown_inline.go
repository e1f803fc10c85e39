package web

import (
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
)

// longestAddress is how many bytes of an address are read; it bounds what a line of half links costs.
const longestAddress = 2000

// deepest is how far marks may stand inside each other.
const deepest = 4

// inline writes one line. A mark that is never closed is looked for once, so a line of marks costs no square.
func (m *markdown) inline(s string, depth int) {
	missing := map[string]bool{}
	for i := 0; i < len(s); {
		if n := m.span(s, i, depth, missing); n > 0 {
			i += n
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		m.out.WriteString(html.EscapeString(s[i : i+size]))
		i += size
	}
}

// span writes the mark-up that begins at i and says how many bytes it took, 0 for plain text.
func (m *markdown) span(s string, i, depth int, missing map[string]bool) int {
	switch c := s[i]; {
	case c == '\\' && i+1 < len(s) && isPunct(s[i+1]):
		m.out.WriteString(html.EscapeString(s[i+1 : i+2]))
		return 2
	case c == '`':
		return m.code(s, i, missing)
	case c == '<':
		return m.angle(s[i:])
	case c == '[':
		return m.link(s, i, depth)
	case c == 'h' && !m.linked && !wordBefore(s, i):
		return m.address(s[i:])
	case (c == 'I' || c == 'i') && !m.linked && !wordBefore(s, i):
		return m.number(s[i:])
	case c == '#' && !m.linked && m.channel != nil && !wordBefore(s, i):
		return m.room(s[i:])
	case c == '/' && !m.linked && (i == 0 || s[i-1] == ' ') && (strings.HasPrefix(s[i:], "/chat/") || strings.HasPrefix(s[i:], "/incidents/")):
		return m.path(s[i:])
	case depth >= deepest:
		return 0
	case strings.HasPrefix(s[i:], "**"):
		return m.wrap(s, i, "**", "strong", depth, missing)
	case strings.HasPrefix(s[i:], "~~"):
		return m.wrap(s, i, "~~", "del", depth, missing)
	case c == '*', c == '_' && !wordBefore(s, i):
		return m.wrap(s, i, string(c), "em", depth, missing)
	}
	return 0
}

func (m *markdown) wrap(s string, i int, mark, element string, depth int, missing map[string]bool) int {
	from := i + len(mark)
	if missing[mark] || from >= len(s) || s[from] == ' ' {
		return 0
	}
	end := closing(s, from, mark)
	if end < 0 {
		missing[mark] = true
		return 0
	}
	m.out.WriteString("<" + element + ">")
	m.inline(s[from:end], depth+1)
	m.out.WriteString("</" + element + ">")
	return end + len(mark) - i
}

// closing finds the mark that ends a span: not escaped, not in code, not behind a space, _ not inside a word.
func closing(s string, from int, mark string) int {
	for k := from; k < len(s); k++ {
		switch {
		case s[k] == '\\':
			k++
		case s[k] == '`':
			if end := strings.IndexByte(s[k+1:], '`'); end >= 0 {
				k += end + 1
			}
		case k > from && strings.HasPrefix(s[k:], mark) && s[k-1] != ' ':
			after, _ := utf8.DecodeRuneInString(s[k+len(mark):])
			if mark == "*" && strings.HasPrefix(s[k:], "**") {
				k++
				continue
			}
			if mark == "_" && wordly(after) {
				continue
			}
			return k
		}
	}
	return -1
}

func (m *markdown) code(s string, i int, missing map[string]bool) int {
	n := 0
	for i+n < len(s) && s[i+n] == '`' {
		n++
	}
	mark := s[i : i+n]
	if missing[mark] {
		m.out.WriteString(mark)
		return n
	}
	end := strings.Index(s[i+n:], mark)
	if end < 0 {
		missing[mark] = true
		m.out.WriteString(mark)
		return n
	}
	m.out.WriteString("<code>" + html.EscapeString(s[i+n:i+n+end]) + "</code>")
	return n + end + n
}

// angle writes <@person> and <https://…>.
func (m *markdown) angle(s string) int {
	end := strings.IndexByte(s[:min(len(s), 300)], '>')
	if end < 0 {
		return 0
	}
	inside := s[1:end]
	if id, ok := strings.CutPrefix(inside, "@"); ok && isID(id) {
		m.out.WriteString(`<span class="mention" data-person="` + id + `">@` + html.EscapeString(m.name(incident.PersonID(id))) + "</span>")
		return end + 1
	}
	if strings.HasPrefix(inside, "http") && safe(inside) && !m.linked {
		m.anchor(inside, func() { m.out.WriteString(html.EscapeString(inside)) })
		return end + 1
	}
	return 0
}

// link writes [text](address).
func (m *markdown) link(s string, i, depth int) int {
	end := -1
	for k := i + 1; k < len(s) && end < 0; k++ {
		switch s[k] {
		case '\\':
			k++
		case '[':
			return 0
		case ']':
			end = k
		}
	}
	if end < 0 || end+1 >= len(s) || s[end+1] != '(' || depth >= deepest || m.linked {
		return 0
	}
	stop := strings.IndexAny(s[end+2:min(len(s), end+2+longestAddress)], ") \n")
	if stop < 0 || s[end+2+stop] != ')' {
		return 0
	}
	to := strings.ReplaceAll(s[end+2:end+2+stop], `\`, "")
	if !safe(to) {
		return 0
	}
	m.anchor(to, func() {
		m.linked = true
		m.inline(s[i+1:end], depth+1)
		m.linked = false
	})
	return end + 3 + stop - i
}

// address writes a bare http address; one of this site is shown by its path.
func (m *markdown) address(s string) int {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return 0
	}
	to := bare(s)
	if !safe(to) {
		return 0
	}
	m.anchor(to, func() { m.out.WriteString(html.EscapeString(m.own(to))) })
	return len(to)
}

// number writes the number of an incident as a link to it. What only looks like one (INC-42 of another system) is text.
func (m *markdown) number(s string) int {
	end := 0
	for end < len(s) && end < 40 && (s[end] == '-' || s[end] < utf8.RuneSelf && wordly(rune(s[end]))) {
		end++
	}
	n, ok := incident.ParseNumber(s[:end])
	if !ok || n.String() != strings.ToUpper(s[:end]) {
		return 0
	}
	m.anchor("/incidents/"+n.String(), func() { m.out.WriteString(html.EscapeString(s[:end])) })
	return end
}

// room writes #name as a link where a channel of that name is there for everybody.
func (m *markdown) room(s string) int {
	end := 1
	for end < len(s) && end < 200 {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.In(r, unicode.L, unicode.N, unicode.M) && r != '_' && r != '-' && r != 'ー' {
			break
		}
		end += size
	}
	name := strings.TrimRight(s[1:end], "-")
	if name == "" || !m.channel(strings.ToLower(name)) {
		return 0
	}
	m.anchor("/chat/"+url.PathEscape(strings.ToLower(name)), func() { m.out.WriteString(html.EscapeString("#" + name)) })
	return 1 + len(name)
}

// path writes the address of a message or an incident of ours.
func (m *markdown) path(s string) int {
	to := bare(s)
	m.anchor(to, func() { m.out.WriteString(html.EscapeString(to)) })
	return len(to)
}

// bare is the address that s begins with: up to a space or a sign that ends one in a sentence.
func bare(s string) string {
	s = s[:min(len(s), longestAddress)]
	end := strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("<>\"'`*、。」』）】", r)
	})
	if end < 0 {
		end = len(s)
	}
	to := strings.TrimRight(s[:end], ".,;:!?")
	if strings.HasSuffix(to, ")") && !strings.Contains(to, "(") {
		to = strings.TrimSuffix(to, ")")
	}
	return to
}

func (m *markdown) anchor(to string, label func()) {
	to = m.own(to)
	m.out.WriteString(`<a href="` + html.EscapeString(to) + `"`)
	if !strings.HasPrefix(to, "/") {
		m.out.WriteString(` rel="noopener noreferrer nofollow" target="_blank"`)
	}
	m.out.WriteString(">")
	label()
	m.out.WriteString("</a>")
}

// safe tells addresses that may be followed: a browser runs some others.
func safe(to string) bool {
	u, err := url.Parse(to)
	if err != nil || strings.ContainsFunc(to, unicode.IsControl) {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return true
	case "":
		return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.HasPrefix(to, `/\`)
	}
	return false
}

func isID(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-") == ""
}

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')
}

func wordBefore(s string, i int) bool {
	r, size := utf8.DecodeLastRuneInString(s[:i])
	return size > 0 && r < 0x2e80 && wordly(r)
}

func wordly(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
