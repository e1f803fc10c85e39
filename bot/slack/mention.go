package slack

import (
	"context"
	"strings"

	"matoi/bot"
	"matoi/incident"
)

// Slash commands can't be typed in threads (https://docs.slack.dev/interactivity/implementing-slash-commands). Whoever names
// the app there, or writes to it, types a command all the same.

// mentioned is a message that names the app: what follows is a command. An edit of it is no second one.
func (a *Adapter) mentioned(ctx context.Context, h happened) error {
	if h.BotID != "" || a.mine(h) || h.TS == "" {
		return nil
	}
	text := h.Text
	for _, me := range a.selves(h) {
		if _, after, found := strings.Cut(text, "<@"+me+">"); found {
			text = after
		} else if _, after, found := strings.Cut(text, "<@"+me+"|"); found {
			_, text, _ = strings.Cut(after, ">")
		}
	}
	return a.typedIn(ctx, h.user(), incident.Place{Realm: a.Realm(), Room: h.channel(), Thread: h.Thread}, h.TS, text)
}

// whispered is a message to the app itself.
func (a *Adapter) whispered(ctx context.Context, id string, kind bot.RequestKind, channel string, n note) error {
	if kind != bot.Said || strings.TrimSpace(n.Text) == "" {
		return nil
	}
	return a.typedIn(ctx, n.User, incident.Place{Realm: a.Realm(), Room: channel, Thread: n.Thread}, n.TS, n.Text)
}

// typedIn runs a message as a command.
func (a *Adapter) typedIn(ctx context.Context, user string, at incident.Place, ts, text string) error {
	who, err := a.acts(ctx, user, "")
	if err != nil {
		return err
	}
	text = strings.TrimLeft(strings.TrimSpace(a.fromSlack(ctx, text)), ":,、 ")
	for _, name := range append([]string{a.Name}, a.Aliases...) { // out of habit
		if after, had := strings.CutPrefix(text, name+" "); had {
			text = after
		}
	}
	return a.handle(ctx, user, bot.Request{
		Kind: bot.Typed, Cause: "message:" + at.Room + ":" + ts, By: who.person, Place: at, Text: text, Lang: who.lang,
	})
}

// selves are the ids of our own user, as far as they are known.
func (a *Adapter) selves(h happened) (out []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range []string{a.self.user, h.self} {
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}
