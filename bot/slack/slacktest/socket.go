package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// ackLimit is the size from which Slack drops an acknowledgement without a word (slack-go socketmode SendCtx).
const ackLimit = 20_000

// most is how many connections an app may have; each payload goes to any one of them.
const most = 10

// socket is one connection of Socket Mode.
type socket struct {
	w       *Workspace
	conn    *websocket.Conn
	write   sync.Mutex
	mu      sync.Mutex
	waiting map[string]chan json.RawMessage
	gone    chan struct{}
	once    sync.Once
}

func (w *Workspace) appsConnectionsOpen(*call) (object, error) {
	ticket := w.id("t")
	w.tickets[ticket] = true
	link := strings.Replace(w.url, "http", "ws", 1) + "/link/?ticket=" + url.QueryEscape(ticket) + "&app_id=" + w.AppID
	return object{"url": link}, nil
}

// serveSocket takes a ticket, once, and says hello.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	good := w.tickets[ticket]
	delete(w.tickets, ticket)
	w.mu.Unlock()
	if !good {
		http.Error(rw, "invalid ticket", http.StatusBadRequest)
		return
	}
	fault := w.fault(&call{Call: &Call{Method: "hello"}})
	if fault != nil && fault.Status != 0 {
		http.Error(rw, "no WebSocket", fault.Status)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	s := &socket{w: w, conn: conn, waiting: map[string]chan json.RawMessage{}, gone: make(chan struct{})}
	if fault != nil && fault.answered() {
		if fault.Error != "" {
			s.send(object{"type": "disconnect", "reason": fault.Error, "debug_info": object{"host": "applink-1"}})
		}
		s.cut()
		return
	}
	w.mu.Lock()
	n := len(w.sockets) + 1
	if n <= most {
		w.sockets = append(w.sockets, s)
		w.moved()
	}
	w.mu.Unlock()
	if n > most {
		s.send(object{"type": "disconnect", "reason": "too_many_websockets", "debug_info": object{"host": "applink-1"}})
		s.cut()
		return
	}
	info := object{"host": "applink-1", "build_number": 1, "approximate_connection_time": 3600}
	s.send(object{"type": "hello", "num_connections": n, "debug_info": info, "connection_info": object{"app_id": w.AppID}})
	w.work.Go(s.ping)
	s.read()
}

// ping keeps the connection alive: clients go away when none comes for 30 seconds.
func (s *socket) ping() {
	for i := 0; ; i++ {
		timer := time.NewTimer(10 * time.Second)
		select {
		case <-timer.C:
		case <-s.gone:
			timer.Stop()
			return
		}
		if s.conn.WriteControl(websocket.PingMessage, fmt.Appendf(nil, "Ping from applink-%d", i), time.Now().Add(time.Second)) != nil {
			s.cut()
			return
		}
	}
}

// read takes acknowledgements until the connection ends.
func (s *socket) read() {
	defer s.cut()
	for {
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			ID      string          `json:"envelope_id"`
			Payload json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &ack) != nil {
			s.w.trouble("what came over the socket is no JSON: %.80s", raw)
			continue
		}
		if len(raw) >= ackLimit {
			s.w.trouble("an acknowledgement of %d bytes was dropped", len(raw))
			continue
		}
		s.mu.Lock()
		if to := s.waiting[ack.ID]; to != nil {
			delete(s.waiting, ack.ID)
			to <- ack.Payload
		}
		s.mu.Unlock()
	}
}

func (s *socket) send(o object) bool {
	raw, err := json.Marshal(o)
	if err != nil {
		panic(err) // a payload of the simulator's own
	}
	s.write.Lock()
	defer s.write.Unlock()
	return s.conn.WriteMessage(websocket.TextMessage, raw) == nil
}

// cut ends the connection without a word.
func (s *socket) cut() {
	s.once.Do(func() {
		close(s.gone)
		_ = s.conn.Close()
		s.drop()
	})
}

// drop takes the connection out of those that get deliveries.
func (s *socket) drop() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.sockets = slices.DeleteFunc(slices.Clone(s.w.sockets), func(o *socket) bool { return o == s })
	s.w.moved()
}

// Sockets tells how many connections of Socket Mode are open.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets)
}

// Through sends what is for the app over the connections of another workspace, as Slack does where the app is in both.
func (w *Workspace) Through(o *Workspace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.through = o
}

// anySocket is one of the connections of the app, nil where none is open.
func (w *Workspace) anySocket() *socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sockets) == 0 {
		return nil
	}
	w.turn++
	return w.sockets[w.turn%len(w.sockets)]
}

// Disconnect sends disconnect with a reason to every connection, or to the first n: warning comes about ten seconds ahead,
// refresh_requested, link_disabled and too_many_websockets end it at once.
func (w *Workspace) Disconnect(reason string, n int) {
	w.mu.Lock()
	sockets := append([]*socket(nil), w.sockets...)
	w.mu.Unlock()
	if n > 0 && n < len(sockets) {
		sockets = sockets[:n]
	}
	for _, s := range sockets {
		s.send(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-1"}})
		wait := 10 * time.Second
		if reason != "warning" {
			wait = time.Second
			s.drop()
			_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		}
		w.work.Go(func() {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-w.life.Done():
			case <-s.gone:
			}
			s.cut()
		})
	}
}

// Cut breaks every connection of Socket Mode without a word.
func (w *Workspace) Cut() {
	w.mu.Lock()
	sockets := append([]*socket(nil), w.sockets...)
	w.mu.Unlock()
	for _, s := range sockets {
		s.cut()
	}
}

// overSocket sends an envelope to one of the connections and waits for its acknowledgement, which must come over the same
// one. Commands and interactions are sent once; what is lost in a gap stays lost.
func (w *Workspace) overSocket(ctx context.Context, d *Delivery, num int, reason string) Answer {
	w.mu.Lock()
	id, from := fmt.Sprintf("%s-%d", w.id(w.Team), num), w
	if w.through != nil {
		from = w.through
	}
	w.mu.Unlock()
	s := from.anySocket()
	if s == nil {
		return Answer{Socket: true, Header: http.Header{}, Failure: "dispatch_failed", Reason: "connection_failed"}
	}
	kind := map[string]string{Events: "events_api", Commands: "slash_commands"}[d.Kind]
	if kind == "" {
		kind = "interactive"
	}
	envelope := object{"envelope_id": id, "type": kind, "payload": d.Payload, "accepts_response_payload": d.Kind != Events}
	if d.Kind == Events {
		envelope["retry_attempt"], envelope["retry_reason"] = num, socketReason(reason)
	}
	ack := make(chan json.RawMessage, 1)
	s.mu.Lock()
	s.waiting[id] = ack
	s.mu.Unlock()
	sent := w.Now()
	a := Answer{Socket: true, Header: http.Header{}}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	if !s.send(envelope) {
		a.Failure, a.Reason = "dispatch_failed", "connection_failed"
		return a
	}
	select {
	case a.Body = <-ack:
		a.Status = http.StatusOK
	case <-timer.C:
		a.Failure, a.Reason = "operation_timeout", "http_timeout"
	case <-s.gone:
		a.Failure, a.Reason = "operation_timeout", "connection_failed"
	case <-ctx.Done():
		a.Failure, a.Reason = "operation_timeout", "http_timeout"
	}
	s.mu.Lock()
	delete(s.waiting, id)
	s.mu.Unlock()
	a.Took = w.Now().Sub(sent)
	return a
}

// socketReason words a retry as envelopes do.
func socketReason(reason string) string {
	if reason == "http_timeout" {
		return "timeout"
	}
	return reason
}
