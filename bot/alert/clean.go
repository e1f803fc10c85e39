package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"matoi/lang"
)

// Bounds of what a decoded alert holds, in runes, or bytes where it says so. They keep rows, cards and lists small, and
// are far above what real senders use.
const (
	maxTitle       = 300
	maxName        = 200 // service, host, actor, a label's name
	maxValue       = 1000
	maxDescription = 4000
	maxLink        = 4096 // bytes; a longer link is dropped, since half a link leads nowhere
	maxKey         = 300  // bytes; a longer key is shortened by a digest
	maxLabels      = 100
	maxAlerts      = 20_000 // of a request; what holds more stays visible
)

// line makes one clean line of at most limit runes out of whatever was sent.
func line(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return strings.TrimSpace(s)
	}
	return shorten(strings.Map(oneLine, strings.ReplaceAll(lang.Clean(s), "\n", " ")), limit)
}

// text is like line, and keeps line breaks and tabs.
func text(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return strings.TrimSpace(s)
	}
	return shorten(lang.Clean(s), limit)
}

// plain reports whether a text is nothing but printable ASCII, as most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// oneLine turns what else breaks a line, or is as invisible, into a space.
func oneLine(r rune) rune {
	switch r {
	case '\t', '\u2028', '\u2029':
		return ' '
	case '\ufeff':
		return -1
	}
	return r
}

// shorten trims a text and bounds it in runes. What was cut ends in an ellipsis, with no half emoji before it.
func shorten(s string, limit int) string {
	s = strings.TrimSpace(s)
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes, end := 0, 0
	for end = range s {
		if runes == limit-1 {
			break
		}
		runes++
	}
	return strings.TrimRight(s[:end], "\u200d\ufe0f ") + "…"
}

// firstLine gives what stands before the first line break that has anything before it.
func firstLine(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return first
}

// link gives the address of a page, or nothing if it is none that a person may be sent to.
func link(s string) string {
	s = line(s, maxLink)
	lower := strings.ToLower(s)
	if len(s) >= maxLink || !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		return ""
	}
	return s
}

// runbook gives a link, or the name of a handbook's page as people write it ("RB-7"), but nothing that could run.
func runbook(s string) string {
	if address := link(s); address != "" {
		return address
	}
	switch scheme, _, found := strings.Cut(fold(s), ":"); {
	case !found:
		return line(s, maxName)
	case scheme == "javascript", scheme == "data", scheme == "vbscript", scheme == "file", scheme == "http", scheme == "https":
		return ""
	}
	return line(s, maxName)
}

// fold makes words comparable: no case, no space around, full-width letters and digits as their narrow twins.
func fold(s string) string {
	if !plain(s) {
		s = lang.Fold(s)
	}
	return strings.ToLower(strings.TrimSpace(s))
}

// bound keeps a key short enough for an index; what is cut off still counts, by its digest.
func bound(key string) string {
	if len(key) <= maxKey {
		return key
	}
	head := key[:200]
	for !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	return head + "#" + digest(key)
}

// digest is a short stable hash of texts, each kept apart from the next.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// first gives the first text that isn't blank.
func first(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// labels cleans a set of labels and bounds it; which are left out is settled by their order by name.
func labels(raw map[string]string) map[string]string {
	if len(raw) == 0 {
		return nil
	}
	clean := make(map[string]string, min(len(raw), maxLabels))
	for _, name := range sortedNames(raw) {
		if len(clean) == maxLabels {
			break
		}
		if tidy := line(name, maxName); tidy != "" {
			clean[tidy] = text(raw[name], maxValue)
		}
	}
	return clean
}
