package slacktest

import (
	"cmp"
	"maps"
	"slices"
)

// What people see.

// Room finds a channel's id by its name, archived ones too; "" when there is none.
func (w *Workspace) Room(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.named(name); c != nil {
		return c.id
	}
	return ""
}

// Rooms gives the names of all channels, the oldest first.
func (w *Workspace) Rooms() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, id := range w.channelsBy {
		if c := w.channels[id]; !c.im {
			out = append(out, c.name)
		}
	}
	return out
}

// see reads a channel; nothing when there is none.
func see[E any](w *Workspace, room string, read func(*channel) E) E {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[room]
	if c == nil {
		c = w.named(room)
	}
	if c == nil {
		var none E
		return none
	}
	return read(c)
}

// Messages gives all messages of a channel in their order, threads and Slack's own lines included.
func (w *Workspace) Messages(room string) []Message {
	return see(w, room, func(c *channel) []Message {
		var out []Message
		for _, m := range c.messages {
			out = append(out, m.copy())
		}
		return out
	})
}

// Posts gives the app's own messages of a channel outside threads.
func (w *Workspace) Posts(room string) []Message {
	return slices.DeleteFunc(w.Messages(room), func(m Message) bool { return m.Bot == "" || m.reply() })
}

// Thread gives a thread's messages, the first one included.
func (w *Workspace) Thread(room, ts string) []Message {
	return slices.DeleteFunc(w.Messages(room), func(m Message) bool { return m.TS != ts && m.Thread != ts })
}

// Texts gives what people read in a channel: what each message shows, without Slack's own lines.
func (w *Workspace) Texts(room string) []string {
	var out []string
	for _, m := range w.Messages(room) {
		if m.Subtype == "" || m.Subtype == "thread_broadcast" || m.Subtype == "file_share" {
			out = append(out, m.Shown())
		}
	}
	return out
}

// Ephemerals gives what only this person saw, in every channel, the oldest first.
func (w *Workspace) Ephemerals(user string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	for _, m := range w.ephemerals[user] {
		out = append(out, m.copy())
	}
	return out
}

// DMs gives the direct messages of the app and a person.
func (w *Workspace) DMs(user string) []Message {
	w.mu.Lock()
	var id string
	for _, c := range w.channels {
		if c.im && c.has(user) {
			id = c.id
		}
	}
	w.mu.Unlock()
	return w.Messages(id)
}

// Name is what a channel is called.
func (w *Workspace) Name(room string) string {
	return see(w, room, func(c *channel) string { return c.name })
}

// Topic is a channel's topic, Purpose its purpose.
func (w *Workspace) Topic(room string) string {
	return see(w, room, func(c *channel) string { return c.topic.value })
}

// Purpose is a channel's purpose.
func (w *Workspace) Purpose(room string) string {
	return see(w, room, func(c *channel) string { return c.purpose.value })
}

// Members gives the ids of a channel's members.
func (w *Workspace) Members(room string) []string {
	return see(w, room, func(c *channel) []string { return slices.Clone(c.members) })
}

// Archived tells whether a channel is archived, Private whether only its members see it.
func (w *Workspace) Archived(room string) bool {
	return see(w, room, func(c *channel) bool { return c.archived })
}

// Private tells whether only members see a channel.
func (w *Workspace) Private(room string) bool {
	return see(w, room, func(c *channel) bool { return c.private })
}

// Pins gives the pinned messages.
func (w *Workspace) Pins(room string) []Message {
	return see(w, room, func(c *channel) []Message {
		var out []Message
		for _, ts := range c.pins {
			if m := c.find(ts); m != nil {
				out = append(out, m.copy())
			}
		}
		return out
	})
}

// Bookmarks gives title and link of a channel's bookmarks.
func (w *Workspace) Bookmarks(room string) [][2]string {
	return see(w, room, func(c *channel) [][2]string {
		var out [][2]string
		for _, b := range c.bookmarks {
			out = append(out, [2]string{str(b, "title"), str(b, "link")})
		}
		return out
	})
}

// Canvas is the text of a channel's canvas, as Markdown.
func (w *Workspace) Canvas(room string) string {
	return see(w, room, func(c *channel) string {
		if k := w.canvases[c.canvas]; k != nil {
			return k.text()
		}
		return ""
	})
}

// User gives somebody as the workspace knows them.
func (w *Workspace) User(id string) User {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.users[id]; u != nil {
		return *u
	}
	return User{}
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
