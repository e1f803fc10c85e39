package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"matoi/bot"
	"matoi/incident"
)

// envelope is the outer form of an event (https://docs.slack.dev/apis/events-api#receiving-events).
type envelope struct {
	Type       string          `json:"type"`
	Challenge  string          `json:"challenge"`
	Team       string          `json:"team_id"`
	Enterprise string          `json:"enterprise_id"`
	ID         string          `json:"event_id"`
	At         int64           `json:"event_time"`
	Event      json.RawMessage `json:"event"`
	For        []installed     `json:"authorizations"`
}

// installed is an installation that an event is for: in a channel that is shared, or in an organisation, the event's own
// team may be another one.
type installed struct {
	Team       string `json:"team_id"`
	Enterprise string `json:"enterprise_id"`
	User       string `json:"user_id"`
	Bot        bool   `json:"is_bot"`
}

// happened is what the events have in common that we listen to.
type happened struct {
	note
	Type     string          `json:"type"`
	User     json.RawMessage `json:"user"`
	Channel  json.RawMessage `json:"channel"`
	Kind     string          `json:"channel_type"`
	Reaction string          `json:"reaction"`
	Deleted  string          `json:"deleted_ts"`
	Message  *note           `json:"message"`
	Previous *note           `json:"previous_message"`
	Item     struct {
		Type    string `json:"type"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	} `json:"item"`
	Tab  string `json:"tab"`  // of the app's page
	View shown  `json:"view"` // that stands there
	self string // our own user, as the event says
}

// user is the event's person; an event about a person has a whole one there.
func (h happened) user() string { return idOf(h.User) }

// channel is the event's channel; an event about a channel has a whole one there.
func (h happened) channel() string { return idOf(h.Channel) }

func idOf(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var whole named
	_ = json.Unmarshal(raw, &whole)
	return whole.ID
}

// event works an event off. Its id is the cause: Slack sends an event again until it is acknowledged, and in no order.
func (a *Adapter) event(ctx context.Context, raw []byte) (any, error) {
	var e envelope
	if err := decode(raw, &e); err != nil {
		return nil, errUnreadable
	}
	switch e.Type {
	case "url_verification":
		return map[string]string{"challenge": e.Challenge}, nil
	case "app_rate_limited":
		a.Log.Warn("Slack holds events back: more than 30,000 an hour")
		return nil, nil //nolint:nilnil // nothing to answer
	}
	var h happened
	if err := decode(e.Event, &h); err != nil || e.ID == "" {
		return nil, errUnreadable
	}
	if err := a.forUs(ctx, e); err != nil {
		return nil, err
	}
	for _, i := range e.For {
		if i.Bot {
			h.self = i.User
		}
	}
	a.heard.Store(a.Now().UnixMicro())
	return nil, a.happen(ctx, e.ID, h, e.Event)
}

// forUs reports an error for an event of a workspace that is not the app's.
func (a *Adapter) forUs(ctx context.Context, e envelope) error {
	err := a.ours(ctx, e.Team, e.Enterprise)
	for _, i := range e.For {
		if a.ours(ctx, i.Team, i.Enterprise) == nil {
			return nil
		}
	}
	return err
}

// happen does what an event of its type asks for.
func (a *Adapter) happen(ctx context.Context, id string, h happened, raw json.RawMessage) error {
	switch h.Type {
	case "message":
		return a.said(ctx, id, h)
	case "app_mention":
		return a.mentioned(ctx, h)
	case "reaction_added", "reaction_removed":
		return a.reacted(ctx, id, h)
	case "member_joined_channel", "member_left_channel":
		return a.passed(ctx, id, h)
	case "channel_left", "group_left":
		return a.removed(ctx, id, h)
	case "channel_rename", "group_rename":
		return a.renamed(ctx, id, h)
	case "channel_archive", "group_archive":
		return a.lost(ctx, id, h, bot.WhyArchived)
	case "channel_deleted":
		return a.lost(ctx, id, h, bot.WhyDeleted)
	case "app_home_opened":
		return a.opened(ctx, h)
	case "link_shared":
		return a.unfurl(ctx, raw)
	case "entity_details_requested":
		return a.details(ctx, raw)
	case "function_executed":
		return a.step(ctx, raw)
	case "user_change":
		a.people.forget(h.user())
	case "app_uninstalled", "tokens_revoked":
		a.Log.Error("Slack took the app away", "event", h.Type)
	}
	return nil
}

// mine reports whether an event tells of our own doing: it comes back to us like everybody's.
func (a *Adapter) mine(h happened) bool {
	a.mu.Lock()
	me := a.self
	a.mu.Unlock()
	if h.BotID != "" && h.BotID == me.bot {
		return true
	}
	u := h.user()
	return u != "" && (u == me.user || u == h.self)
}

// handle hands an event to the bot; there is nobody to answer, but a reply that is meant for the person is told.
func (a *Adapter) handle(ctx context.Context, user string, r bot.Request) error {
	if err := a.await(ctx, r.Place); err != nil {
		return err
	}
	reply, told, err := a.inTime(ctx, a.handling(r), func(context.Context, bot.Reply, error) {})
	if err != nil {
		return err
	}
	if !told {
		return fmt.Errorf("%s %s took too long", r.Kind, r.Cause)
	}
	if (reply.Text != "" || reply.Card != nil || reply.Form != nil) && !reply.Heard {
		who := known{person: r.By, lang: r.Lang}
		own := context.WithoutCancel(ctx)
		a.aside(func() { a.tellBack(own, who, r, user, reply, nil) })
	}
	return nil
}

// said is a message, or what became of one.
func (a *Adapter) said(ctx context.Context, id string, h happened) error {
	kind, n := bot.Said, &h.note
	switch h.Subtype {
	case "", "file_share", "thread_broadcast", "me_message":
		n.User = h.user()
	case "message_changed":
		kind, n = bot.Edited, h.Message
		if n != nil && n.Subtype == "tombstone" { // it had replies, which are kept
			kind, n = bot.Deleted, h.Previous
		}
	case "message_deleted":
		kind, n = bot.Deleted, h.Previous
		if n == nil {
			n = &note{TS: h.Deleted}
		}
	default: // joins, topics, archives, and what bots say
		return nil
	}
	if n == nil || n.BotID != "" || n.User == "" && kind != bot.Deleted || a.mine(h) {
		return nil
	}
	if h.Kind == "im" {
		return a.whispered(ctx, id, kind, h.channel(), *n)
	}
	m, err := a.recorded(ctx, h.channel(), *n)
	if err != nil {
		return err
	}
	r := bot.Request{Kind: kind, Cause: "event:" + id, By: m.Author, Place: m.Place, Message: m}
	return a.handle(ctx, n.User, r)
}

// reacted is a reaction; the message it is on has to be fetched, also out of a thread. For those that log nothing it is not:
// people give many, and fifty messages a minute is all that may be read.
func (a *Adapter) reacted(ctx context.Context, id string, h happened) error {
	if h.Item.Type != "message" || a.mine(h) || !a.Handler.Logs(emoji(h.Reaction)) {
		return nil
	}
	who, err := a.met(ctx, h.user(), "")
	if err != nil {
		return err
	}
	m, err := a.message(ctx, incident.Place{Realm: a.Realm(), Room: h.Item.Channel, Message: h.Item.TS})
	if permanent := (*bot.Permanent)(nil); errors.As(err, &permanent) {
		a.Log.Info("a reaction on a message that can't be read", "channel", h.Item.Channel, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	kind := bot.Reacted
	if h.Type == "reaction_removed" {
		kind = bot.Unreacted
	}
	return a.handle(ctx, h.user(), bot.Request{
		Kind: kind, Cause: "event:" + id, By: who.person, Place: m.Place, Message: m, Emoji: emoji(h.Reaction), Lang: who.lang,
	})
}
