package slacktest

import (
	"regexp"
	"slices"
)

// What people do. Channels are named by id or name. A call that no person could make fails the test.

// Channel makes a channel with these members; private ones are seen by members only. It gives the id.
func (w *Workspace) Channel(name string, private bool, members ...string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	creator := "USLACKBOT"
	if len(members) > 0 {
		creator = members[0]
	}
	room := w.channelOf(name, creator, private)
	room.members = slices.Clone(members)
	return room.id
}

// Say posts a message as a person.
func (w *Workspace) Say(user, channel, text string) Message { return w.say(user, channel, "", text) }

// Reply posts into the thread of a message.
func (w *Workspace) Reply(user string, to Message, text string) Message {
	thread := to.TS
	if to.reply() {
		thread = to.Thread
	}
	return w.say(user, to.Channel, thread, text)
}

// Tell writes to the app in its direct messages.
func (w *Workspace) Tell(user, text string) Message {
	w.mu.Lock()
	room := w.direct(user)
	w.mu.Unlock()
	return w.say(user, room.id, "", text)
}

var link = regexp.MustCompile(`https?://[^\s<>|]+`)

func (w *Workspace) say(user, channel, thread, text string) Message {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	u, room := w.person(user), w.place(channel)
	switch {
	case u == nil || room == nil:
		return Message{}
	case room.archived || !room.has(user):
		w.t.Fatalf("slacktest: %s can't write into %s", u.Name, room.name)
		return Message{}
	}
	m := w.put(room, &Message{User: user, Thread: thread, Text: link.ReplaceAllString(text, "<$0>")})
	w.tell(room, m)
	w.unfurlable(room, m, link.FindAllString(text, -1), "conversations_history")
	return m.copy()
}

// SayBlocks posts a message with blocks of any kind, known or not, as another app on a person's behalf can.
func (w *Workspace) SayBlocks(user, channel, text string, blocks []any) Message {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	u, room := w.person(user), w.place(channel)
	if u == nil || room == nil {
		return Message{}
	}
	m := w.put(room, &Message{User: user, Text: text, Blocks: blocks})
	w.tell(room, m)
	return m.copy()
}

// ShareWith makes a channel one that is shared with another organisation (Slack Connect), whose people have ids of their own
// team: User.Foreign.
func (w *Workspace) ShareWith(channel string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil {
		room.shared = true
	}
}

// Attach posts a message with files, as a person who drops them into a channel.
func (w *Workspace) Attach(user, channel, text string, files map[string][]byte) Message {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	u, room := w.person(user), w.place(channel)
	if u == nil || room == nil {
		return Message{}
	}
	m := &Message{User: user, Subtype: "file_share", Text: text}
	for _, name := range sorted(files) {
		f := &file{id: w.id("F"), name: name, title: name, by: user, data: files[name], size: len(files[name]), done: true}
		w.files[f.id] = f
		m.Files = append(m.Files, f.id)
	}
	w.put(room, m)
	for _, id := range m.Files {
		w.files[id].share(room, m.TS)
	}
	w.tell(room, m)
	return m.copy()
}

// on finds a message of the channel as it is now.
func (w *Workspace) on(m Message) (*channel, *Message) {
	w.t.Helper()
	room := w.place(m.Channel)
	if room == nil {
		return nil, nil
	}
	now := room.find(m.TS)
	if now == nil {
		w.t.Fatalf("slacktest: the message %s is not in %s", m.TS, room.name)
	}
	return room, now
}

// React adds a reaction, named without colons.
func (w *Workspace) React(user string, to Message, emoji string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room, m := w.on(to); m != nil && w.person(user) != nil {
		if err := w.react(room, m, user, emoji); err != nil {
			w.t.Fatalf("slacktest: react with %s: %v", emoji, err)
		}
	}
}

// Unreact takes a reaction back.
func (w *Workspace) Unreact(user string, to Message, emoji string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room, m := w.on(to); m != nil {
		if err := w.unreact(room, m, user, emoji); err != nil {
			w.t.Fatalf("slacktest: take back %s: %v", emoji, err)
		}
	}
}

// Edit changes a message of the person's own.
func (w *Workspace) Edit(user string, what Message, text string) Message {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	room, m := w.on(what)
	if m == nil {
		return Message{}
	}
	if m.User != user {
		w.t.Fatalf("slacktest: %s can't edit a message of %s", user, m.User)
		return Message{}
	}
	old := w.messageJSON(room, m, false)
	m.Text, m.Edited = text, w.stamp()
	m.Edits++
	w.changed(room, m, old)
	return m.copy()
}

// Delete removes a message of the person's own, or any message as an administrator may.
func (w *Workspace) Delete(_ string, what Message) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room, m := w.on(what); m != nil {
		w.remove(room, m)
	}
}

// Join brings a person into a channel.
func (w *Workspace) Join(user, channel string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil && w.person(user) != nil && !room.has(user) {
		room.join(user)
		w.arrive(room, user, "")
	}
}

// Leave takes a person out of a channel. The app itself is removed with Leave(w.BotUser, channel).
func (w *Workspace) Leave(user, channel string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil && w.person(user) != nil {
		w.depart(room, user)
	}
}

// Rename renames a channel.
func (w *Workspace) Rename(user, channel, name string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil {
		w.rename(room, name, user)
	}
}

// Archive archives a channel, Unarchive brings it back.
func (w *Workspace) Archive(user, channel string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil && !room.archived {
		w.archive(room, user)
	}
}

// Unarchive brings an archived channel back; its members are back too.
func (w *Workspace) Unarchive(user, channel string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil && room.archived {
		room.archived = false
		w.system(room, user, "channel_unarchive", "un-archived the channel", nil)
		w.emit("channel_unarchive", room, object{"user": user})
	}
}

// Remove deletes a channel, which administrators can do: to the app it was never there.
func (w *Workspace) Remove(channel string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	room := w.place(channel)
	if room == nil {
		return
	}
	delete(w.channels, room.id)
	w.channelsBy = slices.DeleteFunc(w.channelsBy, func(id string) bool { return id == room.id })
	w.emit("channel_deleted", room, object{})
}

// SetTopic sets a channel's topic as a person.
func (w *Workspace) SetTopic(user, channel, topic string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := w.place(channel); room != nil {
		room.topic = note{value: topic, by: user, at: w.Now().Unix()}
		w.system(room, user, "channel_topic", "set the channel topic: "+topic, object{"topic": topic})
	}
}
