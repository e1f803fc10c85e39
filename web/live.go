package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"matoi/bot/console"
	"matoi/incident"
)

// The rhythm of streams. look is how often one asks by itself, in case a signal was lost; calm is the least time
// between two looks at lists and incidents, which change in bursts; a reader who takes longer than patience for one
// write is cut off and comes back by itself.
const (
	heartbeat = 15 * time.Second
	look      = 3 * time.Second
	calm      = 250 * time.Millisecond
	patience  = 10 * time.Second
	atOnce    = time.Duration(0)
)

// stream is one open connection of server-sent events.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

// piece is what a stream sends: HTML that knows its place. The script puts it there.
type piece struct {
	ID      string `json:"id,omitempty"`      // of the element that HTML replaces
	HTML    string `json:"html,omitempty"`    // empty: nothing to show on this page
	Rev     int64  `json:"rev,omitempty"`     // up to which this page is now true
	Channel string `json:"channel,omitempty"` // of a message
	Thread  int64  `json:"thread,omitempty"`
	Author  string `json:"author,omitempty"`
	New     bool   `json:"new,omitempty"` // a message that was not there at Rev
}

func (st *stream) send(event string, p piece) error {
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return st.write("event: " + event + "\ndata: " + string(b) + "\n\n")
}

func (st *stream) write(text string) error {
	if err := st.c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := st.w.Write([]byte(text)); err != nil {
		return err
	}
	return st.c.Flush()
}

// follow keeps a stream open and calls step after every signal, every look, and once at the start. step says after
// how long it wants to be called again in any case (atOnce where there is more to send). It ends with the reader, a
// failing step or the server.
func (s *Server) follow(w http.ResponseWriter, r *http.Request, topic string, pause time.Duration, step func(ctx context.Context, st *stream) (again time.Duration, err error)) error {
	signal, cancel := s.Store.Watch(topic)
	defer cancel()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	st := &stream{w: w, c: http.NewResponseController(w)}
	if err := st.write("retry: 2000\n\n"); err != nil {
		return nil //nolint:nilerr // the reader has gone
	}
	beat, ask := time.NewTicker(heartbeat), time.NewTimer(look)
	defer beat.Stop()
	defer ask.Stop()
	for {
		again, err := step(r.Context(), st)
		if err != nil {
			if r.Context().Err() == nil {
				s.Log.Info("stream ends", "path", r.URL.Path, "error", err)
			}
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
			if err := st.write(": still here\n\n"); err != nil {
				return nil //nolint:nilerr // the reader has gone
			}
		case <-ask.C:
		case <-signal:
		}
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
	if err != nil || !sent.since(id, text) {
		return err
	}
	return st.send("part", piece{ID: id, HTML: text})
}

// fresh makes the reader see the present moment: streams live long.
func (s *Server) fresh(rd *reader) *reader {
	n := *rd
	n.Now, n.names = s.now(), map[incident.PersonID]string{}
	return &n
}

// liveChat follows the chat from ?after= on: messages of the channel that is open with their HTML, of others only
// that there is something; and the side bar when it changes.
func (s *Server) liveChat(w http.ResponseWriter, r *http.Request, rd *reader) error {
	channel := r.FormValue("channel")
	if channel != "" {
		if _, err := s.Console.Open(r.Context(), rd.Viewer, channel); err != nil {
			return err
		}
	}
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil || after < 0 {
		return incident.ErrNotFound
	}
	begin, sent, side := after, changed{}, time.Time{}
	return s.follow(w, r, "console", 0, func(ctx context.Context, st *stream) (time.Duration, error) {
		now := s.fresh(rd)
		list, upto, more, err := s.Console.Feed(ctx, rd.Viewer, after, 100)
		if err != nil {
			return 0, err
		}
		for _, m := range list {
			if err := s.sendMessage(ctx, st, now, m, channel, m.ID > begin); err != nil {
				return 0, err
			}
		}
		if upto > after && len(list) == 0 { // hidden messages: go on from behind them after a break
			if err := st.send("rev", piece{Rev: upto}); err != nil {
				return 0, err
			}
		}
		after = upto
		if more {
			return atOnce, nil
		}
		if rest := time.Second - now.Now.Sub(side); rest > 0 { // what stands around the messages changes in bursts
			return rest, nil
		}
		side = now.Now
		return look, s.sendSide(ctx, st, r, now, channel, sent)
	})
}

func (s *Server) sendMessage(ctx context.Context, st *stream, rd *reader, m console.Message, channel string, isNew bool) error {
	p := piece{ID: "m" + strconv.FormatInt(m.ID, 10), Rev: m.Rev, Channel: m.Channel, Thread: m.Thread, Author: string(m.Author), New: isNew}
	if m.Channel == channel {
		text, err := rendered(ctx, message(rd, m, false))
		if err != nil {
			return err
		}
		p.HTML = text
	}
	return st.send("message", p)
}

// sendSide sends the side bar and the head of the channel where they changed.
func (s *Server) sendSide(ctx context.Context, st *stream, r *http.Request, rd *reader, channel string, sent changed) error {
	v := chatView{Channel: console.Channel{ID: channel}}
	var err error
	if v.Channels, v.Rooms, err = s.side(r, rd); err != nil {
		return err
	}
	if err := st.sendChanged(ctx, sent, "channels", sidebar(rd, v)); err != nil || channel == "" {
		return err
	}
	if err := s.headOf(ctx, rd, &v, channel); err != nil {
		return err
	}
	return st.sendChanged(ctx, sent, "room-head", roomHead(rd, v))
}

func (s *Server) liveRoutes() map[string]answer {
	return map[string]answer{
		"GET /live/chat":               s.liveChat,
		"GET /live/list":               s.liveList,
		"GET /live/incidents/{number}": s.liveIncident,
	}
}
