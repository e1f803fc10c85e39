package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/lang"
)

// drilled is an escalation in seconds: whoever is on call, then the group, then the manager.
const drilled = `lang: ja
people: [{name: 佐藤}, {name: 鈴木}, {name: 田中}, {name: 報告者}]
on_call: [佐藤]
managers: [田中]
groups: [{name: db, people: [鈴木]}]
escalations:
  - name: unacknowledged
    when: [{on: unacknowledged, after: 5s}]
    steps:
      - {call: [{person: 佐藤}], wait: 5s}
      - {call: [{group: db}], wait: 5s, line: functional}
      - {call: [managers], wait: 5s, line: hierarchical}
`

// step is an entry of the timeline as everybody reads it.
type step struct {
	Kind, Text string
	At         time.Time
}

// The real program, with an escalation in seconds: a P1 that nobody acknowledges walks up three steps to a manager, who takes it with
// one press; then nobody is called any more.
func TestAnUnacknowledgedP1WalksUpThreeStepsToAManager(t *testing.T) {
	file := write(t, drilled)
	p := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data"), flags: []string{"--config", file}}
	p.start()
	t.Cleanup(p.kill)
	say := func(as, text, key string) string {
		return p.post(http.DefaultClient, "/api/v1/commands", fmt.Sprintf(`{"as":%q,"channel":"#general","text":%q}`, as, text), key)
	}
	number := numberIn(t, say("報告者", "open P1 決済ができない", "open"))
	timeline := func() []step {
		var page struct{ Entries []step }
		p.get("/api/v1/incidents/"+number+"/timeline", &page)
		return page.Entries
	}
	called := func() (out []step) {
		for _, e := range timeline() {
			if e.Kind == "called" && !strings.Contains(e.Text, "管理者") {
				out = append(out, e)
			}
		}
		return out
	}
	eventually(t, "three steps", func() bool { return len(called()) >= 3 })
	calls := called()
	for n, who := range []string{"佐藤", "鈴木", "田中"} {
		if !strings.Contains(calls[n].Text, who) {
			t.Errorf("step %d is %q, want %s", n+1, calls[n].Text, who)
		}
		if n > 0 && calls[n].At.Sub(calls[n-1].At) < 5*time.Second {
			t.Errorf("step %d came %s after the one before", n+1, calls[n].At.Sub(calls[n-1].At))
		}
	}
	say("田中", "ack --in "+number, "ack")
	answered := len(called())
	story := timeline()
	<-time.After(7 * time.Second) // longer than a step waits
	if n := len(called()); n != answered {
		t.Errorf("called %d times more after the manager answered", n-answered)
	}
	began := story[slices.IndexFunc(story, func(e step) bool { return e.Kind == "opened" })].At
	for _, e := range story {
		t.Logf("%6.1f s  %s", e.At.Sub(began).Seconds(), e.Text)
	}
	t.Run("picture", func(t *testing.T) {
		if os.Getenv("MATOI_SCREENSHOTS") == "" {
			return // it is looked at, not held against anything
		}
		chromium, film := browser(t)
		s := &scene{t: t, at: p.address.Load().(string)}
		manager := s.sit(chromium, film, "田中", lang.JA)
		manager.enter()
		manager.open("/chat/" + strings.ToLower(number))
		manager.see("#messages .msg", "@田中さんを呼び出し")
		manager.picture(filepath.Join(film.dir, "escalation-walk.png"))
	})
}
