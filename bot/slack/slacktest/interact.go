package slacktest

import (
	"maps"
	"strings"
)

// Surface is what people press on: a Message or a View.
type Surface interface{ blocks() []any }

func (m Message) blocks() []any { return m.Blocks }
func (v View) blocks() []any    { return v.Blocks }

// find finds an element by its action_id, by what people read on it, or by its value.
func find(on Surface, what string) (block, element object) {
	match := []func(e object) bool{
		func(e object) bool { return e["action_id"] == what },
		func(e object) bool { t, _ := e["text"].(object); return str(t, "text") == what },
		func(e object) bool { return e["value"] == what },
		func(e object) bool { t, _ := e["placeholder"].(object); return str(t, "text") == what },
	}
	for _, is := range match {
		for _, b := range on.blocks() {
			o, _ := b.(object)
			for _, e := range elements(o) {
				if is(e) {
					return o, e
				}
			}
			l, _ := o["label"].(object)
			if es := elements(o); len(es) == 1 && (o["block_id"] == what || l != nil && str(l, "text") == what) {
				return o, es[0]
			}
		}
	}
	return nil, nil
}

// Press presses a button, named by its action_id, its text or its value, and waits for the answer. The message may be one
// that was read earlier and has changed since: people press what they see. A dialog that asks again is confirmed.
func (w *Workspace) Press(user string, on Surface, what string) Answer {
	w.t.Helper()
	return w.act(user, on, what, nil)
}

// Choose picks values in a menu, a date picker or the like.
func (w *Workspace) Choose(user string, on Surface, what string, values ...string) Answer {
	w.t.Helper()
	return w.act(user, on, what, append([]string{}, values...))
}

func (w *Workspace) act(user string, on Surface, what string, values []string) Answer {
	w.t.Helper()
	block, e := find(on, what)
	if e == nil {
		w.t.Fatalf("slacktest: there is no %q to press in: %s", what, Message{Blocks: on.blocks()}.Shown())
		return Answer{}
	}
	var options []Option
	if kind := str(e, "type"); kind == "external_select" || kind == "multi_external_select" {
		options = w.Suggest(user, on, what, first(values)).Options
	}
	w.mu.Lock()
	if w.person(user) == nil {
		w.mu.Unlock()
		return Answer{}
	}
	action := object{"type": e["type"], "action_id": e["action_id"], "block_id": block["block_id"], "action_ts": w.stamp()}
	switch kind := str(e, "type"); {
	case kind == "button":
		action["text"] = e["text"]
		for _, k := range []string{"value", "style", "url"} {
			if v, in := e[k]; in {
				action[k] = v
			}
		}
	case kind == "overflow":
		o, is := pick(e, first(values), nil)
		if !is {
			w.mu.Unlock()
			w.t.Fatalf("slacktest: %s", missing(false, first(values)))
			return Answer{}
		}
		action["selected_option"] = o
	default:
		s, wrong := w.filled(e, values, options)
		if wrong != "" {
			w.mu.Unlock()
			w.t.Fatalf("slacktest: %s: %s", what, wrong)
			return Answer{}
		}
		maps.Copy(action, s)
	}
	payload := w.interaction("block_actions", user)
	payload["actions"] = []object{action}
	link := w.stand(payload, user, on, block, e, action)
	w.mu.Unlock()
	a := w.deliver(Interactive, str(payload, "trigger_id"), payload)
	a.ResponseURL = link
	if a.Failure != "" {
		w.trouble("pressing %q: %s", what, a.Failure)
	} else if body := strings.TrimSpace(string(a.Body)); body != "" && body != "{}" && body != "null" {
		w.trouble("block_actions was answered with a body, which Slack does not look at: %s", a.Body)
	}
	return a
}

// stand says where an action took place: its container, its message or its view, and the state of the inputs around it.
func (w *Workspace) stand(payload object, user string, on Surface, block, e, action object) (link string) {
	switch s := on.(type) {
	case Message:
		room := w.channels[s.Channel]
		if room == nil {
			return ""
		}
		now := room.find(s.TS)
		if s.Ephemeral != "" {
			for _, m := range w.ephemerals[user] {
				if m.TS == s.TS {
					now = m
				}
			}
		}
		if now == nil {
			now = &s
		}
		payload["container"] = object{"type": "message", "message_ts": s.TS, "channel_id": room.id, "is_ephemeral": s.Ephemeral != ""}
		if s.reply() {
			payload["container"].(object)["thread_ts"] = s.Thread
		}
		payload["channel"] = w.channelOfPayload(room)
		if s.Ephemeral == "" {
			payload["message"] = w.messageJSON(room, now, true)
		}
		values := object{}
		if s, _ := w.stateOf(action, e); s != nil {
			values[str(block, "block_id")] = object{str(e, "action_id"): s}
		}
		payload["state"] = object{"values": values}
		link = w.respondTo("actions", user, room.id, now)
		payload["response_url"] = link
		payload["trigger_id"] = w.trigger(user, "")
	case View:
		v := w.views[s.ID]
		if v == nil {
			v = &view{id: s.ID, user: user}
		}
		if state, is := w.stateOf(action, e); is {
			if v.state[str(block, "block_id")] == nil {
				v.state[str(block, "block_id")] = object{}
			}
			v.state[str(block, "block_id")][str(e, "action_id")] = state
		}
		payload["container"] = object{"type": "view", "view_id": v.id}
		payload["view"] = w.viewJSON(v)
		payload["state"] = payload["view"].(object)["state"]
		from := v.id
		if str(v.set, "type") == "home" {
			from = ""
		}
		payload["trigger_id"] = w.trigger(user, from)
	}
	return link
}

// stateOf is an action as it stands in the state of its surface; buttons have none.
func (*Workspace) stateOf(action, e object) (object, bool) {
	if initial(e) == nil {
		return nil, false
	}
	s := maps.Clone(action)
	for _, k := range []string{"action_id", "block_id", "action_ts"} {
		delete(s, k)
	}
	return s, true
}

// interaction is what all interactions have.
func (w *Workspace) interaction(kind, user string) object {
	u := w.users[user]
	var enterprise any
	if w.Enterprise != "" {
		enterprise = object{"id": w.Enterprise, "name": "Example Grid"}
	}
	return object{
		"type": kind, "token": "deprecated", "api_app_id": w.AppID, "is_enterprise_install": w.OrgInstall, "enterprise": enterprise,
		"team": object{"id": w.Team, "domain": w.Domain},
		"user": object{"id": user, "username": u.Name, "name": u.Name, "team_id": w.teamOf(u)},
	}
}

func (w *Workspace) channelOfPayload(room *channel) object {
	name := map[string]string{"im": "directmessage", "group": "privategroup", "channel": room.name}[room.kind()]
	return object{"id": room.id, "name": name}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
