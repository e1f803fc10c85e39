package slack

import (
	"context"
	"errors"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

var (
	_ bot.Leaver   = (*Adapter)(nil)
	_ bot.Expeller = (*Adapter)(nil)
)

// Expel takes somebody out of a private channel (https://docs.slack.dev/reference/methods/conversations.kick).
func (a *Adapter) Expel(ctx context.Context, room incident.Room, person incident.PersonID) error {
	user, err := a.reach(ctx, person)
	if err != nil {
		return err
	}
	err = a.call(ctx, "conversations.kick", "", func(ctx context.Context) error {
		return a.web.KickUserFromConversationContext(ctx, room.ID, user)
	})
	if coded(err, "not_in_channel") {
		return nil
	}
	return err
}

// Leave ends a public channel whose incident became private: Slack makes no channel private for an app. Our messages, files and
// canvas go, and its topic; then it is archived, so that nobody goes on in it. What people wrote stays, as does what Slack
// tells of itself, an earlier topic say.
func (a *Adapter) Leave(ctx context.Context, room incident.Room, last bot.Message) error {
	ch, err := a.channel(ctx, room.ID)
	if coded(err, "channel_not_found") {
		return nil
	}
	if err != nil {
		return err
	}
	if ch.Archived {
		a.Log.Warn("what a private incident wrote while it was public stands in an archived channel", "channel", room.ID)
		return nil
	}
	if err := a.SetTopic(ctx, room, ""); err != nil {
		return err
	}
	if err := a.empty(ctx, room, last.Key); err != nil {
		return err
	}
	if _, err := a.Post(ctx, incident.Place{Realm: a.Realm(), Room: room.ID}, last, true); err != nil {
		return err
	}
	return a.Archive(ctx, room)
}

// empty takes our messages, files and canvas out of a channel, but for the message of a key.
func (a *Adapter) empty(ctx context.Context, room incident.Room, but string) error {
	me, err := a.me(ctx)
	if err != nil {
		return err
	}
	id, err := a.canvasOf(ctx, room.ID)
	if err == nil && id != "" {
		err = a.left(nothingLeft(a.call(ctx, "canvases.delete", "", func(ctx context.Context) error { return a.web.DeleteCanvasContext(ctx, id) })), "canvas", room)
	}
	if err != nil {
		return err
	}
	return a.messages(ctx, incident.Place{Realm: a.Realm(), Room: room.ID}, func(m slackgo.Message) (bool, error) {
		if k, _ := markOf(m); !me.wrote(m) || k == but {
			return false, nil
		}
		for _, f := range m.Files {
			if err := a.left(a.dropFile(ctx, f.ID), "file", room); err != nil {
				return false, err
			}
		}
		err := a.remove(ctx, room.ID, m.Timestamp)
		if coded(err, "cant_delete_message") || errors.Is(err, bot.ErrGone) { // Slack's own words about us
			err = nil
		}
		return false, err
	})
}
