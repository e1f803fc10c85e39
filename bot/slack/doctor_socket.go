package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"matoi/lang"
)

// socketDoor asks for a connection, opens it and waits for Slack's greeting. Where a server runs and has connections, the
// greeting is known from those, and none is opened: Slack would send it what was meant for the server, for as long as it is
// there. What comes over one that is opened is not acknowledged: events come again, and of a command people see that it failed.
func (a *Adapter) socketDoor(ctx context.Context, s Server) Finding {
	opened, err := a.raw(ctx, "apps.connections.open", a.Config.AppToken, nil)
	if err != nil {
		return Finding{"slack.doctor_away", "slack.cure_away", lang.Args{"Address": a.Config.apiURL(), "Why": plainly(err)}}
	}
	if !opened.OK {
		return Finding{"slack.doctor_socket_refused", "slack.cure_socket", lang.Args{"Why": opened.why()}}
	}
	u, err := url.Parse(opened.URL)
	if err != nil {
		return Finding{"slack.doctor_socket_refused", "slack.cure_socket", lang.Args{"Why": "url"}}
	}
	if s.Sockets > 0 {
		return Finding{Text: "slack.doctor_socket_open", Args: lang.Args{"N": s.Sockets}}
	}
	args := lang.Args{"Host": u.Host}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	dialer := websocket.Dialer{HandshakeTimeout: callTime, Proxy: http.ProxyFromEnvironment}
	conn, resp, err := dialer.DialContext(ctx, opened.URL, nil)
	if resp != nil {
		_ = resp.Body.Close()
	}
	switch {
	case err != nil && resp != nil: // something answered, but not as a WebSocket
		args["Why"] = resp.Status
		return Finding{"slack.doctor_socket_denied", "slack.cure_socket_denied", args}
	case err != nil:
		args["Why"] = plainly(err)
		return Finding{"slack.doctor_socket_away", "slack.cure_socket_away", args}
	}
	defer conn.Close()
	return greeted(conn, args)
}

// greeted waits for hello and says goodbye.
func greeted(conn *websocket.Conn, args lang.Args) Finding {
	conn.SetReadLimit(bodyMost)
	_ = conn.SetReadDeadline(time.Now().Add(callTime))
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			args["Why"] = plainly(err)
			return Finding{"slack.doctor_socket_silent", "slack.cure_socket_away", args}
		}
		var said struct {
			Type   string `json:"type"`
			Reason string `json:"reason"`
			N      int    `json:"num_connections"`
		}
		if err := json.Unmarshal(raw, &said); err != nil {
			args["Why"] = fmt.Sprintf("%.40q", raw)
			return Finding{"slack.doctor_socket_silent", "slack.cure_socket_away", args}
		}
		switch said.Type {
		case "hello":
			bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
			_ = conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(ackTime))
			args["N"] = max(said.N, 1)
			return Finding{Text: "slack.doctor_socket", Args: args}
		case "disconnect":
			return ended(said.Reason, args)
		}
	}
}

// ended words why Slack ends a connection at once (https://docs.slack.dev/apis/events-api/using-socket-mode#disconnect).
func ended(reason string, args lang.Args) Finding {
	args["Why"] = reason
	switch reason {
	case "link_disabled":
		return Finding{"slack.doctor_socket_ended", "slack.cure_socket", args}
	case "too_many_websockets":
		return Finding{"slack.doctor_socket_ended", "slack.cure_socket_many", args}
	}
	return Finding{"slack.doctor_socket_ended", "slack.cure_socket_again", args}
}
