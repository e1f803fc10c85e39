package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// errEarly has an event come again: it tells of a channel that is ours, but of which the record does not know yet.
var errEarly = errors.New("the channel is not recorded yet")

// lookAgain is how often a channel that is not recorded yet is looked up.
const lookAgain = 100 * time.Millisecond

// await waits for the receipt of a channel that we made: what people do there may be heard before it is recorded, above all
// when we were killed in between. What is still unknown then is not acknowledged and comes again in a minute.
func (a *Adapter) await(ctx context.Context, at incident.Place) error {
	for {
		n, err := a.Rooms.InRoom(ctx, at)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			return fmt.Errorf("find the incident of a channel: %w", err)
		}
		if n != 0 || at.Room == "" {
			return nil
		}
		ours, err := a.made(ctx, at.Room)
		if err != nil || !ours {
			return err
		}
		if !rest(ctx, lookAgain) {
			return errEarly
		}
	}
}

// newFor is how long a channel of ours may be there before its receipt is recorded: longer than Slack tries an event.
const newFor = 10 * time.Minute

// made reports whether we made a channel for an incident just now.
func (a *Adapter) made(ctx context.Context, channel string) (bool, error) {
	a.mu.Lock()
	me, other, announcements := a.self, a.others[channel], a.announcements
	a.mu.Unlock()
	if other || channel == announcements || strings.HasPrefix(channel, "D") || me.user == "" {
		return false, nil
	}
	ch, err := a.channel(ctx, channel)
	if _, permanent := errors.AsType[*bot.Permanent](err); err != nil && !permanent {
		return false, err
	}
	old := a.Now().Sub(time.Unix(ch.Created, 0)) > newFor
	if err == nil && ch.Creator == me.user && !old && !ch.Archived && !ch.General && ch.Name != a.Config.Announcements {
		return true, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.others) >= othersMost {
		clear(a.others)
	}
	a.others[channel] = true
	return false, nil
}

// othersMost bounds how many channels of other people are remembered as such.
const othersMost = 10_000
