package slacktest

import (
	"slices"
	"unicode/utf8"
)

func (w *Workspace) conversationsCreate(c *call) (object, error) {
	private := c.flag("is_private")
	if err := w.manages(&channel{private: private}, ""); err != nil {
		return nil, err
	}
	if err := w.needTeam(c); err != nil {
		return nil, err
	}
	if w.Policies["create"] {
		return nil, no("restricted_action")
	}
	name := c.str("name")
	if err := nameError(name); err != nil {
		return nil, err
	}
	if w.named(name) != nil { // an archived channel keeps its name
		return nil, no("name_taken")
	}
	room := w.channelOf(name, w.BotUser, private)
	if !private {
		w.emit("channel_created", room, object{"channel": object{"id": room.id, "name": room.name, "created": room.created, "creator": w.BotUser}})
	}
	w.arrive(room, w.BotUser, "")
	return object{"channel": w.channelJSON(room)}, nil
}

func (w *Workspace) conversationsRename(c *call) (object, error) {
	room, err := w.own(c, "")
	if err != nil {
		return nil, err
	}
	name := c.str("name")
	if err := nameError(name); err != nil {
		return nil, err
	}
	if other := w.named(name); other != nil && other != room {
		return nil, no("name_taken")
	}
	w.rename(room, name, w.BotUser)
	return object{"channel": w.channelJSON(room)}, nil
}

// describe sets a topic or a purpose: 250 characters, no markup.
func describe(field string) func(*Workspace, *call) (object, error) {
	return func(w *Workspace, c *call) (object, error) {
		room, err := w.own(c, "topic") // the scope of a purpose too
		if err != nil {
			return nil, err
		}
		value := c.str(field)
		if utf8.RuneCountInString(value) > 250 {
			return nil, no("too_long")
		}
		n := note{value: value, by: w.BotUser, at: w.Now().Unix()}
		if field == "topic" {
			room.topic = n
		} else {
			room.purpose = n
		}
		w.system(room, w.BotUser, "channel_"+field, "set the channel "+field+": "+value, object{field: value})
		return object{"channel": w.channelJSON(room), field: value}, nil
	}
}

func (w *Workspace) conversationsArchive(c *call) (object, error) {
	room, err := w.room(c)
	switch {
	case err != nil:
		return nil, err
	case room.im:
		return nil, no("method_not_supported_for_channel_type")
	case room.archived:
		return nil, no("already_archived")
	case room.general:
		return nil, no("cant_archive_general")
	case w.Policies["archive"]:
		return nil, no("restricted_action")
	case !room.has(w.BotUser):
		return nil, no("not_in_channel")
	}
	if err := w.manages(room, ""); err != nil {
		return nil, err
	}
	w.archive(room, w.BotUser)
	return object{}, nil
}

// conversationsUnarchive is refused to bots, as is reported of Slack: an archived channel has no members, so the bot is in
// none.
func (w *Workspace) conversationsUnarchive(c *call) (object, error) {
	room, err := w.room(c)
	switch {
	case err != nil:
		return nil, err
	case !room.archived:
		return nil, no("not_archived")
	}
	return nil, no("not_in_channel")
}

func (w *Workspace) conversationsList(c *call) (object, error) {
	if err := w.needTeam(c); err != nil {
		return nil, err
	}
	kinds := c.words("types")
	if len(kinds) == 0 {
		kinds = []string{"public_channel"}
	}
	var all []*channel
	for _, id := range w.channelsBy {
		room := w.channels[id]
		kind := map[string]string{"im": "im", "group": "private_channel", "channel": "public_channel"}[room.kind()]
		if !slices.Contains(kinds, kind) || room.archived && c.flag("exclude_archived") || kind != "public_channel" && !room.has(w.BotUser) {
			continue
		}
		if err := w.needs(room.scope("read")); err != nil {
			return nil, err
		}
		all = append(all, room)
	}
	page, next, err := paged(c, all, 1000)
	if err != nil {
		return nil, err
	}
	out := []object{}
	for _, room := range page {
		out = append(out, w.channelJSON(room))
	}
	return object{"channels": out, "response_metadata": object{"next_cursor": next}}, nil
}

func (w *Workspace) conversationsInfo(c *call) (object, error) {
	room, err := w.room(c)
	if err != nil {
		return nil, err
	}
	if err := w.needs(room.scope("read")); err != nil {
		return nil, err
	}
	out := w.channelJSON(room)
	if !c.flag("include_num_members") {
		delete(out, "num_members")
	}
	return object{"channel": out}, nil
}

