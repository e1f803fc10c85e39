package slacktest

import (
	"net/url"
	"regexp"
	"slices"
	"unicode/utf8"
)

func (w *Workspace) pinsAdd(c *call) (object, error) {
	room, m, err := w.message(c, c.str("timestamp"))
	switch {
	case err != nil && c.str("timestamp") == "":
		return nil, no("no_item_specified")
	case err != nil:
		return nil, err
	case !room.has(w.BotUser):
		return nil, no("not_in_channel")
	case room.archived:
		return nil, no("is_archived")
	case m.Subtype != "" && m.Subtype != "thread_broadcast" && m.Subtype != "file_share":
		return nil, no("not_pinnable")
	case slices.Contains(room.pins, m.TS):
		return nil, no("already_pinned")
	case len(room.pins) >= 100:
		return nil, no("too_many_pins")
	}
	room.pins = append(room.pins, m.TS)
	w.emit("pin_added", room, object{"user": w.BotUser, "channel_id": room.id, "pin_count": len(room.pins)})
	return object{}, nil
}

func (w *Workspace) pinsRemove(c *call) (object, error) {
	room, m, err := w.message(c, c.str("timestamp"))
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(room.pins, m.TS):
		return nil, no("no_pin")
	}
	room.pins = slices.DeleteFunc(room.pins, func(ts string) bool { return ts == m.TS })
	return object{}, nil
}

func (w *Workspace) pinsList(c *call) (object, error) {
	room, err := w.room(c)
	if err != nil {
		return nil, err
	}
	items := []object{}
	for _, ts := range room.pins {
		if m := room.find(ts); m != nil {
			items = append(items, object{"type": "message", "channel": room.id, "created": room.created, "created_by": w.BotUser, "message": w.messageJSON(room, m, false)})
		}
	}
	return object{"items": items}, nil
}

// marked finds the channel of a bookmark call, which names it channel_id.
func (w *Workspace) marked(c *call) (*channel, error) {
	room := w.channels[c.str("channel_id")]
	switch {
	case room == nil || room.private && !room.has(w.BotUser):
		return nil, no("channel_not_found")
	case room.archived:
		return nil, no("is_archived")
	case !room.has(w.BotUser):
		return nil, no("not_in_channel")
	}
	return room, nil
}

var emoji = regexp.MustCompile(`^:[a-z0-9_+'-]+:$`)

func linkError(s string) error {
	u, err := url.Parse(s)
	if s == "" || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return no("invalid_link")
	}
	return nil
}

// bookmarksAdd takes links only, and 100 in a channel.
func (w *Workspace) bookmarksAdd(c *call) (object, error) {
	room, err := w.marked(c)
	switch {
	case err != nil:
		return nil, err
	case c.str("title") == "":
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: title"})
	case c.str("type") != "link":
		return nil, no("invalid_bookmark_type")
	case len(room.bookmarks) >= 100:
		return nil, no("too_many_bookmarks")
	case utf8.RuneCountInString(c.str("title")) > 255:
		return nil, because("invalid_arguments", []string{"[ERROR] must be less than 256 characters [json-pointer:/title]"})
	}
	if err := linkError(c.str("link")); err != nil {
		return nil, err
	}
	if e := c.str("emoji"); e != "" && !emoji.MatchString(e) {
		return nil, no("invalid_emoji")
	}
	b := object{
		"id": w.id("Bk"), "channel_id": room.id, "title": c.str("title"), "link": c.str("link"), "emoji": c.str("emoji"), "icon_url": nil,
		"type": "link", "entity_id": nil, "date_created": w.Now().Unix(), "date_updated": 0, "rank": "i", "last_updated_by_user_id": w.BotUser,
		"last_updated_by_team_id": w.Team, "shortcut_id": nil, "app_id": w.AppID,
	}
	room.bookmarks = append(room.bookmarks, b)
	return object{"bookmark": b}, nil
}

func (w *Workspace) bookmarksEdit(c *call) (object, error) {
	room, err := w.marked(c)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(room.bookmarks, func(b object) bool { return b["id"] == c.str("bookmark_id") })
	if i < 0 {
		return nil, no("not_found")
	}
	if c.has("link") {
		if err := linkError(c.str("link")); err != nil {
			return nil, err
		}
	}
	for _, k := range []string{"title", "link", "emoji"} {
		if c.has(k) {
			room.bookmarks[i][k] = c.str(k)
		}
	}
	return object{"bookmark": room.bookmarks[i]}, nil
}

func (w *Workspace) bookmarksRemove(c *call) (object, error) {
	room, err := w.marked(c)
	if err != nil {
		return nil, err
	}
	n := len(room.bookmarks)
	room.bookmarks = slices.DeleteFunc(room.bookmarks, func(b object) bool { return b["id"] == c.str("bookmark_id") })
	if len(room.bookmarks) == n {
		return nil, no("not_found")
	}
	return object{}, nil
}

func (w *Workspace) bookmarksList(c *call) (object, error) {
	room := w.channels[c.str("channel_id")]
	if room == nil || room.private && !room.has(w.BotUser) {
		return nil, no("channel_not_found")
	}
	return object{"bookmarks": append([]object{}, room.bookmarks...)}, nil
}

func (w *Workspace) reactionsAdd(c *call) (object, error) {
	room, m, err := w.message(c, c.str("timestamp"))
	switch {
	case err != nil:
		return nil, err
	case room.archived:
		return nil, no("is_archived")
	case c.str("name") == "":
		return nil, no("invalid_name")
	case !room.has(w.BotUser):
		return nil, no("not_in_channel")
	}
	return object{}, w.react(room, m, w.BotUser, c.str("name"))
}

func (w *Workspace) reactionsRemove(c *call) (object, error) {
	room, m, err := w.message(c, c.str("timestamp"))
	if err != nil {
		return nil, err
	}
	return object{}, w.unreact(room, m, w.BotUser, c.str("name"))
}

func (w *Workspace) reactionsGet(c *call) (object, error) {
	room, m, err := w.message(c, c.str("timestamp"))
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": room.id, "message": w.messageJSON(room, m, false)}, nil
}
