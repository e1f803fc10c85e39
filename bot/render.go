package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Outgoing is a delivery rendered from the state of the moment. Skip says why there is nothing to send any more.
type Outgoing struct {
	Incident *incident.Incident
	Message  Message
	Room     RoomSpec            // of open-room
	Topic    string              // of set-topic
	Links    []Mark              // of furnish
	People   []incident.PersonID // of muster
	// Of hand-in, and of unsay: how the documents read now, what went out of the record, and the rooms in which it was told.
	Documents []Document
	Erased    Erased
	Rooms     []incident.Room
	Skip      string
}

// Render turns a delivery into what is sent, from the state as it is now: what was answered, met or withdrawn
// since is skipped. People appear as mention tokens, so that the chat can show names that can still be erased.
func (b *Bot) Render(ctx context.Context, d incident.Delivery) (Outgoing, error) {
	switch {
	case d.Effect.Number == 0 && d.Effect.Kind == incident.Brief:
		return b.renderDigest(ctx, d)
	case d.Effect.Number == 0 && (d.Effect.Kind == incident.Post || d.Effect.Kind == incident.Tell && d.Effect.Seq < 0):
		return b.renderSilence(ctx, d)
	case d.Effect.Number == 0:
		return b.renderShift(ctx, d)
	}
	i, err := b.Store.Load(ctx, d.Effect.Number)
	if errors.Is(err, incident.ErrNotFound) {
		return Outgoing{Skip: "no such incident"}, nil
	}
	if err != nil {
		return Outgoing{}, fmt.Errorf("load %s to render %s: %w", d.Effect.Number, d.Effect.Kind, err)
	}
	out := Outgoing{Incident: i}
	v := b.View(ctx, b.Lang, nil)
	v.Names, v.here = mention, d.Effect.Realm
	if l, ok := lang.Parse(i.Lang); ok && i.Lang != "" && d.Effect.Kind != incident.Announce {
		v.Lang = l // the room's own; announcements are the organisation's
	}
	if d.Effect.Person != "" {
		v = b.viewOf(ctx, d.Effect.Person, v)
	}
	if r, ok := i.Room(d.Effect.Realm); ok && b.leaves(i, r, d.Effect.Kind) {
		return Outgoing{Incident: i, Skip: "everybody reads its room; another one is being made"}, nil
	}
	switch d.Effect.Kind {
	case incident.OpenRoom:
		out.Room = v.room(i)
		out.Room.First.Key = Key(d)
	case incident.ShowCard:
		out.Message = Message{Card: CardFor(i, v)}
		out.Room = v.room(i)
	case incident.Announce:
		out.Message = Message{Card: AnnouncementFor(i, v)}
	case incident.SetTopic:
		out.Topic = v.topic(i)
	case incident.Furnish:
		out.Links = v.marks(i)
	case incident.Muster:
		out.People, err = b.managers(ctx, d.Effect.Realm)
	case incident.HandIn:
		err = b.renderReport(ctx, &out, v)
	case incident.Outdate:
		out.Message, out.Skip = v.outdated(i, d.Effect)
	case incident.Unsay:
		err = b.renderErased(ctx, &out, d, v)
	case incident.Archive:
		if !i.Over() {
			out.Skip = "works on"
		}
	case incident.Wake:
		if out.Room = v.room(i); i.Over() {
			out.Skip = "over again"
		}
		out.Room.First.Key = Key(d)
	case incident.Invite:
		if !incident.MaySee(i, incident.Viewer{Person: d.Effect.Person}) {
			out.Skip = "may not see it"
		}
	case incident.Expel:
		if incident.MaySee(i, incident.Viewer{Person: d.Effect.Person}) {
			out.Skip = "may see it again"
		}
	case incident.Brief:
		err = b.renderBrief(ctx, &out, d, v)
	case incident.Post, incident.Tell, incident.Remind:
		err = b.renderEntry(ctx, &out, d, v)
	default:
		out.Skip = "unknown effect " + string(d.Effect.Kind)
	}
	out.Message.Key, out.Message.Lang, out.Message.Link = Key(d), v.Lang, v.link(i.Number)
	if out.Message.Tells == (Tells{}) {
		out.Message.Tells = tells(d, i.Version)
	}
	return out, err
}

