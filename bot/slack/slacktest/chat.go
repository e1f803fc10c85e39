package slacktest

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// content is what a message is made of, checked.
type content struct {
	text        string
	blocks      []any
	attachments []any
	metadata    object
	entities    []any
}

// content reads text, blocks, attachments and metadata of a call and checks every limit.
func (w *Workspace) content(c *call) (content, error) {
	out := content{text: c.str("text")}
	var err error
	if out.blocks, err = c.list("blocks"); err != nil {
		return out, no("invalid_blocks_format")
	}
	if out.attachments, err = c.list("attachments"); err != nil {
		return out, no("invalid_attachments")
	}
	if out.metadata, err = c.obj("metadata"); err != nil {
		return out, no("invalid_metadata_format")
	}
	if out.text == "" && len(out.blocks) == 0 && len(out.attachments) == 0 && !c.has("blocks") {
		return out, no("no_text")
	}
	return out, w.check(&out)
}

// check asks the rules about a message. Text of more than 40,000 characters is cut, as Slack does, which counts as trouble:
// somebody misses the rest.
func (w *Workspace) check(m *content) error {
	if n := utf8.RuneCountInString(m.text); n > 40000 {
		w.troubles = append(w.troubles, "a text of more than 40,000 characters was cut")
		m.text = string([]rune(m.text)[:40000])
	}
	if len(m.blocks) > 0 && m.text == "" {
		w.troubles = append(w.troubles, "blocks without the fallback text that notifications show")
	}
	if len(m.attachments) > 100 {
		return no("too_many_attachments")
	}
	if faults := checkBlocks(m.blocks, "message", "/blocks"); len(faults) > 0 {
		return because("invalid_blocks", faults)
	}
	if size(m.blocks) > 13200 { // undocumented: bolt-js issue 2509
		return no("msg_blocks_too_long")
	}
	for _, a := range m.attachments {
		o, _ := a.(object)
		blocks, _ := o["blocks"].([]any)
		if faults := checkBlocks(blocks, "message", "/attachments/blocks"); len(faults) > 0 {
			return because("invalid_attachments", faults)
		}
	}
	return w.checkMetadata(m)
}

func (w *Workspace) chatPostMessage(c *call) (object, error) {
	m, err := w.content(c)
	if err != nil {
		return nil, err
	}
	room, err := w.target(c)
	if err != nil {
		return nil, err
	}
	thread := c.str("thread_ts")
	if thread != "" {
		start := room.find(thread)
		if start == nil {
			return nil, no("thread_not_found")
		}
		if start.reply() { // Slack files it under the thread's start
			thread = start.Thread
		}
	}
	posted := w.put(room, &Message{
		User: w.BotUser, Bot: w.BotID, Thread: thread, Text: m.text, Blocks: w.withIDs(m.blocks), Attachments: m.attachments, Metadata: m.metadata, Entities: m.entities,
		Broadcast: c.flag("reply_broadcast") && thread != "",
	})
	if posted.Broadcast {
		posted.Subtype = "thread_broadcast"
	}
	w.tell(room, posted)
	return object{"channel": room.id, "ts": posted.TS, "message": w.messageJSON(room, posted, true)}, nil
}

// target finds where a message goes: a channel, a person (into the direct messages with the bot), never an archived channel,
// and a channel without the bot only with chat:write.public.
func (w *Workspace) target(c *call) (*channel, error) {
	id := c.str("channel")
	if u := w.users[id]; u != nil {
		if u.Deleted || u.bot {
			return nil, no("channel_not_found")
		}
		return w.direct(id), nil
	}
	if strings.HasPrefix(id, "#") {
		return nil, no("channel_not_found") // names work in some workspaces only: an adapter must send ids
	}
	room, err := w.room(c)
	switch {
	case err != nil:
		return nil, err
	case room.archived:
		return nil, no("is_archived")
	case !room.has(w.BotUser) && !w.has("chat:write.public"):
		return nil, no("not_in_channel")
	case room.im && slices.ContainsFunc(room.members, func(u string) bool { return w.users[u].Deleted }):
		return nil, no("user_disabled")
	}
	return room, nil
}

