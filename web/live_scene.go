package web

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// What stands around the messages changes seldom and costs more than a message: it is looked at once for all, at most
// once a second, and where it changed it is painted for one stream after the other.
const (
	sceneRest = time.Second
	sceneLook = 15 * time.Second
)

// scene knows whether side bars and heads of channels are still as they were.
type scene struct {
	hub *hub

	mu      sync.Mutex
	version int64  // of what side bars list
	digest  uint64 // of that
	heads   map[string]headMark
	direct  map[string]bool // direct channels that were heard of
	queue   []*painting
	waiting chan struct{} // has one when the queue has
}

// headMark is what the head of a channel showed last.
type headMark struct {
	digest  uint64
	version int64
}

// painting is a wish of a stream for its side bar and head. The answer always finds room in out.
type painting struct {
	ctx  context.Context
	make func(ctx context.Context) ([]painted, error)
	out  chan []painted
}

// painted is a part of a page.
type painted struct {
	id, text string
	rev      int64 // up to which what it counts was counted
}

func newScene(h *hub) *scene {
	return &scene{hub: h, heads: map[string]headMark{}, direct: map[string]bool{}, waiting: make(chan struct{}, 1)}
}

// versions are what a stream compares: of the side bar, and of the head of its channel.
func (sc *scene) versions(channel string) [2]int64 {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return [2]int64{sc.version, sc.heads[channel].version}
}

// follow looks what changed, when something did.
func (sc *scene) follow(ctx context.Context) {
	said, stop := sc.hub.s.Store.Watch("console")
	defer stop()
	changed, halt := sc.hub.s.Store.Watch("incident")
	defer halt()
	for {
		if err := sc.see(ctx); err != nil && ctx.Err() == nil {
			sc.hub.s.Log.Debug("look at the side bar", "error", err) // the hub itself says when the store is gone
		}
		if !sleep(ctx, sceneRest) {
			return
		}
		ask := time.NewTimer(sceneLook)
		select {
		case <-ctx.Done():
		case <-ask.C:
		case <-said:
		case <-changed:
		}
		ask.Stop()
	}
}

// see takes a digest of all that side bars list, and of the heads of the channels that are open.
func (sc *scene) see(ctx context.Context) error {
	side, err := sc.listed(ctx)
	if err != nil {
		return err
	}
	news := sc.put(side)
	for _, channel := range sc.hub.shown() {
		sum, err := sc.headDigest(ctx, channel)
		if err != nil {
			return err
		}
		sc.mu.Lock()
		if h := sc.heads[channel]; h.digest != sum {
			sc.heads[channel] = headMark{digest: sum, version: h.version + 1}
			news = true
		}
		sc.mu.Unlock()
	}
	if news {
		sc.hub.tell()
	}
	return nil
}

func (sc *scene) put(side uint64) (news bool) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.digest == side {
		return false
	}
	sc.digest = side
	sc.version++
	return true
}

func (sc *scene) listed(ctx context.Context) (uint64, error) {
	all := incident.Viewer{All: true}
	s := sc.hub.s
	rows, err := s.Store.Find(ctx, incident.Filter{Viewer: all, Statuses: unfinished(), Limit: 500})
	if err != nil {
		return 0, err
	}
	channels, err := s.Console.List(ctx, all)
	if err != nil {
		return 0, err
	}
	rooms, err := s.Console.Rooms(ctx, all, numbersOf(rows))
	if err != nil {
		return 0, err
	}
	h := fnv.New64a()
	for _, r := range rows {
		fmt.Fprintln(h, r.Number, r.Title, r.Priority, r.Provisional, r.Private, r.Status, rooms[r.Number])
	}
	for _, c := range channels {
		fmt.Fprintln(h, c.ID, c.Topic, c.Private, c.Number)
	}
	return h.Sum64(), nil
}

func (sc *scene) headDigest(ctx context.Context, channel string) (uint64, error) {
	st := sc.hub.s.Console.Store
	c, err := st.Channel(ctx, channel)
	if isMissing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	members, err := st.Members(ctx, channel)
	if err != nil {
		return 0, err
	}
	h := fnv.New64a()
	fmt.Fprintln(h, c.Topic, c.Private, c.Number, members)
	return h.Sum64(), nil
}

// spoke hears of direct channels, which the digest does not list, by their first message.
func (sc *scene) spoke(list []console.Message) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, m := range list {
		if !strings.HasPrefix(m.Channel, "@") || sc.direct[m.Channel] {
			continue
		}
		if len(sc.direct) >= mostGates {
			clear(sc.direct)
		}
		sc.direct[m.Channel] = true
		sc.version++
	}
}

// ask puts a stream in the queue of those to be painted for.
func (sc *scene) ask(p *painting) {
	sc.mu.Lock()
	sc.queue = append(sc.queue, p)
	sc.mu.Unlock()
	select {
	case sc.waiting <- struct{}{}:
	default:
	}
}

func (sc *scene) next() *painting {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if len(sc.queue) == 0 {
		sc.queue = nil
		return nil
	}
	p := sc.queue[0]
	sc.queue = sc.queue[1:]
	return p
}

// paint works the queue off, one after the other, and rests as long as it works: messages go first.
func (sc *scene) paint(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-sc.waiting:
		}
		for ctx.Err() == nil {
			p := sc.next()
			if p == nil {
				break
			}
			if p.ctx.Err() != nil {
				continue
			}
			start := time.Now()
			p.out <- sc.made(p)
			if !sleep(ctx, time.Since(start)) {
				return
			}
		}
	}
}

func (sc *scene) made(p *painting) []painted {
	parts, err := p.make(p.ctx)
	if err != nil {
		if p.ctx.Err() == nil {
			sc.hub.s.Log.Debug("paint a side bar", "error", err)
		}
		return nil
	}
	return parts
}
