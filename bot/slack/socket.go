package slack

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"matoi/bot"
)

// Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode): Slack sends over a connection that we open. It may
// close one at any time with some seconds' notice, and sends commands and clicks to any connection that is open, once: so
// that none falls into a gap there are two, and a new one is opened before an old one that was given notice is left.
const (
	sockets    = 2
	ackMost    = 20_000           // bytes: a longer acknowledgement is dropped in silence (slack-go, SendCtx)
	ackTime    = time.Second      // for writing one
	silentMost = 40 * time.Second // Slack pings every few seconds; after so long without a word the connection is dead
	dialTime   = 10 * time.Second
	dialPause  = time.Minute // at most, between two tries
)

// socketEnvelope is what comes over the connection.
type socketEnvelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Reason  string          `json:"reason"`
}

// keepOpen dials again whenever its connection ends; where notice was given, before it ends. One that broke is replaced at
// once, but one that breaks again and again is left more and more time.
func (w Workspaces) keepOpen(ctx context.Context) {
	var old sync.WaitGroup
	defer old.Wait()
	pause, hurried := time.Duration(0), time.Time{}
	for ctx.Err() == nil {
		leaving := make(chan struct{})
		ended := make(chan error, 1)
		old.Go(func() { ended <- w.listen(ctx, sync.OnceFunc(func() { close(leaving) })) })
		var err error
		select {
		case <-leaving: // the old one goes on until Slack closes it
			pause = 0
			continue
		case err = <-ended:
		}
		if ctx.Err() != nil {
			return
		}
		w[0].Log.Warn("the connection to Slack ended", "error", err)
		if now := w[0].Now(); now.Sub(hurried) > dialPause {
			pause, hurried = 0, now
			continue
		}
		pause = min(max(2*pause, time.Second), dialPause)
		if !rest(ctx, pause-pause/4+rand.N(pause/2)) {
			return
		}
	}
}

// listen opens one connection and reads it to its end. leave is called when Slack gives notice.
func (w Workspaces) listen(ctx context.Context, leave func()) error {
	address, err := w.address(ctx)
	if err != nil {
		return err
	}
	dialer := websocket.Dialer{HandshakeTimeout: dialTime}
	conn, resp, err := dialer.DialContext(ctx, address, nil)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return err
	}
	s := &socket{all: w, conn: conn, broke: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	err = s.read(ctx, leave)
	if !websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) && ctx.Err() == nil {
		close(s.broke)
	}
	return err
}

// address asks for a connection, as the first workspace whose Slack answers: the app is the same in all.
func (w Workspaces) address(ctx context.Context) (address string, err error) {
	err = errUnmet
	for _, a := range w {
		if !a.isKnown() {
			continue
		}
		err = a.call(ctx, "apps.connections.open", "", func(ctx context.Context) (err error) {
			_, address, err = a.web.StartSocketModeContext(ctx)
			return err
		})
		if _, asked := errors.AsType[*bot.Wait](err); err == nil || asked {
			break
		}
	}
	return address, err
}

// socket is one connection.
type socket struct {
	all     Workspaces
	conn    *websocket.Conn
	writing sync.Mutex
	broke   chan struct{} // closed when it ended without a word
}

func (s *socket) read(ctx context.Context, leave func()) error {
	s.conn.SetReadLimit(bodyMost)
	alive := func() { _ = s.conn.SetReadDeadline(time.Now().Add(silentMost)) }
	alive()
	s.conn.SetPingHandler(func(data string) error {
		alive()
		return s.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(ackTime))
	})
	for {
		var e socketEnvelope
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return err
		}
		alive()
		if err := json.Unmarshal(raw, &e); err != nil {
			s.all[0].Log.Warn("a message of Slack's can't be read", "error", err)
			continue
		}
		switch e.Type {
		case "hello":
			s.all.connected(1)
			defer s.all.connected(-1)
		case "disconnect":
			if e.Reason != "warning" && e.Reason != "refresh_requested" {
				return errors.New("Slack disconnects: " + e.Reason) //nolint:staticcheck // a name begins it
			}
			leave() // what comes until it is closed is still worked
		default:
			s.all[0].aside(func() { s.take(ctx, e) })
		}
	}
}

// take works one payload off and acknowledges it. An event that could not be recorded is not acknowledged: it comes again.
func (s *socket) take(ctx context.Context, e socketEnvelope) {
	in, ok := map[string]inlet{
		"slash_commands": (*Adapter).command, "events_api": (*Adapter).event, "interactive": (*Adapter).interactive,
	}[e.Type]
	if !ok || e.ID == "" {
		return
	}
	working, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	a, answer, err := s.all.take(working, in, e.Payload)
	if err != nil && !errors.Is(err, errForeign) && !errors.Is(err, errUnreadable) {
		a.Log.Error("take what Slack sent", "type", e.Type, "error", err)
		if e.Type == "events_api" {
			return
		}
	}
	s.ack(a, e, answer)
}

// ack writes an acknowledgement. What would be too long for one, and what the connection did not live to take, is told by
// response_url instead.
func (s *socket) ack(a *Adapter, e socketEnvelope, answer any) {
	ack := map[string]any{"envelope_id": e.ID}
	if answer != nil {
		ack["payload"] = answer
	}
	body, err := json.Marshal(ack)
	if err == nil && len(body) >= ackMost {
		s.instead(a, e, answer)
		body, err = json.Marshal(map[string]any{"envelope_id": e.ID})
		answer = nil
	}
	if err == nil {
		err = s.write(body)
	}
	if err != nil {
		a.Log.Warn("acknowledge what Slack sent", "error", err)
		s.instead(a, e, answer)
		return
	}
	if answer == nil {
		return
	}
	a.aside(func() { // what was written last may not have arrived
		timer := time.NewTimer(ackTime)
		defer timer.Stop()
		select {
		case <-s.broke:
			s.instead(a, e, answer)
		case <-timer.C:
		}
	})
}

func (s *socket) write(body []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(ackTime))
	return s.conn.WriteMessage(websocket.TextMessage, body)
}

// instead answers a command by its response_url.
func (s *socket) instead(a *Adapter, e socketEnvelope, answer any) {
	var at struct {
		ResponseURL string `json:"response_url"`
	}
	_ = decode(e.Payload, &at)
	if _, says := answer.(whisper); !says || at.ResponseURL == "" {
		return
	}
	a.aside(func() {
		if err := a.later(context.Background(), at.ResponseURL, answer); err != nil {
			a.Log.Warn("answer by response_url", "error", err)
		}
	})
}

// interactive takes what comes to two paths over HTTP.
func (a *Adapter) interactive(ctx context.Context, raw []byte) (any, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &kind) == nil && kind.Type == "block_suggestion" {
		return a.options(ctx, raw)
	}
	return a.interaction(ctx, raw)
}

// connected counts the open connections, in each workspace that has them.
func (w Workspaces) connected(by int64) {
	for _, a := range w {
		a.figures.sockets.Add(by)
	}
}
