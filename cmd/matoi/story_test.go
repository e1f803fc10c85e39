package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// scene is a whole App on a folder of its own, met as its users meet it: over the network.
type scene struct {
	t      *testing.T
	config Config
	app    *App
	now    func() time.Time // the App's clock; nil is the real one
	// witness is asked what it saw when the server does not do what it should; may be nil.
	witness *person
	at      string // the address of a program that runs instead of the App
}

func (s *scene) url() string {
	if s.at != "" {
		return s.at
	}
	return s.app.URL()
}

// newScene starts an App; change may be nil. A clock of its own may be given.
func newScene(t *testing.T, change func(*Config), clock ...func() time.Time) *scene {
	t.Helper()
	c, err := LoadConfig("", Env{
		Lookup: func(string) (string, bool) { return "", false },
		Read:   func(string) ([]byte, error) { return nil, os.ErrNotExist },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Listen, c.Data = "127.0.0.1:"+port(t), filepath.Join(t.TempDir(), "data")
	if change != nil {
		change(&c)
	}
	s := &scene{t: t, config: c}
	if len(clock) > 0 {
		s.now = clock[0]
	}
	s.start()
	t.Cleanup(s.stop)
	return s
}

// start starts the App; from the second time on it is the same folder and port.
func (s *scene) start() {
	s.t.Helper()
	s.app = NewApp(AppOptions{
		Config: s.config, Env: Env{Lookup: os.LookupEnv, Read: os.ReadFile}, Now: s.now,
		Log: slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err := s.app.Start(s.t.Context()); err != nil {
		s.t.Fatalf("start: %v", err)
	}
	s.config.Listen = s.app.Addr()
}

func (s *scene) stop() {
	s.t.Helper()
	if s.app == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), patience)
	defer cancel()
	if err := s.app.Stop(ctx); err != nil {
		s.t.Errorf("stop: %v", err)
	}
	s.app = nil
}

// send makes a request and gives the answer's body; a status other than want ends the test.
func (s *scene) send(method, path string, body []byte, want int) []byte {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url()+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "ja")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	got, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || answer.StatusCode != want {
		s.t.Fatalf("%s %s: status %d, want %d (%v)\n%s", method, path, answer.StatusCode, want, err, got)
	}
	return got
}

// say types a command through the API and gives the number of the incident it is about.
func (s *scene) say(as, channel, text string) string {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"as": as, "channel": channel, "text": text})
	if err != nil {
		s.t.Fatal(err)
	}
	var out struct{ Incident struct{ Number string } }
	s.read(s.send(http.MethodPost, "/api/v1/commands", body, http.StatusOK), &out)
	return out.Incident.Number
}

func (s *scene) read(body []byte, into any) {
	s.t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		s.t.Fatalf("%v in %s", err, body)
	}
}

// seen is an incident as the API shows it, so far as stories ask for it.
type seen struct {
	Number, Title, Status, Priority, Workaround, Acting string
	Occurred, Restored, Resolved, Closed                *time.Time
	Roles                                               []struct{ Role, Person string }
	Tasks                                               []struct {
		ID                 int
		Text, State, Owner string
	}
	Clocks []struct {
		Kind   string
		Due    time.Time
		Met    *time.Time
		Missed *time.Time
	}
	Alerts struct{ Total, Firing int64 }
	Rooms  []struct{ Realm, Name, Thread, Link string }
}

// holder is who holds a role, "" for nobody.
func (i seen) holder(role string) string {
	var names []string
	for _, r := range i.Roles {
		if r.Role == role {
			names = append(names, r.Person)
		}
	}
	return strings.Join(names, ",")
}

// due is a clock that still runs; false where there is none.
func (i seen) due(kind string) (time.Time, bool) {
	for _, c := range i.Clocks {
		if c.Kind == kind && c.Met == nil {
			return c.Due, true
		}
	}
	return time.Time{}, false
}

func (s *scene) incident(number string) seen {
	s.t.Helper()
	var out seen
	s.read(s.send(http.MethodGet, "/api/v1/incidents/"+number, nil, http.StatusOK), &out)
	return out
}

// numbers lists all incidents, newest first.
func (s *scene) numbers() []string {
	s.t.Helper()
	var list struct{ Incidents []seen }
	s.read(s.send(http.MethodGet, "/api/v1/incidents", nil, http.StatusOK), &list)
	out := []string{}
	for _, i := range list.Incidents {
		out = append(out, i.Number)
	}
	return out
}

// entry is a line of the timeline as the API shows it.
type entry struct {
	Seq              int64
	Kind, Sort, Text string
	By               string
	RecordedBy       string `json:"recorded_by"`
	At, Occurred     time.Time
}

func (s *scene) timeline(number string) []entry {
	s.t.Helper()
	var out struct{ Entries []entry }
	s.read(s.send(http.MethodGet, "/api/v1/incidents/"+number+"/timeline?limit=1000", nil, http.StatusOK), &out)
	for i, e := range out.Entries {
		if e.Seq != int64(i+1) {
			s.t.Fatalf("%s: entry %d of the timeline has number %d", number, i+1, e.Seq)
		}
	}
	return out.Entries
}

// saying are the entries whose text holds the words.
func (s *scene) saying(number, words string) []entry {
	s.t.Helper()
	return slices.DeleteFunc(s.timeline(number), func(e entry) bool { return !strings.Contains(e.Text, words) })
}

// report is the report as Markdown.
func (s *scene) report(number, l string) string {
	s.t.Helper()
	return string(s.send(http.MethodGet, "/api/v1/incidents/"+number+"/report?lang="+url.QueryEscape(l), nil, http.StatusOK))
}

// calm waits until nothing waits to be worked off or to be told: from then on nothing comes but what people do.
func (s *scene) calm() {
	s.t.Helper()
	s.until("nothing is under way", func() bool {
		text := string(s.send(http.MethodGet, "/metrics", nil, http.StatusOK))
		return strings.Contains(text, "matoi_outbox_waiting 0\n") && strings.Contains(text, "matoi_inbox_waiting 0\n")
	})
}

// until waits for what the server does by itself.
func (s *scene) until(what string, done func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			if s.witness != nil {
				s.witness.fail("still not so: " + what)
			}
			s.t.Fatalf("still not so after %s: %s", patience, what)
		case <-tick.C:
		}
	}
}

// patience is how long a story waits for anything before it says what is missing. A wait that is fulfilled ends at once, so
// it is long: machines on which tests run stand still now and then.
const patience = 90 * time.Second

// captured is a request of a monitoring system out of the collection, as if its alerts had started at the time.
func captured(t *testing.T, name string, startsAt time.Time) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../bot/alert/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Body map[string]any `json:"body"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	list, _ := file.Body["alerts"].([]any)
	if len(list) == 0 {
		t.Fatalf("%s holds no alerts", name)
	}
	for _, a := range list {
		a, _ := a.(map[string]any)
		a["startsAt"] = startsAt.UTC().Format(time.RFC3339Nano)
		if a["status"] == "resolved" {
			a["endsAt"] = time.Now().UTC().Format(time.RFC3339Nano)
		}
	}
	body, err := json.Marshal(file.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// outside finds what a test needs beside Go: the file that the variable names, else the usual one. Where there is none
// the test is skipped, or fails when everything has to run.
func outside(t *testing.T, variable, what string, usual ...string) string {
	t.Helper()
	if named := os.Getenv(variable); named != "" {
		usual = []string{named}
	}
	for _, file := range usual {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	missing(t, fmt.Sprintf("needs %s: set %s to its binary", what, variable))
	return ""
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("MATOI_TEST_ALL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}
