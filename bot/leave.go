package bot

import (
	"context"
	"errors"
	"fmt"

	"matoi/incident"
)

// Leaver is a chat in which a room that everybody may read can't be taken from them: an incident that becomes private leaves it.
type Leaver interface {
	Chat
	// Leave takes back what was written into the room, shows last in it and closes it. What people wrote there themselves stays.
	// Done again it changes nothing.
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

// leaveRoom ends a room that everybody may read, before the one is recorded in which a private incident goes on.
func (p *Pump) leaveRoom(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, old, room incident.Room) error {
	l, can := chat.(Leaver)
	if !can || !out.Incident.Private || old.Private || old.ID == room.ID {
		return nil
	}
	last := Message{Key: Key(d) + "-left", Lang: p.bot.Lang, Card: out.Room.First.Card}
	if err := l.Leave(ctx, old, last); err != nil {
		return fmt.Errorf("leave the open room of %s: %w", d.Effect.Number, err)
	}
	return nil
}
