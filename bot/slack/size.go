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