// leaves reports whether something would be shown in a room of a private incident that everybody reads. The room that it moves to
// begins with all that it needs.
func (b *Bot) leaves(i *incident.Incident, r incident.Room, kind incident.EffectKind) bool {
	switch kind {
	case incident.ShowCard, incident.Post:
		return i.Private && r.Thread != "" || b.Policy().Exposed(i, r)
	case incident.SetTopic, incident.Furnish, incident.HandIn, incident.Invite:
		return b.Policy().Exposed(i, r)
	}
	return false
}

// Key marks a message so that a doubtful one can be found again; it is the same for every try. It ends in the time at which the
// delivery was made: two houses in one workspace, or one that began anew, count from the same numbers.
func Key(d incident.Delivery) string {
	key := keyOf(d.Effect.Number) + strconv.FormatInt(d.ID, 10)
	if !d.Waiting.IsZero() {
		key += "-" + strconv.FormatInt(d.Waiting.UnixMicro(), 36)
	}
	return key
}

// keyOf is how the keys of an incident's messages begin.
func keyOf(n incident.Number) string { return "matoi-" + n.String() + "-" }

// viewOf shows in a person's own language and zone.
func (b *Bot) viewOf(ctx context.Context, id incident.PersonID, v View) View {
	p, err := b.People.Person(ctx, id)
	if err != nil {
		return v
	}
	if l, ok := lang.Parse(p.Lang); ok && p.Lang != "" {
		v.Lang = l
	}
	if z, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		v.Zone = z
	}
	return v
}

// room is the room wanted: its own from P3 up, else a thread of the desk's channel. The name of a private
// incident's room is its number alone.
func (v View) room(i *incident.Incident) RoomSpec {
	s := RoomSpec{
		Number: i.Number, Name: RoomName(i.Number, i.Title), Title: v.title(i), Private: i.Private,
		Thread: v.threaded(i),
	}
	if i.Private {
		s.Name = RoomName(i.Number, "")
	}
	s.First = Message{Card: AnnouncementFor(i, v), Lang: v.Lang}
	return s
}

// topicMax is what the strictest platform takes, in characters.
const topicMax = 240

func (v View) topic(i *incident.Incident) string {
	parts := []string{i.Number.String(), i.Priority.String() + " " + StatusName(i.Shown(), v.Lang)}
	if p := i.Leads(); p != "" && i.Open() {
		parts = append(parts, v.text("card.topic_leads", "Person", v.Names(p)))
	} else if v.headless(i) {
		parts = append(parts, v.text("card.no_manager"))
	}
	return cutRunes(strings.Join(append(parts, plain(i.Title)), " | "), topicMax)
}

func (b *Bot) renderBrief(ctx context.Context, out *Outgoing, d incident.Delivery, v View) error {
	if !incident.MaySee(out.Incident, incident.Viewer{Person: d.Effect.Person}) {
		out.Skip = "may not see it"
		return nil
	}
	events, err := b.Store.Timeline(ctx, d.Effect.Number, 0, timelineMax)
	if err != nil {
		return fmt.Errorf("read %s for a brief: %w", d.Effect.Number, err)
	}
	out.Message = Message{Card: BriefFor(out.Incident, events, v), Pings: []incident.PersonID{d.Effect.Person}}
	return nil
}

func (b *Bot) renderEntry(ctx context.Context, out *Outgoing, d incident.Delivery, v View) error {
	if d.Effect.Kind == incident.Remind {
		return b.renderDue(ctx, out, d.Effect, v)
	}
	events, err := b.Store.Timeline(ctx, d.Effect.Number, d.Effect.Seq-1, 1)
	if err != nil {
		return fmt.Errorf("read %s entry %d: %w", d.Effect.Number, d.Effect.Seq, err)
	}
	if len(events) == 0 || events[0].Seq != d.Effect.Seq {
		out.Skip = "no such entry"
		return nil
	}
	if d.Effect.Kind == incident.Post {
		out.Message = v.post(out.Incident, events[0])
		return nil
	}
	if _, missed := events[0].Fact.(*incident.TargetMissed); missed {
		return b.renderDue(ctx, out, d.Effect, v)
	}
	m, ok, err := b.tell(ctx, out.Incident, events[0], d.Effect.Person, v)
	if !ok {
		out.Skip = "nothing left to say"
	}
	out.Message = m
	return err
}

// threaded reports whether the incident is worked in a thread of the desk's channel instead of a room of its own.
func (v View) threaded(i *incident.Incident) bool {
	return !i.Private && (i.Priority == 0 || i.Priority > v.Policy.RoomsFrom)
}
