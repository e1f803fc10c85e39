package web

import (
	"slices"
	"sync"
	"sync/atomic"

	"matoi/bot/console"
)

// The bounds of a ring: whoever is farther behind reads from the store.
const (
	ringChanges = 4096
	ringBytes   = 24 << 20
)

// ring keeps what changed last in the chat, in the order of Rev: everything above base up to head. A message that
// changed again stands in it once, in its last form, as in the store: what was deleted a moment ago is not told to
// somebody who comes back.
type ring struct {
	changes int // at most
	most    int64

	mu    sync.RWMutex
	slots []slot
	at    map[int64]int64 // the Rev under which a message stands, by its id
	live  int             // slots that still hold something
	base  int64
	head  int64
	bytes atomic.Int64
}

// slot is a place in the ring; its remark is nil once the message stands at a higher Rev.
type slot struct {
	rev int64
	e   *remark
}

func newRing(changes int, most int64) *ring {
	return &ring{changes: changes, most: most, at: map[int64]int64{}}
}

// reset empties the ring: it goes on above rev.
func (g *ring) reset(rev int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.slots {
		g.empty(i)
	}
	g.slots, g.live, g.base, g.head = nil, 0, rev, rev
}

// add puts what the store gave after head behind it.
func (g *ring) add(list []console.Message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range list {
		if m.Rev <= g.head {
			continue
		}
		if was, ok := g.at[m.ID]; ok {
			if i, found := g.find(was); found {
				g.empty(i)
			}
		}
		e := &remark{m: m, ring: g}
		g.slots = append(g.slots, slot{rev: m.Rev, e: e})
		g.at[m.ID] = m.Rev
		g.live++
		g.head = m.Rev
		g.bytes.Add(e.weight())
	}
	g.trim()
}

func (g *ring) find(rev int64) (int, bool) {
	return slices.BinarySearchFunc(g.slots, rev, func(s slot, rev int64) int { return int(min(max(s.rev-rev, -1), 1)) })
}

// empty forgets what a slot holds.
func (g *ring) empty(i int) {
	e := g.slots[i].e
	if e == nil {
		return
	}
	g.slots[i].e = nil
	g.live--
	if g.at[e.m.ID] == g.slots[i].rev {
		delete(g.at, e.m.ID)
	}
	e.drop()
}

// trim keeps the bounds, from the oldest on, and closes up where most slots are empty.
func (g *ring) trim() {
	cut := 0
	for cut < len(g.slots) && (g.live > g.changes || g.bytes.Load() > g.most) {
		g.empty(cut)
		g.base = g.slots[cut].rev
		cut++
	}
	if cut > 0 {
		g.slots = slices.Delete(g.slots, 0, cut)
	}
	if len(g.slots) > 2*g.live+64 {
		g.slots = slices.DeleteFunc(g.slots, func(s slot) bool { return s.e == nil })
	}
}

// after gives at most limit remarks above a Rev, and the Rev up to which that is everything. known is false when the
// ring does not reach back so far.
func (g *ring) after(rev int64, limit int) (list []*remark, upto int64, known bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if rev < g.base {
		return nil, rev, false
	}
	i, _ := g.find(rev + 1)
	for ; i < len(g.slots) && len(list) < limit; i++ {
		if e := g.slots[i].e; e != nil {
			list = append(list, e)
		}
	}
	if i < len(g.slots) {
		return list, g.slots[i-1].rev, true
	}
	return list, max(rev, g.head), true
}

// reaches is the highest Rev that the ring has.
func (g *ring) reaches() int64 {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.head
}
