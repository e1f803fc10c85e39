package console

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// longest is how many characters a message may have.
const longest = 20_000

// Say is a text typed into the composer of a channel or a thread (0: the channel itself). A command is run and
// not stored; anything else becomes a message, whose author joins the channel. Of files only Link and Name are looked at:
// each must be an Upload of the author's to this channel, which is sent by it.
func (c *Console) Say(ctx context.Context, d Deed, channel string, thread int64, text string, files ...incident.File) (Outcome, error) {
	ch, err := c.Open(ctx, d.Viewer, channel)
	if err != nil {
		return Outcome{}, err
	}
	text = strings.TrimSpace(lang.Clean(text))
	if text == "" && len(files) == 0 {
		return Outcome{}, incident.Refuse("message_empty")
	}
	if utf8.RuneCountInString(text) > longest {
		return Outcome{}, incident.Refuse("message_too_long", "Max", longest)
	}
	at := incident.Place{Realm: Realm, Room: channel}
	if thread != 0 {
		first, err := c.visible(ctx, d.Viewer, thread)
		if err != nil || first.Channel != channel {
			return Outcome{}, incident.ErrNotFound
		}
		if first.Thread != 0 {
			thread = first.Thread
		}
		at.Thread = strconv.FormatInt(thread, 10)
	}
	if command, ok := c.command(text); ok {
		if len(files) > 0 { // they would be lost
			return Outcome{}, incident.Refuse("files_with_command")
		}
		return c.ask(ctx, d, bot.Request{Kind: bot.Typed, Place: at, Text: command})
	}
	return c.speak(ctx, d, ch, thread, text, files)
}

func (c *Console) speak(ctx context.Context, d Deed, ch Channel, thread int64, text string, files []incident.File) (Outcome, error) {
	if d.ID == "" {
		return Outcome{}, errNameless
	}
	text, err := c.mention(ctx, text)
	if err != nil {
		return Outcome{}, err
	}
	if files, err = c.attached(ctx, d, ch, files); err != nil {
		return Outcome{}, err
	}
	m, err := c.Store.AddMessage(ctx, Message{
		Channel: ch.ID, Thread: thread, Author: d.By, Text: text, Files: files, Key: "say:" + d.cause(), At: c.now(),
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("say in %s: %w", ch.ID, err)
	}
	out := Outcome{Message: m}
	if ch.Direct {
		return out, nil
	}
	if thread == 0 || ch.Number != 0 {
		if err := c.enter(ctx, d, ch); err != nil {
			return out, err
		}
	}
	reply, err := c.Handle(ctx, d, bot.Request{Kind: bot.Said, Cause: d.cause(), Place: place(m), Message: shown(m)})
	if err != nil {
		return out, err
	}
	answered, err := c.whisper(ctx, d, place(m), reply)
	answered.Message = m
	return answered, err
}

// Join makes the person a member of a channel; in an incident's room the bot hears of it once.
func (c *Console) Join(ctx context.Context, d Deed, channel string) (Outcome, error) {
	ch, err := c.Open(ctx, d.Viewer, channel)
	if err != nil || ch.Direct {
		return Outcome{}, err
	}
	return Outcome{}, c.enter(ctx, d, ch)
}

func (c *Console) enter(ctx context.Context, d Deed, ch Channel) error {
	in, err := c.Member(ctx, ch.ID, d.By)
	if err != nil || in {
		return err
	}
	if ch.Number != 0 { // before the row: whoever dies in between is asked again by the next message
		r := bot.Request{Kind: bot.Entered, Cause: d.cause() + ":enter", Place: incident.Place{Realm: Realm, Room: ch.ID}}
		reply, err := c.Handle(ctx, d, r)
		if err != nil {
			return err
		}
		if _, err := c.whisper(ctx, Deed{By: d.By, ID: d.ID + ":enter"}, r.Place, reply); err != nil {
			return err
		}
	}
	_, err = c.Store.AddMember(ctx, ch.ID, d.By)
	return err
}

// Leave ends a membership.
func (c *Console) Leave(ctx context.Context, d Deed, channel string) (Outcome, error) {
	ch, err := c.Open(ctx, d.Viewer, channel)
	if err != nil || ch.Direct {
		return Outcome{}, err
	}
	in, err := c.Member(ctx, channel, d.By)
	if err != nil || !in {
		return Outcome{}, err
	}
	if ch.Number != 0 {
		if _, err := c.Handle(ctx, d, bot.Request{Kind: bot.Gone, Place: incident.Place{Realm: Realm, Room: channel}}); err != nil {
			return Outcome{}, err
		}
	}
	_, err = c.Store.RemoveMember(ctx, channel, d.By)
	return Outcome{}, err
}
