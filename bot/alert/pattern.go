package alert

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Pattern says what a field or label must be: exactly this text, or with * for any characters, or /a regular
// expression/ found anywhere in it (RE2: https://github.com/google/re2/wiki/Syntax). Case counts, but for (?i). A field or
// label that isn't there is empty; a pattern with * doesn't match it, so "*" alone means "has any". Of a service that the catalogue
// knows every name will do, and in an exact one neither case nor width counts then.
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
func (p Patterns) compile() (m matcher, err error) {
	if len(p) == 0 {
		return m, mistaken("alert.config_patterns")
	}
	for _, one := range p {
		word, negated := strings.CutPrefix(string(one), "!")
		fits, err := Pattern(word).compile()
		if err != nil {
			return matcher{}, err
		}
		if negated {
			m.none = append(m.none, fits)
		} else {
			m.any = append(m.any, fits)
		}
	}
	return m, nil
}

// compileFor reads all patterns of a field. Severities are meant in any case and by whatever word senders have for them, as they are
// in alerts; what is none of these words would fit nothing.
func (p Patterns) compileFor(field string) (matcher, error) {
	if field != "severity" {
		return p.compile()
	}
	known := make(Patterns, 0, len(p))
	for _, one := range p {
		word, negated := strings.CutPrefix(string(one), "!")
		switch {
		case len(word) >= 2 && word[0] == '/' && word[len(word)-1] == '/':
			word = "/(?i)" + word[1:]
		case strings.Contains(word, "*"):
			word = strings.ToLower(word)
		case severity(word) == Unknown && fold(word) != Unknown:
			return matcher{}, mistaken("alert.config_word", "Word", word, "Known", strings.Join([]string{Critical, Error, Warning, Notice, Unknown}, ", "))
		default:
			word = severity(word)
		}
		if negated {
			word = "!" + word
		}
		known = append(known, Pattern(word))
	}
	return known.compile()
}

// matcher is Patterns, compiled.
type matcher struct{ any, none []test }

// test is one pattern, compiled.
type test struct {
	fits  func(value string) bool
	exact string // the whole value, folded; empty for what is no exact one
}

// fits tells whether a value does.
func (m matcher) fits(value string) bool {
	fits := func(t test) bool { return t.fits(value) }
	return (len(m.any) == 0 || slices.ContainsFunc(m.any, fits)) && !slices.ContainsFunc(m.none, fits)
}

// fitsService tells whether the service of an alert does, which the catalogue knows.
func (m matcher) fitsService(a Alert) bool {
	fits := func(t test) bool {
		if t.exact != "" {
			return slices.Contains(a.names.folded, t.exact)
		}
		return slices.ContainsFunc(a.names.written, t.fits) || a.Called != "" && t.fits(a.Called)
	}
	return (len(m.any) == 0 || slices.ContainsFunc(m.any, fits)) && !slices.ContainsFunc(m.none, fits)
}

// matches tells whether an alert has in its field or label what the patterns ask for.
func (m fieldMatcher) matches(a Alert) bool {
	if m.name == "service" && a.names != nil {
		return m.fitsService(a)
	}
	return m.fits(a.field(m.name))
}

// compile reads a pattern.
func (p Pattern) compile() (test, error) {
	s := string(p)
	if len(s) >= 2 && s[0] == '/' && s[len(s)-1] == '/' {
		expression, err := regexp.Compile(s[1 : len(s)-1])
		if err != nil {
			return test{}, mistaken("alert.config_pattern", "Word", s, "Detail", err.Error())
		}
		return test{fits: expression.MatchString}, nil
	}
	if !strings.Contains(s, "*") {
		return test{fits: func(value string) bool { return value == s }, exact: fold(s)}, nil
	}
	parts := strings.Split(s, "*")
	return test{fits: func(value string) bool { return value != "" && glob(parts, value) }}, nil
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

// Fields are the names that a rule can match on and put in a text, besides labels.
func Fields() []string {
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
	if found := foreignPlaceholder().FindStringSubmatch(template); found != nil {
		name := strings.ToLower(strings.TrimPrefix(found[1], "."))
		if label, is := strings.CutPrefix(name, "labels."); is {
			name = "label." + label
		}
		return mistaken("alert.config_template_foreign", "Word", found[0], "Field", cmp.Or(name, "title"))
	}
	for _, found := range placeholder().FindAllStringSubmatch(template, -1) {
		name := found[1]
		if strings.HasPrefix(name, "label.") {
			continue
		}
		known := false
		for _, field := range Fields() {
			known = known || field == name
		}
		if !known {
			return noField("alert.config_template", name)
		}
	}
	return nil
}

// foreignPlaceholder finds {{ .title }} and {{ .Labels.team }}, with the name in it: placeholders of other tools.
func foreignPlaceholder() *regexp.Regexp {
	return regexp.MustCompile(`\{\{[^{}a-zA-Z0-9_]*([a-zA-Z0-9_.]*)[^{}]*\}\}`)
}

// noField is the mistake of a name that is neither a field nor marked as a label, in the words of the place where it stands.
func noField(id, name string) error {
	label := strings.TrimPrefix(strings.Trim(name, "{}"), "label.")
	if above, rest, found := strings.Cut(label, "."); found && strings.EqualFold(above, "labels") {
		label = rest
	}
	return mistaken(id, "Word", name, "Label", label)
}

// fill puts an alert's texts into a template. What it puts in isn't looked at again, so an alert can't smuggle in a
// placeholder of its own. Brackets whose placeholders leave nothing go as a whole, with the space before them.
func fill(template string, a Alert) string {
	if !strings.Contains(template, "{") {
		return template
	}
	names := placeholder()
	text, _, _ := pieces(template, func(piece string) (text string, asked, given int) {
		text = names.ReplaceAllStringFunc(piece, func(found string) string {
			field := a.field(strings.Trim(found, "{}"))
			if asked++; strings.TrimSpace(field) != "" {
				given++
			}
			return field
		})
		return text, asked, given
	})
	return text
}

// pieces puts texts into a template, between its brackets and within. As put it tells how many it was asked for, and how many
// of them say something.
func pieces(template string, put func(string) (string, int, int)) (out string, asked, given int) {
	const opening, closing = "([<（［〈《「『【", ")]>）］〉》」』】"
	for {
		at := strings.IndexAny(template, opening)
		if at < 0 {
			text, a, g := put(template)
			return out + text, asked + a, given + g
		}
		begin, size := utf8.DecodeRuneInString(template[at:])
		end := []rune(closing)[slices.Index([]rune(opening), begin)]
		before, a, g := put(template[:at])
		out, asked, given = out+before, asked+a, given+g
		template = template[at+size:]
		within, after, closed := cutBracket(template, begin, end)
		if !closed {
			out += string(begin)
			continue
		}
		text, a, g := pieces(within, put)
		if asked, given = asked+a, given+g; a > 0 && g == 0 {
			out = strings.TrimRightFunc(out, unicode.IsSpace)
		} else {
			out += string(begin) + text + string(end)
		}
		template = after
	}
}

// cutBracket cuts what stands behind an opening bracket at the one that closes it, past those of its kind that are opened within.
func cutBracket(text string, begin, end rune) (within, after string, closed bool) {
	depth := 1
	for at, r := range text {
		switch r {
		case begin:
			depth++
		case end:
			if depth--; depth == 0 {
				return text[:at], text[at+utf8.RuneLen(r):], true
			}
		}
	}
	return text, "", false
}
