package alert

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"matoi/incident"
)

// StoredRule is a rule that a person made. Those that stand are asked in their order, before the rules of the configuration.
type StoredRule struct {
	Number int64
	Rule   Rule
	By     incident.PersonID
	At     time.Time
	Why    string // in the person's own words; may be empty
	// EndedBy took it out; empty while it stands.
	EndedBy incident.PersonID
	Ended   time.Time
	// Matched counts the alerts that it decided on, MatchedAt is when it last did.
	Matched   int64
	MatchedAt time.Time
}

// Stored gives the rules that stand, compiled and each knowing its number, in the order given. One that can't be used any more is left
// out, with an error that names it: what another version wrote must not stop the others.
func Stored(list []StoredRule) (Rules, error) {
	var mistakes []error
	var out Rules
	for _, s := range list {
		if s.EndedBy != "" {
			continue
		}
		r := s.Rule
		if err := r.Compile(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("stored rule %d: %w", s.Number, err))
			continue
		}
		r.Stored = s.Number
		out = append(out, r)
	}
	return out, errors.Join(mistakes...)
}

// YAML writes the rule as an entry of the configuration's rules.
func (r Rule) YAML() string {
	text, err := yaml.Marshal(Rules{r})
	if err != nil { // can't happen: texts only
		return ""
	}
	return string(text)
}

// RuleJSON writes a rule as it is stored: the keys are those of the configuration.
func RuleJSON(r Rule) (string, error) {
	var tree map[string]any
	text, err := yaml.Marshal(r)
	if err == nil {
		err = yaml.Unmarshal(text, &tree)
	}
	if err != nil {
		return "", fmt.Errorf("write a rule: %w", err)
	}
	kept, err := json.Marshal(tree)
	if err != nil {
		return "", fmt.Errorf("write a rule: %w", err)
	}
	return string(kept), nil
}

// ParseRule reads what RuleJSON wrote: JSON is YAML.
func ParseRule(text string) (r Rule, err error) {
	if err := yaml.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("read a rule: %w", err)
	}
	return r, nil
}

// Foreseen says what a rule would have meant for alerts that came before it.
type Foreseen struct {
	Of    int // alerts looked at
	Fits  int // of them, those it matches
	Acted int // of those that fit, those that have an incident
	// Unsure counts those of which too little is kept to tell: labels go where a rule ignores an alert, and too long ones once it has an incident.
	Unsure int
}

// Foresee tries a rule, compiled, on rows.
func (c *Config) Foresee(r Rule, rows []Row) (f Foreseen) {
	labels := slices.ContainsFunc(r.matchers, func(m fieldMatcher) bool {
		return strings.HasPrefix(m.name, "label.") || !slices.Contains(Fields(), m.name)
	})
	for _, row := range rows {
		f.Of++
		a, err := row.Whole()
		a.names = c.Names.of(a.Service)
		switch {
		case err != nil || labels && row.Alert == "":
			f.Unsure++
		case r.matches(a):
			f.Fits++
			if row.Incident != 0 {
				f.Acted++
			}
		}
	}
	return f
}

// Handle is the short name by which people call an alert, the same as long as its source and key are: six signs that spell no word and
// are easily told apart.
func Handle(source, key string) string {
	const signs = "23456789bcdfghjkmnpqrstvwxyz"
	sum := sha256.Sum256([]byte(source + "\x00" + key))
	out := make([]byte, 6)
	for k := range out {
		out[k] = signs[int(sum[k])%len(signs)]
	}
	return string(out)
}

// IsHandle reports whether a word looks like a handle.
func IsHandle(word string) bool {
	return len(word) == 6 && strings.Trim(word, "23456789bcdfghjkmnpqrstvwxyz") == ""
}
