package slacktest

import "strings"

// Shortcut uses a global shortcut: there is no channel and no response_url.
func (w *Workspace) Shortcut(user, callback string) Answer {
	w.t.Helper()
	w.mu.Lock()
	if w.person(user) == nil {
		w.mu.Unlock()
		return Answer{}
	}
	p := w.interaction("shortcut", user)
	p["callback_id"], p["trigger_id"], p["action_ts"] = callback, w.trigger(user, ""), w.stamp()
	w.mu.Unlock()
	return w.shortcut(p, "")
}

// MessageAction uses a message shortcut, in a thread too (java-slack-sdk guide shortcuts).
func (w *Workspace) MessageAction(user string, on Message, callback string) Answer {
	w.t.Helper()
	w.mu.Lock()
	room, m := w.on(on)
	if m == nil || w.person(user) == nil {
		w.mu.Unlock()
		return Answer{}
	}
	p := w.interaction("message_action", user)
	link := w.respondTo("app", user, room.id, nil)
	w.responses[link[strings.LastIndex(link, "/")+1:]].thread = m.Thread
	p["callback_id"], p["trigger_id"], p["action_ts"], p["response_url"] = callback, w.trigger(user, ""), w.stamp(), link
	p["message_ts"], p["message"], p["channel"] = m.TS, w.messageJSON(room, m, true), w.channelOfPayload(room)
	w.mu.Unlock()
	return w.shortcut(p, link)
}

func (w *Workspace) shortcut(p object, link string) Answer {
	a := w.deliver(Interactive, str(p, "trigger_id"), p)
	a.ResponseURL = link
	if a.Failure != "" {
		w.trouble("the shortcut %v: %s", p["callback_id"], a.Failure)
	}
	return a
}

// Home opens the app's home tab.
func (w *Workspace) Home(user string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.person(user) == nil {
		return
	}
	event := object{"user": user, "tab": "home", "channel": w.direct(user).id}
	if v := w.homes[user]; v != nil {
		event["view"] = w.viewJSON(v)
	}
	w.emit("app_home_opened", nil, event)
}
