package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"matoi/incident"
)

// sideRest is the least time between two side bars of one stream; stuckRest how long a stream waits that could not
// find out who may read.
const (
	sideRest  = time.Second
	stuckRest = time.Second
)

// chatStream is one page that follows the chat.
type chatStream struct {
	s       *Server
	h       *hub
	st      *stream
	rd      *reader
	channel string // that is shown; empty: none

	pos   int64 // the Rev up to which everything was sent
	begin int64 // where the page began
	told  int64 // the highest Rev that the page heard of
	since int64 // the moment of opening: no door is trusted that was looked at before

	stood  int64 // the moment up to which the shown channel's door is known to be open
	stuck  bool
	down   bool
	murmur int64

	sent    changed
	shown   [2]int64 // the scene as it was painted last
	painted time.Time
	parts   chan []painted
	asked   bool

	buf []byte
}

// liveChat follows the chat from ?after= on: messages of the channel that is open with their HTML, of others only
// that there is something; the side bar when it changes; who types and who is here.
func (s *Server) liveChat(w http.ResponseWriter, r *http.Request, rd *reader) error {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil || after < 0 {
		return incident.ErrNotFound
	}
	c := &chatStream{
		s: s, h: s.live, rd: rd, channel: r.FormValue("channel"), pos: after, begin: after, told: after,
		since: s.live.doors.moment(), shown: [2]int64{-1, -1}, sent: changed{}, parts: make(chan []painted, 1),
	}
	if c.channel != "" {
		if may, err := c.may(r.Context(), c.channel); err != nil || !may {
			return errors.Join(err, incident.ErrNotFound)
		}
	}
	leave, err := s.live.join(r.Context(), c.channel)
	if errors.Is(err, errTooMany) {
		s.busy(w)
		return nil
	}
	if err != nil {
		return err
	}
	defer leave()
	st, ok := s.begin(w, r, rd.Person.ID)
	if !ok {
		return nil
	}
	defer st.end()
	c.st = st
	if err := c.run(r.Context()); err != nil {
		s.ended(r, err)
	}
	return nil
}

// run sends until the reader, the server or the right to read ends.
func (c *chatStream) run(ctx context.Context) error {
	beat, later := time.NewTicker(c.h.pace.beat), time.NewTimer(time.Hour)
	defer beat.Stop()
	defer later.Stop()
	c.greet()
	for {
		more := c.h.changes()
		again, err := c.step(ctx)
		if err == nil {
			err = c.flush()
		}
		if err != nil {
			return err
		}
		if again {
			more = closed
		}
		later.Reset(c.pause())
		select {
		case <-ctx.Done():
			return nil
		case <-c.s.stop:
			return nil
		case <-beat.C:
			err = c.beat()
		case parts := <-c.parts:
			err = c.place(parts)
		case <-later.C:
		case <-more:
		}
		if err != nil {
			return err
		}
	}
}

// closed is a signal that is always there.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// greet says what the page must know at once.
func (c *chatStream) greet() {
	if head := c.h.ring.reaches(); c.pos > head {
		if rev, err := c.s.Console.Rev(c.st.r.Context()); err == nil && c.pos > rev { // another database than the page was made of
			c.event("stale", struct{}{})
		}
	}
	c.murmur = c.h.murmurs.last()
	c.buf = append(c.buf, c.s.presence.all()...)
}

// step gathers what is new. again tells that there is more to gather at once.
func (c *chatStream) step(ctx context.Context) (again bool, err error) {
	c.stuck = false
	c.downs()
	if stay, err := c.stay(ctx); err != nil || !stay {
		return false, err
	}
	if again, err = c.messages(ctx); err != nil || again {
		return again, err
	}
	c.murmurs()
	c.side()
	return false, nil
}

// errShut ends a stream whose channel its reader may no longer read.
var errShut = errors.New("the channel is no longer open to the reader")

// stay reports whether the reader may go on reading the channel that is shown; false with no error when that could not
// be found out, and nothing is sent until it can be.
func (c *chatStream) stay(ctx context.Context) (bool, error) {
	floor := c.h.doors.floor.Load()
	if c.channel == "" || c.stood >= floor && c.stood > 0 {
		return true, nil
	}
	may, err := c.may(ctx, c.channel)
	if err != nil {
		c.stuck = true
		return false, nil //nolint:nilerr // tried again
	}
	if !may {
		c.event("gone", struct{}{})
		return false, errors.Join(c.flush(), errShut)
	}
	c.stood = floor
	return true, nil
}

func (c *chatStream) may(ctx context.Context, channel string) (bool, error) {
	d, err := c.h.doors.door(ctx, channel, c.since)
	return err == nil && d.Opens(c.rd.Viewer), err
}

