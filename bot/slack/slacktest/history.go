package slacktest

import "slices"

// conversationsHistory gives what was said outside threads, the newest first, and metadata only when asked.
func (w *Workspace) conversationsHistory(c *call) (object, error) {
	room, err := w.readable(c)
	if err != nil {
		return nil, err
	}
	var all []*Message
	for _, m := range slices.Backward(room.messages) {
		if (!m.reply() || m.Broadcast) && within(c, m.TS) {
			all = append(all, m)
		}
	}
	return w.pageOf(c, room, all, 999, object{"pin_count": len(room.pins)})
}

// conversationsReplies gives a thread, its first message at the front, the oldest first.
func (w *Workspace) conversationsReplies(c *call) (object, error) {
	room, err := w.readable(c)
	if err != nil {
		return nil, err
	}
	start := room.find(c.str("ts"))
	if start == nil {
		return nil, no("thread_not_found")
	}
	var all []*Message
	for _, m := range room.messages {
		if m.TS == start.TS || m.Thread == start.TS && within(c, m.TS) {
			all = append(all, m)
		}
	}
	if start.reply() {
		all = []*Message{start}
	}
	return w.pageOf(c, room, all, 1000, object{})
}

func (w *Workspace) readable(c *call) (*channel, error) {
	room, err := w.room(c)
	if err != nil {
		return nil, err
	}
	if err := w.needs(room.scope("history")); err != nil {
		return nil, err
	}
	if !room.has(w.BotUser) && !room.archived {
		return nil, no("not_in_channel")
	}
	return room, nil
}

// within tells whether a ts lies between oldest and latest, with them when inclusive.
func within(c *call, ts string) bool {
	oldest, latest, inclusive := c.str("oldest"), c.str("latest"), c.flag("inclusive")
	if oldest != "" && oldest != "0" && (before(ts, oldest) || ts == oldest && !inclusive) {
		return false
	}
	return latest == "" || before(ts, latest) || ts == latest && inclusive
}

func (w *Workspace) pageOf(c *call, room *channel, all []*Message, most int, out object) (object, error) {
	page, next, err := paged(c, all, most)
	if err != nil {
		return nil, err
	}
	messages := []object{}
	for _, m := range page {
		messages = append(messages, w.messageJSON(room, m, c.flag("include_all_metadata")))
	}
	out["messages"], out["has_more"] = messages, next != ""
	if next != "" {
		out["response_metadata"] = object{"next_cursor": next}
	}
	return out, nil
}
