package console

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"matoi/incident"
)

// Door is who may read a channel, as it was when it was asked for: read once, it is asked for many viewers. A stream
// to five hundred people needs one reading for each channel, not one for each of them.
type Door struct {
	channel  Channel
	incident *incident.Incident // nil where no incident is worked
	members  []incident.PersonID
	missing  bool
}

// Door reads who may read a channel now. An unknown channel has a door that opens for nobody.
func (c *Console) Door(ctx context.Context, channel string) (Door, error) {
	ch, err := c.Store.Channel(ctx, channel)
	if errors.Is(err, incident.ErrNotFound) {
		return Door{missing: true}, nil
	}
	if err != nil {
		return Door{}, fmt.Errorf("channel %s: %w", channel, err)
	}
	return c.door(ctx, ch)
}

func (c *Console) door(ctx context.Context, ch Channel) (Door, error) {
	d := Door{channel: ch}
	var err error
	if ch.Number != 0 {
		d.incident, err = c.Store.Load(ctx, ch.Number)
		if errors.Is(err, incident.ErrNotFound) {
			return Door{missing: true}, nil
		}
		if err != nil {
			return Door{}, fmt.Errorf("incident of channel %s: %w", ch.ID, err)
		}
	}
	if ch.Private && (d.incident == nil || !d.incident.Private) {
		if d.members, err = c.Store.Members(ctx, ch.ID); err != nil {
			return Door{}, fmt.Errorf("members of %s: %w", ch.ID, err)
		}
	}
	return d, nil
}

// Opens reports whether v may read the channel: the rule of doc.go; its twin in SQL stands in storage (seen). An
// auditor (Viewer.All) reads what is private, but nobody's direct messages.
func (d Door) Opens(v incident.Viewer) bool {
	if d.missing {
		return false
	}
	if i := d.incident; i != nil && (i.Private || !incident.MaySee(i, v)) {
		return incident.MaySee(i, v)
	}
	if !d.channel.Private || v.All && !d.channel.Direct {
		return true
	}
	return v.Person != "" && slices.Contains(d.members, v.Person)
}

// Shows reports whether v may read a message of this channel.
func (d Door) Shows(v incident.Viewer, m Message) bool { return mine(v, m) && d.Opens(v) }
