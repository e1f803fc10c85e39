package bot

import (
	"context"
	"slices"
	"time"

	"matoi/incident"
)

// Somebody whose chat was away is told what they missed once, of however many incidents it is. Each incident has a lane of its
// own; so the oldest old word that waits for a person speaks for those of all lanes, and the others wait for it. Which one that
// is the outbox says, to every process the same.

// Recaller is a chat that can say which messages it told somebody. Only there what may have been told already, since its answer
// was lost, is told together with what is meant for the same person in other incidents.
type Recaller interface {
	Chat
	// Recall finds the messages with one of the keys among the last that a person was told in private.
	Recall(ctx context.Context, person incident.PersonID, keys []string) (map[string]incident.Receipt, error)
}

// The times of waiting for the word that speaks for all: yieldLeast while the chat works, else yieldDown, and more where it has
// been away for long; yieldSoon where somebody has one of the others in hand still; and how long it is remembered which one it is.
const (
	yieldLeast  = 2 * time.Second
	yieldDown   = 10 * time.Second
	yieldSoon   = time.Second
	oldestKnown = 5 * time.Second
)

// oldest is the delivery that speaks for a person, as it was found at a time, and whether there is more than it tells.
type oldest struct {
	id   int64
	at   time.Time
	more bool
}

// gather finds what else waits for the person that an old word is for, in all incidents, the oldest first. It gives a time where
// this one has to wait, and what turned out to have been told.
func (p *Pump) gather(ctx context.Context, d incident.Delivery) (behind []incident.Delivery, told []incident.Settled, at time.Time) {
	now, whose := p.now(), d.Effect.Realm+"/"+string(d.Effect.Person)
	yield := now.Add(yieldLeast)
	p.mu.Lock()
	known := p.oldest[whose]
	if h := p.health[d.Effect.Realm]; h != nil && h.failed > 0 {
		yield = now.Add(min(max(yieldDown, now.Sub(d.Waiting)/10), longest))
	}
	p.mu.Unlock()
	if known.id > 0 && known.id < d.ID && now.Sub(known.at) < oldestKnown {
		return nil, nil, yield
	}
	all, err := p.outbox.Meant(ctx, d.Effect.Realm, d.Effect.Person, missedMost, incident.Tell, incident.Brief)
	if err != nil {
		p.log.Warn("look at what is meant for a person", "person", d.Effect.Person, "error", err)
		return nil, nil, now.Add(yieldSoon)
	}
	first := slices.IndexFunc(all, p.late)
	if first < 0 { // somebody told it meanwhile
		return nil, nil, now
	}
	p.mu.Lock()
	p.oldest[whose] = oldest{all[first].ID, now, true}
	p.mu.Unlock()
	if all[first].ID != d.ID {
		return nil, nil, yield
	}
	chat, recalls := p.chats[d.Effect.Realm].(Recaller)
	ended := map[incident.Number]bool{} // lanes: what is behind something else in its lane stays behind it
	var doubtful []string
	for _, o := range all[first+1:] {
		switch n := o.Effect.Number; {
		case ended[n]:
		case !p.late(o):
			ended[n] = true
		case o.Taken: // it comes back, or is told by itself
			return nil, nil, now.Add(yieldSoon)
		case o.Doubtful && !recalls:
			ended[n] = true
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
	behind = p.waited(ctx, d, behind)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.oldest[whose] = oldest{d.ID, now, len(all)-first-1 > len(behind)+len(told)}
	return behind, told, time.Time{}
}

// recall takes out of deliveries what stands there already, and ends the lane where that can't be known.
func (p *Pump) recall(ctx context.Context, chat Recaller, person incident.PersonID, all []incident.Delivery, keys []string) (left []incident.Delivery, told []incident.Settled) {
	asking, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	found, err := chat.Recall(asking, person, keys)
	if err != nil {
		p.log.Warn("look for what a person was told", "person", person, "error", err)
	}
	ended := map[incident.Number]bool{}
	for _, o := range all {
		r, stands := found[Key(o)]
		switch n := o.Effect.Number; {
		case ended[n]:
		case o.Doubtful && err != nil:
			ended[n] = true
		case o.Doubtful && stands:
			told = append(told, incident.Settled{ID: o.ID, As: incident.Delivered, Receipt: r})
		default:
			left = append(left, o)
		}
	}
	return left, told
}

// spoke lets the next word speak for a person: this one was told, or given up.
func (p *Pump) spoke(d incident.Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	whose := d.Effect.Realm + "/" + string(d.Effect.Person)
	if h := p.health[d.Effect.Realm]; h != nil && p.oldest[whose].more {
		h.hurry = true
	}
	delete(p.oldest, whose)
}
