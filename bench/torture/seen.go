package main

import (
	"context"
	"database/sql"
	"strings"

	"matoi/bot/console"
	"matoi/storage"
)

// chatSeen is what was seen of the built-in chat.
type chatSeen struct {
	t     *torture
	rev   int64
	ids   map[int64]bool
	said  map[string]int // by token: messages of people
	posts map[string]int // by token: messages of Matoi in rooms
	cards map[string]int64
	files map[string]int // by token: files that were sent
}

func newChatSeen(t *torture) *chatSeen {
	return &chatSeen{t: t, ids: map[int64]bool{}, said: map[string]int{}, posts: map[string]int{}, cards: map[string]int64{}, files: map[string]int{}}
}

// read goes through every message that is new or was changed.
func (c *chatSeen) read(ctx context.Context, s *storage.Storage) error {
	for {
		list, err := s.Since(ctx, c.rev, 1000)
		if err != nil {
			return err
		}
		for _, m := range list {
			c.rev = m.Rev
			if !c.ids[m.ID] {
				c.ids[m.ID] = true
				c.message(m)
			}
		}
		if len(list) < 1000 {
			return nil
		}
	}
}

// missing forgets the cards that were pruned: an incident that goes on shows a new one.
func (c *chatSeen) missing(ctx context.Context, db *sql.DB) error {
	for at, id := range c.cards {
		there := 0
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM message WHERE id = $1`, id).Scan(&there); err != nil {
			return err
		}
		if there == 0 {
			delete(c.cards, at)
		}
	}
	return nil
}

// message counts one: what people say by its token, what Matoi says in a room by the token it repeats, and the living card,
// of which a room has one.
func (c *chatSeen) message(m console.Message) {
	switch {
	case m.Only != "" || strings.HasPrefix(m.Channel, "@"): // for one person
		return
	case m.Author != "":
		c.once(c.said, m)
		for _, f := range m.Files {
			c.files[tokens.FindString(f.Name)]++
		}
		return
	case m.Card != nil && !m.Card.Question:
		at := m.Channel + "\x00" + m.Card.Title
		if m.Thread != 0 {
			at += "\x00thread"
		}
		if other := c.cards[at]; other != 0 {
			c.t.fail("#%s shows the card %q as messages %d and %d", m.Channel, m.Card.Title, other, m.ID)
		}
		c.cards[at] = m.ID
		return
	}
	c.once(c.posts, m)
}

func (c *chatSeen) once(in map[string]int, m console.Message) {
	for _, token := range tokens.FindAllString(m.Text, -1) {
		if in[token]++; in[token] == 2 {
			c.t.fail("#%s says twice: %.100s", m.Channel, m.Text)
		}
	}
}
