package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"matoi/incident"
)

// Unsayer is a chat that can take back what it told.
type Unsayer interface {
	Chat
	// Unsay writes every message of ours anew that stands at a place, a room, a thread or the private messages of one person,
	// and of which anew knows by its Key and what it Tells how it reads now. Done again it changes nothing.
	Unsay(ctx context.Context, at incident.Place, anew func(key string, t Tells) (Message, bool)) error
}

// Tells says which entries of a record a message repeats: those from First to Last, and the incident's title where Title says
// so. Also are the numbers of other incidents of which it tells something, with a space between. A chat keeps it with the
// message, so that it is found again when one of them is erased. What is kept equal to the state needs none.
type Tells struct {
	First, Last int64
	Title       bool
	Also        string
}

// also is what a message tells that tells something of another incident, too.
func (t Tells) also(n incident.Number) Tells {
	if !t.of(n) {
		t.Also = strings.TrimSpace(t.Also + " " + n.String())
	}
	return t
}

// of reports whether it tells something of another incident.
func (t Tells) of(n incident.Number) bool {
	return slices.Contains(strings.Fields(t.Also), n.String())
}

// and is what two messages tell that become one.
func (t Tells) and(o Tells) Tells {
	switch {
	case t.Last == 0:
		return o
	case o.Last == 0:
		return t
	}
	return Tells{min(t.First, o.First), max(t.Last, o.Last), t.Title || o.Title, t.Also}
}

// tells is what a delivery's message repeats. A brief may repeat anything that was recorded so far.
func tells(d incident.Delivery, version int64) Tells {
	switch d.Effect.Kind {
	case incident.Post:
		return Tells{First: d.Effect.Seq, Last: d.Effect.Seq}
	case incident.Tell, incident.Remind:
		return Tells{First: d.Effect.Seq, Last: d.Effect.Seq, Title: true}
	case incident.Brief:
		return Tells{First: 1, Last: version, Title: true}
	}
	return Tells{}
}

// Erased is what went out of a record: texts of entries, or the name of somebody whom entries name. Anew is how a post about one
// of these alone reads now; a message that has no such word says no more than that something went.
type Erased struct {
	Number incident.Number
	Seqs   []int64
	Title  bool
	Anew   map[int64]Message
}

// anew gives what takes the place of a message that repeats something of it: m, or what its entry reads like now.
func (e Erased) anew(m Message) func(key string, t Tells) (Message, bool) {
	return func(key string, t Tells) (Message, bool) {
		if !e.In(key, t) {
			return Message{}, false
		}
		if post, known := e.Anew[t.First]; known && t.First == t.Last && !t.Title && t.Also == "" {
			post.Lang, post.Tells = m.Lang, t // it names somebody no more, and tells the rest
			return post, true
		}
		return m, true
	}
}

// In reports whether a message repeats something of it.
func (e Erased) In(key string, t Tells) bool {
	if t.of(e.Number) {
		return true
	}
	if t.Last == 0 || !strings.HasPrefix(key, keyOf(e.Number)) {
		return false
	}
	return e.Title && t.Title || slices.ContainsFunc(e.Seqs, func(seq int64) bool { return t.First <= seq && seq <= t.Last })
}

// renderErased finds out what went, where it was told, and how the documents read without it.
func (b *Bot) renderErased(ctx context.Context, out *Outgoing, d incident.Delivery, v View) error {
	n := d.Effect.Number
	events, err := b.Store.Timeline(ctx, n, 0, wholeTimeline)
	if err != nil {
		return fmt.Errorf("read what was erased from %s: %w", n, err)
	}
	out.Erased.Number, out.Message.Text = n, incident.Blank
	if d.Effect.Person != "" {
		b.renderUnnamed(out, events, d.Effect.Person, v)
	}
	for _, e := range events {
		switch f := e.Fact.(type) {
		case *incident.TextErased: // of all that ever were: each is looked for once more, which costs nothing
			if d.Effect.Person != "" {
				continue
			}
			for _, left := range f.Entries {
				out.Erased.Seqs = append(out.Erased.Seqs, left.Seq)
			}
		case *incident.RoomOpened:
			if f.Room.Realm == d.Effect.Realm && !slices.ContainsFunc(out.Rooms, func(r incident.Room) bool { return r.ID == f.Room.ID && r.Thread == f.Room.Thread }) {
				out.Rooms = append(out.Rooms, f.Room)
			}
		}
	}
	for _, e := range events {
		switch e.Fact.(type) {
		case *incident.Opened, *incident.Titled:
			out.Erased.Title = out.Erased.Title || d.Effect.Person == "" && slices.Contains(out.Erased.Seqs, e.Seq)
		}
	}
	if b.Reporter == nil {
		return nil
	}
	out.Documents, err = b.documents(ctx, n, v)
	for k := range out.Documents {
		out.Documents[k].Anew = true
	}
	return err
}

// renderUnnamed finds the entries that name somebody who was erased, and how what was posted about them reads now. A question may
// say who answered it, too.
func (b *Bot) renderUnnamed(out *Outgoing, events []incident.Event, p incident.PersonID, v View) {
	out.Erased.Anew, out.Message.Text = map[int64]Message{}, v.text("bot.unnamed")
	for _, e := range events {
		post := v.post(out.Incident, e)
		if e.Names(p) || post.Card != nil && post.Card.Question {
			out.Erased.Seqs = append(out.Erased.Seqs, e.Seq)
			post.Pings = nil
			out.Erased.Anew[e.Seq] = post
		}
	}
}

// wholeTimeline is more entries than an incident has.
const wholeTimeline = 1 << 20

// unsay takes back in a chat what was erased from the record: in every room that the incident had there, in the private
// messages of those who were told, and in its documents. What can't be taken back somewhere keeps the rest from nothing.
func (p *Pump) unsay(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing) error {
	places, err := p.receipts.Told(ctx, d.Effect.Number, d.Effect.Realm)
	if err != nil {
		return unsent{err}
	}
	for _, room := range out.Rooms {
		places = append(places, inside(room))
	}
	var errs []error
	failed := func(err error) {
		if err != nil && !errors.Is(err, ErrGone) {
			errs = append(errs, err)
		}
	}
	m := Message{Key: Key(d), Text: out.Message.Text, Lang: out.Message.Lang}
	for _, at := range places {
		there := chat
		if other := p.chats[at.Realm]; other != nil { // a stranger here was told there
			there = other
		}
		if u, can := there.(Unsayer); can {
			failed(ownWait(u.Unsay(ctx, at, out.Erased.anew(m)), there == chat))
		}
	}
	if f, can := chat.(Filer); can {
		for _, room := range out.Rooms {
			for _, doc := range out.Documents {
				failed(f.File(ctx, room, doc, d.Doubtful))
			}
		}
	}
	return first(errs)
}

// first is the error of several by which it goes on: one that asks to wait or may pass, else what is final.
func first(errs []error) error {
	for _, err := range errs {
		if _, permanent := errors.AsType[*Permanent](err); !permanent {
			return err
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &Permanent{Err: errors.Join(errs...)}
}
