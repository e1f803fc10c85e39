package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// log is what an App logged; tests read it while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a running App on a port of its own.
type server struct {
	*App
	log *log
}

// boot starts an App from the text of a configuration; listen and data are set.
func boot(t *testing.T, config string) server {
	t.Helper()
	file := write(t, config+"\nlisten: 127.0.0.1:0\ndata: "+filepath.Join(t.TempDir(), "data")+"\n")
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	c, err := LoadConfig(file, env)
	if err != nil {
		t.Fatal(err)
	}
	out := &log{}
	a := NewApp(AppOptions{Config: c, File: file, Env: env, Log: slog.New(slog.NewTextHandler(out, nil))})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := server{a, out}
	t.Cleanup(func() {
		s.end(t)
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// end stops the App.
func (s server) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// ask sends a request and gives status and body.
func (s server) ask(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// enter posts the form by which somebody comes in, and gives the cookie that they get: "" for none.
func (s server) enter(t *testing.T, path, form string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	cookie, _, _ := strings.Cut(answer.Header.Get("Set-Cookie"), ";")
	return cookie
}

// say gives a command and returns the incident's number.
func (s server) say(t *testing.T, as, text string) string {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"as": as, "channel": "#general", "text": text})
	code, out := s.ask(t, "POST", "/api/v1/commands", string(body), "Content-Type: application/json")
	var answer struct {
		Incident struct {
			Number string `json:"number"`
		} `json:"incident"`
	}
	if err := json.Unmarshal([]byte(out), &answer); code != 200 || err != nil {
		t.Fatalf("%s: %s: %d %s", as, text, code, out)
	}
	return answer.Incident.Number
}

// eventually asks again and again until it is so; the parts of an App work side by side.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(patience), time.NewTicker(5*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