// messages gathers the next changes, from the ring or, for whoever comes from farther back, from the store.
func (c *chatStream) messages(ctx context.Context) (again bool, err error) {
	list, upto, known := c.h.ring.after(c.pos, atATime)
	if !known {
		return c.feed(ctx)
	}
	for _, e := range list {
		d, err := c.h.doors.door(ctx, e.m.Channel, c.since)
		if err != nil { // what was gathered so far is right; the rest waits
			c.stuck = true
			return false, nil //nolint:nilerr // tried again
		}
		if d.Shows(c.rd.Viewer, e.m) {
			if err := c.gather(ctx, e); err != nil {
				return false, err
			}
		}
		c.pos = e.m.Rev
	}
	c.pos = max(c.pos, upto)
	return len(list) == atATime, nil
}

func (c *chatStream) feed(ctx context.Context) (again bool, err error) {
	list, upto, _, err := c.s.Console.Feed(ctx, c.rd.Viewer, c.pos, atATime)
	if err != nil {
		return false, err
	}
	for _, m := range list {
		if err := c.gather(ctx, &remark{m: m}); err != nil {
			return false, err
		}
	}
	c.pos = upto
	return true, nil // until the ring is met
}

func (c *chatStream) gather(ctx context.Context, e *remark) error {
	f := form{fresh: e.m.ID > c.begin}
	if e.m.Channel == c.channel {
		f.html, f.lang, f.zone = true, c.rd.Lang, c.rd.Zone.String()
	}
	b, err := e.as(ctx, c.s, f, c.rd.Zone)
	if err != nil {
		return err
	}
	c.buf = append(c.buf, b...)
	c.told = e.m.Rev
	return nil
}

// murmurs gathers what is worth hearing only now.
func (c *chatStream) murmurs() {
	list, upto := c.h.murmurs.after(c.murmur)
	for _, m := range list {
		if m.reaches(c.rd.Person.ID, c.channel) {
			c.buf = append(c.buf, m.data...)
		}
	}
	c.murmur = upto
}

// downs tells when the store stops answering, and when it goes on.
func (c *chatStream) downs() {
	at := c.h.since()
	if at.IsZero() != c.down {
		return
	}
	if c.down = !at.IsZero(); c.down {
		c.event("down", map[string]int64{"since": at.UnixMilli()})
		return
	}
	c.event("up", struct{}{})
}

// side wishes for the side bar and the head where they changed.
func (c *chatStream) side() {
	if c.asked || time.Since(c.painted) < sideRest {
		return
	}
	now := c.h.scene.versions(c.channel)
	if now == c.shown {
		return
	}
	c.shown, c.asked = now, true
	c.h.scene.ask(&painting{ctx: c.st.r.Context(), out: c.parts, make: func(context.Context) ([]painted, error) {
		return c.s.sideOf(c.st.r, c.s.fresh(c.rd), c.channel)
	}})
}

// pause is after how long to look again in any case.
func (c *chatStream) pause() time.Duration {
	switch {
	case c.stuck:
		return stuckRest
	case !c.asked && c.shown != c.h.scene.versions(c.channel):
		return max(sideRest-time.Since(c.painted), time.Millisecond)
	}
	return time.Hour
}

// place sends the parts that differ from what this page shows.
func (c *chatStream) place(parts []painted) error {
	c.asked, c.painted = false, time.Now()
	if parts == nil { // it broke: once more later
		c.shown = [2]int64{-1, -1}
	}
	if stay, err := c.stay(c.st.r.Context()); err != nil || !stay { // what was painted a moment ago may be shut now
		c.shown = [2]int64{-1, -1}
		return err
	}
	for _, p := range parts {
		if c.sent.since(p.id, p.text) {
			c.event("part", piece{ID: p.id, HTML: p.text, Rev: p.rev})
		}
	}
	return c.flush()
}

func (c *chatStream) beat() error {
	if c.pos > c.told { // what was hidden: after a break the page goes on from behind it
		c.event("rev", piece{Rev: c.pos})
		c.told = c.pos
	}
	if err := c.flush(); err != nil {
		return err
	}
	return c.s.beat(c.st)
}

func (c *chatStream) event(name string, data any) {
	b, err := encodeEvent(name, data)
	if err != nil {
		c.s.Log.Error("encode an event", "event", name, "error", err)
		return
	}
	c.buf = append(c.buf, b...)
}

// flush writes what was gathered. A large buffer is not kept: there may be many streams.
func (c *chatStream) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	err := c.st.put(c.buf)
	if c.buf = c.buf[:0]; cap(c.buf) > 16<<10 {
		c.buf = nil
	}
	return err
}
