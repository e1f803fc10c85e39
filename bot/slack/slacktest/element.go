package slacktest

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// homes tells in which blocks an element may stand (unions ActionsBlockElement, InputBlockElement and SectionBlockAccessory
// of @slack/types).
func homes(kind string) string {
	const anywhere, button, input = "section actions input", "section actions", "input"
	switch kind {
	case "button", "overflow", "workflow_button":
		return button
	case "image":
		return "section"
	case "checkboxes", "datepicker", "radio_buttons", "timepicker":
		return anywhere
	case "datetimepicker", "rich_text_input":
		return "actions input"
	case "plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input":
		return input
	}
	if strings.HasSuffix(kind, "_select") && slices.Contains([]string{"static", "external", "users", "conversations", "channels"}, strings.TrimPrefix(strings.TrimSuffix(kind, "_select"), "multi_")) {
		return anywhere
	}
	return ""
}

func (k *checker) element(e object, at, block string) {
	kind, _ := e["type"].(string)
	where := homes(kind)
	if where == "" || !slices.Contains(strings.Fields(where), block) {
		k.fault(at+"/type", "unsupported type: %s", kind)
		return
	}
	if kind == "file_input" && k.surface != "modal" {
		k.fault(at+"/type", "unsupported type: %s in %s", kind, k.surface)
	}
	if id, in := e["action_id"].(string); in {
		k.length(at+"/action_id", id, 1, 255)
		if k.actions[block+at[:strings.LastIndex(at, "/")]+id] {
			k.fault(at+"/action_id", "action_id %q already exists", id)
		}
		k.actions[block+at[:strings.LastIndex(at, "/")]+id] = true
	}
	if e["focus_on_load"] == true {
		if k.focused {
			k.fault(at+"/focus_on_load", "only one element can have focus_on_load")
		}
		k.focused = true
	}
	if kind == "image" {
		k.image(e, at)
		return
	}
	k.text(e, "placeholder", at, "plain_text", 150, false)
	k.confirm(e, at)
	k.details(kind, e, at)
}

func (k *checker) details(kind string, e object, at string) {
	switch kind {
	case "button":
		k.button(e, at)
	case "overflow":
		k.options(e, at, 1, 5, "plain_text")
	case "radio_buttons", "checkboxes":
		k.options(e, at, 1, 10, "")
	case "static_select", "multi_static_select":
		if groups, in := e["option_groups"]; in {
			if e["options"] != nil {
				k.fault(at, "options and option_groups exclude each other")
			}
			_ = groups
			k.each(e, "option_groups", at, 1, 100, func(g object, at string) {
				k.text(g, "label", at, "plain_text", 75, true)
				k.options(g, at, 1, 100, "plain_text")
			})
		} else {
			k.options(e, at, 1, 100, "plain_text")
		}
		k.initial(e, at)
	case "plain_text_input":
		k.typed(e, at)
	case "external_select", "multi_external_select":
		if _, in := e["options"]; in {
			k.fault(at+"/options", "invalid additional property: options")
		}
	case "datepicker":
		k.pattern(e, "initial_date", at, `^\d{4}-\d{2}-\d{2}$`)
	case "timepicker":
		k.pattern(e, "initial_time", at, `^\d{2}:\d{2}$`)
	case "datetimepicker":
		if v, in := e["initial_date_time"]; in {
			if n, is := v.(float64); !is || n < 1e9 || n >= 1e10 {
				k.fault(at+"/initial_date_time", "must be a 10 digit UNIX timestamp")
			}
		}
	case "number_input":
		if _, in := e["is_decimal_allowed"].(bool); !in {
			k.fault(at, "missing required field: is_decimal_allowed")
		}
	}
}

func (k *checker) typed(e object, at string) {
	if s, in := e["initial_value"].(string); in {
		k.length(at+"/initial_value", s, 0, 3000)
		if most, in := e["max_length"].(float64); in && utf8.RuneCountInString(s) > int(most) {
			k.fault(at+"/initial_value", "must be less than %d characters", int(most)+1)
		}
	}
	for _, f := range []string{"min_length", "max_length"} {
		if n, in := e[f].(float64); in && (n < 0 || n > 3000 || f == "max_length" && n < 1) {
			k.fault(at+"/"+f, "must be less than or equal to 3000")
		}
	}
}

func (k *checker) pattern(e object, field, at, pattern string) {
	if s, in := e[field].(string); in && !regexp.MustCompile(pattern).MatchString(s) {
		k.fault(at+"/"+field, "must match pattern %s", pattern)
	}
}

func (k *checker) button(e object, at string) {
	k.text(e, "text", at, "plain_text", 75, true)
	if s, in := e["value"].(string); in {
		k.length(at+"/value", s, 0, 2000)
	}
	if s, in := e["url"].(string); in {
		k.length(at+"/url", s, 1, 3000)
		if !regexp.MustCompile(`^(https?|mailto|slack|tel):`).MatchString(s) {
			k.fault(at+"/url", "must be a valid URL")
		}
	}
	if s, in := e["accessibility_label"].(string); in {
		k.length(at+"/accessibility_label", s, 1, 75)
	}
	if s, in := e["style"]; in && s != "primary" && s != "danger" {
		k.fault(at+"/style", "must be one of: primary, danger")
	}
}

func (k *checker) confirm(e object, at string) {
	c, in := e["confirm"].(object)
	if !in {
		return
	}
	at += "/confirm"
	k.text(c, "title", at, "plain_text", 100, true)
	k.text(c, "text", at, "", 300, true)
	k.text(c, "confirm", at, "plain_text", 30, true)
	k.text(c, "deny", at, "plain_text", 30, true)
}

func (k *checker) options(e object, at string, least, most int, kind string) {
	seen := map[string]bool{}
	k.each(e, "options", at, least, most, func(o object, at string) {
		k.text(o, "text", at, kind, 75, true)
		k.text(o, "description", at, kind, 75, false)
		v, _ := o["value"].(string)
		k.length(at+"/value", v, 1, 150)
		if seen[v] {
			k.fault(at+"/value", "value %q already exists", v)
		}
		seen[v] = true
	})
}

// initial checks that what is chosen at first is one of the options, to the letter.
func (k *checker) initial(e object, at string) {
	chosen, _ := e["initial_options"].([]any)
	if o, in := e["initial_option"].(object); in {
		chosen = append(chosen, o)
	}
	for _, c := range chosen {
		o, _ := c.(object)
		if _, in := choice(e, str(o, "value")); !in {
			k.fault(at+"/initial_option", "initial option must match an option of the menu")
		}
	}
}

// choice finds an option by its value.
func choice(e object, value string) (object, bool) {
	groups, _ := e["option_groups"].([]any)
	for _, g := range append([]any{e}, groups...) {
		o, _ := g.(object)
		options, _ := o["options"].([]any)
		for _, opt := range options {
			if opt, is := opt.(object); is && opt["value"] == value {
				return opt, true
			}
		}
	}
	return nil, false
}

func str(o object, key string) string {
	s, _ := o[key].(string)
	return s
}
