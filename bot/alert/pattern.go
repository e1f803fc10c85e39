package alert

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Pattern says what a field or label must be: exactly this text, or with * for any characters, or /a regular
// expression/ found anywhere in it (RE2: https://github.com/google/re2/wiki/Syntax). Case counts, but for (?i). A field or
// label that isn't there is empty; a pattern with * doesn't match it, so "*" alone means "has any".
type Pattern string

// Patterns are what a field or label may be: any of them, and none of those behind an exclamation mark. Only such ones allow
// everything else. In the configuration a single one stands by itself.
type Patterns []Pattern

// UnmarshalYAML reads one pattern or a list.
func (p *Patterns) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]Pattern)(p)) //nolint:wrapcheck // it names the line already
	}
	var one Pattern
	if err := n.Decode(&one); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	*p = Patterns{one}
	return nil
}

// compile reads all patterns. None at all would fit nothing, which nobody means.
func (p Patterns) compile() (matcher, error) {
	if len(p) == 0 {
		return nil, mistaken("alert.config_patterns")
	}
	var any, none []matcher
	for _, one := range p {
		word, negated := strings.CutPrefix(string(one), "!")
		fits, err := Pattern(word).compile()
		if err != nil {
			return nil, err
		}
		if negated {
			none = append(none, fits)
		} else {
			any = append(any, fits)
		}
	}
	among := func(list []matcher, value string) bool {
		return slices.ContainsFunc(list, func(fits matcher) bool { return fits(value) })
	}
	return func(value string) bool { return (len(any) == 0 || among(any, value)) && !among(none, value) }, nil
}

// matcher tells whether a value fits a compiled pattern.
type matcher func(value string) bool

// compile reads a pattern.
func (p Pattern) compile() (matcher, error) {
	s := string(p)
	if len(s) >= 2 && s[0] == '/' && s[len(s)-1] == '/' {
		expression, err := regexp.Compile(s[1 : len(s)-1])
		if err != nil {
			return nil, mistaken("alert.config_pattern", "Word", s, "Detail", err.Error())
		}
		return expression.MatchString, nil
	}
	if !strings.Contains(s, "*") {
		return func(value string) bool { return value == s }, nil
	}
	parts := strings.Split(s, "*")
	return func(value string) bool { return value != "" && glob(parts, value) }, nil
}

// glob matches the parts between stars: the first at the start, the last at the end, the others where they first come.
func glob(parts []string, value string) bool {
	head, tail := parts[0], parts[len(parts)-1]
	if len(value) < len(head)+len(tail) || !strings.HasPrefix(value, head) || !strings.HasSuffix(value, tail) {
		return false
	}
	value = value[len(head) : len(value)-len(tail)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(value, part)
		if !found {
			return false
		}
		value = after
	}
	return true
}

// fields are the names that a rule can match on and put in a text, besides labels.
func fields() []string {
	return []string{"source", "status", "event", "severity", "title", "service", "host", "dedupe_key", "link", "runbook", "actor", "comment", "description"}
}

// field gives what a name in a rule stands for: a field of the alert, or a label, which "label." before it makes certain.
func (a Alert) field(name string) string {
	switch name {
	case "source":
		return a.Source
	case "status":
		return a.Status
	case "event":
		return a.Event
	case "severity":
		return a.Severity
	case "title":
		return a.Title
	case "service":
		return a.Service
	case "host":
		return a.Host
	case "dedupe_key":
		return a.DedupeKey
	case "link":
		return a.Link
	case "runbook":
		return a.Runbook
	case "actor":
		return a.Actor
	case "comment":
		return a.Comment
	case "description":
		return a.Description
	}
	return a.Labels[strings.TrimPrefix(name, "label.")]
}

// placeholder finds {title}, {label.team} and the like.
func placeholder() *regexp.Regexp { return regexp.MustCompile(`\{([a-zA-Z0-9_.:/-]+)\}`) }

// checkTemplate finds a placeholder that stands for nothing.
func checkTemplate(template string) error {
	for _, found := range placeholder().FindAllStringSubmatch(template, -1) {
		name := found[1]
		if strings.HasPrefix(name, "label.") {
			continue
		}
		known := false
		for _, field := range fields() {
			known = known || field == name
		}
		if !known {
			return mistaken("alert.config_template", "Word", name)
		}
	}
	return nil
}

// fill puts an alert's texts into a template. What it puts in isn't looked at again, so an alert can't smuggle in a
// placeholder of its own.
func fill(template string, a Alert) string {
	if !strings.Contains(template, "{") {
		return template
	}
	return placeholder().ReplaceAllStringFunc(template, func(found string) string {
		return a.field(strings.Trim(found, "{}"))
	})
}
