package console

import (
	"context"
	"errors"
	"fmt"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Deed says who does something and in which language they read. ID is the browser's own name for this one deed:
// the same ID of the same person does nothing twice, so a request may be sent again after a broken connection.
type Deed struct {
	By     incident.PersonID
	Viewer incident.Viewer
	ID     string
	Lang   lang.Lang
}

// errNameless is a mistake of the caller: without an ID a second deed would pass for the first.
var errNameless = errors.New("deed without an id")

// cause is unique across the store: a person can only repeat deeds of their own.
func (d Deed) cause() string { return Realm + ":" + string(d.By) + ":" + d.ID }

// Outcome is what a deed came to: the bot's reply, and the message that was stored by it, if any. A text or card
// of the reply that should be read where it was asked for is Whispered as a message for that person alone, unless the
// whole room hears it.
type Outcome struct {
	Reply     bot.Reply
	Message   Message
	Whispered bool
}

// ask hands a request to the bot and whispers its answer into the channel.
func (c *Console) ask(ctx context.Context, d Deed, r bot.Request) (Outcome, error) {
	reply, err := c.Handle(ctx, d, r)
	if err != nil {
		return Outcome{}, err
	}
	return c.whisper(ctx, d, r.Place, reply)
}

// Handle hands a request of a page to the bot, as a deed of the person; nothing is whispered.
func (c *Console) Handle(ctx context.Context, d Deed, r bot.Request) (bot.Reply, error) {
	if d.ID == "" {
		return bot.Reply{}, errNameless
	}
	r.By, r.Lang = d.By, d.Lang
	if r.Cause == "" {
		r.Cause = d.cause()
	}
	reply, err := c.Handler.Handle(ctx, r)
	if err != nil {
		return bot.Reply{}, fmt.Errorf("handle %s: %w", r.Kind, err)
	}
	return reply, nil
}

// whisper stores text and card of a reply as a message for the asker alone. A form is shown by web instead.
func (c *Console) whisper(ctx context.Context, d Deed, at incident.Place, reply bot.Reply) (Outcome, error) {
	out := Outcome{Reply: reply}
	if at.Room == "" || reply.Form != nil || reply.Heard || (reply.Text == "" && reply.Card == nil) {
		return out, nil
	}
	m, err := c.Store.AddMessage(ctx, Message{
		Channel: at.Room, Thread: id(at.Thread), Only: d.By, Text: reply.Text, Card: reply.Card,
		Key: "whisper:" + d.cause(), At: c.now(),
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("reply in %s: %w", at.Room, err)
	}
	out.Message, out.Whispered = m, true
	return out, nil
}

// shown makes the record's form of a message: its own time, author, text, link, files and place.
func shown(m Message) *incident.Message {
	return &incident.Message{Place: place(m), Author: m.Author, At: m.At, Text: m.Text, Link: Link(m.Channel, m.ID), Files: m.Files}
}
