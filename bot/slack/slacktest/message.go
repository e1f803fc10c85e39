package slacktest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Message is a message as the workspace keeps it.
type Message struct {
	Channel, TS string
	Thread      string // the ts of the thread's first message, "" outside threads
	User        string
	Bot         string // the app's bot id when the app posted it
	Subtype     string // channel_join, channel_topic, thread_broadcast, tombstone …
	Text        string // the fallback when there are blocks
	Blocks      []any
	Attachments []any
	Metadata    object
	Entities    []any // Work Objects
	Reactions   []Reaction
	Files       []string // ids
	Edits       int
	Edited      string // the ts of the last edit
	Broadcast   bool   // a reply that is shown in the channel too
	Ephemeral   string // who alone sees it
	extra       object // of a system message
}

// Reaction is an emoji under a message and who gave it.
type Reaction struct {
	Name  string
	Users []string
}

func (m *Message) reply() bool { return m.Thread != "" && m.Thread != m.TS }

// copy keeps readers apart from what changes later.
func (m *Message) copy() Message {
	out := *m
	out.Reactions = nil
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, Reaction{r.Name, slices.Clone(r.Users)})
	}
	out.Files = slices.Clone(m.Files)
	return out
}

// Shown is what people see: the blocks when there are some, else the text.
func (m Message) Shown() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	var lines []string
	for _, b := range m.Blocks {
		if s := shown(b); s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// shown collects the texts of a block in reading order.
func shown(v any) string {
	switch v := v.(type) {
	case []any:
		var parts []string
		for _, e := range v {
			if s := shown(e); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " | ")
	case object:
		if s, is := v["text"].(string); is && (v["type"] == "mrkdwn" || v["type"] == "plain_text" || v["type"] == "markdown" || v["type"] == "text") {
			return s
		}
		if v["type"] == "button" {
			return "[" + shown(v["text"]) + "]"
		}
		var parts []string
		for _, k := range []string{"title", "label", "text", "fields", "accessory", "element", "elements", "rows", "hint", "placeholder"} {
			if s := shown(v[k]); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "\n")
	}
	return ""
}

// before compares two ts.
func before(a, b string) bool { return micros(a) < micros(b) }

func micros(ts string) int64 {
	s, us, _ := strings.Cut(ts, ".")
	sec, _ := strconv.ParseInt(s, 10, 64)
	frac, _ := strconv.ParseInt((us + "000000")[:6], 10, 64)
	return sec*1e6 + frac
}

func (c *channel) find(ts string) *Message {
	for _, m := range c.messages {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

func (c *channel) replies(ts string) (n int, by []string, last string) {
	for _, m := range c.messages {
		if m.Thread == ts && m.TS != ts {
			n++
			last = m.TS
			if !slices.Contains(by, m.User) {
				by = append(by, m.User)
			}
		}
	}
	return n, by, last
}

// put adds a message to a channel.
func (w *Workspace) put(room *channel, m *Message) *Message {
	m.Channel, m.TS = room.id, w.stamp()
	room.messages = append(room.messages, m)
	return m
}

// messageJSON is a message as Slack sends it. Metadata comes only where it was asked for
// (docs.slack.dev/messaging/message-metadata).
func (w *Workspace) messageJSON(room *channel, m *Message, metadata bool) object {
	out := object{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS}
	maps.Copy(out, m.extra)
	set := func(k string, v any, when bool) {
		if when {
			out[k] = v
		}
	}
	set("subtype", m.Subtype, m.Subtype != "")
	set("thread_ts", m.Thread, m.Thread != "")
	set("blocks", m.Blocks, len(m.Blocks) > 0)
	set("attachments", m.Attachments, len(m.Attachments) > 0)
	set("metadata", m.Metadata, m.Metadata != nil && metadata)
	set("edited", object{"user": m.User, "ts": m.Edited}, m.Edited != "")
	if m.Bot != "" {
		out["bot_id"], out["app_id"], out["team"] = m.Bot, w.AppID, w.Team
		out["bot_profile"] = object{"id": m.Bot, "app_id": w.AppID, "user_id": w.BotUser, "name": w.users[w.BotUser].Name, "deleted": false, "updated": 0, "team_id": w.Team}
	} else if u := w.users[m.User]; u != nil {
		out["team"] = w.teamOf(u)
	}
	if m.Bot == "" && len(m.Blocks) == 0 && m.Text != "" && (m.Subtype == "" || m.Subtype == "file_share") {
		out["blocks"] = richText(m.Text)
	}
	if m.reply() {
		if start := room.find(m.Thread); start != nil {
			out["parent_user_id"] = start.User
		}
	} else if n, by, last := room.replies(m.TS); n > 0 {
		out["thread_ts"], out["reply_count"], out["reply_users"], out["reply_users_count"], out["latest_reply"] = m.TS, n, by, len(by), last
		out["is_locked"], out["subscribed"] = false, false
	}
	if len(m.Reactions) > 0 {
		out["reactions"] = reactionsJSON(m)
	}
	if slices.Contains(room.pins, m.TS) {
		out["pinned_to"] = []string{room.id}
	}
	if len(m.Files) > 0 {
		files := []object{}
		for _, id := range m.Files {
			files = append(files, w.fileJSON(w.files[id]))
		}
		out["files"], out["upload"], out["display_as_bot"] = files, false, false
	}
	return out
}

// richText is what Slack's editor makes of what a person typed.
func richText(text string) []any {
	return []any{object{"type": "rich_text", "block_id": "b1", "elements": []any{object{"type": "rich_text_section", "elements": []any{object{"type": "text", "text": text}}}}}}
}

func reactionsJSON(m *Message) []object {
	out := []object{}
	for _, r := range m.Reactions {
		out = append(out, object{"name": r.Name, "users": slices.Clone(r.Users), "count": len(r.Users)})
	}
	return out
}

// permalink is the address of a message.
func (w *Workspace) permalink(room *channel, m *Message) string {
	link := "https://" + w.Domain + ".slack.com/archives/" + room.id + "/p" + strings.Replace(m.TS, ".", "", 1)
	if m.reply() {
		link += "?thread_ts=" + m.Thread + "&cid=" + room.id
	}
	return link
}
