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
	// Unsay puts m in the place of every message of ours that stands at a place, a room, a thread or the private messages of
	// one person, and of which gone says so by its Key and what it Tells. Done again it changes nothing.
	Unsay(ctx context.Context, at incident.Place, gone func(key string, t Tells) bool, m Message) error
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
	case incident.Tell:
		return Tells{First: d.Effect.Seq, Last: d.Effect.Seq, Title: true}
	case incident.Brief:
		return Tells{First: 1, Last: version, Title: true}
	}
	return Tells{}
}

// Erased is what went out of a record.
type Erased struct {
	Number incident.Number
	Seqs   []int64
	Title  bool
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
	out.Erased.Number = n
	for _, e := range events {
		switch f := e.Fact.(type) {
		case *incident.TextErased: // of all that ever were: each is looked for once more, which costs nothing
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
			out.Erased.Title = out.Erased.Title || slices.Contains(out.Erased.Seqs, e.Seq)
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
	if u, can := chat.(Unsayer); can {
		m := Message{Key: Key(d), Text: incident.Blank, Lang: out.Message.Lang}
		for _, at := range places {
			failed(u.Unsay(ctx, at, out.Erased.In, m))
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
