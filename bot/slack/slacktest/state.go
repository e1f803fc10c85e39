package slacktest

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

// initial is the state of an element as a view opens: what it is filled with, or empty. Buttons have none.
func initial(e object) object {
	kind := str(e, "type")
	s := object{"type": kind}
	take := func(to, from string) object {
		s[to] = e[from]
		return s
	}
	switch kind {
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return take("value", "initial_value")
	case "rich_text_input":
		return take("rich_text_value", "initial_value")
	case "static_select", "external_select", "radio_buttons":
		return take("selected_option", "initial_option")
	case "checkboxes", "multi_static_select", "multi_external_select":
		return many(s, "selected_options", e["initial_options"])
	case "users_select":
		return take("selected_user", "initial_user")
	case "conversations_select":
		return take("selected_conversation", "initial_conversation")
	case "channels_select":
		return take("selected_channel", "initial_channel")
	case "multi_users_select":
		return many(s, "selected_users", e["initial_users"])
	case "multi_conversations_select":
		return many(s, "selected_conversations", e["initial_conversations"])
	case "multi_channels_select":
		return many(s, "selected_channels", e["initial_channels"])
	case "datepicker":
		return take("selected_date", "initial_date")
	case "timepicker":
		return take("selected_time", "initial_time")
	case "datetimepicker":
		return take("selected_date_time", "initial_date_time")
	case "file_input":
		return many(s, "files", nil)
	}
	return nil
}

func many(s object, key string, v any) object {
	if v == nil {
		v = []any{}
	}
	s[key] = v
	return s
}

// filled is the state of an element once a person put values into it, and what Slack's own client says when it can't be.
// options are those of an external menu.
func (w *Workspace) filled(e object, values []string, options []Option) (object, string) {
	s := initial(e)
	if s == nil {
		return nil, "nothing can be put into " + str(e, "type")
	}
	first := ""
	if len(values) > 0 {
		first = values[0]
	}
	switch kind := str(e, "type"); kind {
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return text(e, s, first)
	case "static_select", "external_select", "radio_buttons":
		if first == "" {
			s["selected_option"] = nil
			return s, ""
		}
		o, is := pick(e, first, options)
		s["selected_option"] = o
		return s, missing(is, first)
	case "checkboxes", "multi_static_select", "multi_external_select":
		list := []any{}
		for _, v := range values {
			o, is := pick(e, v, options)
			if !is {
				return s, missing(false, v)
			}
			list = append(list, o)
		}
		s["selected_options"] = list
		return s, over(e, len(list))
	case "users_select", "conversations_select", "channels_select":
		s["selected_"+kind[:len(kind)-len("s_select")]] = optional(first)
	case "multi_users_select", "multi_conversations_select", "multi_channels_select":
		list := []any{}
		for _, v := range values {
			list = append(list, v)
		}
		s["selected_"+kind[len("multi_"):len(kind)-len("_select")]] = list
		return s, over(e, len(list))
	case "datepicker":
		s["selected_date"] = optional(first)
	case "timepicker":
		s["selected_time"] = optional(first)
	case "datetimepicker":
		return moment(s, first)
	}
	return s, ""
}

func optional(v string) any {
	if v == "" {
		return nil
	}
	return v
}

func missing(is bool, v string) string {
	if is {
		return ""
	}
	return fmt.Sprintf("there is no option %q", v)
}

func over(e object, n int) string {
	if most, in := e["max_selected_items"].(float64); in && n > int(most) {
		return fmt.Sprintf("no more than %d can be chosen", int(most))
	}
	return ""
}

func moment(s object, v string) (object, string) {
	if v == "" {
		s["selected_date_time"] = nil
		return s, ""
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		t, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return s, "a date and time is Unix seconds or RFC 3339"
		}
		n = t.Unix()
	}
	s["selected_date_time"] = n
	return s, ""
}

var number = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// text checks what is typed as the client does, before anything is sent.
func text(e, s object, v string) (object, string) {
	s["value"] = optional(v)
	n := utf8.RuneCountInString(v)
	most, limited := e["max_length"].(float64)
	if !limited {
		most = 3000 // docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
	}
	least, _ := e["min_length"].(float64)
	switch {
	case n > int(most):
		return s, fmt.Sprintf("must be no more than %d characters", int(most))
	case v != "" && n < int(least):
		return s, fmt.Sprintf("must be at least %d characters", int(least))
	case str(e, "type") == "number_input" && v != "" && !number.MatchString(v):
		return s, "must be a number"
	case e["multiline"] != true && regexp.MustCompile(`\n`).MatchString(v):
		return s, "one line only"
	}
	return s, ""
}

// pick finds an option by its value or by what people read.
func pick(e object, v string, options []Option) (object, bool) {
	if o, is := choice(e, v); is {
		return o, true
	}
	for _, o := range options {
		if o.Value == v || o.Text == v {
			return object{"text": object{"type": "plain_text", "text": o.Text, "emoji": true}, "value": o.Value}, true
		}
	}
	groups, _ := e["option_groups"].([]any)
	for _, g := range append([]any{e}, groups...) {
		o, _ := g.(object)
		list, _ := o["options"].([]any)
		for _, opt := range list {
			opt, _ := opt.(object)
			if t, _ := opt["text"].(object); str(t, "text") == v {
				return opt, true
			}
		}
	}
	return nil, false
}

// empty tells whether a state holds nothing.
func empty(s object) bool {
	for k, v := range s {
		if l, list := v.([]any); k != "type" && (v != nil && !list || len(l) > 0) {
			return false
		}
	}
	return true
}
