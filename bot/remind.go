package bot

import (
	"context"
	"slices"
	"time"

	"matoi/incident"
)

// Reminders of the same minute are one message for each person, of however many incidents they are. The first goes at once; what
// comes within a minute after it waits for the end of that minute and goes together. Which delivery speaks for all that wait is
// the oldest of them, to every process the same: the others are only looked at while it is under way, and are settled with it. Where
// a process ends in between they all come again, and the message is found by its key.

// The times of gathering reminders. That somebody was reminded a moment ago is remembered by the process that did it: another one
// may remind them sooner, which is no harm.
const (
	remindApart = time.Minute
	remindMost  = 100 // that are told in one message
)

// remind delivers a reminder, with all others that wait for the same person in the same chat.
func (p *Pump) remind(ctx, calls context.Context, d incident.Delivery, began time.Time) []incident.Settled {
	whose, now := d.Effect.Realm+"/"+string(d.Effect.Person), p.now()
	if at := p.remindedSince(whose, now); !at.IsZero() && !d.Doubtful {
		return []incident.Settled{p.putOff(d, at)}
	}
	behind, told, at := p.alongside(calls, d)
	if !at.IsZero() {
		return []incident.Settled{p.putOff(d, at)}
	}
	d.Behind = behind
	s := p.work(ctx, calls, d, began.Add(patience))
	settled := append(told, s)
	if s.As != incident.Delivered || s.Receipt == (incident.Receipt{}) { // without a receipt nothing was said
		return settled
	}
	p.mu.Lock()
	p.reminded[whose] = p.now()
	p.mu.Unlock()
	for _, next := range behind {
		s.ID = next.ID
		settled = append(settled, s)
	}
	return settled
}

// remindedSince is until when reminders of a person wait, zero where they may go.
func (p *Pump) remindedSince(whose string, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other, at := range p.reminded {
		if !at.Add(remindApart).After(now) || at.After(now) { // or the clock was set back
			delete(p.reminded, other)
		}
	}
	if at, ok := p.reminded[whose]; ok {
		return at.Add(remindApart)
	}
	return time.Time{}
}

// alongside finds what else a person is to be reminded of. It gives a time where this delivery has to wait for another one, and
// what turned out to have been told.
func (p *Pump) alongside(ctx context.Context, d incident.Delivery) (behind []incident.Delivery, told []incident.Settled, at time.Time) {
	now := p.now()
	all, err := p.outbox.Meant(ctx, d.Effect.Realm, d.Effect.Person, remindMost, incident.Remind)
	if err != nil {
		p.log.Warn("look at what a person is to be reminded of", "person", d.Effect.Person, "error", err)
		return nil, nil, now.Add(yieldSoon)
	}
	chat, recalls := p.chats[d.Effect.Realm].(Recaller)
	var doubtful []string
	for _, o := range all {
		switch {
		case o.ID < d.ID: // that one speaks
			return nil, nil, now.Add(p.yield(d))
		case o.ID == d.ID:
		case o.Taken: // it comes back, or is told by itself
			return nil, nil, now.Add(yieldSoon)
		case o.Doubtful && !recalls:
		default:
			if o.Doubtful {
				doubtful = append(doubtful, Key(o))
			}
			behind = append(behind, o)
		}
	}
	if len(doubtful) > 0 {
		behind, told = p.recall(ctx, chat, d.Effect.Person, behind, doubtful)
	}
	return behind, told, time.Time{}
}

// yield is how long a delivery waits for the one that speaks for it: longer while its chat is away.
func (p *Pump) yield(d incident.Delivery) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.health[d.Effect.Realm]; h != nil && h.failed > 0 {
		return min(max(yieldDown, p.now().Sub(d.Waiting)/10), longest)
	}
	return yieldLeast
}

// handBack gives the reminders among deliveries back untried, so that another one may take them along, and leaves the others.
func (p *Pump) handBack(ctx context.Context, claimed []incident.Delivery) (left []incident.Delivery, err error) {
	for _, d := range claimed {
		if d.Effect.Kind == incident.Remind {
			p.settled = append(p.settled, p.behind(d, p.now()))
			continue
		}
		left = append(left, d)
	}
	_, err = p.exchange(ctx, 0, nil)
	return slices.Clip(left), err
}
