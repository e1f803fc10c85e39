package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matoi/incident/oncall"
	"matoi/lang"
)

// published is a calendar under a secret address: Ann is on call now, and then somebody whom nobody knows.
func published(t *testing.T) (url string, away *atomic.Bool) {
	t.Helper()
	away = &atomic.Bool{}
	from := time.Now().UTC().Add(-time.Hour).Truncate(time.Hour)
	stamp := func(days int) string { return from.AddDate(0, 0, days).Format("20060102T150405Z") }
	body := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:On call: Ann\r\nEND:VEVENT\r\n"+
		"BEGIN:VEVENT\r\nUID:2\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:Zaphod\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", stamp(0), stamp(2), stamp(2), stamp(3))
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(feed.Close)
	return feed.URL + "/the-secret-token.ics", away
}

func TestShiftsFromElsewhereAreInForceAndStayWhileTheirSourceIsAway(t *testing.T) {
	url, away := published(t)
	s := boot(t, "lang: en\npeople: [{name: Ann}, {name: Bob}]\non_call: [schedule: network, Bob]\nschedules:\n  - name: network\n    source: {ical: {url: '"+url+"'}}\n")
	on := func(a *App) string {
		var names []string
		for _, id := range a.live.Policy().OnDuty(a.Now()) {
			p, err := a.store.Person(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, p.Name)
		}
		return strings.Join(names, " ")
	}
	eventually(t, "Ann is on call by the calendar", func() bool { return on(s.App) == "Ann Bob" })
	version := s.live.Policy().Version
	if _, page := s.ask(t, "GET", "/oncall", "", "Cookie: "+s.enter(t, "/do/who", "name=Eve")); !strings.Contains(page, "Zaphod") {
		t.Errorf("the page does not say who is unknown:\n%s", page)
	}
	if _, out := s.ask(t, "GET", "/metrics", ""); !strings.Contains(out, `matoi_roster_age_seconds{source="network"} `) {
		t.Error("the age is not among the figures")
	}
	var told strings.Builder
	World{Out: &told}.checkSchedules(t.Context(), s.Config, s.Now(), lang.EN)
	for _, want := range []string{"Schedule network: The shifts from elsewhere were read", "Names there that mean nobody here: Zaphod.", "! Schedule network: nobody is on call at "} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("check does not say %q:\n%s", want, told.String())
		}
	}
	away.Store(true)
	s.end(t)
	a := NewApp(s.AppOptions)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := server{a, s.log}
	defer again.end(t)
	if have := on(a); have != "Ann Bob" || a.live.Policy().Version != version {
		t.Errorf("after a restart %s are on call, by %s, not %s", have, a.live.Policy().Version, version)
	}
	eventually(t, "the trouble is told", func() bool { return strings.Contains(s.log.String(), "the server answered 502") })
	eventually(t, "the trouble is shown", func() bool {
		o := a.live.Policy().Schedules[0]
		return o.Outside.Trouble == oncall.NewTrouble("status", "502") && !o.AsOf.IsZero()
	})
	if _, page := again.ask(t, "GET", "/oncall", "", "Cookie: "+again.enter(t, "/do/who", "name=Eve")); !strings.Contains(page, "the server answered 502") {
		t.Errorf("the page does not say that the calendar is away:\n%s", page)
	}
	if strings.Contains(s.log.String(), "the-secret-token") {
		t.Error("the address is in the log")
	}
}

func TestWithoutAnyCopyTheStandingListIsAsked(t *testing.T) {
	url, away := published(t)
	away.Store(true)
	s := boot(t, "people: [{name: Bob}]\non_call: [schedule: network, Bob]\nschedules: [{name: network, source: {ical: {url: '"+url+"'}}}]\n")
	p := s.live.Policy()
	if have := p.OnDuty(s.Now()); len(have) != 1 || !p.Schedules[0].Stale(s.Now()) {
		t.Errorf("have %v, %+v", have, p.Schedules[0])
	}
}

func TestAReloadTakesAnotherSourceAndWhatPeopleAgreedUponWins(t *testing.T) {
	first, _ := published(t)
	second, away := published(t)
	away.Store(true)
	config := func(source string) string {
		return "people: [{name: Ann}, {name: Bob}]\nschedules: [{name: network" + source + "}]\n"
	}
	s := boot(t, config(", source: {ical: {url: '"+first+"'}}"))
	on := func() []string { return s.live.Policy().Schedules[0].At(s.Now()) }
	eventually(t, "Ann is on call by the calendar", func() bool { return len(on()) == 1 })
	bob, err := s.store.Named(t.Context(), "Bob")
	if err != nil || len(bob) != 1 {
		t.Fatal(bob, err)
	}
	s.live.Lay([]oncall.Change{{Number: 1, Schedule: "network", Person: string(bob[0].ID), From: s.Now().Add(-time.Hour), To: s.Now().Add(time.Hour), State: oncall.InForce}})
	if have := on(); len(have) != 1 || have[0] != string(bob[0].ID) {
		t.Errorf("an override does not win: %v", have)
	}
	s.live.Lay(nil)
	take := func(text string) {
		t.Helper()
		if err := os.WriteFile(s.File, []byte(text+"listen: 127.0.0.1:0\ndata: "+s.Config.Data+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	take(config(", source: {ical: {url: '" + first + "'}, match: {zaphod: Bob}}"))
	if o := s.live.Policy().Schedules[0]; len(o.Outside.Unknown) != 0 || len(o.Fixed) != 2 || len(on()) != 1 {
		t.Errorf("after match: %+v", o)
	}
	take(config(", source: {ical: {url: '" + second + "'}}"))
	if have := on(); len(have) != 1 {
		t.Errorf("%v are on call while the other calendar has not answered", have)
	}
	if o := s.live.Policy().Schedules[0]; len(o.Outside.Unknown) != 1 {
		t.Errorf("without match: %+v", o.Outside)
	}
	take(config(", layers: [{people: [Bob], turn: daily, start: 2026-01-05}]"))
	if have := on(); len(have) != 1 || have[0] != string(bob[0].ID) || s.live.Policy().Schedules[0].Outside != nil {
		t.Errorf("without a source: %v", have)
	}
}
