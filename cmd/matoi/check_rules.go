package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"matoi/bot/alert"
	"matoi/lang"
)

// checkRules warns of what rules ask for that looks like a slip: a label that is nearly called like a field, and a service that the
// catalogue nearly has. Both may be meant.
func (w World) checkRules(c Config, l lang.Lang) {
	warn := func(what string, args lang.Args) { _, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, what, args)) }
	services := c.alerts().Names
	for i, r := range c.Rules {
		for _, name := range slices.Sorted(maps.Keys(r.Match)) {
			key := fmt.Sprintf("rules[%d].match.%s", i, name)
			if near := slip(name, alert.Fields()); near != "" && near != name {
				warn("cli.match_field", lang.Args{"Key": key, "Word": name, "Near": near})
			}
			if name != "service" {
				continue
			}
			for _, pattern := range r.Match[name] {
				word := strings.TrimPrefix(string(pattern), "!")
				if near := slip(word, services.Written()); near != "" && !services.Know(word) {
					warn("cli.match_service", lang.Args{"Key": key, "Word": word, "Near": near})
				}
			}
		}
	}
}

// slip gives the candidate that a word was probably meant to be, none for a pattern of many words; names of labels are short and may well be
// like those of fields (env, event).
func slip(word string, candidates []string) string {
	if strings.ContainsAny(word, "*/") {
		return ""
	}
	near := nearest(word, candidates)
	if distance(strings.ToLower(word), strings.ToLower(near)) > max(1, len([]rune(word))/4) {
		return ""
	}
	return near
}
