package slacktest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"matoi/bot/slack/slacktest"
)

func link(t *testing.T, w *slacktest.Workspace) string {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.APIURL()+"apps.connections.open", nil)
	req.Header.Set("Authorization", "Bearer "+w.AppToken)
	res, err := w.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out struct{ URL string }
	if json.NewDecoder(res.Body).Decode(&out) != nil || !strings.HasPrefix(out.URL, "ws://") {
		t.Fatalf("no address: %+v", out)
	}
	return out.URL
}

// dial opens a connection and reads the first message, in memory.
func dial(t *testing.T, w *slacktest.Workspace) (*websocket.Conn, object) {
	t.Helper()
	d := websocket.Dialer{NetDialContext: w.Dial}
	conn, res, err := d.DialContext(t.Context(), link(t, w), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return conn, receive(t, conn)
}

func receive(t *testing.T, conn *websocket.Conn) object {
	t.Helper()
	var out object
	if err := conn.ReadJSON(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAConnectionIsGreetedAndItsTicketIsGoodOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{Unlimited: true})
		url := link(t, w)
		d := websocket.Dialer{NetDialContext: w.Dial}
		conn, _, err := d.DialContext(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		hello := receive(t, conn)
		if hello["type"] != "hello" || hello["num_connections"] != 1.0 || hello["connection_info"].(object)["app_id"] != w.AppID {
			t.Errorf("hello %v", hello)
		}
		if _, res, err := d.DialContext(t.Context(), url, nil); err == nil || res.StatusCode != http.StatusBadRequest {
			t.Error("a ticket was good twice")
		}
		for range 9 {
			dial(t, w)
		}
		if _, first := dial(t, w); first["type"] != "disconnect" || first["reason"] != "too_many_websockets" || w.Sockets() != 10 {
			t.Errorf("the eleventh: %v, %d open", first, w.Sockets())
		}
		w.Close()
	})
}

func TestACommandOverASocketIsAnsweredByItsEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		aki := w.Person(slacktest.User{Name: "aki"}).ID
		if a := w.Command(aki, "general", "/incident", "x"); a.Failure != "dispatch_failed" {
			t.Errorf("without a connection: %+v", a)
		}
		conn, _ := dial(t, w)
		go func() {
			e := receive(t, conn)
			if e["type"] != "slash_commands" || e["accepts_response_payload"] != true || e["payload"].(object)["text"] != "open a" {
				t.Errorf("envelope %v", e)
			}
			_ = conn.WriteJSON(object{"envelope_id": e["envelope_id"], "payload": object{"text": "opened"}})
			e = receive(t, conn)
			_ = conn.WriteJSON(object{"envelope_id": e["envelope_id"], "payload": object{"text": strings.Repeat("x", 20000)}})
		}()
		if a := w.Command(aki, "general", "/incident", "open a"); a.Failure != "" || a.Message.Text != "opened" {
			t.Errorf("answer %+v", a)
		}
		if a := w.Command(aki, "general", "/incident", "long"); a.Failure != "operation_timeout" || a.Took != 3*time.Second {
			t.Errorf("an acknowledgement of 20 kB counted: %+v", a)
		}
		if got := w.Troubles(); !strings.Contains(strings.Join(got, "\n"), "was dropped") {
			t.Errorf("troubles %q", got)
		}
		w.Close()
	})
}

func TestEventsAreRedeliveredOverSocketsAndCommandsAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		aki := w.Person(slacktest.User{Name: "aki"}).ID
		conn, _ := dial(t, w)
		w.Say(aki, "general", "hello")
		first := receive(t, conn)
		second := receive(t, conn)
		if first["retry_attempt"] != 0.0 || second["retry_attempt"] != 1.0 || second["retry_reason"] != "timeout" {
			t.Errorf("first %v, second %v", first, second)
		}
		if first["payload"].(object)["event_id"] != second["payload"].(object)["event_id"] || first["envelope_id"] == second["envelope_id"] {
			t.Error("a redelivery has its own envelope and the same event")
		}
		_ = conn.WriteJSON(object{"envelope_id": second["envelope_id"]})
		if a := w.Command(aki, "general", "/incident", "x"); a.Failure != "operation_timeout" {
			t.Errorf("answer %+v", a)
		}
		if e := receive(t, conn); e["type"] != "slash_commands" {
			t.Errorf("got %v", e)
		}
		w.Say(aki, "general", "next")
		if e := receive(t, conn); e["type"] != "events_api" {
			t.Errorf("the command came again: %v", e)
		}
		w.Close()
	})
}

func TestDisconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{Unlimited: true})
		conn, _ := dial(t, w)
		other, _ := dial(t, w)
		w.Disconnect("warning", 1)
		if e := receive(t, conn); e["type"] != "disconnect" || e["reason"] != "warning" || w.Sockets() != 2 {
			t.Errorf("warning %v, %d open", e, w.Sockets())
		}
		time.Sleep(11 * time.Second)
		if w.Sockets() != 1 {
			t.Errorf("%d open after the warning's time", w.Sockets())
		}
		go func() {
			time.Sleep(time.Second)
			w.Disconnect("refresh_requested", 0)
		}()
		if e := receive(t, other); e["reason"] != "refresh_requested" {
			t.Errorf("got %v", e)
		}
		if _, _, err := other.ReadMessage(); err == nil {
			t.Error("still open")
		}
		w.Close()
	})
}

func TestPingsComeEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		conn, _ := dial(t, w)
		pings := make(chan string, 10)
		conn.SetPingHandler(func(s string) error { pings <- s; return nil })
		go func() { _, _, _ = conn.ReadMessage() }()
		time.Sleep(31 * time.Second)
		if len(pings) != 3 {
			t.Errorf("%d pings in 31 seconds", len(pings))
		}
		w.Close()
	})
}
