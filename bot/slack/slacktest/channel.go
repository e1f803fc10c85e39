package slacktest

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// channel is a conversation: a public channel (C), a private one (C too, since 2021), or a direct message (D).
type channel struct {
	id, name, creator string
	private, im       bool
	general, archived bool
	topic, purpose    note
	previous          []string
	created           int64
	members           []string
	messages          []*Message // in the order of ts
	pins              []string   // ts, the oldest first
	bookmarks         []object
	canvas            string
	shared            bool // with another organisation
}

// note is a topic or a purpose.
type note struct {
	value, by string
	at        int64
}

func (n note) json() object { return object{"value": n.value, "creator": n.by, "last_set": n.at} }

func (c *channel) has(user string) bool { return slices.Contains(c.members, user) }

func (c *channel) join(user string) {
	if !c.has(user) {
		c.members = append(c.members, user)
	}
}

func (c *channel) leave(user string) {
	c.members = slices.DeleteFunc(c.members, func(m string) bool { return m == user })
}

// kind is the channel_type of events.
func (c *channel) kind() string {
	switch {
	case c.im:
		return "im"
	case c.private:
		return "group"
	}
	return "channel"
}

// scope gives the scope of a family for this kind of conversation, such as channels:history or groups:history.
func (c *channel) scope(what string) string {
	switch {
	case c.im:
		return "im:" + what
	case c.private:
		return "groups:" + what
	}
	return "channels:" + what
}

// channelOf makes a channel; callers hold mu or are alone.
func (w *Workspace) channelOf(name, creator string, private bool) *channel {
	c := &channel{id: w.id("C"), name: name, creator: creator, private: private, created: w.Now().Unix(), members: []string{creator}}
	w.channels[c.id] = c
	w.channelsBy = append(w.channelsBy, c.id)
	return c
}

// named finds a channel by its name, archived ones too.
func (w *Workspace) named(name string) *channel {
	for _, id := range w.channelsBy {
		if c := w.channels[id]; !c.im && c.name == name {
			return c
		}
	}
	return nil
}

// direct gives the direct messages of the bot and a person, made when there are none.
func (w *Workspace) direct(user string) *channel {
	for _, id := range w.channelsBy {
		if c := w.channels[id]; c.im && c.has(user) {
			return c
		}
	}
	c := &channel{id: w.id("D"), im: true, created: w.Now().Unix(), members: []string{w.BotUser, user}}
	w.channels[c.id] = c
	w.channelsBy = append(w.channelsBy, c.id)
	return c
}

func (w *Workspace) channelJSON(c *channel) object {
	out := object{
		"id": c.id, "created": c.created, "is_archived": c.archived, "is_im": c.im, "is_mpim": false, "is_org_shared": false,
		"is_shared": c.shared, "is_ext_shared": c.shared, "context_team_id": w.Team, "updated": c.created * 1000,
	}
	if c.im {
		out["user"] = c.members[len(c.members)-1]
		out["is_user_deleted"] = w.users[c.members[len(c.members)-1]].Deleted
		return out
	}
	more := object{
		"name": c.name, "name_normalized": c.name, "is_channel": !c.private, "is_group": c.private, "is_private": c.private,
		"is_general": c.general, "creator": c.creator, "unlinked": 0, "is_member": c.has(w.BotUser), "topic": c.topic.json(),
		"purpose": c.purpose.json(), "previous_names": slices.Clone(c.previous), "pending_shared": []any{}, "is_pending_ext_shared": false,
		"shared_team_ids": []string{w.Team}, "num_members": len(c.members),
	}
	if c.canvas != "" {
		more["properties"] = object{"canvas": object{"file_id": c.canvas, "is_empty": false}}
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

var lawful = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_-]+$`)

// nameError tells what is wrong with a channel's name (docs.slack.dev/reference/methods/conversations.create).
func nameError(name string) error {
	switch {
	case name == "":
		return no("invalid_name_required")
	case utf8.RuneCountInString(name) > 80:
		return no("invalid_name_maxlength")
	case strings.Trim(name, "-_") == "":
		return no("invalid_name_punctuation")
	case !lawful.MatchString(name):
		return no("invalid_name_specials")
	}
	return nil
}

// room finds the conversation of a call that the bot can see. A private one without the bot is not found, as in Slack.
func (w *Workspace) room(c *call) (*channel, error) {
	room := w.channels[c.str("channel")]
	if room == nil || (room.private || room.im) && !room.has(w.BotUser) {
		return nil, no("channel_not_found")
	}
	return room, nil
}

// own finds a conversation that the bot is in and may change, with the scope for its kind.
func (w *Workspace) own(c *call, what string) (*channel, error) {
	room, err := w.room(c)
	if err != nil {
		return nil, err
	}
	switch {
	case room.im:
		return nil, no("method_not_supported_for_channel_type")
	case room.archived:
		return nil, no("is_archived")
	case !room.has(w.BotUser):
		return nil, no("not_in_channel")
	}
	return room, w.manages(room, what)
}

// manages asks for the scope to change a channel: channels:manage also stands for the narrower ones.
func (w *Workspace) manages(room *channel, what string) error {
	if room.private {
		return w.needs(append([]string{"groups:write"}, narrow("groups", what)...)...)
	}
	return w.needs(append([]string{"channels:manage"}, narrow("channels", what)...)...)
}

func narrow(family, what string) []string {
	if what == "" {
		return nil
	}
	return []string{family + ":write." + what}
}
