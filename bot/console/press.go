package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"matoi/bot"
	"matoi/incident"
)

// Menu runs an entry of a message's menu: what is "log" or "open".
func (c *Console) Menu(ctx context.Context, d Deed, message int64, what string) (Outcome, error) {
	m, err := c.visible(ctx, d.Viewer, message)
	if err != nil {
		return Outcome{}, err
	}
	if m.Only != "" || !m.Deleted.IsZero() {
		return Outcome{}, incident.Refuse("message_not_for_that")
	}
	return c.ask(ctx, d, bot.Request{Kind: bot.FromMenu, Place: place(m), Text: what, Message: shown(m)})
}

// Push is a press of a button or a select on the card of a message. Command is what a person would type, so it can
// do nothing that person could not; Form asks for the verb's form first. Thread is the thread that the person has
// open, in which the answer is read (0: the channel).
type Push struct {
	Message int64
	Command string
	Form    bool
	Thread  int64
}

// Press runs what stands on a button.
func (c *Console) Press(ctx context.Context, d Deed, p Push) (Outcome, error) {
	m, err := c.visible(ctx, d.Viewer, p.Message)
	if err != nil {
		return Outcome{}, err
	}
	r := bot.Request{Kind: bot.Typed, Place: place(m), Text: p.Command}
	if p.Form {
		r.Kind = bot.WantForm
	}
	if threadHead(m) {
		r.Place.Thread = r.Place.Message
	}
	reply, err := c.Handle(ctx, d, r)
	if err != nil {
		return Outcome{}, err
	}
	if err := c.answered(ctx, d, m, p.Command, reply); err != nil {
		return Outcome{}, err
	}
	at := place(m)
	if p.Thread != 0 && (p.Thread == m.ID || p.Thread == m.Thread) {
		at.Thread = strconv.FormatInt(p.Thread, 10)
	}
	return c.whisper(ctx, d, at, reply)
}

// answered takes the buttons off a question that was answered, and says by whom and how.
func (c *Console) answered(ctx context.Context, d Deed, m Message, command string, reply bot.Reply) error {
	if m.Card == nil || !m.Card.Question || !reply.Changed || reply.Refused != nil {
		return nil
	}
	_, err := c.Store.EditMessage(ctx, m.ID, func(have *Message) error {
		at := -1
		if have.Card != nil {
			at = slices.IndexFunc(have.Card.Buttons, func(b bot.Button) bool { return b.Command == command })
		}
		if at < 0 {
			return errSame // another was quicker, or the card is a newer one
		}
		card := *have.Card
		card.Foot = "✓ " + bot.Escape(card.Buttons[at].Label) + " · <@" + string(d.By) + ">"
		card.Buttons, card.Selects, card.Question = nil, nil, false
		have.Card = &card
		return nil
	})
	if err != nil && !errors.Is(err, errSame) {
		return fmt.Errorf("mark question %d as answered: %w", m.ID, err)
	}
	return nil
}

// threadHead reports whether a card of Matoi's may begin a thread that is an incident's room: what is pressed on it
// belongs to the thread.
func threadHead(m Message) bool {
	return m.Channel == Incidents && m.Thread == 0 && m.Author == "" && m.Only == ""
}

// Sheet is a form that was filled in: the Form's own command with the inputs, where it was asked for, and the
// message it began at (0: none).
type Sheet struct {
	Channel string
	Thread  int64
	Message int64
	Command string
	Fields  map[string]string
	Seen    int64 // of the Form
}

// Submit sends a form. Mistakes come back in Reply.Errors, per input.
func (c *Console) Submit(ctx context.Context, d Deed, s Sheet) (Outcome, error) {
	r := bot.Request{Kind: bot.Sent, Text: strings.TrimSpace(s.Command), Fields: s.Fields, Seen: s.Seen}
	if s.Channel != "" {
		if _, err := c.Open(ctx, d.Viewer, s.Channel); err != nil {
			return Outcome{}, err
		}
		r.Place = incident.Place{Realm: Realm, Room: s.Channel}
		if s.Thread != 0 {
			r.Place.Thread = strconv.FormatInt(s.Thread, 10)
		}
	}
	if s.Message != 0 {
		m, err := c.visible(ctx, d.Viewer, s.Message)
		if err != nil {
			return Outcome{}, err
		}
		r.Message, r.Place = shown(m), place(m)
	}
	reply, err := c.Handle(ctx, d, r)
	if err != nil || reply.Refused != nil || len(reply.Errors) > 0 {
		return Outcome{Reply: reply}, err // shown in the form itself
	}
	return c.whisper(ctx, d, r.Place, reply)
}