// chatUpdate changes one of the app's messages. Blocks, attachments and metadata that are not given stay as they were:
// who wants them away sends them empty (docs.slack.dev/reference/methods/chat.update).
func (w *Workspace) chatUpdate(c *call) (object, error) {
	room, m, err := w.message(c, c.str("ts"))
	switch {
	case err != nil:
		return nil, err
	case m.User != w.BotUser || m.Subtype != "" && m.Subtype != "thread_broadcast":
		return nil, no("cant_update_message")
	case room.archived:
		return nil, no("is_inactive")
	}
	if utf8.RuneCountInString(c.str("text")) > 4000 { // posting cuts at 40,000, an update refuses from here on, as is reported
		return nil, no("msg_too_long")
	}
	set, err := w.content(c)
	if err != nil {
		return nil, err
	}
	old := w.messageJSON(room, m, false)
	m.Text = set.text
	if c.has("blocks") {
		m.Blocks = w.withIDs(set.blocks)
	}
	if c.has("attachments") {
		m.Attachments = set.attachments
	}
	if c.has("metadata") {
		m.Metadata, m.Entities = set.metadata, set.entities
	}
	m.Edits++
	m.Edited = w.stamp()
	w.changed(room, m, old)
	return object{"channel": room.id, "ts": m.TS, "text": m.Text, "message": w.messageJSON(room, m, true)}, nil
}

// message finds a message of a call's channel.
func (w *Workspace) message(c *call, ts string) (*channel, *Message, error) {
	room, err := w.room(c)
	if err != nil {
		return nil, nil, err
	}
	m := room.find(ts)
	if m == nil || m.Subtype == "tombstone" {
		return nil, nil, no("message_not_found")
	}
	return room, m, nil
}

func (w *Workspace) chatDelete(c *call) (object, error) {
	room, m, err := w.message(c, c.str("ts"))
	switch {
	case err != nil:
		return nil, err
	case m.User != w.BotUser || m.Subtype != "" && m.Subtype != "thread_broadcast":
		return nil, no("cant_delete_message")
	case room.archived:
		return nil, no("is_archived")
	}
	w.remove(room, m)
	return object{"channel": room.id, "ts": m.TS}, nil
}

func (w *Workspace) chatPostEphemeral(c *call) (object, error) {
	m, err := w.content(c)
	if err != nil {
		return nil, err
	}
	room, err := w.room(c)
	user := c.str("user")
	switch {
	case err != nil:
		return nil, err
	case room.archived:
		return nil, no("is_archived")
	case !room.has(w.BotUser) && !w.has("chat:write.public"):
		return nil, no("not_in_channel")
	case w.users[user] == nil:
		return nil, no("user_not_found")
	case !room.has(user):
		return nil, no("user_not_in_channel")
	}
	whisper := w.whisper(user, room.id, c.str("thread_ts"), m)
	return object{"message_ts": whisper.TS}, nil
}

// whisper keeps a message that one person sees.
func (w *Workspace) whisper(user, room, thread string, m content) *Message {
	out := &Message{
		Channel: room, TS: w.stamp(), Thread: thread, User: w.BotUser, Bot: w.BotID, Text: m.text,
		Blocks: w.withIDs(m.blocks), Attachments: m.attachments, Ephemeral: user,
	}
	w.ephemerals[user] = append(w.ephemerals[user], out)
	return out
}

func (w *Workspace) chatGetPermalink(c *call) (object, error) {
	room, m, err := w.message(c, c.str("message_ts"))
	if err != nil {
		return nil, err
	}
	return object{"channel": room.id, "permalink": w.permalink(room, m)}, nil
}
