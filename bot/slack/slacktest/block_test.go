package slacktest_test

import (
	"fmt"
	"strings"
	"testing"

	"matoi/bot/slack/slacktest"
)

func plain(s string) object  { return object{"type": "plain_text", "text": s} }
func mrkdwn(s string) object { return object{"type": "mrkdwn", "text": s} }

func section(s string) object { return object{"type": "section", "text": mrkdwn(s)} }

func actions(elements ...any) object { return object{"type": "actions", "elements": elements} }

func button(text, value string) object {
	return object{"type": "button", "text": plain(text), "value": value, "action_id": "b" + value}
}

func times[E any](n int, make func(i int) E) []any {
	var out []any
	for i := range n {
		out = append(out, make(i))
	}
	return out
}

func long(n int) string { return strings.Repeat("あ", n) }

func option(i int) object { return object{"text": plain("o"), "value": fmt.Sprint(i)} }

func menu(options []any, more object) object {
	out := object{"type": "static_select", "options": options, "action_id": "m"}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestBlockLimits(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	id := create(t, w, "inc-1")
	for name, c := range map[string]struct {
		most, over any // blocks that just pass, and that do not
	}{
		"50 blocks":             {times(50, func(int) object { return section("x") }), times(51, func(int) object { return section("x") })},
		"section of 3000":       {section(long(3000)), section(long(3001))},
		"section not empty":     {section("x"), section("")},
		"field of 2000":         {object{"type": "section", "fields": []any{mrkdwn(long(2000))}}, object{"type": "section", "fields": []any{mrkdwn(long(2001))}}},
		"10 fields":             {object{"type": "section", "fields": times(10, func(int) object { return mrkdwn("x") })}, object{"type": "section", "fields": times(11, func(int) object { return mrkdwn("x") })}},
		"header of 150":         {object{"type": "header", "text": plain(long(150))}, object{"type": "header", "text": plain(long(151))}},
		"header is plain":       {object{"type": "header", "text": plain("x")}, object{"type": "header", "text": mrkdwn("x")}},
		"25 actions":            {actions(times(25, func(i int) object { return button("x", fmt.Sprint(i)) })...), actions(times(26, func(i int) object { return button("x", fmt.Sprint(i)) })...)},
		"10 in context":         {object{"type": "context", "elements": times(10, func(int) object { return mrkdwn("x") })}, object{"type": "context", "elements": times(11, func(int) object { return mrkdwn("x") })}},
		"button text 75":        {actions(button(long(75), "v")), actions(button(long(76), "v"))},
		"button value 2000":     {actions(object{"type": "button", "text": plain("x"), "value": long(2000)}), actions(object{"type": "button", "text": plain("x"), "value": long(2001)})},
		"button style":          {actions(object{"type": "button", "text": plain("x"), "style": "danger"}), actions(object{"type": "button", "text": plain("x"), "style": "red"})},
		"unique action_id":      {actions(button("x", "1"), button("x", "2")), actions(button("x", "1"), button("x", "1"))},
		"unique block_id":       {[]any{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "b"}}, []any{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "a"}}},
		"block_id of 255":       {object{"type": "divider", "block_id": strings.Repeat("a", 255)}, object{"type": "divider", "block_id": strings.Repeat("a", 256)}},
		"100 options":           {actions(menu(times(100, option), nil)), actions(menu(times(101, option), nil))},
		"option text 75":        {actions(menu([]any{object{"text": plain(long(75)), "value": "v"}}, nil)), actions(menu([]any{object{"text": plain(long(76)), "value": "v"}}, nil))},
		"option value 150":      {actions(menu([]any{object{"text": plain("x"), "value": long(150)}}, nil)), actions(menu([]any{object{"text": plain("x"), "value": long(151)}}, nil))},
		"placeholder 150":       {actions(menu(times(1, option), object{"placeholder": plain(long(150))})), actions(menu(times(1, option), object{"placeholder": plain(long(151))}))},
		"initial is an option":  {actions(menu(times(1, option), object{"initial_option": option(0)})), actions(menu(times(1, option), object{"initial_option": option(7)}))},
		"5 in overflow":         {actions(object{"type": "overflow", "options": times(5, option)}), actions(object{"type": "overflow", "options": times(6, option)})},
		"10 radio buttons":      {actions(object{"type": "radio_buttons", "options": times(10, option)}), actions(object{"type": "radio_buttons", "options": times(11, option)})},
		"confirm text 300":      {actions(confirmed(300)), actions(confirmed(301))},
		"markdown of 12000":     {object{"type": "markdown", "text": strings.Repeat("a", 12000)}, object{"type": "markdown", "text": strings.Repeat("a", 12001)}},
		"known blocks":          {object{"type": "divider"}, object{"type": "sparkles"}},
		"no input in actions":   {actions(button("x", "1")), actions(object{"type": "plain_text_input"})},
		"input label 2000":      {input(plain(long(2000))), input(plain(long(2001)))},
		"image has alt_text":    {object{"type": "image", "image_url": "https://a.test/i.png", "alt_text": "chart"}, object{"type": "image", "image_url": "https://a.test/i.png"}},
		"no emoji in mrkdwn":    {section("x"), object{"type": "section", "text": object{"type": "mrkdwn", "text": "x", "emoji": true}}},
		"a link is an address":  {actions(object{"type": "button", "text": plain("x"), "url": "https://a.test"}), actions(object{"type": "button", "text": plain("x"), "url": "a.test"})},
		"a date is a date":      {actions(object{"type": "datepicker", "initial_date": "2026-11-22"}), actions(object{"type": "datepicker", "initial_date": "22.11.2026"})},
		"a section has content": {section("x"), object{"type": "section"}},
	} {
		call(t, w, "chat.postMessage", object{"channel": id, "text": "x", "blocks": list(c.most)})
		out, _ := try(t, w, "chat.postMessage", object{"channel": id, "text": "x", "blocks": list(c.over)})
		if out["error"] != "invalid_blocks" {
			t.Errorf("%s: got %v", name, out["error"])
			continue
		}
		said := out["response_metadata"].(object)["messages"].([]any)[0].(string)
		if !strings.HasPrefix(said, "[ERROR] ") || !strings.Contains(said, "[json-pointer:/blocks") {
			t.Errorf("%s: message %q", name, said)
		}
	}
}

func list(v any) []any {
	if l, is := v.([]any); is {
		return l
	}
	return []any{v}
}

func confirmed(n int) object {
	b := button("x", "1")
	b["confirm"] = object{"title": plain("t"), "text": plain(long(n)), "confirm": plain("yes"), "deny": plain("no")}
	return b
}

func input(label object) object {
	return object{"type": "input", "label": label, "block_id": "title", "element": object{"type": "plain_text_input", "action_id": "v"}}
}

func TestAllBlocksTogetherAreLimited(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{})
	id := create(t, w, "inc-1")
	blocks := times(5, func(int) object { return section(strings.Repeat("a", 2800)) })
	refused(t, w, "chat.postMessage", "msg_blocks_too_long", object{"channel": id, "text": "x", "blocks": blocks})
	call(t, w, "chat.postMessage", object{"channel": id, "text": "x", "blocks": blocks[:4]})
}

func TestBlocksWithoutFallbackAreTrouble(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{})
	id := create(t, w, "inc-1")
	call(t, w, "chat.postMessage", object{"channel": id, "blocks": list(section("x"))})
	if got := w.Troubles(); len(got) != 1 || !strings.Contains(got[0], "fallback") {
		t.Errorf("troubles %q", got)
	}
}
