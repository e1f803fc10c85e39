package markup

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestAddress is how many bytes of an address are read; it bounds what a line of half links costs.
const longestAddress = 2000

// deepest is how far marks may stand inside each other.
const deepest = 4

// inline reads one line. A mark that is never closed is looked for once, so a line of marks costs no square.
func (r *reader) inline(s string, depth int) {
	missing := map[string]bool{}
	for i := 0; i < len(s); {
		if n := r.span(s, i, depth, missing); n > 0 {
			i += n
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		r.plain.WriteString(s[i : i+size])
		i += size
	}
	r.flush()
}

// flush tells the plain text that was gathered; it goes before everything else that is told.
func (r *reader) flush() {
	if r.plain.Len() > 0 {
		r.to.Text(r.plain.String())
		r.plain.Reset()
	}
}

func (r *reader) wrapped(e Element, inside func()) {
	r.flush()
	r.to.Begin(e)
	inside()
	r.flush()
	r.to.End(e)
}

// span reads the mark-up that begins at i and says how many bytes it took, 0 for plain text.
func (r *reader) span(s string, i, depth int, missing map[string]bool) int {
	switch c := s[i]; {
	case c == '\\' && i+1 < len(s) && isPunct(s[i+1]):
		r.plain.WriteByte(s[i+1])
		return 2
	case c == '`':
		return r.code(s, i, missing)
	case c == '<':
		return r.angle(s[i:])
	case c == '[':
		return r.link(s, i, depth)
	case c == 'h' && !r.linked && !wordBefore(s, i):
		return r.address(s[i:])
	case c != '*' && c != '_' && c != '~' && !r.linked && !wordBefore(s, i) && r.found(s, i):
		return r.size
	case depth >= deepest:
		return 0
	case strings.HasPrefix(s[i:], "**"):
		return r.wrap(s, i, "**", Strong, depth, missing)
	case strings.HasPrefix(s[i:], "~~"):
		return r.wrap(s, i, "~~", Struck, depth, missing)
	case c == '*', c == '_' && !wordBefore(s, i):
		return r.wrap(s, i, string(c), Emphasis, depth, missing)
	}
	return 0
}

// found asks the sink for what it alone knows; the size is kept for the caller.
func (r *reader) found(s string, i int) bool {
	f := r.to.Found(s, i)
	if r.size = f.Size; f.Size == 0 {
		return false
	}
	r.wrapped(Element{Kind: Link, To: f.To}, func() { r.plain.WriteString(f.Label) })
	return true
}

func (r *reader) wrap(s string, i int, sign string, kind Kind, depth int, missing map[string]bool) int {
	from := i + len(sign)
	if missing[sign] || from >= len(s) || s[from] == ' ' {
		return 0
	}
	end := closing(s, from, sign)
	if end < 0 {
		missing[sign] = true
		return 0
	}
	r.wrapped(Element{Kind: kind}, func() { r.inline(s[from:end], depth+1) })
	return end + len(sign) - i
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

func (r *reader) code(s string, i int, missing map[string]bool) int {
	n := 0
	for i+n < len(s) && s[i+n] == '`' {
		n++
	}
	sign := s[i : i+n]
	end := -1
	if !missing[sign] {
		end = strings.Index(s[i+n:], sign)
	}
	if end < 0 {
		missing[sign] = true
		r.plain.WriteString(sign)
		return n
	}
	r.flush()
	r.to.Code(s[i+n : i+n+end])
	return n + end + n
}

// angle reads <@person> and <https://…>.
func (r *reader) angle(s string) int {
	end := strings.IndexByte(s[:min(len(s), 300)], '>')
	if end < 0 {
		return 0
	}
	inside := s[1:end]
	if id, ok := strings.CutPrefix(inside, "@"); ok && isID(id) {
		r.flush()
		r.to.Person(id)
		return end + 1
	}
	if strings.HasPrefix(inside, "http") && safe(inside) && !r.linked {
		r.wrapped(Element{Kind: Link, To: inside}, func() { r.plain.WriteString(inside) })
		return end + 1
	}
	return 0
}

// link reads [text](address).
func (r *reader) link(s string, i, depth int) int {
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
	if end < 0 || end+1 >= len(s) || s[end+1] != '(' || depth >= deepest || r.linked {
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
	r.wrapped(Element{Kind: Link, To: to}, func() {
		r.linked = true
		r.inline(s[i+1:end], depth+1)
		r.linked = false
	})
	return end + 3 + stop - i
}

// address reads a bare http address.
func (r *reader) address(s string) int {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return 0
	}
	to := Bare(s)
	if !safe(to) {
		return 0
	}
	r.wrapped(Element{Kind: Link, To: to, Bare: true}, func() { r.plain.WriteString(to) })
	return len(to)
}

// Bare is the address that s begins with: up to a space or a sign that ends one in a sentence.
func Bare(s string) string {
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
