package bot

import (
	"context"
	"sync"
	"time"

	"matoi/incident"
)

// Paced is a chat that says how often what it keeps equal to the state may change. One that does not say so is asked for a
// change at most once a second in each channel, which is what platforms take for long.
type Paced interface {
	Chat
	// Pace is the least time between two changes: of each message by itself, or of all in one channel.
	Pace() (least time.Duration, each bool)
}

// The bounds of the pace of changes.
const (
	editEvery   = time.Second
	longestTurn = 4 * time.Second // for which a change is put off at once, however many wait for their turn
	mostPaced   = 1024            // places that are remembered before those at rest are forgotten
)

// edits paces the changes in one chat: the first goes at once, those that come too soon are one, the newest, as soon as it may.
// What is put off waits in the outbox, where later changes join it, so the last state always arrives.
type edits struct {
	least time.Duration
	each  bool
	mu    sync.Mutex
	free  map[string]time.Time // when the next may go
	queue map[string]time.Time // the last turn that was given away
}

func paceOf(c Chat) *edits {
	e := &edits{least: editEvery, free: map[string]time.Time{}, queue: map[string]time.Time{}}
	if p, ok := c.(Paced); ok {
		e.least, e.each = p.Pace()
	}
	return e
}

// place is what a change is counted for.
func (e *edits) place(d incident.Delivery, channel string) string {
	if e.each {
		return d.Effect.Lane() + " " + string(d.Effect.Kind)
	}
	return channel
}

// soon tells when a change may go that comes too soon, zero where it may go now. An urgent one takes the next turn, the others
// one each.
func (e *edits) soon(place string, urgent bool, now time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	free := e.free[place]
	switch {
	case !free.After(now):
		return time.Time{}
	case urgent || e.each:
		return free
	}
	at := later(free, e.queue[place].Add(e.least))
	if last := now.Add(longestTurn); at.After(last) {
		at = last
	}
	e.queue[place] = at
	return at
}

// went counts a change.
func (e *edits) went(place string, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.free) >= mostPaced {
		for old, free := range e.free {
			if !free.After(now) {
				delete(e.free, old)
				delete(e.queue, old)
			}
		}
	}
	e.free[place] = now.Add(e.least)
}

// paced reports whether a delivery keeps a message equal to the state. Topics change too seldom.
func paced(d incident.Delivery) bool {
	return d.Effect.Kind == incident.ShowCard || d.Effect.Kind == incident.Announce
}

// tooSoon tells until when a delivery is put off for its chat's pace, zero where it may go. A message that is not there yet is
// never too soon, nor is what was tried before: its lane waits for it.
func (p *Pump) tooSoon(ctx context.Context, d incident.Delivery, out Outgoing, channel string) time.Time {
	if !paced(d) || d.Tries > 0 || d.Doubtful {
		return time.Time{}
	}
	e, now := p.edits[d.Effect.Realm], p.now()
	if e.least <= 0 {
		return time.Time{}
	}
	place := e.place(d, channel)
	e.mu.Lock()
	open := !e.free[place].After(now)
	e.mu.Unlock()
	if open {
		return time.Time{}
	}
	here := inAnnouncements(incident.Place{})
	if room, ok := out.Incident.Room(d.Effect.Realm); ok && d.Effect.Kind == incident.ShowCard {
		here = inRoom(room)
	} else if to, err := p.chats[d.Effect.Realm].Announcements(ctx); err == nil {
		here = inAnnouncements(to)
	}
	if _, stands, err := p.stands(ctx, d.Effect, here); err != nil || !stands {
		return time.Time{}
	}
	return e.soon(place, d.Effect.Urgent, now)
}

// changed counts a delivery that was sent for its chat's pace.
func (p *Pump) changed(d incident.Delivery, channel string) {
	if paced(d) {
		e := p.edits[d.Effect.Realm]
		e.went(e.place(d, channel), p.now())
	}
}
