package alert

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
)

// opens reports whether a fire that is judged so may open an incident, or join one.
func (o Outcome) opens() bool { return o.Do == Open || o.Do == Attach || o.Do == Wait }

// meaningless reports an alert that tells nobody anything: neither its title nor its service, its host or what is written of it has
// a word in it. That is what becomes of a body in which something went wrong; it must not wake anybody.
func (a *Alert) meaningless() bool {
	return wordless(a.Title) && wordless(a.Service) && wordless(a.Host) && wordless(a.Description)
}

// wordless reports a text without any word: blank, a number, signs only, or what programs write for nothing or for structures.
func wordless(s string) bool {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "null", "nil", "none", "undefined", "true", "false", "[object object]":
		return true
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return true
	}
	if (s[0] == '{' || s[0] == '[') && json.Valid([]byte(s)) {
		return true
	}
	return strings.IndexFunc(s, unicode.IsLetter) < 0
}
