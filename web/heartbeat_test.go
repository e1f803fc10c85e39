package web

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/lang"
)

func TestSignsOfLifeAreStored(t *testing.T) {
	config := &alert.Config{Heartbeats: []alert.Heartbeat{
		{Name: "backup", Every: alert.Span(time.Hour)},
		{Name: "locked", Every: alert.Span(time.Hour), Auth: alert.Auth{Query: &alert.Query{Name: "key", Value: bot.NewSecret("the-secret-of-the-job")}}},
	}}
	if err := config.Compile(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, body string
		code               int
		stored             string
	}{
		{"GET", "backup", "", 200, `{"name":"backup"}`},
		{"HEAD", "backup", "", 200, `{"name":"backup"}`},
		{"POST", "backup", "all well", 200, `{"name":"backup"}`},
		{"POST", "backup/fail", "no\x00 space", 200, `{"name":"backup","failed":true,"said":"no� space"}`},
		{"POST", "backup/0", "", 200, `{"name":"backup"}`},
		{"GET", "backup/137", "", 200, `{"name":"backup","failed":true}`},
		{"GET", "backup/256", "", 404, ""},
		{"GET", "backup/what", "", 404, ""},
		{"GET", "backup/fail/x", "", 404, ""},
		{"DELETE", "backup", "", 405, ""},
		{"GET", "nobody", "", 404, ""},
		{"GET", "", "", 404, ""},
		{"GET", "locked", "", 401, ""},
		{"GET", "locked?key=wrong", "", 403, ""},
		{"GET", "locked?key=the-secret-of-the-job", "", 200, `{"name":"locked"}`},
		{"POST", "backup/fail", strings.Repeat("x", 1<<20), 200, `{"name":"backup","failed":true,"said":"` + strings.Repeat("x", 999) + `…"}`},
	} {
		d := newDesk()
		h := NewHooks(HooksOptions{
			Gate: Gate{Access: func() Access { return Access{Local: true} }}, Sources: func() *alert.Config { return config }, Inbox: d, BodyBound: 1 << 20,
			Now: time.Now, Lang: lang.EN, Log: slog.New(slog.DiscardHandler),
		})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, "http://localhost/hooks/heartbeat/"+c.path, strings.NewReader(c.body)))
		got := ""
		for _, r := range d.stored {
			if got += string(r.Body); r.Source != alert.HeartbeatSource {
				t.Errorf("%s %s: stored as %s", c.method, c.path, r.Source)
			}
		}
		if w.Code != c.code || got != c.stored {
			t.Errorf("%s %s: %d, stored %.200q, want %d, %.200q", c.method, c.path, w.Code, got, c.code, c.stored)
		}
		if c.code == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
			t.Error("what is allowed is not said")
		}
		if !json.Valid([]byte(c.stored)) && c.stored != "" {
			t.Errorf("%s is no JSON", c.stored)
		}
	}
}

// Who calls a heartbeat by a wrong address reads which part of it is wrong.
func TestACallOfAHeartbeatThatIsNoneSaysWhatWasCalled(t *testing.T) {
	d := newDesk()
	config := &alert.Config{Heartbeats: []alert.Heartbeat{{Name: "backup", Every: alert.Span(time.Hour)}}}
	h := NewHooks(HooksOptions{
		Gate: Gate{Access: func() Access { return Access{Local: true} }}, Sources: func() *alert.Config { return config }, Inbox: d, BodyBound: 1 << 20,
		Now: time.Now, Lang: lang.EN, Log: slog.New(slog.DiscardHandler),
	})
	for path, want := range map[string]string{
		"backup/999": "The heartbeat backup was called with “999”", "backup/fail/x": "with “fail/x”", "nightly": "no heartbeat “nightly”", "nightly/1": "no heartbeat “nightly”",
	} {
		if w := call(h, "GET", "/hooks/heartbeat/"+path, ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
}

// A job that runs wild is told when to come again; strangers and other jobs take nothing from its calls.
func TestCallsOfAHeartbeatAreBounded(t *testing.T) {
	config := &alert.Config{Heartbeats: []alert.Heartbeat{
		{Name: "backup", Every: alert.Span(time.Hour), Auth: alert.Auth{Query: &alert.Query{Name: "key", Value: bot.NewSecret("s3cret")}}},
		{Name: "report", Every: alert.Span(time.Hour)},
	}}
	if err := config.Compile(); err != nil {
		t.Fatal(err)
	}
	d, now := newDesk(), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	h := NewHooks(HooksOptions{
		Gate: Gate{Access: func() Access { return Access{Local: true} }}, Sources: func() *alert.Config { return config }, Inbox: d, BodyBound: 1 << 20,
		Now: func() time.Time { return now }, Lang: lang.EN, Log: slog.New(slog.DiscardHandler),
	})
	for range 2 * callBurst {
		call(h, "GET", "/hooks/heartbeat/backup?key=wrong", "")
	}
	for range callBurst {
		if w := call(h, "GET", "/hooks/heartbeat/backup?key=s3cret", ""); w.Code != http.StatusOK {
			t.Fatalf("within the burst: %d %s", w.Code, w.Body)
		}
	}
	if w := call(h, "GET", "/hooks/heartbeat/backup?key=s3cret", ""); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
		t.Errorf("past it: %d %v", w.Code, w.Header())
	}
	if w := call(h, "GET", "/hooks/heartbeat/report", ""); w.Code != http.StatusOK {
		t.Errorf("another job is told %d", w.Code)
	}
	now = now.Add(time.Second)
	if w := call(h, "GET", "/hooks/heartbeat/backup?key=s3cret", ""); w.Code != http.StatusOK || len(d.stored) != callBurst+2 {
		t.Errorf("as told: %d, %d are stored", w.Code, len(d.stored))
	}
}
