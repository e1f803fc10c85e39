package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// checker collects what is wrong with blocks, in the words and with the JSON pointers of response_metadata.messages.
// The limits are those of the comments in the npm package @slack/types and of docs.slack.dev/reference/block-kit.
type checker struct {
	surface string // message, modal, home
	faults  []string
	ids     map[string]bool
	actions map[string]bool
	focused bool
	inputs  bool
}

// checkBlocks tells what is wrong with the blocks of a message, a modal or a home tab.
func checkBlocks(blocks []any, surface, at string) []string {
	k := &checker{surface: surface, ids: map[string]bool{}, actions: map[string]bool{}}
	k.blocks(blocks, at)
	return k.faults
}

func (k *checker) fault(at, format string, args ...any) {
	k.faults = append(k.faults, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

func (k *checker) blocks(blocks []any, at string) {
	most := map[string]int{"message": 50}[k.surface]
	if most == 0 {
		most = 100
	}
	if len(blocks) > most {
		k.fault(at, "no more than %d items allowed", most)
	}
	for i, b := range blocks {
		here := fmt.Sprintf("%s/%d", at, i)
		o, is := b.(object)
		if !is {
			k.fault(here, "must be an object")
			continue
		}
		k.block(o, here)
	}
}

// surfaces tells where a block may stand. Those that are not named here stay unknown, as a new block is to an old server.
func surfaces(kind string) string {
	return map[string]string{
		"actions": "message modal home", "context": "message modal home", "divider": "message modal home", "header": "message modal home",
		"image": "message modal home", "input": "message modal home", "section": "message modal home", "rich_text": "message modal home",
		"video": "message modal home", "markdown": "message", "table": "message", "context_actions": "message",
	}[kind]
}

func (k *checker) block(b object, at string) {
	kind, _ := b["type"].(string)
	where := surfaces(kind)
	switch {
	case kind == "":
		k.fault(at, "missing required field: type")
		return
	case where == "":
		k.fault(at+"/type", "unsupported type: %s", kind)
		return
	case !slices.Contains(strings.Fields(where), k.surface):
		k.fault(at+"/type", "unsupported type: %s in %s", kind, k.surface)
		return
	}
	if id, in := b["block_id"].(string); in {
		k.length(at+"/block_id", id, 1, 255)
		if k.ids[id] {
			k.fault(at+"/block_id", "block_id %q already exists", id)
		}
		k.ids[id] = true
	}
	switch kind {
	case "section":
		k.section(b, at)
	case "header":
		k.text(b, "text", at, "plain_text", 150, true)
	case "context":
		k.each(b, "elements", at, 1, 10, func(e object, at string) {
			if e["type"] == "image" {
				k.image(e, at)
				return
			}
			k.textObject(e, at, "", 3000)
		})
	case "actions":
		k.each(b, "elements", at, 1, 25, func(e object, at string) { k.element(e, at, "actions") })
	case "context_actions":
		k.each(b, "elements", at, 1, 5, func(object, string) {})
	case "input":
		k.input(b, at)
	case "image":
		k.image(b, at)
		k.text(b, "title", at, "plain_text", 2000, false)
	case "markdown":
		s, _ := b["text"].(string)
		k.length(at+"/text", s, 1, 12000)
	case "table":
		k.each(b, "rows", at, 1, 100, nil)
	case "rich_text":
		k.each(b, "elements", at, 0, 1000, func(object, string) {})
	case "video":
		k.text(b, "title", at, "plain_text", 199, true)
	}
}

func (k *checker) section(b object, at string) {
	_, fields := b["fields"]
	k.text(b, "text", at, "", 3000, !fields)
	if fields {
		k.each(b, "fields", at, 1, 10, func(f object, at string) { k.textObject(f, at, "", 2000) })
	}
	if a, in := b["accessory"]; in {
		o, is := a.(object)
		if !is {
			k.fault(at+"/accessory", "must be an object")
			return
		}
		k.element(o, at+"/accessory", "section")
	}
}

func (k *checker) input(b object, at string) {
	k.inputs = true
	k.text(b, "label", at, "plain_text", 2000, true)
	k.text(b, "hint", at, "plain_text", 2000, false)
	e, is := b["element"].(object)
	if !is {
		k.fault(at, "missing required field: element")
		return
	}
	k.element(e, at+"/element", "input")
}

func (k *checker) image(b object, at string) {
	link, _ := b["image_url"].(string)
	if link == "" && b["slack_file"] == nil {
		k.fault(at, "missing required field: image_url")
	}
	k.length(at+"/image_url", link, 0, 3000)
	alt, _ := b["alt_text"].(string)
	k.length(at+"/alt_text", alt, 1, 2000)
}

// text checks a text object in a field. kind is plain_text or "" for either.
func (k *checker) text(b object, field, at, kind string, most int, needed bool) {
	v, in := b[field]
	if !in || v == nil {
		if needed {
			k.fault(at, "missing required field: %s", field)
		}
		return
	}
	o, is := v.(object)
	if !is {
		k.fault(at+"/"+field, "must be an object")
		return
	}
	k.textObject(o, at+"/"+field, kind, most)
}

func (k *checker) textObject(o object, at, kind string, most int) {
	is, _ := o["type"].(string)
	if is != "plain_text" && is != "mrkdwn" || kind != "" && is != kind {
		k.fault(at+"/type", "unsupported type: %s", is)
	}
	if _, in := o["emoji"]; in && is == "mrkdwn" {
		k.fault(at+"/emoji", "invalid additional property: emoji")
	}
	if _, in := o["verbatim"]; in && is == "plain_text" {
		k.fault(at+"/verbatim", "invalid additional property: verbatim")
	}
	s, _ := o["text"].(string)
	k.length(at+"/text", s, 1, most)
}

// length counts characters as Slack does: Unicode code points.
func (k *checker) length(at, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	if n < least {
		k.fault(at, "must be more than %d characters", least-1)
	}
	if n > most {
		k.fault(at, "must be less than %d characters", most+1)
	}
}

// each checks a list. With a nil check its entries are only counted.
func (k *checker) each(b object, field, at string, least, most int, check func(object, string)) {
	list, is := b[field].([]any)
	if !is {
		k.fault(at, "missing required field: %s", field)
		return
	}
	if len(list) < least {
		k.fault(at+"/"+field, "no fewer than %d items allowed", least)
	}
	if len(list) > most {
		k.fault(at+"/"+field, "no more than %d items allowed", most)
	}
	for i, e := range list {
		if check == nil {
			continue
		}
		here := fmt.Sprintf("%s/%s/%d", at, field, i)
		if o, is := e.(object); is {
			check(o, here)
		} else {
			k.fault(here, "must be an object")
		}
	}
}

// size is what all blocks count together: the characters of their JSON texts.
func size(v any) int {
	switch v := v.(type) {
	case []any:
		n := 0
		for _, e := range v {
			n += size(e)
		}
		return n
	case object:
		n := 0
		for k, e := range v {
			if s, is := e.(string); is && (k == "text" || k == "alt_text" || k == "value" || k == "url") {
				n += utf8.RuneCountInString(s)
			} else if !is {
				n += size(e)
			}
		}
		return n
	}
	return 0
}

// withIDs gives every block the block_id, and every element the action_id, that Slack makes up when there is none.
func (w *Workspace) withIDs(blocks []any) []any {
	raw, _ := json.Marshal(blocks)
	var out []any
	_ = json.Unmarshal(raw, &out)
	for _, b := range out {
		o, _ := b.(object)
		if _, in := o["block_id"]; !in && o != nil {
			o["block_id"] = strings.ToLower(w.id("")[5:])
		}
		for _, e := range elements(o) {
			if _, in := e["action_id"]; !in && e["type"] != "image" && e["type"] != "mrkdwn" && e["type"] != "plain_text" {
				e["action_id"] = strings.ToLower(w.id("")[5:])
			}
		}
	}
	return out
}

// elements gives the interactive elements of a block.
func elements(b object) []object {
	var out []object
	add := func(v any) {
		if o, is := v.(object); is {
			out = append(out, o)
		}
	}
	switch b["type"] {
	case "section":
		add(b["accessory"])
	case "input":
		add(b["element"])
	case "actions":
		list, _ := b["elements"].([]any)
		for _, e := range list {
			add(e)
		}
	}
	return out
}
