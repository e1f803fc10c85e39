package alert

import (
	"slices"
	"strings"
	"time"
)

// Doubtful reports whether too little is kept of an alert to judge it as it came at a time: a rule or a silence that may be for it asks for
// a label that it has not. It is for alerts of which no labels are kept: those that were ignored, and some that went to incidents.
func (c *Config) Doubtful(a Alert, at time.Time) bool {
	c.named(&a)
	for _, s := range c.Silences {
		if _, now := s.At(at); now && maybe(s.fits, a) && asks(s.fits, a) {
			return true
		}
	}
	for _, r := range c.Rules {
		if r.Source != "" && r.Source != a.Source || !r.compiled && r.Compile() != nil || !maybe(r.matchers, a) {
			continue
		}
		return asks(r.matchers, a) || r.sorts(a)
	}
	return false
}

// maybe reports whether patterns fit an alert as far as it is known.
func maybe(list []fieldMatcher, a Alert) bool {
	return !slices.ContainsFunc(list, func(m fieldMatcher) bool { return m.name != byGroup && !a.lacks(m.name) && !m.matches(a) })
}

// asks reports whether any of the patterns is for a label that an alert has not.
func asks(list []fieldMatcher, a Alert) bool {
	return slices.ContainsFunc(list, func(m fieldMatcher) bool { return m.name != byGroup && a.lacks(m.name) })
}

// sorts reports whether a rule tells by a label that an alert has not to which incident or service it belongs.
func (r Rule) sorts(a Alert) bool {
	if r.Do == Ignore || r.Do == Inbox {
		return false
	}
	names := slices.Clone(r.GroupBy)
	for _, found := range placeholder().FindAllString(r.Service, -1) {
		names = append(names, strings.Trim(found, "{}"))
	}
	return slices.ContainsFunc(names, a.lacks)
}

// lacks reports whether a name in a rule stands for a label that the alert has not.
func (a Alert) lacks(name string) bool {
	if slices.Contains(Fields(), name) {
		return false
	}
	_, has := a.Labels[strings.TrimPrefix(name, "label.")]
	return !has
}
