package slack

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// sizeOf is what a block, or an element of one, counts for the limit of a message: its texts, and what its buttons carry.
// Slack counts in a manner of its own that it does not publish (bolt-js issue 2509).
func sizeOf(block any) int {
	raw, err := json.Marshal(block)
	if err != nil {
		return mostText
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return mostText
	}
	return texts(v)
}

func texts(v any) (n int) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += texts(e)
		}
	case map[string]any:
		for k, e := range v {
			if s, is := e.(string); !is {
				n += texts(e)
			} else if k == "text" || k == "value" || k == "url" || k == "alt_text" {
				n += utf8.RuneCountInString(s)
			}
		}
	}
	return n
}

// shorten cuts a text to so many characters, never inside of a link, a mention or an escaped sign, and closes a block of code
// that it cuts.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	const fence, room = "```", 5
	n := max(most-1, 0)
	if strings.Contains(s, fence) {
		n = max(n-room, 0)
	}
	cut := string([]rune(s)[:n])
	if open := strings.LastIndexByte(cut, '<'); open > strings.LastIndexByte(cut, '>') {
		cut = cut[:open]
	}
	if amp := strings.LastIndexByte(cut, '&'); amp >= 0 && amp > len(cut)-5 && !strings.Contains(cut[amp:], ";") {
		cut = cut[:amp]
	}
	if strings.Count(cut, fence)%2 == 1 {
		return strings.TrimRight(cut, "`\n") + "…\n" + fence
	}
	return cut + "…"
}

// pieces parts a text between its lines, so that none has more than so many characters, as long as no line has: a block of code
// that is parted ends, and begins anew. Of a piece the last empty line is where it is best parted.
func pieces(s string, most int) (out []string) {
	const fence = "```"
	room := most - 2*len(fence) - 2
	var piece []string
	size, gap, inside := 0, -1, false
	end := func(at int) {
		rest := piece[at:]
		text := strings.Trim(strings.Join(piece[:at], "\n"), "\n")
		if strings.Count(text, fence)%2 == 1 {
			text, rest = text+"\n"+fence, append([]string{fence}, rest...)
		}
		if strings.TrimSpace(text) != "" {
			out = append(out, text)
		}
		piece, size, gap = append([]string(nil), rest...), 0, -1
		for _, line := range piece {
			size += utf8.RuneCountInString(line) + 1
		}
	}
	for line := range strings.SplitSeq(s, "\n") {
		n := utf8.RuneCountInString(line) + 1
		if size+n > room && gap > 0 {
			end(gap)
		}
		if size+n > room && size > 0 {
			end(len(piece))
		}
		if strings.HasPrefix(line, fence) {
			inside = !inside
		}
		if line == "" && !inside {
			gap = len(piece)
		}
		piece, size = append(piece, line), size+n
	}
	end(len(piece))
	return out
}
