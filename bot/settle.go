package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"matoi/incident"
)

// failed settles a delivery that did not get through: it is tried again, or given up.
func (p *Pump) failed(calls context.Context, d incident.Delivery, err error) incident.Settled {
	ctx := context.WithoutCancel(calls) // what is to be said of it is said also when the process ends
	_, permanent := errors.AsType[*Permanent](err)
	if permanent || p.now().Sub(d.Waiting) >= giveUpAge {
		return p.giveUp(ctx, d, err)
	}
	return p.retry(ctx, d, err)
}

// retry tries again later. After twelve tries the record says so, though it is tried on.
func (p *Pump) retry(ctx context.Context, d incident.Delivery, err error) incident.Settled {
	p.log.Warn("deliver", "incident", d.Effect.Number, "effect", d.Effect.Kind, "realm", d.Effect.Realm, "try", d.Tries+1, "error", err)
	p.counters.retried.Add(1)
	if d.Tries+1 >= sayAfter {
		p.say(ctx, d, err, false)
	}
	return p.again(d, err)
}

// again puts a delivery off that failed. Unless the error is from before the chat was called it may have been told.
func (p *Pump) again(d incident.Delivery, err error) incident.Settled {
	_, before := errors.AsType[unsent](err)
	return incident.Settled{ID: d.ID, As: incident.PutOff, At: p.now().Add(backoff(d.Tries)), Doubtful: !before, Why: reason(err)}
}

// giveUp ends a delivery: a fact makes it visible, then it steps aside for those behind it.
func (p *Pump) giveUp(ctx context.Context, d incident.Delivery, err error) incident.Settled {
	p.log.Error("give up a delivery", "incident", d.Effect.Number, "effect", d.Effect.Kind, "realm", d.Effect.Realm, "error", err)
	if !p.say(ctx, d, err, true) {
		return p.again(d, err)
	}
	p.counters.dropped.Add(1)
	return incident.Settled{ID: d.ID, As: incident.GivenUp, Why: reason(err)}
}

// fared notes how a call went. The first that works after several that failed in a row tells that the chat is up again.
func (p *Pump) fared(realm string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.health[realm]
	if h == nil {
		h = &health{}
		p.health[realm] = h
	}
	_, permanent := errors.AsType[*Permanent](err)
	_, asked := errors.AsType[*Wait](err)
	switch now := p.now(); {
	case err != nil && !permanent && !asked:
		h.failed++
		return
	case h.failed >= downAfter && now.Sub(h.hurried) >= hurryEvery:
		h.hurry, h.hurried = true, now
	}
	h.failed = 0
}

// say records that a delivery does not get through, once. What would only fail again by being said in the same
// chat (the word of the failure itself, a card that has failed for the same reason) is not said again, and while
// it is still tried one word for a chat and a reason is enough. It returns false when the record could not be
// written.
func (p *Pump) say(ctx context.Context, d incident.Delivery, cause error, final bool) bool {
	e := d.Effect
	i, err := p.bot.Store.Load(ctx, e.Number)
	if errors.Is(err, incident.ErrNotFound) {
		return true
	}
	if err != nil {
		p.log.Error("load to say a failure", "incident", e.Number, "error", err)
		return false
	}
	why := whyIn(cause, i, e)
	same := func(doubt string) bool {
		if final {
			return e.Kind.Coalesces() && doubt == string(e.Kind)+" "+e.Realm+": "+why
		}
		return strings.HasSuffix(doubt, " "+e.Realm+": "+why)
	}
	called := calledFor(i, e)
	if !called && slices.ContainsFunc(i.Doubts, same) || p.isFailure(ctx, e) {
		return true
	}
	id := incident.Cause{ID: "failed:" + strconv.FormatInt(d.ID, 10), Machine: true}
	if room, ok := i.Room(e.Realm); ok && why == lostRoom(WhyOf(cause), room.ID) {
		id = lostOnce(WhyOf(cause), room)
	}
	failure := incident.FailDelivery{Effect: string(e.Kind), Realm: e.Realm, Why: why}
	if called {
		failure.Person, failure.Alone = e.Person, p.onlyWay(ctx, e)
	}
	res, err := p.bot.Desk.Do(ctx, e.Number, failure, incident.By{}, id)
	if err != nil {
		p.log.Error("say a failure", "incident", e.Number, "error", err)
		return false
	}
	if !res.Again {
		p.counters.failed.Add(1)
	}
	return true
}

// isFailure reports whether a post only tells of another failure.
func (p *Pump) isFailure(ctx context.Context, e incident.Effect) bool {
	if e.Kind != incident.Post {
		return false
	}
	events, err := p.bot.Store.Timeline(ctx, e.Number, e.Seq-1, 1)
	if err != nil || len(events) == 0 {
		return false
	}
	_, failure := events[0].Fact.(*incident.DeliveryFailed)
	return failure
}

// reason is an error's text as it is kept: one line, bounded.
func reason(err error) string {
	return cutRunes(strings.Join(strings.Fields(err.Error()), " "), reasonSize)
}
