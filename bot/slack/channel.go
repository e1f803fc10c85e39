package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"matoi/bot"
	"matoi/incident"
)

// channelInfo is what is asked of a channel (https://docs.slack.dev/reference/methods/conversations.info).
type channelInfo struct {
	Name     string `json:"name"`
	Creator  string `json:"creator"`
	Created  int64  `json:"created"`
	General  bool   `json:"is_general"`
	Archived bool   `json:"is_archived"`
	Private  bool   `json:"is_private"`
	Member   bool   `json:"is_member"`
}

func (a *Adapter) channel(ctx context.Context, id string) (channelInfo, error) {
	var found struct {
		Channel channelInfo `json:"channel"`
	}
	err := a.patiently(ctx, "conversations.info", "", func(ctx context.Context) error {
		return a.fetch(ctx, "conversations.info", url.Values{"channel": {id}}, &found)
	})
	return found.Channel, err
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
		Kind: kind, Cause: "event:" + id, By: who.person, Place: incident.Place{Realm: a.Realm(), Room: h.channel()}, Lang: who.lang,
	})
}

// renamed is a channel that has another name now.
func (a *Adapter) renamed(ctx context.Context, id string, h happened) error {
	var now named
	if json.Unmarshal(h.Channel, &now) != nil || now.Name == "" || leftName.MatchString(now.Name) { // we left it
		return nil
	}
	return a.handle(ctx, "", bot.Request{Kind: bot.Renamed, Cause: "event:" + id, Place: incident.Place{Realm: a.Realm(), Room: now.ID}, Text: now.Name})
}

// removed is our own removal from a channel: into a public one we go back, of a private one people are told by the record
// that nothing more reaches it.
func (a *Adapter) removed(ctx context.Context, id string, h happened) error {
	n, err := a.Rooms.InRoom(ctx, incident.Place{Realm: a.Realm(), Room: h.channel()})
	if errors.Is(err, incident.ErrNotFound) || err == nil && n == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the incident of a channel: %w", err)
	}
	err = a.patiently(ctx, "conversations.join", "", func(ctx context.Context) error {
		return a.fetch(ctx, "conversations.join", url.Values{"channel": {h.channel()}}, &struct{}{})
	})
	if err == nil {
		a.Log.Info("went back into a channel that we were removed from", "channel", h.channel(), "incident", n)
		return nil
	}
	a.Log.Warn("removed from a channel", "channel", h.channel(), "incident", n, "error", err)
	return a.lost(ctx, id, h, bot.WhyRemoved)
}

// lost is a channel into which nothing can be written any more.
func (a *Adapter) lost(ctx context.Context, id string, h happened, why bot.Why) error {
	if a.mine(h) && why != bot.WhyRemoved { // archived by ourselves
		return nil
	}
	return a.handle(ctx, "", bot.Request{Kind: bot.Lost, Cause: "event:" + id, Place: incident.Place{Realm: a.Realm(), Room: h.channel()}, Text: string(why)})
}
