package slacktest

import (
	"maps"
	"slices"
)

// unfurl is a link that the app was told of and may show.
type unfurl struct {
	room    string
	message string // ts, or the draft's id
	source  string
	links   []string
}

// unfurlable sends link_shared for links to the domains of Unfurls, never for the app's own messages
// (docs.slack.dev/messaging/unfurling-links-in-messages). Callers hold mu.
func (w *Workspace) unfurlable(room *channel, m *Message, links []string, source string) string {
	var out []object
	var kept []string
	for _, l := range links {
		if d := domain(l); slices.Contains(w.Unfurls, d) {
			out = append(out, object{"domain": d, "url": l})
			kept = append(kept, l)
		}
	}
	if len(out) == 0 {
		return ""
	}
	id := "Uf" + w.id("")
	u := &unfurl{room: room.id, message: m.TS, source: source, links: kept}
	event := object{
		"channel": room.id, "is_bot_user_member": room.has(w.BotUser), "user": m.User, "message_ts": m.TS, "unfurl_id": id,
		"source": source, "links": out,
	}
	if source == "composer" {
		u.message = "00000000-0000-4000-8000-000000000000"
		event["channel"], event["message_ts"] = "COMPOSER", u.message
	}
	if m.reply() {
		event["thread_ts"] = m.Thread
	}
	w.shared[id] = u
	w.emit("link_shared", room, event)
	return id
}

// Share writes a link into a channel, which may be unfurled.
func (w *Workspace) Share(user, channel, link string) Message {
	w.t.Helper()
	return w.say(user, channel, "", link)
}

// Draft types a link into the composer without sending it; the app hears of it as source composer.
func (w *Workspace) Draft(user, channel, link string) string {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	room := w.place(channel)
	if room == nil {
		return ""
	}
	return w.unfurlable(room, &Message{User: user}, []string{link}, "composer")
}

// Unfurled gives what is shown under a message for its links: attachments by link, and Work Objects.
func (w *Workspace) Unfurled(m Message) []any {
	return see(w, m.Channel, func(c *channel) []any {
		if now := c.find(m.TS); now != nil {
			return append(slices.Clone(now.Attachments), now.Entities...)
		}
		return nil
	})
}

// chatUnfurl shows a link: by channel and ts of the message, or by unfurl_id and source. With metadata, the Work Object
// of each link stands there too.
func (w *Workspace) chatUnfurl(c *call) (object, error) {
	u := w.shared[c.str("unfurl_id")]
	for _, other := range w.shared {
		if c.str("channel") != "" && other.room == c.str("channel") && other.message == c.str("ts") {
			u = other
		}
	}
	unfurls, err := c.obj("unfurls")
	switch {
	case err != nil:
		return nil, no("invalid_unfurls_format")
	case unfurls == nil && !c.has("metadata"):
		return nil, no("missing_unfurls")
	case c.str("unfurl_id") == "" && c.str("channel") == "":
		return nil, no("missing_channel")
	case c.str("unfurl_id") == "" && c.str("ts") == "":
		return nil, no("missing_ts")
	case u == nil && c.str("unfurl_id") != "":
		return nil, no("cannot_unfurl_message")
	case u == nil:
		return nil, no("cannot_find_message")
	case c.str("unfurl_id") != "" && c.str("source") != u.source:
		return nil, no("invalid_source")
	}
	metadata, err := c.obj("metadata")
	if err != nil {
		return nil, no("invalid_metadata_format")
	}
	entities, _ := metadata["entities"].([]any)
	if faults := checkEntities(entities, true); len(faults) > 0 {
		return nil, because("cannot_parse_metadata", faults)
	}
	for _, e := range entities {
		if o, _ := e.(object); !slices.Contains(u.links, str(o, "app_unfurl_url")) {
			return nil, no("cannot_unfurl_url")
		}
	}
	return w.show(u, unfurls, entities)
}

func (w *Workspace) show(u *unfurl, unfurls object, entities []any) (object, error) {
	var attachments []any
	for _, link := range sorted(unfurls) {
		o, is := unfurls[link].(object)
		if !is {
			return nil, no("cannot_parse_attachment")
		}
		if !slices.Contains(u.links, link) {
			return nil, no("cannot_unfurl_url")
		}
		blocks, _ := o["blocks"].([]any)
		if faults := checkBlocks(blocks, "message", "/unfurls/blocks"); len(faults) > 0 {
			return nil, because("cannot_parse_attachment", faults)
		}
		o = maps.Clone(o)
		o["from_url"], o["is_app_unfurl"], o["app_unfurl_url"] = link, true, link
		attachments = append(attachments, o)
	}
	if room := w.channels[u.room]; room != nil {
		if m := room.find(u.message); m != nil {
			old := w.messageJSON(room, m, false)
			m.Attachments, m.Entities = attachments, entities
			w.changed(room, m, old)
		}
	}
	return object{}, nil
}

// OpenDetails opens the side pane of a Work Object: the app gets entity_details_requested with a trigger_id of 3 seconds.
func (w *Workspace) OpenDetails(user string, m Message) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	u, room := w.person(user), w.place(m.Channel)
	if u == nil || room == nil {
		return
	}
	now := room.find(m.TS)
	if now == nil || len(now.Entities) == 0 {
		w.t.Fatalf("slacktest: no Work Object stands under that message")
		return
	}
	e, _ := now.Entities[0].(object)
	link := str(e, "app_unfurl_url")
	w.emit("entity_details_requested", nil, object{
		"user": user, "external_ref": e["external_ref"], "entity_url": e["url"], "app_unfurl_url": link, "link": object{"url": link, "domain": domain(link)},
		"trigger_id": w.trigger(user, ""), "user_locale": u.Locale, "channel": room.id, "message_ts": m.TS,
	})
}

// Details gives what entity.presentDetails was called with so far.
func (w *Workspace) Details() []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.entities)
}

func (w *Workspace) entityPresentDetails(c *call) (object, error) {
	metadata, err := c.obj("metadata")
	if err != nil {
		return nil, err
	}
	failed, err := c.obj("error")
	if err != nil {
		return nil, err
	}
	if metadata == nil && failed == nil && !c.flag("user_auth_required") {
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: metadata"})
	}
	if metadata != nil {
		if faults := checkEntities([]any{metadata}, false); len(faults) > 0 {
			return nil, because("invalid_metadata_schema", faults)
		}
	}
	t, err := w.exchange(c)
	if err != nil {
		return nil, err
	}
	w.entities = append(w.entities, object{"user": t.user, "metadata": metadata, "error": failed})
	return object{}, nil
}
