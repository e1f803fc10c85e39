package slacktest

import (
	"maps"
	"slices"
	"strings"
)

// What happens in a conversation and which events it makes, whoever did it: a person or the app. Callers hold mu. The app's
// own messages come back as events too, with its bot_id (docs.slack.dev/reference/events/message).

// tell sends the event of a new message.
func (w *Workspace) tell(room *channel, m *Message) {
	event := w.messageJSON(room, m, true)
	event["channel_type"], event["event_ts"] = room.kind(), m.TS
	if m.Bot == "" && m.Subtype == "" {
		event["client_msg_id"] = "00000000-0000-4000-8000-" + strings.Replace(m.TS, ".", "", 1)[:12]
	}
	w.emit("message", room, event)
	if m.Bot == "" && m.Subtype == "" && strings.Contains(m.Text, "<@"+w.BotUser) && !room.im {
		mention := maps.Clone(event)
		delete(mention, "channel_type")
		mention["type"] = "app_mention"
		w.emit("app_mention", room, mention)
	}
}

// changed sends message_changed: the message as it is and as it was.
func (w *Workspace) changed(room *channel, m *Message, old object) {
	w.emit("message", room, object{
		"subtype": "message_changed", "message": w.messageJSON(room, m, true), "previous_message": old, "hidden": true,
		"ts": w.stamp(), "channel_type": room.kind(),
	})
}

// remove deletes a message. One that has replies leaves a tombstone, and the event is message_changed.
func (w *Workspace) remove(room *channel, m *Message) {
	old := w.messageJSON(room, m, false)
	room.pins = slices.DeleteFunc(room.pins, func(ts string) bool { return ts == m.TS })
	if n, _, _ := room.replies(m.TS); n > 0 && !m.reply() {
		*m = Message{Channel: m.Channel, TS: m.TS, Thread: m.TS, User: "USLACKBOT", Subtype: "tombstone", Text: "This message was deleted.", extra: object{"hidden": true}}
		w.changed(room, m, old)
		return
	}
	room.messages = slices.DeleteFunc(room.messages, func(o *Message) bool { return o == m })
	w.emit("message", room, object{
		"subtype": "message_deleted", "previous_message": old, "deleted_ts": m.TS, "hidden": true, "ts": w.stamp(), "channel_type": room.kind(),
	})
}

// system writes one of Slack's own lines into a channel, such as channel_topic.
func (w *Workspace) system(room *channel, user, subtype, text string, extra object) {
	m := w.put(room, &Message{User: user, Subtype: subtype, Text: text, extra: extra})
	w.tell(room, m)
}

// arrive tells that a user came into a channel, brought by another or not.
func (w *Workspace) arrive(room *channel, user, by string) {
	extra := object{}
	event := object{"user": user, "channel_type": letter(room), "team": w.teamOf(w.users[user])}
	if by != "" {
		extra["inviter"], event["inviter"] = by, by
	}
	w.system(room, user, "channel_join", "<@"+user+"> has joined the channel", extra)
	w.emit("member_joined_channel", room, event)
}

// depart takes a user out of a channel. The app itself also hears channel_left.
func (w *Workspace) depart(room *channel, user string) {
	room.leave(user)
	w.system(room, user, "channel_leave", "<@"+user+"> has left the channel", nil)
	w.emit("member_left_channel", room, object{"user": user, "channel_type": letter(room), "team": w.teamOf(w.users[user])})
	if user == w.BotUser {
		w.emit("channel_left", room, object{"user": user})
	}
}

func letter(room *channel) string {
	if room.private {
		return "G"
	}
	return "C"
}

func (w *Workspace) rename(room *channel, name, by string) {
	old := room.name
	room.name, room.previous = name, append(room.previous, old)
	w.system(room, by, "channel_name", "has renamed the channel from \""+old+"\" to \""+name+"\"", object{"old_name": old, "name": name})
	w.emit("channel_rename", room, object{"channel": object{
		"id": room.id, "name": name, "name_normalized": name, "created": room.created, "is_channel": !room.private, "is_mpim": false,
	}})
}

func (w *Workspace) archive(room *channel, by string) {
	w.system(room, by, "channel_archive", "archived the channel", object{"members": slices.Clone(room.members)})
	room.archived = true
	w.emit("channel_archive", room, object{"user": by, "is_moved": 0})
}

// react adds a reaction, or tells why not.
func (w *Workspace) react(room *channel, m *Message, user, name string) error {
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i < 0 && len(m.Reactions) >= 50:
		return no("too_many_emoji")
	case i < 0:
		m.Reactions = append(m.Reactions, Reaction{Name: name})
		i = len(m.Reactions) - 1
	case contains(m.Reactions[i].Users, user):
		return no("already_reacted")
	}
	m.Reactions[i].Users = append(m.Reactions[i].Users, user)
	w.emit("reaction_added", room, w.reaction(room, m, user, name))
	return nil
}

func (w *Workspace) unreact(room *channel, m *Message, user, name string) error {
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name && contains(r.Users, user) })
	if i < 0 {
		return no("no_reaction")
	}
	m.Reactions[i].Users = slices.DeleteFunc(m.Reactions[i].Users, func(u string) bool { return u == user })
	if len(m.Reactions[i].Users) == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
	w.emit("reaction_removed", room, w.reaction(room, m, user, name))
	return nil
}

func (w *Workspace) reaction(room *channel, m *Message, user, name string) object {
	return object{
		"user": user, "reaction": name, "item_user": m.User, "item": object{"type": "message", "channel": room.id, "ts": m.TS},
		"channel": nil, // the channel stands in the item only
	}
}
