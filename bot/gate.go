package bot

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"matoi/incident"
)

// The gate's bounds.
const (
	perRealm   = 16               // calls under way in one chat
	perNear    = 4                // the same in the chat of this process, where they take the time of those who type
	perChannel = 4                // calls under way in one of its channels, one where it limits the rate
	mostParked = 32               // deliveries that wait in memory for one channel; the rest wait in the outbox
	patience   = 10 * time.Second // that a delivery waits in memory; for longer it waits in the outbox
	narrowFor  = time.Minute      // after it was asked to wait a channel takes one call at a time
)

// gate lets calls into one chat: so many at once, fewer into one channel, none into a channel that asked to wait, and of
// those that wait the most pressing first. A channel that is slow or limited keeps nobody from another one.
type gate struct {
	now      func() time.Time
	width    int // calls under way at once
	mu       sync.Mutex
	flying   int
	until    time.Time // the whole chat asked to wait
	channels map[string]*channel
	waiting  []*ticket // the most pressing first
	alarm    *time.Timer
}

// channel is one place of a chat in which something is under way or was lately.
type channel struct {
	flying, parked int
	until          time.Time     // it asked to wait
	narrow         time.Time     // until when it takes one call at a time
	pause          time.Duration // that it asked for last
}

// ticket is a delivery that waits for its turn.
type ticket struct {
	channel string
	rank    rank
	turn    chan bool // true: go; false: put it off
}

// rank orders deliveries that wait for one chat.
type rank struct {
	calm     bool // not urgent
	weight   int  // of the effect: what calls people goes before what shows them something
	priority incident.Priority
	single   bool // not the storm that stands for many
	id       int64
}

func (r rank) compare(o rank) int {
	return cmp.Or(order(r.calm, o.calm), cmp.Compare(r.weight, o.weight), cmp.Compare(r.priority, o.priority),
		order(r.single, o.single), cmp.Compare(r.id, o.id))
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// rankOf ranks a delivery of an incident as it stands.
func rankOf(d incident.Delivery, i *incident.Incident) rank {
	r := rank{calm: !d.Effect.Urgent, id: d.ID, priority: 9, single: true}
	if i != nil {
		if r.single = !i.Alerts.Storm; i.Priority != 0 {
			r.priority = i.Priority
		}
	}
	switch d.Effect.Kind {
	case incident.Tell, incident.Remind, incident.Brief:
		r.weight = 0
	case incident.OpenRoom, incident.Announce:
		r.weight = 1
	case incident.Invite, incident.Expel, incident.Post:
		r.weight = 2
	default:
		r.weight = 3
	}
	return r
}

func newGate(now func() time.Time, width int) *gate {
	return &gate{now: now, width: width, channels: map[string]*channel{}}
}

// at finds a channel, with the gate locked.
func (g *gate) at(name string) *channel {
	c := g.channels[name]
	if c == nil {
		c = &channel{}
		g.channels[name] = c
	}
	return c
}

// enter waits for the turn of a call into a channel, until last at most. Where it would take longer it returns when to come
// again instead. waited is true where time has passed: what was rendered before is old. Who may go must leave.
func (g *gate) enter(ctx context.Context, name string, r rank, last time.Time) (again time.Time, waited bool) {
	g.mu.Lock()
	now := g.now()
	c := g.at(name)
	if g.open(c, now) {
		g.flying++
		c.flying++
		g.mu.Unlock()
		return time.Time{}, false
	}
	until := c.until
	if g.until.After(until) {
		until = g.until
	}
	if until.After(last) {
		g.mu.Unlock()
		return until, false
	}
	t := &ticket{channel: name, rank: r, turn: make(chan bool, 1)}
	if c.parked >= mostParked && !g.evict(name, r) {
		again = now.Add(soon)
		if c.narrow.After(now) { // when those before it have gone
			again = now.Add(max(c.pause*time.Duration(c.parked), soon))
		}
		g.mu.Unlock()
		return again, false
	}
	c.parked++
	k, _ := slices.BinarySearchFunc(g.waiting, r, func(o *ticket, r rank) int { return o.rank.compare(r) })
	g.waiting = slices.Insert(g.waiting, k, t)
	g.arm(now)
	g.mu.Unlock()
	if g.wait(ctx, t, last.Sub(now)) {
		return time.Time{}, true
	}
	return g.now().Add(time.Second), true
}

// wait waits for the ticket's turn.
func (g *gate) wait(ctx context.Context, t *ticket, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case turn := <-t.turn:
		return turn
	case <-timer.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.remove(t) {
		return false
	}
	return <-t.turn // it came in the same moment
}

// remove takes a ticket back; false where its turn has come.
func (g *gate) remove(t *ticket) bool {
	k := slices.Index(g.waiting, t)
	if k < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, k, k+1)
	g.at(t.channel).parked--
	return true
}

// evict sends the least pressing of a channel away for a more pressing one.
func (g *gate) evict(name string, r rank) bool {
	for _, t := range slices.Backward(g.waiting) {
		if t.channel == name {
			if t.rank.compare(r) <= 0 {
				return false
			}
			g.remove(t)
			t.turn <- false
			return true
		}
	}
	return false
}

// open reports whether a call may go into the channel now.
func (g *gate) open(c *channel, now time.Time) bool {
	width := perChannel
	if c.narrow.After(now) {
		width = 1
	}
	return g.flying < g.width && c.flying < width && !c.until.After(now) && !g.until.After(now)
}

// leave ends a call. A *Wait closes the channel, or the whole chat, for its time.
func (g *gate) leave(name string, wait *Wait) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	c := g.at(name)
	g.flying--
	c.flying--
	if wait != nil {
		pause := max(wait.After, shortestPause)
		until := now.Add(pause)
		if wait.Whole {
			g.until = later(g.until, until)
		} else {
			c.until, c.narrow, c.pause = later(c.until, until), now.Add(max(narrowFor, 2*pause)), pause
		}
	}
	g.admit(now)
}

// soon is when a delivery comes again for which a channel that is not limited had no place in memory.
const soon = 250 * time.Millisecond

// shortestPause is taken where a chat asks to wait for no time at all.
const shortestPause = 50 * time.Millisecond

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// admit lets in those whose turn has come, and forgets channels at rest.
func (g *gate) admit(now time.Time) {
	for k := 0; k < len(g.waiting) && g.flying < g.width; {
		t := g.waiting[k]
		c := g.at(t.channel)
		if !g.open(c, now) {
			k++
			continue
		}
		g.waiting = slices.Delete(g.waiting, k, k+1)
		c.parked--
		g.flying++
		c.flying++
		t.turn <- true
	}
	for name, c := range g.channels {
		if c.flying+c.parked == 0 && !c.until.After(now) && !c.narrow.After(now) {
			delete(g.channels, name)
		}
	}
	g.arm(now)
}

// arm sets the alarm to when the next channel opens that somebody waits for.
func (g *gate) arm(now time.Time) {
	var next time.Time
	for _, t := range g.waiting {
		if until := later(g.at(t.channel).until, g.until); until.After(now) && (next.IsZero() || until.Before(next)) {
			next = until
		}
	}
	if g.alarm != nil {
		g.alarm.Stop()
		g.alarm = nil
	}
	if !next.IsZero() {
		g.alarm = time.AfterFunc(next.Sub(now), func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.admit(g.now())
		})
	}
}

// close stops the alarm.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alarm != nil {
		g.alarm.Stop()
	}
}
