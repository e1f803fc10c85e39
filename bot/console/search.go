package console

import (
	"context"
	"fmt"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// Search finds messages that the viewer may see and that hold all words of a text, the newest first, below before (0: all),
// and whether there are more. Words are compared as search compares them everywhere (knowledge.Query: in any
// width and case, Japanese by pairs of characters, the last word by its beginning). channel narrows it, and so do words in the text: in:#room, from:@name and from:me.
func (c *Console) Search(ctx context.Context, v incident.Viewer, text, channel string, before int64, limit int) ([]Message, bool, error) {
	q := Query{Viewer: v, Channel: channel, Before: before}
	rest, some, err := c.narrow(ctx, &q, text)
	if err != nil || !some {
		return nil, false, err
	}
	if q.Text = strings.TrimSpace(rest); q.Text == "" && q.Author == "" && q.Channel == channel {
		return nil, false, nil // nothing was asked
	}
	return c.search(ctx, q, limit)
}

// Mentions lists the messages that mention the viewer, the newest first, below before (0: all).
func (c *Console) Mentions(ctx context.Context, v incident.Viewer, before int64, limit int) ([]Message, error) {
	if v.Person == "" {
		return nil, nil
	}
	list, _, err := c.search(ctx, Query{Viewer: v, Mentioned: v.Person, Before: before}, limit)
	return list, err
}

func (c *Console) search(ctx context.Context, q Query, limit int) ([]Message, bool, error) {
	q.Limit = limit + 1
	list, err := c.Store.Search(ctx, q)
	if err != nil {
		return nil, false, fmt.Errorf("search messages: %w", err)
	}
	more := len(list) > limit
	return list[:min(len(list), limit)], more, nil
}

// narrow takes in: and from: out of a text; some is false where one of them names nothing, and so nothing can be found.
func (c *Console) narrow(ctx context.Context, q *Query, text string) (rest string, some bool, err error) {
	text = lang.Fold(strings.Join(strings.Fields(lang.Clean(text)), " "))
	var kept strings.Builder
	for text != "" {
		word, after, _ := strings.Cut(text, " ")
		filter, name, is := strings.Cut(word, ":")
		if !is {
			filter = ""
		}
		switch strings.ToLower(filter) {
		case "in":
			if q.Channel, err = c.called(ctx, q.Viewer, strings.TrimPrefix(name, "#")); err != nil || q.Channel == "" {
				return "", false, err
			}
		case "from":
			names, taken := text[len("from:"):], 0
			if q.Author, taken, err = c.writer(ctx, q.Viewer, names); err != nil || q.Author == "" {
				return "", false, err
			}
			after = strings.TrimSpace(names[taken:])
		default:
			kept.WriteString(word + " ")
		}
		text = after
	}
	return kept.String(), true, nil
}

// called finds a channel by its name in any case, among those the viewer may see.
func (c *Console) called(ctx context.Context, v incident.Viewer, name string) (string, error) {
	list, err := c.Store.Channels(ctx, v)
	if err != nil {
		return "", fmt.Errorf("list channels: %w", err)
	}
	for _, ch := range list {
		if fold(ch.ID) == fold(name) {
			return ch.ID, nil
		}
	}
	return "", nil
}

// writer finds the person whom a text begins with, as @name, <@id> or me, and how many bytes of the text that takes.
func (c *Console) writer(ctx context.Context, v incident.Viewer, text string) (incident.PersonID, int, error) {
	people, err := c.Store.People(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("people to search for: %w", err)
	}
	word, _, _ := strings.Cut(text, " ")
	if id, token := strings.CutPrefix(strings.TrimSuffix(word, ">"), "<@"); token {
		for _, p := range people {
			if string(p.ID) == id {
				return p.ID, len(word), nil
			}
		}
		return "", 0, nil
	}
	at := len(text) - len(strings.TrimPrefix(text, "@"))
	if n, id := named(text[at:], foldedNames(people)); id != "" {
		return id, at + n, nil
	}
	if bare := fold(word[min(at, len(word)):]); bare == "me" || bare == "自分" {
		return v.Person, len(word), nil
	}
	return "", 0, nil
}
