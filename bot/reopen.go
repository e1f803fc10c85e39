package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// roomsMost is how many rooms an incident may have had in one chat before no further one is opened by itself: something there
// closes each.
const roomsMost = 4

// removedSoon is how long a private room that is not to be found may be one out of which people took the bot: to it that looks
// as if the room were deleted, and the word of it comes a while later.
const removedSoon = 2 * time.Minute

// reopenPause is for how long a delivery is put off that finds a room lost which another one opens again.
const reopenPause = time.Second

// reopened opens the room of an incident again that people archived or deleted while it is worked on; done is false where that
// is not what became of a delivery. The record says what happened; the new room begins with card, topic, members and what was
// so far, and what waits goes there. A room that only comes back is the same one. Seen is the incident as it was when the
// delivery was rendered: where it has another room since, that one is not lost.
func (p *Pump) reopened(calls context.Context, chat Chat, d incident.Delivery, seen *incident.Incident, cause error) (s incident.Settled, done bool) {
	why := WhyOf(cause)
	if why != WhyArchived && why != WhyDeleted || d.Effect.Kind == incident.Archive || d.Effect.Kind == incident.Wake || roomOf(seen, d.Effect) == "" {
		return s, false
	}
	whose := d.Effect.Realm + "/" + d.Effect.Number.String()
	if !p.opens(whose) { // many find the same room lost at once
		return p.putOff(d, p.now().Add(reopenPause)), true
	}
	defer p.opened(whose)
	ctx, cancel := context.WithTimeout(calls, callTime)
	defer cancel()
	i, err := p.bot.Store.Load(ctx, d.Effect.Number)
	if err != nil || i.Over() {
		return s, false
	}
	old, _ := i.Room(d.Effect.Realm)
	switch {
	case old.ID != roomOf(seen, d.Effect):
		return p.putOff(d, p.now()), true
	case !p.reopens(ctx, i, old):
		return s, false
	case old.Private && why == WhyDeleted && p.now().Sub(d.Waiting) < removedSoon:
		return p.again(d, cause), true
	case !p.say(ctx, d, cause, false):
		return s, false
	}
	err = p.guarded(d, func() error { return p.reopen(ctx, chat, d, old, why) })
	if wait, asked := errors.AsType[*Wait](err); asked {
		return p.putOff(d, p.now().Add(max(wait.After, shortestPause))), true
	}
	if err != nil {
		p.log.Warn("open a room again", "incident", i.Number, "realm", old.Realm, "lost", old.ID, "error", err)
	}
	if _, permanent := errors.AsType[*Permanent](err); permanent {
		return s, false
	}
	s = p.again(d, cause)
	s.Doubtful = false // nothing can have reached a room that is not there
	return s, true
}

// opens takes the opening of an incident's room for one delivery of this process; opened gives it back.
func (p *Pump) opens(whose string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opening[whose] {
		return false
	}
	p.opening[whose] = true
	return true
}

func (p *Pump) opened(whose string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.opening, whose)
}

// reopens reports whether a room that is lost is opened again: not one out of which people took the bot.
func (p *Pump) reopens(ctx context.Context, i *incident.Incident, old incident.Room) bool {
	if p.bot.Policy().Exposed(i, old) || removed(i, old.Realm, old.ID) {
		return false
	}
	events, err := p.bot.Store.Timeline(ctx, i.Number, 0, wholeTimeline)
	if err != nil {
		return false
	}
	var had []string
	for _, e := range events {
		if f, opened := e.Fact.(*incident.RoomOpened); opened && f.Room.Realm == old.Realm && f.Room.Thread == "" && !slices.Contains(had, f.Room.ID) {
			had = append(had, f.Room.ID)
		}
	}
	return len(had) < roomsMost
}

// reopen brings the room back, or makes another one in its place. Processes that find the same room lost at the same time make
// one: the second adopts it, and the record takes it once. What was so far stands there before it is recorded: where this process
// ends in between it is not lost, and where the incident becomes private meanwhile it goes again with the room.
func (p *Pump) reopen(ctx context.Context, chat Chat, d incident.Delivery, old incident.Room, why Why) error {
	if a, can := chat.(Archiver); can {
		switch err := a.Wake(ctx, old); {
		case err == nil && why == WhyDeleted: // it is there: what is refused in it is refused for good
			return &Permanent{errors.New("the room is there")}
		case err == nil || !errors.Is(err, ErrGone):
			return err
		}
	}
	d.Effect = incident.Effect{Number: d.Effect.Number, Kind: incident.OpenRoom, Realm: old.Realm}
	out, err := p.bot.Render(ctx, d)
	if err != nil {
		return err
	}
	room, err := chat.OpenRoom(ctx, out.Room)
	if err != nil {
		return err
	}
	err = p.recap(ctx, chat, room, d.Effect.Number)
	if _, permanent := errors.AsType[*Permanent](err); permanent { // the room is worth more than what was so far
		p.log.Warn("say in another room what was so far", "incident", d.Effect.Number, "room", room.ID, "error", err)
	} else if err != nil {
		return err
	}
	cause := incident.Cause{ID: "reopen:" + old.Realm + ":" + old.ID, Machine: true}
	if _, err := p.bot.Desk.Do(ctx, d.Effect.Number, incident.ReceiveRoom{Room: room}, incident.By{}, cause); err != nil {
		return fmt.Errorf("record the room of %s: %w", d.Effect.Number, err)
	}
	p.log.Info("opened another room", "incident", d.Effect.Number, "realm", old.Realm, "lost", old.ID, "room", room.ID)
	return nil
}

// recap says in a room that takes the place of a lost one what was so far, unless it is recorded by now or everybody would read it.
func (p *Pump) recap(ctx context.Context, chat Chat, room incident.Room, n incident.Number) error {
	i, err := p.bot.Store.Load(ctx, n)
	if err != nil {
		return fmt.Errorf("load %s: %w", n, err)
	}
	if now, ok := i.Room(room.Realm); ok && now.ID == room.ID || p.bot.Policy().Exposed(i, room) {
		return nil
	}
	events, err := p.bot.Store.Timeline(ctx, n, max(0, i.Version-timelineMax), timelineMax)
	if err != nil {
		return fmt.Errorf("read %s: %w", n, err)
	}
	v := p.bot.View(ctx, p.bot.Lang, nil)
	v.Names, v.here = mention, room.Realm
	if l, ok := lang.Parse(i.Lang); ok && i.Lang != "" {
		v.Lang = l
	}
	m := Message{
		Key: keyOf(n) + "recap-" + room.ID, Lang: v.Lang, Link: v.link(n), Card: BriefFor(i, events, v),
		Tells: Tells{First: 1, Last: i.Version, Title: true},
	}
	_, err = chat.Post(ctx, inside(room), m, true)
	return err
}
