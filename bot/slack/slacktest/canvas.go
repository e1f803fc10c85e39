package slacktest

import (
	"fmt"
	"slices"
	"strings"
)

// canvas is a document in sections of Markdown; each section has an id.
type canvas struct {
	id       string
	sections []section
	next     int
}

type section struct{ id, text string }

func (k *canvas) add(at int, text string) {
	k.next++
	k.sections = slices.Insert(k.sections, at, section{fmt.Sprintf("temp:C:%s%04d", k.id, k.next), text})
}

func (k *canvas) text() string {
	var out []string
	for _, s := range k.sections {
		out = append(out, s.text)
	}
	return strings.Join(out, "\n")
}

// markdown reads document_content: {"type":"markdown","markdown":"…"}.
func markdown(v any) (string, error) {
	o, _ := v.(object)
	s, is := o["markdown"].(string)
	if o["type"] != "markdown" || !is {
		return "", because("invalid_arguments", []string{"[ERROR] must be markdown [json-pointer:/document_content/type]"})
	}
	if len([]rune(s)) > 100_000 {
		return "", no("canvas_creation_failed")
	}
	return s, nil
}

// conversationsCanvasesCreate makes the one canvas of a channel. Free plans have it too, but no other
// (canvases.create: free_team_not_allowed).
func (w *Workspace) conversationsCanvasesCreate(c *call) (object, error) {
	room := w.channels[c.str("channel_id")]
	switch {
	case room == nil || room.private && !room.has(w.BotUser):
		return nil, no("channel_not_found")
	case w.Policies["canvas"]:
		return nil, no("team_tier_cannot_create_channel_canvases")
	case room.archived:
		return nil, no("is_archived")
	case room.canvas != "":
		return nil, no("channel_canvas_already_exists")
	}
	content, err := c.value("document_content")
	if err != nil {
		return nil, err
	}
	k := &canvas{id: w.id("F")}
	if content != nil {
		text, err := markdown(content)
		if err != nil {
			return nil, err
		}
		k.add(0, text)
	}
	w.canvases[k.id], room.canvas = k, k.id
	return object{"canvas_id": k.id}, nil
}

// canvasesEdit applies one change; Slack takes a list of exactly one.
func (w *Workspace) canvasesEdit(c *call) (object, error) {
	k := w.canvases[c.str("canvas_id")]
	if k == nil {
		return nil, no("canvas_not_found")
	}
	changes, err := c.list("changes")
	if err != nil || len(changes) != 1 {
		return nil, because("invalid_arguments", []string{"[ERROR] no more than 1 items allowed [json-pointer:/changes]"})
	}
	change, _ := changes[0].(object)
	operation := str(change, "operation")
	at := slices.IndexFunc(k.sections, func(s section) bool { return s.id == str(change, "section_id") })
	var text string
	if operation != "delete" {
		if text, err = markdown(change["document_content"]); err != nil {
			return nil, err
		}
	}
	whole := operation == "insert_at_start" || operation == "insert_at_end" || operation == "replace" && str(change, "section_id") == ""
	if at < 0 && !whole {
		return nil, &refusal{code: "canvas_editing_failed", more: object{"detail": "section not found"}}
	}
	switch operation {
	case "insert_at_start":
		k.add(0, text)
	case "insert_at_end":
		k.add(len(k.sections), text)
	case "insert_before":
		k.add(at, text)
	case "insert_after":
		k.add(at+1, text)
	case "replace":
		if whole {
			k.sections = nil
			k.add(0, text)
		} else {
			k.sections[at].text = text
		}
	case "delete":
		k.sections = slices.Delete(k.sections, at, at+1)
	default:
		return nil, because("invalid_arguments", []string{"[ERROR] unknown operation [json-pointer:/changes/0/operation]"})
	}
	return object{}, nil
}

// canvasesSectionsLookup finds sections by a text in them.
func (w *Workspace) canvasesSectionsLookup(c *call) (object, error) {
	k := w.canvases[c.str("canvas_id")]
	if k == nil {
		return nil, no("canvas_not_found")
	}
	criteria, err := c.obj("criteria")
	if err != nil {
		return nil, err
	}
	out := []object{}
	for _, s := range k.sections {
		if strings.Contains(s.text, str(criteria, "contains_text")) {
			out = append(out, object{"id": s.id})
		}
	}
	return object{"sections": out}, nil
}

// canvasesDelete takes a canvas away, a channel's own as well.
func (w *Workspace) canvasesDelete(c *call) (object, error) {
	id := c.str("canvas_id")
	if w.canvases[id] == nil {
		return nil, no("canvas_not_found")
	}
	delete(w.canvases, id)
	for _, room := range w.channels {
		if room.canvas == id {
			room.canvas = ""
		}
	}
	return object{}, nil
}
