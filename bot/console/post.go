package console

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"matoi/bot"
	"matoi/incident"
)

// Post stores a message of Matoi's own. A Key that is present already gives that message's receipt, whether or
// not the call is doubtful.
func (c *Console) Post(ctx context.Context, to incident.Place, m bot.Message, _ bool) (incident.Receipt, error) {
	if _, err := c.Store.Channel(ctx, to.Room); err != nil {
		return incident.Receipt{}, gone(err, "post to room "+to.Room)
	}
	thread := id(to.Thread)
	if to.Thread != "" {
		if _, err := c.Store.Message(ctx, thread); err != nil {
			return incident.Receipt{}, gone(err, "post to thread "+to.Thread)
		}
	}
	added, err := c.Store.AddMessage(ctx, Message{Channel: to.Room, Thread: thread, Text: m.Text, Card: m.Card, Key: m.Key, At: c.now(), Pings: m.Pings})
	if err != nil {
		return incident.Receipt{}, fmt.Errorf("post to room %s: %w", to.Room, err)
	}
	return receipt(added), nil
}

// errSame ends an edit that would change nothing, so that readers are not told about it.
var errSame = errors.New("nothing changed")

// Edit replaces text and card of a message that Post returned.
func (c *Console) Edit(ctx context.Context, at incident.Place, m bot.Message) error {
	_, err := c.Store.EditMessage(ctx, id(at.Message), replace(m))
	if err != nil && !errors.Is(err, errSame) {
		return gone(err, "edit message "+at.Message)
	}
	return nil
}

// replace gives a message text and card of another.
func replace(m bot.Message) func(have *Message) error {
	return func(have *Message) error {
		if !have.Deleted.IsZero() {
			return incident.ErrNotFound
		}
		if have.Text == m.Text && reflect.DeepEqual(have.Card, m.Card) {
			return errSame
		}
		have.Text, have.Card = m.Text, m.Card
		return nil
	}
}

// Write posts and edits in one go.
func (c *Console) Write(ctx context.Context, list []bot.Writing) ([]bot.Written, error) {
	now, puts := c.now(), make([]Put, len(list))
	for k, w := range list {
		if w.Edit {
			puts[k] = Put{Message{ID: id(w.At.Message)}, replace(w.Message)}
			continue
		}
		m := Message{Channel: w.At.Room, Text: w.Message.Text, Card: w.Message.Card, Key: w.Message.Key, At: now, Pings: w.Message.Pings}
		if w.At.Thread != "" {
			if m.Thread = id(w.At.Thread); m.Thread == 0 {
				m.Thread = -1 // no message has it
			}
		}
		puts[k].Message = m
	}
	done, err := c.Store.PutMessages(ctx, puts)
	if err != nil {
		return nil, fmt.Errorf("write %d messages: %w", len(list), err)
	}
	out := make([]bot.Written, len(list))
	for k, d := range done {
		switch w := list[k]; {
		case d.Err != nil && !errors.Is(d.Err, errSame):
			out[k].Err = gone(d.Err, "write to room "+w.At.Room)
		case w.Edit:
			out[k].Receipt = incident.Receipt{Place: w.At, Link: Link(w.At.Room, id(w.At.Message))}
		default:
			out[k].Receipt = receipt(d.Message)
		}
	}
	return out, nil
}

// withdrawn bounds how much of a thread is read at a time.
const withdrawn = 200

// Withdraw blanks Matoi's own messages of a thread; each says that it was deleted.
func (c *Console) Withdraw(ctx context.Context, thread incident.Place) error {
	now, before := c.now(), int64(0)
	for {
		list, err := c.Store.Messages(ctx, thread.Room, id(thread.Thread), before, withdrawn)
		if err != nil {
			return gone(err, "read thread "+thread.Thread)
		}
		for _, m := range list {
			if m.Author != "" || !m.Deleted.IsZero() {
				continue
			}
			_, err := c.Store.EditMessage(ctx, m.ID, func(m *Message) error {
				m.Text, m.Card, m.Files, m.Deleted = "", nil, nil, now
				return nil
			})
			if err != nil {
				return fmt.Errorf("withdraw message %d: %w", m.ID, err)
			}
		}
		if len(list) < withdrawn {
			return nil
		}
		before = list[0].ID
	}
}

// Tell sends a message to the person's own channel with Matoi.
func (c *Console) Tell(ctx context.Context, person incident.PersonID, m bot.Message, doubtful bool) (incident.Receipt, error) {
	if _, err := c.Store.Person(ctx, person); err != nil {
		return incident.Receipt{}, gone(err, "tell "+string(person))
	}
	ch := Channel{ID: direct(person), Private: true, Direct: true}
	if err := c.ensure(ctx, ch); err != nil {
		return incident.Receipt{}, fmt.Errorf("tell %s: %w", person, err)
	}
	if _, err := c.Store.AddMember(ctx, ch.ID, person); err != nil {
		return incident.Receipt{}, fmt.Errorf("tell %s: %w", person, err)
	}
	return c.Post(ctx, incident.Place{Realm: Realm, Room: ch.ID}, m, doubtful)
}

// direct names the channel in which Matoi talks to a person alone.
func direct(person incident.PersonID) string { return "@" + string(person) }

func receipt(m Message) incident.Receipt {
	return incident.Receipt{Place: place(m), Link: Link(m.Channel, m.ID)}
}

// place is where a message stands.
func place(m Message) incident.Place {
	p := incident.Place{Realm: Realm, Room: m.Channel, Message: strconv.FormatInt(m.ID, 10)}
	if m.Thread != 0 {
		p.Thread = strconv.FormatInt(m.Thread, 10)
	}
	return p
}
