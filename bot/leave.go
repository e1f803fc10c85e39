package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"matoi/incident"
)

// Leaver is a chat in which a room that everybody may read can't be taken from them: an incident that becomes private leaves it.
type Leaver interface {
	Chat
	// Leave takes back what was written into the room, shows last in it and closes it. What people wrote there themselves stays.
	// Done again it changes nothing. What can't be taken back there is a *Permanent.
	Leave(ctx context.Context, room incident.Room, last Message) error
}

// Expeller is a chat in which a private room has members of its own, of whom one may have to go.
type Expeller interface {
	Chat
	// Expel takes a person out of a room; one who is not in it is none to take out.
	Expel(ctx context.Context, room incident.Room, person incident.PersonID) error
}

// expel takes somebody out of the room of an incident that they may not see any more.
func (p *Pump) expel(ctx context.Context, chat Chat, d incident.Delivery, room incident.Room) error {
	e, can := chat.(Expeller)
	if !can || !room.Private {
		return nil
	}
	err := e.Expel(ctx, room, d.Effect.Person)
	if errors.Is(err, ErrStranger) { // who never was there
		return nil
	}
	return err
}

// leaving is how the record calls it that a room was to be left.
const leaving = "leave"

// leaveRooms ends the rooms that everybody may read, before the one is recorded in which a private incident goes on: the last one,
// and those before it that were lost or put away. What is refused for good holds the private room up for nobody: the record says
// that it still stands there.
func (p *Pump) leaveRooms(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, room incident.Room) error {
	l, can := chat.(Leaver)
	if !can || !out.Incident.Private {
		return nil
	}
	events, err := p.bot.Store.Timeline(ctx, d.Effect.Number, 0, wholeTimeline)
	if err != nil {
		return unsent{fmt.Errorf("read the rooms of %s: %w", d.Effect.Number, err)}
	}
	last := Message{Key: Key(d) + "-left", Lang: p.bot.Lang, Card: out.Room.First.Card}
	left := []string{room.ID}
	for _, e := range slices.Backward(events) {
		f, opened := e.Fact.(*incident.RoomOpened)
		if !opened || f.Room.Realm != room.Realm || f.Room.Thread != "" || f.Room.Private || slices.Contains(left, f.Room.ID) {
			continue
		}
		left = append(left, f.Room.ID)
		err := l.Leave(ctx, f.Room, last)
		if _, permanent := errors.AsType[*Permanent](err); permanent {
			p.log.Error("leave an open room", "incident", d.Effect.Number, "room", f.Room.ID, "error", err)
			why := cutRunes(string(WhyOther)+": "+reason(err), reasonSize)
			cause := incident.Cause{ID: "left:" + f.Room.Realm + ":" + f.Room.ID, Machine: true}
			_, err = p.bot.Desk.Do(ctx, d.Effect.Number, incident.FailDelivery{Effect: leaving, Realm: f.Room.Realm, Why: why}, incident.By{}, cause)
		}
		if err != nil {
			return fmt.Errorf("leave the open room of %s: %w", d.Effect.Number, err)
		}
	}
	return nil
}
