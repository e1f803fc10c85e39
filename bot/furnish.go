package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Furnisher is a chat in whose rooms things can be kept at hand.
type Furnisher interface {
	Chat
	// Furnish pins the card, and puts links where everybody finds them. What is there already stays, what people put there too.
	// What the platform does not allow is left out.
	Furnish(ctx context.Context, room incident.Room, card incident.Place, links []Mark) error
}

// Mark is a link that is kept at hand. The address is a whole one.
type Mark struct {
	Kind  string // page, report, dashboard, runbook
	Title string
	URL   string
}

// Archiver is a chat whose rooms can be put away.
type Archiver interface {
	Chat
	// Rests is how long a room stays as it is after its incident is over; negative: for ever.
	Rests() time.Duration
	// Archive puts a room away: it can be read, and nobody writes there any more. Done again it changes nothing.
	Archive(ctx context.Context, room incident.Room) error
	// Wake brings it back. ErrGone says that it can't be: there must be another one.
	Wake(ctx context.Context, room incident.Room) error
}

// Filer is a chat whose rooms can keep documents.
type Filer interface {
	Chat
	// File gives the room a document, in the manner of the platform. It takes the place of one of the same name; given twice it
	// stands there once. With doubtful set an earlier try may have brought it. A thread keeps none.
	File(ctx context.Context, room incident.Room, d Document, doubtful bool) error
}

// Document is kept as a whole. Its Name is that of a file; Text is Markdown, or a drawing (SVG) where Picture says so. One that
// comes Anew only takes the place of those that stand there, because they tell what was erased: where none does, none is given.
type Document struct {
	Name, Title, Text string
	Picture, Anew     bool
}

// Illustrator draws the course of an incident, as an SVG; "" where there is nothing to draw. A Reporter may be one.
type Illustrator interface {
	Picture(ctx context.Context, n incident.Number, l lang.Lang) (string, error)
}

// The times of what is done to a room as a whole: cardSoon is how long to wait for a card that is not there yet, calmFor for
// what a room that is to be put away is still to be told, or given.
const (
	cardSoon = 2 * time.Second
	calmFor  = 30 * time.Second
)

// furnish keeps at hand what is looked for, once the card stands.
func (p *Pump) furnish(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, room incident.Room) error {
	f, can := chat.(Furnisher)
	if !can || room.Thread != "" {
		return nil
	}
	card, err := p.receipts.Receipt(ctx, d.Effect.Number, room.Realm, incident.ShowCard, "")
	switch {
	case errors.Is(err, incident.ErrNotFound), err == nil && !inRoom(room)(card.Place):
		return &Wait{After: cardSoon, Own: true}
	case err != nil:
		return unsent{err}
	}
	return f.Furnish(ctx, room, card.Place, out.Links)
}

// renderReport writes the report of what is over.
func (b *Bot) renderReport(ctx context.Context, out *Outgoing, v View) (err error) {
	n := out.Incident.Number
	if out.Incident.Status != incident.StatusClosed || b.Reporter == nil {
		out.Skip = "no report is due"
		return nil
	}
	out.Documents, err = b.documents(ctx, n, v)
	return err
}

// documents are what is handed in of an incident: the report, and the picture of its course where there is one.
func (b *Bot) documents(ctx context.Context, n incident.Number, v View) ([]Document, error) {
	text, err := b.Reporter.Markdown(ctx, n, v.Lang)
	if err != nil {
		return nil, fmt.Errorf("write the report of %s: %w", n, err)
	}
	all := []Document{{Name: n.String() + ".md", Title: v.text("bot.mark_report") + " " + n.String(), Text: text}}
	artist, can := b.Reporter.(Illustrator)
	if !can {
		return all, nil
	}
	picture, err := artist.Picture(ctx, n, v.Lang)
	if err != nil {
		return nil, fmt.Errorf("draw the course of %s: %w", n, err)
	}
	if picture != "" {
		all = append(all, Document{Name: n.String() + ".svg", Title: v.text("bot.mark_course") + " " + n.String(), Text: picture, Picture: true})
	}
	return all, nil
}

// handIn gives the room the report with its picture.
func (p *Pump) handIn(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, room incident.Room) error {
	f, can := chat.(Filer)
	if !can || room.Thread != "" {
		return nil
	}
	for _, doc := range out.Documents {
		if err := f.File(ctx, room, doc, d.Doubtful); err != nil {
			return err
		}
	}
	return nil
}

// archive puts a room away, once people had time to read how it ended.
func (p *Pump) archive(ctx context.Context, chat Chat, d incident.Delivery, room incident.Room) error {
	a, can := chat.(Archiver)
	if !can || room.Thread != "" || a.Rests() < 0 {
		return nil
	}
	if left := d.Waiting.Add(a.Rests()).Sub(p.now()); left > 0 {
		return &Wait{After: left, Own: true}
	}
	for _, kind := range []incident.EffectKind{incident.Post, incident.Furnish, incident.HandIn} { // the chat was away, say: they come first
		before := incident.Delivery{Effect: incident.Effect{Number: d.Effect.Number, Realm: room.Realm, Kind: kind}}
		waiting, err := p.outbox.Following(ctx, before, 1)
		if err != nil {
			return unsent{err}
		}
		if len(waiting) > 0 {
			return &Wait{After: calmFor, Own: true}
		}
	}
	return a.Archive(ctx, room)
}

// wake brings a room back, or opens another one in its place.
func (p *Pump) wake(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, room incident.Room) (incident.Receipt, error) {
	a, can := chat.(Archiver)
	if !can || room.Thread != "" {
		return incident.Receipt{}, nil
	}
	err := a.Wake(ctx, room)
	if !errors.Is(err, ErrGone) {
		return incident.Receipt{}, err
	}
	return p.openRoom(ctx, chat, d, out)
}

// marks are the links that a room keeps at hand: what everybody asks for, and what was named for the services.
func (v View) marks(i *incident.Incident) []Mark {
	var out []Mark
	if page := v.link(i.Number); page != "" {
		out = append(out, Mark{"page", i.Number.String(), page}, Mark{"report", v.text("bot.mark_report"), page + "/report"})
	}
	for _, kind := range []string{"dashboard", "runbook"} {
		for _, l := range i.Links {
			if l.Kind != kind || !safeURL(l.URL) {
				continue
			}
			title := lang.Text(v.Lang, "bot.link_"+kind, nil)
			if l.Title != "" && l.Title != l.URL {
				title += ": " + l.Title
			}
			out = append(out, Mark{kind, cutRunes(strings.Join(strings.Fields(title), " "), 80), l.URL})
		}
	}
	return out[:min(len(out), 10)]
}
