package console

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"matoi/incident"
)

// Open finds a channel for somebody who wants to read or write in it; one they may not see does not exist.
func (c *Console) Open(ctx context.Context, v incident.Viewer, channel string) (Channel, error) {
	ch, err := c.Store.Channel(ctx, channel)
	if err != nil {
		return Channel{}, fmt.Errorf("channel %s: %w", channel, err)
	}
	may, err := c.mayRead(ctx, v, ch)
	if err != nil {
		return Channel{}, err
	}
	if !may {
		return Channel{}, fmt.Errorf("channel %s: %w", channel, incident.ErrNotFound)
	}
	return ch, nil
}

// mayRead asks the channel's door for one viewer.
func (c *Console) mayRead(ctx context.Context, v incident.Viewer, ch Channel) (bool, error) {
	d, err := c.door(ctx, ch)
	return err == nil && d.Opens(v), err
}

// Member reports whether a person is a member of a channel.
func (c *Console) Member(ctx context.Context, channel string, person incident.PersonID) (bool, error) {
	members, err := c.Store.Members(ctx, channel)
	if err != nil {
		return false, fmt.Errorf("members of %s: %w", channel, err)
	}
	return slices.Contains(members, person), nil
}

// List gives the channels that v may read in which no incident is worked: those of people, and direct ones with them. Rooms
// are asked for by their incidents' numbers (Rooms), for nobody could read a list of all that there ever were.
func (c *Console) List(ctx context.Context, v incident.Viewer) ([]Channel, error) {
	channels, err := c.Store.Common(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return channels, nil
}

// Rooms gives the rooms of incidents that v may read.
func (c *Console) Rooms(ctx context.Context, v incident.Viewer, numbers []incident.Number) (map[incident.Number]string, error) {
	rooms, err := c.Store.Rooms(ctx, v, numbers)
	if err != nil {
		return nil, fmt.Errorf("rooms of incidents: %w", err)
	}
	return rooms, nil
}

// Messages lists what v may read of a thread (0: the top level) before an id (0: the newest), newest last, and
// whether there is more above.
func (c *Console) Messages(ctx context.Context, v incident.Viewer, channel string, thread, before int64, limit int) ([]Message, bool, error) {
	if _, err := c.Open(ctx, v, channel); err != nil {
		return nil, false, err
	}
	var out []Message
	for { // what is for somebody else alone must not make a page short
		list, err := c.Store.Messages(ctx, channel, thread, before, limit+1)
		if err != nil {
			return nil, false, fmt.Errorf("messages of %s: %w", channel, err)
		}
		more := len(list) > limit
		if more {
			before = list[1].ID
			list = list[1:]
		}
		out = append(slices.DeleteFunc(list, func(m Message) bool { return !mine(v, m) }), out...)
		if !more {
			return out, false, nil
		}
		if len(out) >= max(1, limit/2) {
			return out, true, nil
		}
	}
}

// Newer lists what v may read of a thread (0: the top level) behind an id, oldest first, and whether there is more below.
func (c *Console) Newer(ctx context.Context, v incident.Viewer, channel string, thread, after int64, limit int) ([]Message, bool, error) {
	if _, err := c.Open(ctx, v, channel); err != nil {
		return nil, false, err
	}
	var out []Message
	for {
		list, err := c.Store.After(ctx, channel, thread, after, limit+1)
		if err != nil {
			return nil, false, fmt.Errorf("messages of %s: %w", channel, err)
		}
		more := len(list) > limit
		if list = list[:min(len(list), limit)]; more {
			after = list[len(list)-1].ID
		}
		out = append(out, slices.DeleteFunc(list, func(m Message) bool { return !mine(v, m) })...)
		if !more || len(out) >= max(1, limit/2) {
			return out, more, nil
		}
	}
}

// Around lists a channel's top level around a message: what stands before it, itself, and what follows, newest last, and
// whether there is more on either side. For a reply it is the message that starts its thread.
func (c *Console) Around(ctx context.Context, v incident.Viewer, channel string, id int64, limit int) (list []Message, older, newer bool, err error) {
	m, err := c.visible(ctx, v, id)
	if err == nil && m.Thread != 0 {
		m, err = c.visible(ctx, v, m.Thread)
	}
	if err != nil {
		return nil, false, false, err
	}
	if m.Channel != channel {
		return nil, false, false, fmt.Errorf("message %d in %s: %w", id, channel, incident.ErrNotFound)
	}
	before, older, err := c.Messages(ctx, v, channel, 0, m.ID, max(limit/2, 1))
	if err != nil {
		return nil, false, false, err
	}
	after, newer, err := c.Newer(ctx, v, channel, 0, m.ID, max(limit-limit/2-1, 1))
	return slices.Concat(before, []Message{m}, after), older, newer, err
}

// Message finds one that v may read.
func (c *Console) Message(ctx context.Context, v incident.Viewer, id int64) (Message, error) {
	return c.visible(ctx, v, id)
}

func (c *Console) visible(ctx context.Context, v incident.Viewer, id int64) (Message, error) {
	m, err := c.Store.Message(ctx, id)
	if err != nil {
		return Message{}, fmt.Errorf("message %d: %w", id, err)
	}
	if !mine(v, m) {
		return Message{}, fmt.Errorf("message %d: %w", id, incident.ErrNotFound)
	}
	_, err = c.Open(ctx, v, m.Channel)
	return m, err
}

// mine reports whether a message is for everybody or for v alone.
func mine(v incident.Viewer, m Message) bool { return m.Only == "" || m.Only == v.Person }

// Feed lists what changed above rev and v may read, in the order of Rev, and the Rev up to which the store was
// read: ask again with that. more tells that there is more to read at once.
func (c *Console) Feed(ctx context.Context, v incident.Viewer, rev int64, limit int) (list []Message, upto int64, more bool, err error) {
	list, err = c.Store.Since(ctx, rev, limit)
	if err != nil {
		return nil, rev, false, fmt.Errorf("feed after %d: %w", rev, err)
	}
	upto, more = rev, len(list) == limit
	if len(list) > 0 {
		upto = list[len(list)-1].Rev
	}
	may := map[string]bool{}
	for _, m := range list {
		if _, known := may[m.Channel]; known {
			continue
		}
		_, err := c.Open(ctx, v, m.Channel)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			return nil, rev, false, err
		}
		may[m.Channel] = err == nil
	}
	return slices.DeleteFunc(list, func(m Message) bool { return !may[m.Channel] || !mine(v, m) }), upto, more, nil
}

// Rev is where a page that was just rendered begins to follow. Read it before the messages: what changes in between
// comes again and is put in the same place.
func (c *Console) Rev(ctx context.Context) (int64, error) { return c.Store.Rev(ctx) }
