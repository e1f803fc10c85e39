package console

import (
	"context"
	"fmt"

	"matoi/incident"
)

// MostUnread is where counts of unread messages stop.
const MostUnread = 100

// Enter lets what is unread count from now on for somebody who comes in, in the channels that everybody has. Where they have
// a mark already, it stays.
func (c *Console) Enter(ctx context.Context, person incident.PersonID) error {
	if err := c.Store.StartMarks(ctx, person, General, Incidents); err != nil {
		return fmt.Errorf("enter: %w", err)
	}
	return nil
}

// Read moves the viewer's mark of a channel forward to a message; a mark that stands further on stays.
func (c *Console) Read(ctx context.Context, v incident.Viewer, channel string, upto int64) error {
	if _, err := c.Open(ctx, v, channel); err != nil {
		return err
	}
	if v.Person == "" || upto <= 0 {
		return nil
	}
	if err := c.Store.MoveMark(ctx, v.Person, channel, upto, General, Incidents); err != nil {
		return fmt.Errorf("read %s: %w", channel, err)
	}
	return nil
}

// Keep leaves a message and all behind it for later: the viewer's mark goes back before it.
func (c *Console) Keep(ctx context.Context, v incident.Viewer, channel string, from int64) error {
	if _, err := c.Open(ctx, v, channel); err != nil {
		return err
	}
	if v.Person == "" || from <= 0 {
		return nil
	}
	if err := c.Store.SetMark(ctx, v.Person, channel, from-1); err != nil {
		return fmt.Errorf("keep %s unread: %w", channel, err)
	}
	return nil
}

// Unread counts what the viewer has not read, in the channels they may see and are a member of, and in the two that
// everybody has. Their own messages do not count, nor what was deleted or is for somebody else alone; replies in threads
// count as mentions only. Channels with nothing unread are left out.
func (c *Console) Unread(ctx context.Context, v incident.Viewer) ([]Unread, error) {
	if v.Person == "" {
		return nil, nil
	}
	list, err := c.Store.Unread(ctx, v, General, Incidents)
	if err != nil {
		return nil, fmt.Errorf("unread of %s: %w", v.Person, err)
	}
	return list, nil
}

// Mark is up to which message the viewer has read a channel, 0 if nothing.
func (c *Console) Mark(ctx context.Context, v incident.Viewer, channel string) (int64, error) {
	if _, err := c.Open(ctx, v, channel); err != nil || v.Person == "" {
		return 0, err
	}
	at, err := c.Store.Mark(ctx, v.Person, channel)
	if err != nil {
		return 0, fmt.Errorf("mark of %s: %w", channel, err)
	}
	return at, nil
}
