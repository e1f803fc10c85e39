package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
)

// A stored silence, failure or return of a heartbeat is told as what it was; of one that the configuration has no more it is said that it was
// left out. What does not come in a replay is no silence, and a sign of life of then opens nothing now.
func TestStoredHeartbeatsAreReplayed(t *testing.T) {
	every := alert.Span(10 * time.Second)
	var ahead atomic.Int64
	s := newScene(t, func(c *Config) {
		c.Sources = []alert.Source{{Name: "alertmanager", Heartbeat: &alert.Pulse{Every: 360 * every, Match: map[string]alert.Patterns{"alertname": {"Watchdog"}}}}}
		c.Heartbeats = []alert.Heartbeat{{Name: "backup", Every: every, Grace: every, Priority: "P3", Title: "The backup did not run"}, {Name: "etl", Every: 360 * every}, {Name: "gone", Every: 360 * every}}
	}, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	call := func(what string) {
		t.Helper()
		s.send(http.MethodPost, "/hooks/heartbeat/"+what, []byte("no space left"), http.StatusOK)
		s.calm()
	}
	wake := func(title string) { // the worker looks whenever a request comes
		t.Helper()
		s.send(http.MethodPost, "/hooks/generic", []byte(`{"title":"`+title+`","severity":"warning"}`), http.StatusAccepted)
		s.calm()
	}
	s.send(http.MethodPost, "/hooks/alertmanager", []byte(`{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"Watchdog","severity":"critical"},"startsAt":"2026-11-23T07:00:00Z"}]}`), http.StatusAccepted)
	for k := range 2 { // it falls silent, and does so again
		call("backup")
		ahead.Add(int64(31 * time.Second))
		wake("wake " + string(rune('a'+k)))
		s.until("the silence is noticed", func() bool { wake("again"); return len(s.numbers()) == 1 && s.beats("backup").State == alert.Silent })
	}
	call("backup")
	call("etl/1")
	call("gone/fail")
	s.until("what failed is open", func() bool { return len(s.numbers()) == 3 })
	folder := s.config.Data
	s.stop()

	run := func(config, l string) (string, replayed) {
		t.Helper()
		var done replayed
		out := ""
		for _, machine := range []string{"--json=false", "--json"} {
			var stdout, stderr bytes.Buffer
			w := World{Env: Env{Lookup: func(string) (string, bool) { return "", false }, Read: os.ReadFile}, Out: &stdout, Err: &stderr, Machine: s.now}
			if code := w.Run(t.Context(), []string{"alert", "replay", "--stored", "7d", "--data", folder, "--lang", l, "--config", write(t, config), machine}); code != 0 {
				t.Fatalf("code %d: %s", code, stderr.String())
			}
			if out == "" {
				out = stdout.String()
			} else if err := json.Unmarshal(stdout.Bytes(), &done); err != nil {
				t.Fatal(err)
			}
		}
		return out, done
	}
	const config = `
heartbeats: [{name: backup, every: 10s, grace: 10s, priority: P3, title: The backup did not run}, {name: etl, every: 1h, priority: P2}]
sources: [{name: alertmanager, heartbeat: {every: 1h, match: {alertname: Watchdog}}}]
`
	out, done := run(config, "en")
	if len(done.Incidents) != 2 || done.Incidents[0].Title != "The backup did not run" || done.Incidents[0].Priority != "P3" || done.Incidents[0].Firing != 0 || done.Incidents[1].Title != "etl が失敗を報告しました" {
		t.Errorf("opened %+v; want the silence, over again, and the failure\n%s", done.Incidents, out)
	}
	for _, i := range done.Incidents {
		if len(i.Then) != 1 || i.Then[0] == "" {
			t.Errorf("%s was %q then, want the one incident that it opened", i.Title, i.Then)
		}
	}
	if done.Then.Unknown["gone"] != 1 || len(done.Then.Unknown) != 1 || done.Then.Incidents != 2 || !strings.Contains(out, "no heartbeats of these names: gone (1).") {
		t.Errorf("then %+v; want the one that is no more left out\n%s", done.Then, out)
	}
	if out, _ = run(config, "ja"); !strings.Contains(out, "設定にないハートビートのアラートは除いています: gone (1)。") {
		t.Error(out)
	}
	if _, done = run(config+"rules: [{name: quiet, source: heartbeat, match: {heartbeat: backup}, do: ignore}]\n", "en"); len(done.Incidents) != 1 {
		t.Errorf("opened %+v; want none of what a rule leaves aside by the heartbeat's name", done.Incidents)
	}
}

// beats is what is kept of a heartbeat.
func (s *scene) beats(name string) alert.Beat {
	s.t.Helper()
	beats, err := s.app.store.Beats(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, b := range beats {
		if b.Name == name {
			return b
		}
	}
	return alert.Beat{}
}

// The sums are of the alerts that could be judged, whoever of their incident opened it, and what is left out is counted beside them.
func TestAReplaysSumsSayWhatTheyCount(t *testing.T) {
	at := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	row := func(key string, n incident.Number, service, outcome string) alert.Row {
		return alert.Row{Source: "generic", Key: "generic:" + key, Title: key, Start: at, FirstSeen: at, LastSeen: at, Status: alert.Firing, Count: 1, Severity: alert.Critical, Service: service, Incident: n, Outcome: outcome}
	}
	rows := []alert.Row{
		row("a", 7, "db", alert.Open), row("b", 7, "web", alert.Attach), // of what is lost another alert of the same incident is left
		row("c", 8, "db", alert.Open), row("d", 8, "db", alert.Attach), // nothing is left
		row("e", 0, "web", alert.Inbox), row("f", 0, "db", alert.Inbox),
	}
	judge := alert.Config{Rules: alert.Rules{{Name: "prod", Match: map[string]alert.Patterns{"service": {"db"}, "label.env": {"prod"}}, Do: alert.Open}}}
	if err := judge.Compile(); err != nil {
		t.Fatal(err)
	}
	_, m, err := remember(rows, nil, DefaultConfig(), judge)
	if err != nil {
		t.Fatal(err)
	}
	d := replayed{memory: m}
	d.compare()
	if d.Then.Incidents != 1 || d.Then.Lost != 1 || d.Then.Unjudged != 4 || d.Then.Loose != 1 || !m.Incidents[7] || !m.Lost[8] {
		t.Errorf("then %+v", d.Then)
	}
	for l, want := range map[lang.Lang]string{lang.EN: "none of their alerts could be judged: 1.", lang.JA: "実際のインシデントのうち 1 件は"} {
		if got := d.sum(l); !strings.Contains(got, want) {
			t.Error(got)
		}
	}
}
