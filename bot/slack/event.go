package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	slackgo "github.com/slack-go/slack"

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
	Event      json.RawMessage `json:"event"`
}

// happened is what the events have in common that we listen to.
type happened struct {
	Type     string          `json:"type"`
	Subtype  string          `json:"subtype"`
	User     json.RawMessage `json:"user"`
	BotID    string          `json:"bot_id"`
	Channel  json.RawMessage `json:"channel"`
	TS       string          `json:"ts"`
	Thread   string          `json:"thread_ts"`
	Reaction string          `json:"reaction"`
	Deleted  string          `json:"deleted_ts"`
	Message  *slackgo.Msg    `json:"message"`
	Item     struct {
		Type    string `json:"type"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	} `json:"item"`
}

// user is the event's person; an event about a person has a whole one there.
func (h happened) user() string {
	var id string
	if json.Unmarshal(h.User, &id) == nil {
		return id
	}
	var whole struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(h.User, &whole)
	return whole.ID
}

func (h happened) channel() string {
	var id string
	_ = json.Unmarshal(h.Channel, &id)
	return id
}

// event works an event off. Its id is the cause: Slack sends an event again until it is acknowledged, and in no order.
func (a *Adapter) event(ctx context.Context, raw []byte) (any, error) {
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, errUnreadable
	}
	switch e.Type {
	case "url_verification":
		return map[string]string{"challenge": e.Challenge}, nil
	case "app_rate_limited":
		a.Log.Warn("Slack holds events back: more than 30,000 an hour")
		return nil, nil //nolint:nilnil // nothing to answer
	}
	if err := a.ours(e.Team, e.Enterprise); err != nil {
		return nil, err
	}
	a.heard.Store(a.Now().UnixMicro())
	var h happened
	if err := json.Unmarshal(e.Event, &h); err != nil || e.ID == "" {
		return nil, errUnreadable
	}
	switch h.Type {
	case "message":
		return nil, a.said(ctx, e.ID, h, e.Event)
	case "reaction_added", "reaction_removed":
		return nil, a.reacted(ctx, e.ID, h)
	case "member_joined_channel", "member_left_channel":
		return nil, a.passed(ctx, e.ID, h)
	case "user_change":
		a.people.forget(h.user())
	}
	return nil, nil //nolint:nilnil // nothing to answer
}

// mine reports whether an event tells of our own doing: it comes back to us like everybody's.
func (a *Adapter) mine(h happened) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self.user != "" && (h.BotID == a.self.bot && h.BotID != "" || h.user() == a.self.user)
}

// handle hands an event to the bot; there is nobody to answer, but a reply that is meant for the person is told.
func (a *Adapter) handle(ctx context.Context, user string, r bot.Request) error {
	reply, told, err := a.inTime(ctx, r, func(context.Context, bot.Reply, error) {})
	if err != nil {
		return err
	}
	if !told {
		return fmt.Errorf("%s %s took too long", r.Kind, r.Cause)
	}
	if (reply.Text != "" || reply.Card != nil) && !reply.Heard {
		who := known{person: r.By, lang: r.Lang}
		own := context.WithoutCancel(ctx)
		a.works.Go(func() { a.tellBack(own, who, r.Place, user, reply, nil) })
	}
	return nil
}

// said is a message, or what became of one.
func (a *Adapter) said(ctx context.Context, id string, h happened, raw json.RawMessage) error {
	kind, m := bot.Said, (*slackgo.Msg)(nil)
	switch h.Subtype {
	case "", "file_share", "thread_broadcast", "me_message":
		m = &slackgo.Msg{}
		if err := json.Unmarshal(raw, m); err != nil {
			return errUnreadable
		}
	case "message_changed":
		kind, m = bot.Edited, h.Message
	case "message_deleted":
		kind, m = bot.Deleted, &slackgo.Msg{Timestamp: h.Deleted}
		var was struct {
			Previous slackgo.Msg `json:"previous_message"`
		}
		if json.Unmarshal(raw, &was) == nil && was.Previous.Timestamp != "" {
			m = &was.Previous
		}
	default: // joins, topics, archives, and what bots say
		return nil
	}
	if m == nil || m.BotID != "" || m.User == "" && kind != bot.Deleted || a.mine(h) {
		return nil
	}
	message, err := a.recorded(ctx, h.channel(), slackgo.Message{Msg: *m})
	if err != nil {
		return err
	}
	r := bot.Request{Kind: kind, Cause: "event:" + id, By: message.Author, Place: message.Place, Message: message}
	return a.handle(ctx, m.User, r)
}

// reacted is a reaction; the message it is on has to be fetched, also out of a thread.
func (a *Adapter) reacted(ctx context.Context, id string, h happened) error {
	if h.Item.Type != "message" || a.mine(h) {
		return nil
	}
	who, err := a.met(ctx, h.user(), "")
	if err != nil {
		return err
	}
	m, err := a.message(ctx, incident.Place{Realm: Realm, Room: h.Item.Channel, Message: h.Item.TS})
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

// passed is somebody who came or went.
func (a *Adapter) passed(ctx context.Context, id string, h happened) error {
	if a.mine(h) {
		return nil
	}
	who, err := a.met(ctx, h.user(), "")
	if err != nil {
		return err
	}
	kind := bot.Entered
	if h.Type == "member_left_channel" {
		kind = bot.Gone
	}
	return a.handle(ctx, h.user(), bot.Request{
		Kind: kind, Cause: "event:" + id, By: who.person, Place: incident.Place{Realm: Realm, Room: h.channel()}, Lang: who.lang,
	})
}

// message reads one message: of a channel, or of a thread, where history does not show it.
func (a *Adapter) message(ctx context.Context, at incident.Place) (*incident.Message, error) {
	var found []slackgo.Message
	err := a.patiently(ctx, "conversations.replies", "", func(ctx context.Context) (err error) {
		found, _, _, err = a.web.GetConversationRepliesContext(ctx, &slackgo.GetConversationRepliesParameters{
			ChannelID: at.Room, Timestamp: at.Message, Latest: at.Message, Oldest: at.Message, Inclusive: true, Limit: 2,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		if m.Timestamp == at.Message {
			return a.recorded(ctx, at.Room, m)
		}
	}
	return nil, &bot.Permanent{Err: fmt.Errorf("message %s: %w", at.Message, bot.ErrGone)}
}

// recorded is a message as the record keeps it: its own time, author, text, link and files.
func (a *Adapter) recorded(ctx context.Context, channel string, m slackgo.Message) (*incident.Message, error) {
	a.mu.Lock()
	me := a.self
	a.mu.Unlock()
	out := &incident.Message{
		Place: incident.Place{Realm: Realm, Room: channel, Thread: m.ThreadTimestamp, Message: m.Timestamp},
		At:    stamp(m.Timestamp), Text: a.fromSlack(ctx, m.Text), Link: me.link(channel, m.Timestamp, m.ThreadTimestamp),
	}
	if m.ThreadTimestamp == m.Timestamp {
		out.Place.Thread = ""
	}
	if m.User != "" && m.BotID == "" {
		who, err := a.met(ctx, m.User, m.Username)
		if err != nil {
			return nil, err
		}
		out.Author = who.person
	} else {
		out.AuthorName = m.Username
	}
	for _, f := range m.Files {
		out.Files = append(out.Files, incident.File{Name: f.Name, Link: f.Permalink, Type: f.Mimetype, Size: int64(f.Size), Width: f.OriginalW, Height: f.OriginalH})
	}
	return out, nil
}
