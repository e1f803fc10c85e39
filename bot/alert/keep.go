package alert

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Keep is the JSON of the headers that decoding a source's requests needs, or that help to find out who sent what. It is
// made from a list of names that are good, so that no secret is ever kept. Requests of one sender give the same text, which is
// then stored once.
func (s Source) Keep(h http.Header) []byte {
	good := append([]string{"Content-Encoding", "Content-Type", "Idempotency-Key", "User-Agent", "Webhook-Id", "X-Webhook-Id"}, catalogue()[s.format()].hears...)
	if name := s.Auth.number(); name != "" && !slices.Contains(good, name) {
		good = append(good, name)
	}
	for name := range h {
		if strings.HasPrefix(name, "Ce-") { // CloudEvents in binary mode
			return marshalled(h, good)
		}
	}
	b := append(make([]byte, 0, 128), '{')
	for _, name := range good {
		values := h[name]
		if len(values) != 1 || !unescaped(values[0]) {
			if len(values) > 0 {
				return marshalled(h, good)
			}
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), `":["`...)
		b = append(append(b, values[0]...), `"]`...)
	}
	return append(b, '}')
}

// unescaped reports whether a text stands in JSON as it is.
func unescaped(s string) bool {
	for k := range len(s) {
		if c := s[k]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// marshalled writes the same for any values.
func marshalled(h http.Header, good []string) []byte {
	kept := http.Header{}
	for name, values := range h {
		if strings.HasPrefix(name, "Ce-") {
			kept[name] = values
		}
	}
	for _, name := range good {
		if values := h[name]; len(values) > 0 {
			kept[name] = values
		}
	}
	return marshal(kept)
}

func marshal(kept http.Header) []byte {
	text, err := json.Marshal(kept)
	if err != nil { // can't happen: texts only
		return []byte("{}")
	}
	return text
}
