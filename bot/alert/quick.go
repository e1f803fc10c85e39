package alert

import (
	"encoding/json"
	"unicode/utf8"
)

// quickly reads JSON as encoding/json reads it into an any with UseNumber, in a third of the time: what storms consist of are
// small objects of plain texts. Whatever is out of the ordinary (an escape, a broken character, a number it doesn't know,
// a mistake, deep nesting) it leaves to encoding/json, which reads it or says what is wrong.
func quickly(body []byte) (doc any, ok bool) {
	q := quick{text: string(body)}
	q.space()
	doc, ok = q.value(0)
	q.space()
	return doc, ok && q.at == len(q.text)
}

// quick is how far a text has been read. What it gives shares the text's memory.
type quick struct {
	text string
	at   int
}

func (q *quick) space() {
	for q.at < len(q.text) {
		switch q.text[q.at] {
		case ' ', '\t', '\n', '\r':
			q.at++
		default:
			return
		}
	}
}

// next passes over a sign and the space behind it.
func (q *quick) next(sign byte) bool {
	if q.at >= len(q.text) || q.text[q.at] != sign {
		return false
	}
	q.at++
	q.space()
	return true
}

func (q *quick) value(depth int) (any, bool) {
	const deepest = 20
	if q.at >= len(q.text) || depth > deepest {
		return nil, false
	}
	switch c := q.text[q.at]; c {
	case '"':
		return q.word()
	case '{':
		return q.object(depth)
	case '[':
		return q.list(depth)
	case 't':
		return true, q.literal("true")
	case 'f':
		return false, q.literal("false")
	case 'n':
		return nil, q.literal("null")
	default:
		return q.number()
	}
}

func (q *quick) literal(word string) bool {
	if len(q.text)-q.at < len(word) || q.text[q.at:q.at+len(word)] != word {
		return false
	}
	q.at += len(word)
	return true
}

// word reads a text without escapes.
func (q *quick) word() (any, bool) {
	ascii := true
	for k := q.at + 1; k < len(q.text); k++ {
		switch c := q.text[k]; {
		case c == '"':
			s := q.text[q.at+1 : k]
			q.at = k + 1
			return s, ascii || utf8.ValidString(s)
		case c == '\\', c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// number reads a whole number; others are left to encoding/json.
func (q *quick) number() (any, bool) {
	k := q.at
	if q.text[k] == '-' {
		k++
	}
	first := k
	for k < len(q.text) && q.text[k] >= '0' && q.text[k] <= '9' {
		k++
	}
	if k == first || q.text[first] == '0' && k > first+1 {
		return nil, false
	}
	n := json.Number(q.text[q.at:k])
	q.at = k
	return n, true // a fraction or an exponent is what nobody expects behind a value
}

func (q *quick) list(depth int) (any, bool) {
	q.next('[')
	list := []any{}
	if q.next(']') {
		return list, true
	}
	for {
		v, ok := q.value(depth + 1)
		if !ok {
			return nil, false
		}
		list = append(list, v)
		q.space()
		if q.at < len(q.text) && q.text[q.at] == ']' {
			q.at++
			return list, true
		}
		if !q.next(',') {
			return nil, false
		}
	}
}

func (q *quick) object(depth int) (any, bool) {
	q.next('{')
	object := make(map[string]any, 8)
	if q.at < len(q.text) && q.text[q.at] == '}' {
		q.at++
		return object, true
	}
	for {
		if q.at >= len(q.text) || q.text[q.at] != '"' {
			return nil, false
		}
		name, ok := q.word()
		if !ok {
			return nil, false
		}
		if q.space(); !q.next(':') {
			return nil, false
		}
		v, ok := q.value(depth + 1)
		if !ok {
			return nil, false
		}
		object[name.(string)] = v //nolint:forcetypeassert // word gives nothing else
		q.space()
		if q.at < len(q.text) && q.text[q.at] == '}' {
			q.at++
			return object, true
		}
		if !q.next(',') {
			return nil, false
		}
	}
}
