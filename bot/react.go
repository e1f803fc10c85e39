package bot

import (
	"context"
	"errors"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// emoji evens out how platforms name an emoji: :pushpin:, pushpin, 📌 with or without a variation selector.
func emoji(name string) string {
	return strings.TrimSuffix(strings.Trim(strings.TrimSpace(name), ":"), "\ufe0f")
}

// Logs reports whether an emoji below a message writes it into the timeline: a chat need not read messages for any other.
func (b *Bot) Logs(name string) bool { return b.pins[emoji(name)] }

// place finds the incident of the room in which something happened; nil outside of rooms.
func (b *Bot) placed(ctx context.Context, c *call) (*incident.Incident, error) {
	n, err := b.inRoom(ctx, c)
	if err != nil || n == 0 {
		return nil, err
	}
	c.inc, err = b.visible(ctx, c, n)
	return c.inc, err
}

// reacted writes a pinned message into the timeline with its own time, author, text, link and files. A second
// 📌 changes nothing (the rules see to it); taking it away takes the entry back by a revision.
func (b *Bot) reacted(ctx context.Context, c *call) (Reply, error) {
	if !b.Logs(c.Emoji) || c.Message == nil {
		return Reply{}, nil
	}
	i, err := b.placed(ctx, c)
	if err != nil || i == nil {
		return Reply{}, err
	}
	if c.Kind == Unreacted {
		if _, pinned := i.Pins[incident.PinKey(c.Message.Place)]; !pinned {
			return Reply{Number: i.Number}, nil
		}
		_, err := b.do(ctx, c, incident.Revise{Message: &c.Message.Place, Why: "unpinned"})
		return Reply{Number: i.Number}, err
	}
	return b.pin(ctx, c)
}

// pin notes the message a request is about.
func (b *Bot) pin(ctx context.Context, c *call) (Reply, error) {
	res, err := b.do(ctx, c, incident.Note{Sort: "note", Text: lang.Clean(c.Message.Text), Message: c.Message})
	if err != nil {
		return Reply{}, err
	}
	if len(res.Events) == 0 {
		return Reply{Number: c.inc.Number}, nil
	}
	return b.recorded(c, res), nil
}

// menu does what a message's menu offers: log it, or open an incident from it.
func (b *Bot) menu(ctx context.Context, c *call) (Reply, error) {
	verb := b.grammar.Verb(c.Text)
	if verb == nil || c.Message == nil {
		return Reply{}, incident.Refuse("unknown_verb", "Word", cutRunes(c.Text, 40), "Near", []string(nil))
	}
	c.line = &Line{Verb: verb, Alias: verb.ID, Flags: map[string][]string{}}
	switch verb.ID {
	case "open":
		return b.form(ctx, c)
	case "log":
		i, err := b.placed(ctx, c)
		if err != nil {
			return Reply{}, err
		}
		if i == nil {
			return b.form(ctx, c)
		}
		return b.pin(ctx, c)
	}
	return Reply{}, incident.Refuse("unknown_verb", "Word", cutRunes(c.Text, 40), "Near", []string{"open", "log"})
}

// heard follows ordinary messages: the first one by a person of ours is the first deed, and what happens later
// to a message of the record becomes a revision. Nothing is written where nothing changes.
func (b *Bot) heard(ctx context.Context, c *call) (Reply, error) {
	i, err := b.placed(ctx, c)
	if i == nil || err != nil {
		return silent(err)
	}
	reply := Reply{Number: i.Number}
	if c.Kind == Said {
		if !i.Hears(c.By) && !c.policy.Listens(i, c.By, c.now) {
			return reply, nil
		}
		_, err = b.do(ctx, c, incident.Speak{})
		return withNumber(reply, err)
	}
	if c.Message == nil {
		return reply, nil
	}
	if _, kept := i.Pins[incident.PinKey(c.Message.Place)]; !kept {
		return reply, nil
	}
	r := incident.Revise{Message: &c.Message.Place, Text: lang.Clean(c.Message.Text), Why: "edited"}
	if c.Kind == Deleted {
		r.Text, r.Why = "", "deleted"
	}
	_, err = b.do(ctx, c, r)
	return withNumber(reply, err)
}

// passed follows who comes into a room and who leaves it.
func (b *Bot) passed(ctx context.Context, c *call) (Reply, error) {
	i, err := b.placed(ctx, c)
	if i == nil || err != nil {
		return silent(err)
	}
	var cmd incident.Command = incident.Enter{Realm: c.Place.Realm}
	if c.Kind == Gone {
		cmd = incident.Leave{Realm: c.Place.Realm}
	}
	_, err = b.do(ctx, c, cmd)
	return withNumber(Reply{Number: i.Number}, err)
}

// silent leaves refusals out: nobody asked for anything.
func silent(err error) (Reply, error) { return withNumber(Reply{}, err) }

func withNumber(r Reply, err error) (Reply, error) {
	if _, refused := errors.AsType[*incident.Refusal](err); refused {
		return r, nil
	}
	return r, err
}
