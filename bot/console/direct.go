package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"matoi/incident"
)

// mostDirect is how many people may talk in a direct channel.
const mostDirect = 9

// Direct finds or makes the channel in which these people and the actor talk among themselves. It is named by their ids in
// order, so the same people always meet in the same one.
func (c *Console) Direct(ctx context.Context, d Deed, with ...incident.PersonID) (Channel, error) {
	people := append(slices.Clone(with), d.By)
	slices.Sort(people)
	people = slices.Compact(people)
	if d.By == "" || len(people) < 2 {
		return Channel{}, incident.Refuse("direct_nobody")
	}
	if len(people) > mostDirect {
		return Channel{}, incident.Refuse("direct_too_many", "Max", mostDirect)
	}
	names := make([]string, len(people))
	for k, id := range people {
		p, err := c.Store.Person(ctx, id)
		if errors.Is(err, incident.ErrNotFound) || err == nil && p.Erased {
			return Channel{}, incident.Refuse("direct_nobody")
		}
		if err != nil {
			return Channel{}, fmt.Errorf("talk to %s: %w", id, err)
		}
		names[k] = string(id)
	}
	ch := Channel{ID: "@" + strings.Join(names, ","), Private: true, Direct: true}
	if err := c.ensure(ctx, ch); err != nil {
		return Channel{}, fmt.Errorf("make channel %s: %w", ch.ID, err)
	}
	for _, id := range people {
		if _, err := c.Store.AddMember(ctx, ch.ID, id); err != nil {
			return Channel{}, fmt.Errorf("make channel %s: %w", ch.ID, err)
		}
	}
	made, err := c.Store.Channel(ctx, ch.ID)
	if err != nil {
		return Channel{}, fmt.Errorf("channel %s: %w", ch.ID, err)
	}
	return made, nil
}

// People lists who talks in a direct channel: one person with Matoi, or several among themselves. Other channels give none.
func (ch Channel) People() []incident.PersonID {
	names, is := strings.CutPrefix(ch.ID, "@")
	if !ch.Direct || !is {
		return nil
	}
	var out []incident.PersonID
	for name := range strings.SplitSeq(names, ",") {
		out = append(out, incident.PersonID(name))
	}
	return out
}
