package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

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
// canvas go, its topic and its name; then it is archived, so that nobody goes on in it. What people wrote stays, as does what
// Slack tells of itself, an earlier topic or name say.
func (a *Adapter) Leave(ctx context.Context, room incident.Room, last bot.Message) error {
	ch, err := a.channel(ctx, room.ID)
	if coded(err, "channel_not_found") {
		return nil
	}
	if err != nil {
		return err
	}
	if ch.Archived {
		if some, err := a.stands(ctx, room); err != nil || !some {
			return err
		}
		if err := a.Wake(ctx, room); errors.Is(err, bot.ErrGone) {
			return &bot.Permanent{Err: fmt.Errorf("what was written stands in the archived channel #%s (%s)", ch.Name, room.ID)}
		} else if err != nil {
			return err
		}
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
	if err := a.neutral(ctx, room, last.Key); err != nil {
		return err
	}
	return a.Archive(ctx, room)
}

// stands reports whether something that we wrote stands in an archived channel still, besides what is shown last.
func (a *Adapter) stands(ctx context.Context, room incident.Room) (some bool, err error) {
	me, err := a.me(ctx)
	if err != nil {
		return false, err
	}
	err = a.messages(ctx, incident.Place{Realm: a.Realm(), Room: room.ID}, func(m slackgo.Message) (bool, error) {
		k, _ := markOf(m)
		some = me.wrote(m) && (len(m.Files) > 0 || k != "" && !strings.HasSuffix(k, "-left"))
		return some, nil
	})
	if coded(err, "not_in_channel") { // then nobody can look
		return true, nil
	}
	return some, err
}

// leftName is the name of a channel that was left: it says of which incident it was, and nothing of what.
var leftName = regexp.MustCompile(`^inc-[0-9]{8}-[0-9]{3,}-moved(-[0-9]+)?$`)

// neutral takes the title out of a channel's name, by which everybody finds it. Where a policy keeps that for others, or another
// channel has the name, it stays.
func (a *Adapter) neutral(ctx context.Context, room incident.Room, key string) error {
	number := numbered.FindString(key)
	if number == "" || leftName.MatchString(room.Name) {
		return nil
	}
	err := a.within(ctx, room.ID, func() error {
		return a.call(ctx, "conversations.rename", "", func(ctx context.Context) error {
			_, err := a.web.RenameConversationContext(ctx, room.ID, strings.ToLower(number)+"-moved")
			return err
		})
	})
	return a.left(err, "rename", room)
}

// numbered is an incident's number within a message's key.
var numbered = regexp.MustCompile(`INC-[0-9]{8}-[0-9]{3,}`)

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
