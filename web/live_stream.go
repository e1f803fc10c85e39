package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"matoi/incident"
)

// The rhythm of streams. look is how often one asks by itself, in case a signal was lost; calm is the least time
// between two looks at lists and incidents, which change in bursts.
const (
	look   = 3 * time.Second
	calm   = 250 * time.Millisecond
	atOnce = time.Duration(0)
)

// pace is the rhythm that tests hurry: a sign of life every beat; a reader who takes longer than patience for one write
// is cut off and comes back by itself.
type pace struct{ beat, patience time.Duration }

func usualPace() pace { return pace{beat: 15 * time.Second, patience: 10 * time.Second} }

// stream is one open connection of server-sent events.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
	r *http.Request

	who incident.PersonID // as the stream was opened
	all bool
	end func()

	patience time.Duration
}

// piece is what a stream sends: HTML that knows its place. The script puts it there.
type piece struct {
	ID      string `json:"id,omitempty"`      // of the element that HTML replaces
	HTML    string `json:"html,omitempty"`    // empty: nothing to show on this page
	Rev     int64  `json:"rev,omitempty"`     // up to which this page is now true
	Channel string `json:"channel,omitempty"` // of a message
	Thread  int64  `json:"thread,omitempty"`
	Author  string `json:"author,omitempty"`
	New     bool   `json:"new,omitempty"`  // a message that was not there when the stream was opened
	Only    bool   `json:"only,omitempty"` // a message for this reader alone

	Mentions []incident.PersonID `json:"mentions,omitempty"` // whom a message mentions
}

// hello is the first thing a stream says: which script and style this server would give, so that an old page can
// offer to be loaded again, and its clock, by which deadlines are counted down.
type hello struct {
	Assets string `json:"assets"`
	Now    int64  `json:"now"` // milliseconds
}

// begin opens a stream and says hello; where it returns false the answer has been given. end must be called once.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, who incident.PersonID) (st *stream, ok bool) {
	end, ok := s.presence.enter(who)
	if !ok {
		s.busy(w)
		return nil, false
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	st = &stream{w: w, c: http.NewResponseController(w), r: r, who: who, end: end, patience: s.live.pace.patience}
	if err := s.greet(st); err != nil {
		s.ended(r, err)
		end()
		return nil, false
	}
	return st, true
}

func (s *Server) greet(st *stream) error {
	p, err := s.Store.Person(st.r.Context(), st.who)
	if err != nil {
		return err
	}
	st.all = p.Auditor
	b, err := encodeEvent("hello", hello{Assets: s.assets.version(), Now: s.now().UnixMilli()})
	if err != nil {
		return err
	}
	return st.put(b)
}

// version tells the script and the style that are given now from others; the script knows its own by its address.
func (a *assets) version() string {
	return a.files["/static/matoi.js"].digest() + "." + a.files["/static/matoi.css"].digest()
}

// busy answers that there are as many streams as there may be: the page asks again later by itself.
func (s *Server) busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "15")
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (st *stream) send(event string, p piece) error {
	b, err := encodeEvent(event, p)
	if err != nil {
		return err
	}
	return st.put(b)
}

func (st *stream) write(text string) error { return st.put([]byte(text)) }

// put writes what was gathered, and cuts off whoever does not read it.
func (st *stream) put(b []byte) error {
	if err := st.c.SetWriteDeadline(time.Now().Add(st.patience)); err != nil {
		return err
	}
	if _, err := st.w.Write(b); err != nil {
		return err
	}
	return st.c.Flush()
}

// errStranger ends a stream whose reader is no longer who they were: logged out, erased, or with other rights. The
// page asks again and is told.
var errStranger = errors.New("the reader is no longer who they were")

// beat shows that the connection lives, and looks whether the reader is still who they were.
func (s *Server) beat(st *stream) error {
	if s.session(st.r) != st.who {
		return errStranger
	}
	p, err := s.Store.Person(st.r.Context(), st.who)
	switch {
	case errors.Is(err, incident.ErrNotFound), err == nil && (p.Erased || p.Auditor != st.all):
		return errStranger
	case err != nil:
		s.Log.Debug("look for a reader", "person", st.who, "error", err) // the store may be down: not their fault
	}
	return st.write(": still here\n\n")
}

// step sends what changed since the last one, and says after how long it wants to be called again in any case; atOnce
// where there is more to send.
type step = func(ctx context.Context, st *stream) (again time.Duration, err error)

// follow keeps a stream open and takes a step after every signal of a topic.
func (s *Server) follow(w http.ResponseWriter, r *http.Request, topic string, pause time.Duration, step step) error {
	signal, cancel := s.Store.Watch(topic)
	defer cancel()
	return s.keep(w, r, func() <-chan struct{} { return signal }, pause, step)
}

// keep keeps a stream open and takes a step at the start, after every change and when the last step wished for it. next
// gives the signal of the next change and is asked before each step, so that a channel may be closed for many. pause is
// the least time between two steps. It ends with the reader, a failing step or the server.
func (s *Server) keep(w http.ResponseWriter, r *http.Request, next func() <-chan struct{}, pause time.Duration, step step) error {
	st, ok := s.begin(w, r, s.session(r))
	if !ok {
		return nil
	}
	defer st.end()
	beat, ask := time.NewTicker(s.live.pace.beat), time.NewTimer(look)
	defer beat.Stop()
	defer ask.Stop()
	for {
		signal := next()
		again, err := step(r.Context(), st)
		if err != nil {
			s.ended(r, err)
			return nil
		}
		if again == atOnce {
			continue
		}
		ask.Reset(again)
		if pause > 0 && !s.rest(r.Context(), pause) {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.stop:
			return nil
		case <-beat.C:
			if err := s.beat(st); err != nil {
				return nil //nolint:nilerr // the reader has gone
			}
		case <-ask.C:
		case <-signal:
		}
	}
}

// ended notes why a stream ends, unless its reader has just gone.
func (s *Server) ended(r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.Log.Info("stream ends", "path", r.URL.Path, "error", err)
	}
}

// rest waits; false when the stream is to end.
func (s *Server) rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-s.stop:
		return false
	case <-t.C:
		return true
	}
}

// rendered renders a component for a piece.
func rendered(ctx context.Context, c templ.Component) (string, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return "", fmt.Errorf("render: %w", err)
	}
	return b.String(), nil
}

// changed remembers what was sent last and tells whether a text differs from it.
type changed map[string]uint64

func (c changed) since(id, text string) bool {
	h := fnv.New64a()
	h.Write([]byte(text))
	sum := h.Sum64()
	was, known := c[id]
	c[id] = sum
	return !known || was != sum
}

// sendChanged sends a part of the page when it differs from what this stream sent before. The first time it is
// sent in any case: what changed between the page's making and the stream's opening must not be missed.
func (st *stream) sendChanged(ctx context.Context, sent changed, id string, c templ.Component) error {
	text, err := rendered(ctx, c)
	if err != nil {
		return err
	}
	return st.sendText(sent, id, text)
}

// sendText is sendChanged for a part that is rendered already.
func (st *stream) sendText(sent changed, id, text string) error {
	if !sent.since(id, text) {
		return nil
	}
	return st.send("part", piece{ID: id, HTML: text})
}

// fresh makes the reader see the present moment: streams live long.
func (s *Server) fresh(rd *reader) *reader {
	n := *rd
	n.Now, n.names = s.now(), map[incident.PersonID]string{}
	return &n
}
