package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// mostEmoji is how many different reactions a message may carry.
const mostEmoji = 40

// React gives a message an emoji; the same again changes nothing.
func (c *Console) React(ctx context.Context, d Deed, message int64, emoji string) (Outcome, error) {
	m, err := c.visible(ctx, d.Viewer, message)
	if err != nil {
		return Outcome{}, err
	}
	emoji = strings.TrimSpace(lang.Clean(emoji))
	if emoji == "" || len(emoji) > 64 || utf8.RuneCountInString(emoji) > 16 || len(m.Reactions) >= mostEmoji {
		return Outcome{}, incident.Refuse("reaction_unknown")
	}
	out, err := c.tellReaction(ctx, d, m, bot.Reacted, emoji)
	if err != nil {
		return out, err
	}
	return c.edited(ctx, out, message, func(m *Message) error {
		for i, r := range m.Reactions {
			if r.Emoji != emoji {
				continue
			}
			if slices.Contains(r.People, d.By) {
				return errSame
			}
			m.Reactions[i].People = append(slices.Clone(r.People), d.By)
			return nil
		}
		m.Reactions = append(m.Reactions, Reaction{Emoji: emoji, People: []incident.PersonID{d.By}})
		return nil
	})
}

// Unreact takes the person's emoji back.
func (c *Console) Unreact(ctx context.Context, d Deed, message int64, emoji string) (Outcome, error) {
	m, err := c.visible(ctx, d.Viewer, message)
	if err != nil {
		return Outcome{}, err
	}
	out, err := c.tellReaction(ctx, d, m, bot.Unreacted, emoji)
	if err != nil {
		return out, err
	}
	return c.edited(ctx, out, message, func(m *Message) error {
		for i, r := range m.Reactions {
			at := slices.Index(r.People, d.By)
			if r.Emoji != emoji || at < 0 {
				continue
			}
			m.Reactions[i].People = slices.Delete(slices.Clone(r.People), at, at+1)
			m.Reactions = slices.DeleteFunc(m.Reactions, func(r Reaction) bool { return len(r.People) == 0 })
			return nil
		}
		return errSame
	})
}

func (c *Console) tellReaction(ctx context.Context, d Deed, m Message, kind bot.RequestKind, emoji string) (Outcome, error) {
	if m.Only != "" || !m.Deleted.IsZero() {
		return Outcome{}, incident.Refuse("message_not_for_that")
	}
	return c.ask(ctx, d, bot.Request{Kind: kind, Place: place(m), Emoji: emoji, Message: shown(m)})
}

// edited changes the row after the record was told.
func (c *Console) edited(ctx context.Context, out Outcome, id int64, change func(m *Message) error) (Outcome, error) {
	m, err := c.Store.EditMessage(ctx, id, change)
	if errors.Is(err, errSame) {
		m, err = c.Store.Message(ctx, id)
	}
	if err != nil {
		return out, fmt.Errorf("change message %d: %w", id, err)
	}
	out.Message = m
	return out, nil
}

// Rewrite gives a message of one's own another text; where it is part of a record the bot makes a revision of it.
func (c *Console) Rewrite(ctx context.Context, d Deed, message int64, text string) (Outcome, error) {
	m, err := c.own(ctx, d, message)
	if err != nil {
		return Outcome{}, err
	}
	text = strings.TrimSpace(lang.Clean(text))
	if text == "" {
		return Outcome{}, incident.Refuse("message_empty")
	}
	if utf8.RuneCountInString(text) > longest {
		return Outcome{}, incident.Refuse("message_too_long", "Max", longest)
	}
	if m.Text, err = c.mention(ctx, text); err != nil {
		return Outcome{}, err
	}
	out, err := c.ask(ctx, d, bot.Request{Kind: bot.Edited, Place: place(m), Message: shown(m)})
	if err != nil {
		return out, err
	}
	now := c.now()
	return c.edited(ctx, out, message, func(have *Message) error {
		if have.Text == m.Text || !have.Deleted.IsZero() {
			return errSame
		}
		have.Text, have.Edited = m.Text, now
		return nil
	})
}

// Delete blanks a message of one's own; it stays as a line that says so, and in a record as a revision.
func (c *Console) Delete(ctx context.Context, d Deed, message int64) (Outcome, error) {
	m, err := c.own(ctx, d, message)
	if err != nil {
		return Outcome{}, err
	}
	out, err := c.ask(ctx, d, bot.Request{Kind: bot.Deleted, Place: place(m), Message: shown(m)})
	if err != nil {
		return out, err
	}
	now := c.now()
	return c.edited(ctx, out, message, func(m *Message) error {
		if !m.Deleted.IsZero() {
			return errSame
		}
		m.Text, m.Card, m.Files, m.Deleted = "", nil, nil, now
		return nil
	})
}

// own finds a message that the person may change: written by them and not deleted.
func (c *Console) own(ctx context.Context, d Deed, message int64) (Message, error) {
	m, err := c.visible(ctx, d.Viewer, message)
	if err != nil {
		return Message{}, err
	}
	if m.Author != d.By || d.By == "" {
		return Message{}, incident.Refuse("message_not_yours")
	}
	if !m.Deleted.IsZero() {
		return Message{}, incident.Refuse("message_not_for_that")
	}
	return m, nil
}
