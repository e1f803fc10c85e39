package web

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The rhythm of the hub. gather is the least time between two readings, so that what is said in a burst goes out
// together; recall is how many changes it reads when it begins, for those who come back after a restart; atATime is how
// many it reads, or hands to a stream, at a time.
const (
	gather  = 25 * time.Millisecond
	recall  = 1000
	atATime = 200
)

// mostStreams is how many streams of the chat a process keeps open; mostOfOne how many one person may have.
const (
	mostStreams = 4000
	mostOfOne   = 40
)

// hub reads the chat once for all streams of this process: it follows the store while there is a stream, keeps what
// changed last in a ring, and wakes everybody when there is more. Streams have no queue: where one stands is a Rev.
type hub struct {
	s     *Server
	ring  *ring
	doors doors
	scene *scene
	pace  pace

	mu      sync.Mutex
	streams int
	open    map[string]int // streams by the channel they show
	run     *running       // nil while there is no stream
	more    chan struct{}  // closed when there is something new
	down    time.Time      // since when the store does not answer

	murmurs murmurs
}

// running is one life of the hub's loop.
type running struct {
	cancel context.CancelFunc
	first  chan struct{} // closed after the first reading, whatever came of it
	all    sync.WaitGroup
}

func newHub(s *Server) *hub {
	h := &hub{s: s, ring: newRing(ringChanges, ringBytes), open: map[string]int{}, more: make(chan struct{}), pace: usualPace()}
	h.doors = doors{hub: h, gates: map[string]*gate{}}
	h.scene = newScene(h)
	return h
}

// errTooMany is answered when a process has as many streams as it bears.
var errTooMany = errors.New("too many streams")

// join counts a stream in; the first one starts the loop. leave must be called once, it waits for the loop's end
// after the last one.
func (h *hub) join(ctx context.Context, channel string) (leave func(), err error) {
	h.mu.Lock()
	if h.streams >= mostStreams {
		h.mu.Unlock()
		return nil, errTooMany
	}
	h.streams++
	h.open[channel]++
	if h.run == nil {
		h.start()
	}
	run := h.run
	h.mu.Unlock()
	leave = func() { h.leave(channel) }
	select {
	case <-run.first:
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
	return leave, nil
}

func (h *hub) leave(channel string) {
	h.mu.Lock()
	h.streams--
	if h.open[channel]--; h.open[channel] == 0 {
		delete(h.open, channel)
	}
	last := h.streams == 0
	var run *running
	if last {
		run, h.run = h.run, nil
	}
	h.mu.Unlock()
	if run != nil {
		run.cancel()
		run.all.Wait()
	}
}

// start begins the loop, with h.mu held.
func (h *hub) start() {
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{cancel: cancel, first: make(chan struct{})}
	h.run = run
	said, stop := h.s.Store.Watch("console") // before the first reading, so that no change falls in between
	changed, halt := h.s.Store.Watch("incident")
	run.all.Go(func() {
		defer stop()
		h.follow(ctx, said, sync.OnceFunc(func() { close(run.first) }))
	})
	run.all.Go(func() {
		defer halt()
		h.guard(ctx, changed)
	})
	run.all.Go(func() { h.scene.follow(ctx) })
	run.all.Go(func() { h.scene.paint(ctx) })
}

// changes gives the channel that will be closed when there is something new. Take it before looking.
func (h *hub) changes() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.more
}

// tell wakes all streams.
func (h *hub) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.more)
	h.more = make(chan struct{})
}

// follow reads what is new after each signal and each look, until the last stream leaves.
func (h *hub) follow(ctx context.Context, signal <-chan struct{}, ready func()) {
	began := false
	ask := time.NewTimer(look)
	defer ask.Stop()
	for {
		err := h.take(ctx, &began)
		ready()
		h.note(ctx, err)
		wait := look
		if err != nil {
			wait = look / 3
		}
		ask.Reset(wait)
		if !sleep(ctx, gather) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ask.C:
		case <-signal:
		}
	}
}

// take reads up to the end of what there is. A new life begins a little before it, unless the ring still joins on.
func (h *hub) take(ctx context.Context, began *bool) error {
	if !*began {
		rev, err := h.s.Console.Rev(ctx)
		if err != nil {
			return fmt.Errorf("read the rev: %w", err)
		}
		if at := h.ring.reaches(); at == 0 || at > rev || at < rev-recall {
			h.ring.reset(max(0, rev-recall))
		}
		*began = true
	}
	for {
		list, err := h.s.Console.Store.Since(ctx, h.ring.reaches(), atATime)
		if err != nil {
			return fmt.Errorf("read the chat: %w", err)
		}
		h.doors.changed() // what is sent now is asked for again who may read it
		if len(list) == 0 {
			return nil
		}
		h.scene.spoke(list)
		h.ring.add(list)
		h.tell()
		if len(list) < atATime {
			return nil
		}
	}
}

// note logs when the store stops answering, and when it answers again, and tells the streams.
func (h *hub) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	h.mu.Lock()
	was := h.down
	switch {
	case err != nil && was.IsZero():
		h.down = h.s.now()
	case err == nil:
		h.down = time.Time{}
	}
	h.mu.Unlock()
	switch {
	case err != nil && was.IsZero():
		h.s.Log.Warn("the live pages stand still", "error", err)
		h.tell()
	case err == nil && !was.IsZero():
		h.s.Log.Info("the live pages go on", "after", h.s.now().Sub(was).Round(time.Millisecond))
		h.tell()
	}
}

// since is when the store stopped answering, zero while it does.
func (h *hub) since() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down
}

// guard makes every door be looked at again as soon as an incident changes: it may have been made private.
func (h *hub) guard(ctx context.Context, signal <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signal:
			h.doors.changed()
			h.tell() // so that whoever may no longer read a channel is not left looking at it
		}
	}
}

// sleep waits; false when ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
