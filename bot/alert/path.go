package alert

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Path says where in a JSON document a text is found:
//
//	a.b[0].c          the member c of the first element of b in a
//	labels["app.io"]  a member whose name holds a dot, a bracket or a bar
//	title|message     the first of the two that is there and not blank
//	level|'warning'   a literal, as the last resort
//
// A number or a truth value is taken as text, a list as its elements with commas between. The empty path finds nothing.
type Path string

// step goes one level down: to a member by name, or to an element by its place.
type step struct {
	name  string
	index int // -1 for a member
}

// trail is one alternative of a path: steps, or a literal.
type trail struct {
	steps   []step
	literal string
	fixed   bool
}

// parse reads a path. Its errors quote the path and say what is expected where.
func (p Path) parse() ([]trail, error) {
	rest := strings.TrimSpace(string(p))
	if rest == "" {
		return nil, nil
	}
	var trails []trail
	for {
		t, after, err := parseTrail(strings.TrimLeft(rest, " "))
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", string(p), err)
		}
		trails = append(trails, t)
		after = strings.TrimLeft(after, " ")
		if after == "" {
			return trails, nil
		}
		if after[0] != '|' {
			return nil, fmt.Errorf("path %q: expected | before %q", string(p), after)
		}
		rest = after[1:]
	}
}

// parseTrail reads one alternative and gives what follows it.
func parseTrail(s string) (trail, string, error) {
	if strings.HasPrefix(s, "'") {
		literal, after, found := strings.Cut(s[1:], "'")
		if !found {
			return trail{}, "", fmt.Errorf("the quote before %q is never closed", s[1:])
		}
		return trail{literal: literal, fixed: true}, after, nil
	}
	var t trail
	for {
		switch {
		case strings.HasPrefix(s, "["):
			st, after, err := parseBracket(s[1:])
			if err != nil {
				return trail{}, "", err
			}
			t.steps, s = append(t.steps, st), after
		default:
			end := strings.IndexAny(s, ".[]|' ")
			if end < 0 {
				end = len(s)
			}
			if end == 0 {
				return trail{}, "", fmt.Errorf("expected a name before %q", s)
			}
			t.steps, s = append(t.steps, step{name: s[:end], index: -1}), s[end:]
		}
		switch {
		case strings.HasPrefix(s, "."):
			s = s[1:]
		case !strings.HasPrefix(s, "["):
			return t, s, nil
		}
	}
}

// parseBracket reads what stands behind an opening bracket: a place, or a quoted name.
func parseBracket(s string) (step, string, error) {
	if strings.HasPrefix(s, `"`) {
		name, after, found := strings.Cut(s[1:], `"]`)
		if !found {
			return step{}, "", fmt.Errorf(`expected "] after %q`, s)
		}
		return step{name: name, index: -1}, after, nil
	}
	place, after, found := strings.Cut(s, "]")
	index, err := strconv.Atoi(place)
	if !found || err != nil || index < 0 {
		return step{}, "", fmt.Errorf("expected a place such as [0] at %q", "["+s)
	}
	return step{index: index}, after, nil
}

// pick gives the value at the end of the first trail that leads to one.
func pick(trails []trail, doc any) (any, bool) {
	for _, t := range trails {
		if t.fixed {
			return t.literal, true
		}
		if v := follow(t.steps, doc); v != nil && v != "" {
			return v, true
		}
	}
	return nil, false
}

// read gives the text at the end of the first trail that leads to one that isn't blank.
func read(trails []trail, doc any) string {
	for _, t := range trails {
		if t.fixed {
			return t.literal
		}
		if s := plainText(follow(t.steps, doc)); strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// follow walks down a document; where a step leads nowhere it gives nil.
func follow(steps []step, doc any) any {
	for _, st := range steps {
		switch at := doc.(type) {
		case map[string]any:
			if st.index >= 0 {
				return nil
			}
			doc = at[st.name]
		case []any:
			if st.index < 0 || st.index >= len(at) {
				return nil
			}
			doc = at[st.index]
		default:
			return nil
		}
	}
	return doc
}

// plainText gives a JSON value as a person would write it.
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		parts := make([]string, 0, len(v))
		for _, element := range v {
			parts = append(parts, plainText(element))
		}
		return strings.Join(parts, ", ")
	}
	return asJSON(v)
}
