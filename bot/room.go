package bot

import (
	"context"
	"errors"
	"fmt"

	"matoi/incident"
)

// roomChanged follows what people do with an incident's room itself. Nobody of the incident did it, so nobody is answered: a
// new name is kept, and that nothing reaches the room any more stands in the record, where all who look see it.
func (b *Bot) roomChanged(ctx context.Context, c *call) (Reply, error) {
	n, err := b.inRoom(ctx, c)
	if err != nil || n == 0 {
		return Reply{}, err
	}
	i, err := b.Store.Load(ctx, n)
	if errors.Is(err, incident.ErrNotFound) {
		return Reply{}, nil
	}
	if err != nil {
		return Reply{}, fmt.Errorf("load %s: %w", n, err)
	}
	room, ok := i.Room(c.Place.Realm)
	if !ok || room.ID != c.Place.Room || room.Thread != "" {
		return Reply{}, nil // a thread goes on wherever its channel goes
	}
	var cmd incident.Command
	switch {
	case c.Kind == Renamed && c.Text != "" && room.Name != c.Text:
		room.Name = c.Text
		cmd = incident.ReceiveRoom{Room: room}
	case c.Kind == Lost && i.Open():
		_, err = b.Desk.Do(ctx, n, incident.FailDelivery{Effect: string(incident.Post), Realm: room.Realm, Why: lostRoom(Why(c.Text), room.ID)},
			incident.By{}, lostOnce(Why(c.Text), room))
		return withNumber(Reply{Number: n}, err)
	default:
		return Reply{Number: n}, nil
	}
	_, err = b.doIn(ctx, c, n, cmd, incident.By{})
	return withNumber(Reply{Number: n}, err)
}
