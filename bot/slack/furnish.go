package slack

import (
	"context"
	"errors"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

var (
	_ bot.Furnisher = (*Adapter)(nil)
	_ bot.Archiver  = (*Adapter)(nil)
)

// markMost is how long a bookmark's title may be.
const markMost = 255

// Furnish pins the card and bookmarks the links. What Slack does not allow here is left out: a full channel (100 pins, 100
// bookmarks), a scope that was not granted, a policy.
func (a *Adapter) Furnish(ctx context.Context, room incident.Room, card incident.Place, links []bot.Mark) error {
	if room.Thread != "" {
		return nil
	}
	if err := a.pin(ctx, room.ID, card.Message); err != nil {
		return err
	}
	have, err := a.bookmarks(ctx, room.ID)
	if err != nil {
		return a.left(err, "bookmarks", room)
	}
	for _, l := range links {
		if have[l.URL] || a.budget.refused(room.ID, l.URL) { // what was refused once is not asked for again before those behind it
			continue
		}
		have[l.URL] = true
		err := a.call(ctx, "bookmarks.add", "", func(ctx context.Context) error {
			_, err := a.web.AddBookmarkContext(ctx, room.ID, slackgo.AddBookmarkParameters{
				Title: shorten(l.Title, markMost), Type: "link", Link: l.URL, Emoji: markSign(l.Kind),
			})
			return err
		})
		if err := a.left(err, "bookmark "+l.Kind, room); err != nil {
			return err
		}
		if err != nil {
			a.budget.didRefuse(room.ID, l.URL)
		}
	}
	return nil
}

func markSign(kind string) string {
	switch kind {
	case "report":
		return ":memo:"
	case "dashboard":
		return ":bar_chart:"
	case "runbook":
		return ":book:"
	}
	return ":fire_engine:"
}

// pin pins a message, once in this process: each try is one of twenty calls a minute.
func (a *Adapter) pin(ctx context.Context, room, ts string) error {
	if ts == "" || a.budget.pins(room, ts) {
		return nil
	}
	err := a.within(ctx, room, func() error {
		return a.call(ctx, "pins.add", "", func(ctx context.Context) error {
			return a.web.AddPinContext(ctx, room, slackgo.NewRefToMessage(room, ts))
		})
	})
	if err := a.left(err, "pin", incident.Room{ID: room}); err != nil {
		return err
	}
	a.budget.didPin(room, ts)
	return nil
}

// bookmarks are the addresses that a channel has bookmarks of.
func (a *Adapter) bookmarks(ctx context.Context, room string) (map[string]bool, error) {
	have := map[string]bool{}
	err := a.within(ctx, room, func() error {
		return a.call(ctx, "bookmarks.list", "", func(ctx context.Context) error {
			all, err := a.web.ListBookmarksContext(ctx, room)
			for _, b := range all {
				have[b.Link] = true
			}
			return err
		})
	})
	return have, err
}

// left lets an errand be that Slack refuses for good; what is refused for now is tried again. What is only convenient must
// hold nobody up for a day, as a scope that was not granted would.
func (a *Adapter) left(err error, what string, room incident.Room) error {
	_, permanent := errors.AsType[*bot.Permanent](err)
	switch {
	case err == nil, coded(err, "already_pinned", "already_archived"):
		return nil
	case permanent, coded(err, "missing_scope", "no_permission", "not_allowed_token_type"):
		a.Log.Warn("Slack does not allow it here", "what", what, "channel", room.ID, "error", err)
		return nil
	}
	return err
}

// Rests is how long a channel stays after its incident is over, as it is configured.
func (a *Adapter) Rests() time.Duration {
	if a.Config.ArchiveAfter <= 0 {
		return -1
	}
	return time.Duration(a.Config.ArchiveAfter)
}

// Archive archives the channel. Where a policy keeps that for others it stays as it is.
func (a *Adapter) Archive(ctx context.Context, room incident.Room) error {
	if room.Thread != "" {
		return nil
	}
	err := a.within(ctx, room.ID, func() error {
		return a.call(ctx, "conversations.archive", "", func(ctx context.Context) error {
			return a.web.ArchiveConversationContext(ctx, room.ID)
		})
	})
	return a.left(err, "archive", room)
}

// Wake takes a channel out of the archive. An archived channel has no members, and bots are said to be refused for that: no
// flow depends on it, there is another channel then.
func (a *Adapter) Wake(ctx context.Context, room incident.Room) error {
	if room.Thread != "" {
		return nil
	}
	err := a.call(ctx, "conversations.unarchive", "", func(ctx context.Context) error {
		return a.web.UnArchiveConversationContext(ctx, room.ID)
	})
	_, permanent := errors.AsType[*bot.Permanent](err)
	switch {
	case coded(err, "not_archived"):
		return nil
	case permanent, coded(err, "missing_scope"):
		return &bot.Permanent{Err: errors.Join(err, bot.ErrGone)}
	}
	return err
}