func (w *Workspace) conversationsMembers(c *call) (object, error) {
	room, err := w.room(c)
	if err != nil {
		return nil, err
	}
	if err := w.needs(room.scope("read")); err != nil {
		return nil, err
	}
	page, next, err := paged(c, room.members, 1000)
	return object{"members": append([]string{}, page...), "response_metadata": object{"next_cursor": next}}, err
}

func (w *Workspace) conversationsJoin(c *call) (object, error) {
	room, err := w.room(c)
	switch {
	case err != nil:
		return nil, err
	case room.private || room.im:
		return nil, no("method_not_supported_for_channel_type")
	case room.archived:
		return nil, no("is_archived")
	case room.has(w.BotUser):
		return object{"channel": w.channelJSON(room), "warning": "already_in_channel", "response_metadata": object{"warnings": []string{"already_in_channel"}}}, nil
	}
	room.join(w.BotUser)
	w.arrive(room, w.BotUser, "")
	return object{"channel": w.channelJSON(room)}, nil
}

func (w *Workspace) conversationsKick(c *call) (object, error) {
	room, err := w.own(c, "")
	if err != nil {
		return nil, err
	}
	user := c.str("user")
	switch {
	case w.users[user] == nil:
		return nil, no("user_not_found")
	case user == w.BotUser:
		return nil, no("cant_kick_self")
	case room.general:
		return nil, no("cant_kick_from_general")
	case !room.has(user):
		return nil, no("not_in_channel")
	}
	w.depart(room, user)
	return object{"errors": object{}}, nil
}

// conversationsInvite brings people in. Up to 100 at once (the catalogue says 100, Slack's TypeScript comment 1000: the
// smaller counts). One that can't be brought fails all of the call, and the answer tells for each why; force brings the
// others.
func (w *Workspace) conversationsInvite(c *call) (object, error) {
	room, err := w.own(c, "invites")
	if err != nil {
		return nil, err
	}
	users := c.words("users")
	switch {
	case len(users) == 0:
		return nil, no("no_user")
	case len(users) > 100:
		return nil, no("too_many_users")
	case w.Policies["invite"]:
		return nil, no("restricted_action")
	}
	var good []string
	failed := []object{}
	for _, id := range users {
		if code := w.cannot(room, id); code != "" {
			failed = append(failed, object{"user": id, "ok": false, "error": code})
		} else {
			good = append(good, id)
		}
	}
	if len(failed) > 0 && (!c.flag("force") || len(good) == 0) {
		return nil, &refusal{code: failed[0]["error"].(string), more: object{"errors": failed}}
	}
	for _, id := range good {
		room.join(id)
		w.arrive(room, id, w.BotUser)
	}
	out := object{"channel": w.channelJSON(room)}
	if len(failed) > 0 {
		out["errors"] = failed
	}
	return out, nil
}

func (w *Workspace) cannot(room *channel, id string) string {
	u := w.users[id]
	switch {
	case u == nil || u.Deleted:
		return "user_not_found"
	case id == w.BotUser:
		return "cant_invite_self"
	case room.has(id):
		return "already_in_channel"
	case u.Guest:
		return "user_is_restricted"
	case u.Foreign != "" && !room.shared:
		return "cant_invite"
	}
	return ""
}

func (w *Workspace) conversationsOpen(c *call) (object, error) {
	users := c.words("users")
	if id := c.str("channel"); id != "" {
		if room := w.channels[id]; room != nil && room.im {
			return object{"channel": object{"id": id}}, nil
		}
		return nil, no("channel_not_found")
	}
	switch {
	case len(users) == 0:
		return nil, no("users_list_not_supplied")
	case len(users) > 1:
		if err := w.needs("mpim:write"); err != nil {
			return nil, err
		}
		return nil, no("method_not_supported_for_channel_type") // no group messages here
	}
	u := w.users[users[0]]
	switch {
	case u == nil:
		return nil, no("user_not_found")
	case u.Deleted:
		return nil, no("user_disabled")
	case u.bot:
		return nil, no("cannot_dm_bot")
	}
	room := w.direct(u.ID)
	out := object{"id": room.id}
	if c.flag("return_im") {
		out = w.channelJSON(room)
	}
	return object{"channel": out, "no_op": len(room.messages) > 0, "already_open": len(room.messages) > 0}, nil
}
