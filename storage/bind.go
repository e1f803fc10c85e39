package storage

import (
	"strconv"
	"strings"
)

// unnamed writes the placeholders $1, $2 … as ? where they stand in that order, each once: to SQLite $1 is a name, which
// it looks for in a list at every binding, so that a statement with hundreds of them spends most of its time there. Other
// texts stay as they are.
func unnamed(query string) string {
	var b strings.Builder
	quoted := false
	for n, at := 0, 0; ; {
		k := strings.IndexAny(query[at:], "$'?")
		if k < 0 {
			b.WriteString(query[at:])
			return b.String()
		}
		b.WriteString(query[at : at+k])
		at += k + 1
		switch c := query[at-1]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case quoted:
			b.WriteByte(c)
		case c == '?':
			return query
		default:
			n++
			digits := len(query[at:]) - len(strings.TrimLeft(query[at:], "0123456789"))
			if query[at:at+digits] != strconv.Itoa(n) {
				return query
			}
			b.WriteByte('?')
			at += digits
		}
	}
}
