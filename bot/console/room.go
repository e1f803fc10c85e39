package console

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"matoi/bot"
	"matoi/incident"
)

// sameName is how many other owners of a room's name are stepped over (name-2, name-3, …).
const sameName = 9

// OpenRoom makes the room of spec, or adopts the one of that name when it is the same incident's. A thread of
// the announcement channel is asked for with Thread; a private incident gets a room of its own even then, since
// everybody reads that channel.
func (c *Console) OpenRoom(ctx context.Context, spec bot.RoomSpec) (incident.Room, error) {
	if spec.Thread && !spec.Private {
		return c.openThread(ctx, spec)
	}
	name := strings.Trim(spec.Name, "/ ")
	if name == "" {
		name = strings.ToLower(spec.Number.String())
	}
	for n := 1; n <= sameName; n++ {
		id := name
		if n > 1 {
			id = fmt.Sprintf("%s-%d", name, n)
		}
		mine, err := c.claim(ctx, id, spec)
		if err != nil {
			return incident.Room{}, fmt.Errorf("open room %s: %w", id, err)
		}
		if mine {
			return incident.Room{Realm: Realm, ID: id, Name: id, Link: Link(id, 0)}, nil
		}
	}
	return incident.Room{}, &bot.Permanent{Err: fmt.Errorf("open room %s: the name is taken %d times", name, sameName)}
}

// claim makes the channel or finds that it is this incident's; false when it is somebody else's.
func (c *Console) claim(ctx context.Context, id string, spec bot.RoomSpec) (bool, error) {
	present, err := c.Store.Channel(ctx, id)
	if err == nil {
		return present.Number == spec.Number, nil
	}
	if !errors.Is(err, incident.ErrNotFound) {
		return false, err
	}
	if _, err := c.Store.SaveChannel(ctx, Channel{ID: id, Private: spec.Private, Number: spec.Number, Created: c.now()}); err != nil {
		return false, err
	}
	present, err = c.Store.Channel(ctx, id)
	return present.Number == spec.Number, err
}

func (c *Console) openThread(ctx context.Context, spec bot.RoomSpec) (incident.Room, error) {
	first := spec.First
	if first.Key == "" {
		first.Key = "thread:" + spec.Number.String()
	}
	at, err := c.Post(ctx, incident.Place{Realm: Realm, Room: Incidents}, first, true)
	if err != nil {
		return incident.Room{}, err
	}
	return incident.Room{Realm: Realm, ID: Incidents, Thread: at.Place.Message, Name: Incidents, Link: at.Link}, nil
}

// Unreachable tells which people could not be brought into a room; the others are in.
type Unreachable struct{ People []incident.PersonID }

// Error names them.
func (u *Unreachable) Error() string { return fmt.Sprintf("could not be invited: %v", u.People) }

// Invite makes people members of the room's channel. One who is unknown is reported in an *Unreachable inside a
// *bot.Permanent after the others were brought in.
func (c *Console) Invite(ctx context.Context, room incident.Room, people []incident.PersonID) error {
	if _, err := c.Store.Channel(ctx, room.ID); err != nil {
		return gone(err, "invite to room "+room.ID)
	}
	var lost []incident.PersonID
	for _, p := range people {
		if _, err := c.Store.Person(ctx, p); errors.Is(err, incident.ErrNotFound) {
			lost = append(lost, p)
			continue
		} else if err != nil {
			return fmt.Errorf("invite %s to %s: %w", p, room.ID, err)
		}
		if _, err := c.Store.AddMember(ctx, room.ID, p); err != nil {
			return fmt.Errorf("invite %s to %s: %w", p, room.ID, err)
		}
	}
	if len(lost) > 0 {
		return &bot.Permanent{Err: &Unreachable{People: lost}}
	}
	return nil
}

// SetTopic sets the channel's topic; a thread has none of its own.
func (c *Console) SetTopic(ctx context.Context, room incident.Room, topic string) error {
	if room.Thread != "" {
		return nil
	}
	ch, err := c.Store.Channel(ctx, room.ID)
	if err != nil {
		return gone(err, "topic of room "+room.ID)
	}
	if ch.Topic == topic {
		return nil
	}
	ch.Topic = topic
	if _, err := c.Store.SaveChannel(ctx, ch); err != nil {
		return fmt.Errorf("topic of room %s: %w", room.ID, err)
	}
	return nil
}

// Announcements is the channel #incidents.
func (c *Console) Announcements(ctx context.Context) (incident.Place, error) {
	if err := c.ensure(ctx, Channel{ID: Incidents}); err != nil {
		return incident.Place{}, fmt.Errorf("announcement channel: %w", err)
	}
	return incident.Place{Realm: Realm, Room: Incidents}, nil
}

// ensure makes a channel that is not there yet and leaves a present one as it is.
func (c *Console) ensure(ctx context.Context, ch Channel) error {
	_, err := c.Store.Channel(ctx, ch.ID)
	if errors.Is(err, incident.ErrNotFound) {
		ch.Created = c.now()
		_, err = c.Store.SaveChannel(ctx, ch)
	}
	return err
}

// gone makes a missing room or message permanent: no retry brings it back.
func gone(err error, doing string) error {
	if errors.Is(err, incident.ErrNotFound) {
		return &bot.Permanent{Err: fmt.Errorf("%s: %w", doing, bot.ErrGone)}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// id reads a message's id out of a place; 0 when there is none.
func id(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
