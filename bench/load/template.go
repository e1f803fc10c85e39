package load

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// piece is a part of a template: text as it stands, or a word that is filled in for each request.
type piece struct {
	text string
	word string
	mod  int64 // where above 0 the number is taken modulo it
	pad  int   // zeros are put before the number up to this width
}

// template is a text with words in double braces. {{n}} counts the requests of the run, {{w}} is the number of the
// connection, {{run}} an id of this run alone, {{now}} the time and {{soon}} the time an hour ahead, both as RFC 3339.
// {{mine}} is
// what Load.Mine holds for the connection, {{any}} what it holds for the request. {{n%50}} is the count modulo 50, {{n:8}} padded with zeros. Anything else in braces stays as it is: JSON has some too.
type template []piece

func parseTemplate(text string) (template, error) {
	var out template
	for {
		before, rest, opened := strings.Cut(text, "{{")
		out = append(out, piece{text: before})
		inside, after, closed := strings.Cut(rest, "}}")
		if !opened {
			return out, nil
		}
		if !closed {
			return nil, fmt.Errorf("template: nothing closes {{%.20s", rest)
		}
		p, ok := parseWord(inside)
		if !ok {
			p = piece{text: "{{" + inside + "}}"}
		}
		out, text = append(out, p), after
	}
}

func parseWord(inside string) (piece, bool) {
	word, width, padded := strings.Cut(inside, ":")
	word, modulus, cut := strings.Cut(word, "%")
	p := piece{word: word}
	var err error
	if padded {
		if p.pad, err = strconv.Atoi(width); err != nil || p.pad < 1 || p.pad > 20 {
			return p, false
		}
	}
	if cut {
		if p.mod, err = strconv.ParseInt(modulus, 10, 64); err != nil || p.mod < 1 {
			return p, false
		}
	}
	switch word {
	case "n", "w":
		return p, true
	case "run", "now", "soon", "mine", "any":
		return p, !padded && !cut
	}
	return p, false
}

// fill appends the text of request n on connection w.
func (t template) fill(dst []byte, n int64, w int, r *run) []byte {
	for _, p := range t {
		switch p.word {
		case "":
			dst = append(dst, p.text...)
		case "run":
			dst = append(dst, r.id...)
		case "mine":
			dst = append(dst, r.Mine[w%len(r.Mine)]...)
		case "any":
			dst = append(dst, r.Mine[n%int64(len(r.Mine))]...)
		case "now":
			dst = time.Now().UTC().AppendFormat(dst, time.RFC3339Nano)
		case "soon":
			dst = time.Now().UTC().Add(time.Hour).AppendFormat(dst, time.RFC3339Nano)
		case "n":
			dst = p.number(dst, n)
		case "w":
			dst = p.number(dst, int64(w))
		}
	}
	return dst
}

func (p piece) number(dst []byte, v int64) []byte {
	if p.mod > 0 {
		v %= p.mod
	}
	digits := strconv.FormatInt(v, 10)
	for range p.pad - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
