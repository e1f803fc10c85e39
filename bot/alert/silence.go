package alert

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
)

// Silences are the orders to keep alerts quiet that are in force or may come into force, ready to be asked.
type Silences []silence

// silence is one of them with its patterns read.
type silence struct {
	bot.Silence
	fits []fieldMatcher
}

// byGroup is the field that a silence can fit besides those of rules: what belongs to one incident (GroupKey, or a rule's group_by).
const byGroup = "group"

// NewSilences reads silences. One that can't be read is left out, and named in the error: it must not cost the others.
func NewSilences(list []bot.Silence) (Silences, error) {
	var out Silences
	var mistakes []error
	for _, one := range list {
		fits, err := matchersOf(one.Match)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("silence %s: %w", one.Key(), err))
			continue
		}
		out = append(out, silence{one, fits})
	}
	return out, errors.Join(mistakes...)
}

// CheckSilence reports what is wrong with patterns. There must be one at least: what fits everything has to be said.
func CheckSilence(match map[string][]string) error {
	_, err := matchersOf(match)
	return err
}

func matchersOf(match map[string][]string) ([]fieldMatcher, error) {
	if len(match) == 0 {
		return nil, mistaken("alert.config_patterns")
	}
	var out []fieldMatcher
	for _, name := range slices.Sorted(maps.Keys(match)) {
		var patterns Patterns
		for _, one := range match[name] {
			patterns = append(patterns, Pattern(one))
		}
		fits, err := patterns.compileFor(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, fieldMatcher{name, fits})
	}
	return out, nil
}

// Silent gives the silence that keeps an alert of a group quiet at a time: of several the one that does longest. It may end earlier,
// and another one may come after it.
func (s Silences) Silent(a Alert, group string, at time.Time) (by Quieted, silent bool) {
	for _, one := range s {
		span, now := one.At(at)
		if !now || !one.matches(a, group) || silent && !span.To.After(by.Until) {
			continue
		}
		by, silent = Quieted{Key: one.Key(), Until: span.To, Why: one.reason()}, true
	}
	return by, silent
}

func (s silence) matches(a Alert, group string) bool {
	for _, m := range s.fits {
		if m.name == byGroup {
			if !m.fits(group) {
				return false
			}
		} else if !m.matches(a) {
			return false
		}
	}
	return true
}

// reason names the silence; what people wrote stays with it, so that it stands in one place.
func (s silence) reason() Reason {
	switch {
	case s.Number == 0:
		return because("alert.reason_window", "Name", s.Name)
	case s.Kind == bot.ForWork:
		return because("alert.reason_maintenance", "Number", strconv.FormatInt(s.Number, 10))
	}
	return because("alert.reason_silenced", "Number", strconv.FormatInt(s.Number, 10))
}

// Quieted says what keeps an alert quiet, until when as far as is known, and why.
type Quieted struct {
	Key   string // of the silence
	Until time.Time
	Why   Reason
}

// Alike gives patterns that fit the alerts of rows and what comes of the same groups: nil without any. Of rows of several sources the
// groups must be told apart by the sources, too; that they may mix is harmless, since a group's name is one's own.
func Alike(rows []Row) map[string][]string {
	var sources, groups []string
	for _, r := range rows {
		if !slices.Contains(sources, r.Source) {
			sources = append(sources, r.Source)
		}
		if group := cmp.Or(r.Group, r.Key); !slices.Contains(groups, literal(group)) {
			groups = append(groups, literal(group))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	slices.Sort(groups)
	slices.Sort(sources)
	return map[string][]string{"source": sources, byGroup: groups}
}

// literal is the pattern that only this text fits.
func literal(text string) string {
	if strings.ContainsAny(text, "*") || strings.HasPrefix(text, "!") || strings.HasPrefix(text, "/") {
		return "/^" + regexp.QuoteMeta(text) + "$/"
	}
	return text
}
