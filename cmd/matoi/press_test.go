package main

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"matoi/incident"
)

// pageButton is a button of a page that sends a command.
type pageButton struct {
	Command string `json:"command"`
	Form    bool   `json:"form"`
	Place   string `json:"place"`
}

// reader is somebody who reads the pages of a server.
type pageReader struct {
	s      server
	t      *testing.T
	cookie string
}

func (s server) reads(t *testing.T, name string) pageReader {
	t.Helper()
	p, err := s.store.Meet(t.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
	if err != nil {
		t.Fatal(err)
	}
	return pageReader{s, t, "Cookie: matoi_who=" + string(p.ID)}
}

// buttons are those of a page whose labels for screen readers begin with one of an alert's deeds, by that label.
func (r pageReader) buttons(path, about string) map[string]pageButton {
	r.t.Helper()
	code, body := r.s.ask(r.t, "GET", path, "", r.cookie, "Accept-Language: en")
	if code != 200 {
		r.t.Fatal(code, body)
	}
	out := map[string]pageButton{}
	for _, m := range regexp.MustCompile(`<button[^>]*hx-vals="([^"]*)"[^>]*aria-label="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		label, of, _ := strings.Cut(html.UnescapeString(m[2]), ": ")
		var b pageButton
		if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &b); err != nil {
			r.t.Fatal(m[1], err)
		}
		if of == about {
			out[label] = b
		}
	}
	return out
}

// press presses a button as the script of the page does; the same deed is the same press.
func (r pageReader) press(b pageButton, deed string) string {
	r.t.Helper()
	form := url.Values{"command": {b.Command}, "place": {b.Place}, "deed": {deed}}
	if b.Form {
		form.Set("form", "true")
	}
	code, body := r.s.ask(r.t, "POST", "/do/press", form.Encode(), r.cookie, "Accept-Language: en", "HX-Request: true",
		"Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin")
	if code != 200 {
		r.t.Fatalf("%+v: %d %s", b, code, body)
	}
	return body
}

// twice presses a button and presses it again, as a double click or a request that is sent anew does, and gives the one answer.
func (r pageReader) twice(b pageButton, deed string, wants ...string) string {
	r.t.Helper()
	first := r.press(b, deed)
	if second := r.press(b, deed); second != first {
		r.t.Errorf("%+v: pressed twice it answers %s\nthen %s", b, first, second)
	}
	for _, want := range wants {
		if !strings.Contains(first, want) {
			r.t.Errorf("%+v: the answer lacks %q:\n%s", b, want, first)
		}
	}
	if strings.Contains(first, "<dialog") {
		r.t.Errorf("%+v asks:\n%s", b, first)
	}
	return first
}

// undo is what takes a deed back, of its answer.
func (r pageReader) undo(answer string) pageButton {
	r.t.Helper()
	m := regexp.MustCompile(`hx-vals="([^"]*)"`).FindStringSubmatch(answer)
	if m == nil {
		r.t.Fatalf("nothing takes it back:\n%s", answer)
	}
	var b pageButton
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &b); err != nil || b.Form {
		r.t.Fatal(m[1], err)
	}
	return b
}

func TestOnePressOpensAddsSilencesOrMakesARule(t *testing.T) {
	s := boot(t, "rules: [{name: shy, match: {service: sly}, do: inbox}]")
	send := func(body string) {
		t.Helper()
		if code, out := s.ask(t, "POST", "/hooks/generic", body); code != 202 {
			t.Fatal(code, out)
		}
		s.workedOff(t)
	}
	open := func() []incident.Row {
		t.Helper()
		rows, err := s.store.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}, Open: true})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	const about = "P1 disk is filling"
	send(`{"title":"P1 disk is filling","key":"d1","severity":"warning","service":"shop","description":"94 % of /var"}`)
	send(`{"title":"cpu is busy","key":"c1","severity":"warning","service":"shop"}`)
	send(`{"title":"net is slow","key":"n1","severity":"warning","service":"mail"}`)
	ann := s.reads(t, "Ann")

	// Nothing is open that it could join: adding asks. What it opens is what its form unchanged would have opened.
	first := ann.buttons("/alerts", about)
	if b := first["Add to incident"]; !b.Form {
		t.Errorf("adding asks nothing, of %v", first)
	}
	for label, asks := range map[string]bool{"Open incident": false, "Edit and open": true, "Silence 1 h": false, "Silence": true, "Ignore from now on": false, "Open from now on": false, "Make a rule": true} {
		if b, there := first[label]; !there || b.Form != asks {
			t.Errorf("%s: there %v, asks %v", label, there, b.Form)
		}
	}
	ann.twice(first["Open incident"], "open", "Opened", `href="/incidents/INC-`)
	rows := open()
	if len(rows) != 1 {
		t.Fatalf("opened %v", rows)
	}
	i, err := s.store.Load(t.Context(), rows[0].Number)
	if err != nil || i.Title != about || i.Summary != "94 % of /var" || strings.Join(i.Services, ",") != "shop" || i.Priority == incident.P1 || !i.Provisional || i.Alerts.Firing != 1 {
		t.Fatalf("opened %+v %v", i, err)
	}

	// The only open incident of its service is named on the button.
	number := i.Number.String()
	cpu := ann.buttons("/alerts", "cpu is busy")
	if b := cpu["Add to "+number]; b.Command == "" || b.Form {
		t.Fatalf("it is not named: %v", cpu)
	}
	if b := cpu["Add to another"]; !b.Form {
		t.Errorf("no other can be chosen: %v", cpu)
	}
	if net := ann.buttons("/alerts", "net is slow"); !net["Add to incident"].Form {
		t.Errorf("it joins another service's incident: %v", net)
	}
	ann.twice(cpu["Add to "+number], "add", "1 alert now belongs to", number)
	if i, err = s.store.Load(t.Context(), i.Number); err != nil || i.Alerts.Total != 2 {
		t.Errorf("added %+v %v", i.Alerts, err)
	}

	// A silence says until when, and is ended by its button.
	net := ann.buttons("/alerts", "net is slow")
	silenced := ann.twice(net["Silence 1 h"], "hush", "in 1 hour", "End it now")
	all, err := s.quiet.Silences(t.Context(), i.Opened)
	if err != nil || len(all) != 1 || all[0].Until.Sub(all[0].From).Hours() != 1 || len(all[0].Match["source"])+len(all[0].Match["service"])+len(all[0].Match["title"]) != 3 {
		t.Errorf("silenced %+v %v", all, err)
	}
	ann.twice(ann.undo(silenced), "loud", "ended the silence #1")

	// A rule says what it would have met, makes itself once, decides, and is taken out by its button.
	made := ann.twice(net["Ignore from now on"], "ignore", "stands: only count it", "matched 1 of the last 3 alerts", "Take the rule out again")
	if text := ann.press(net["Ignore from now on"], "ignore later"); !strings.Contains(text, "says so already") {
		t.Errorf("pressed later it makes another: %s", text)
	}
	send(`{"title":"net is slow","key":"n2","severity":"critical","service":"mail"}`)
	send(`{"title":"net is slow","key":"n3","severity":"critical","service":"door"}`)
	if rows = open(); len(rows) != 2 || strings.Join(rows[0].Services, ",") != "door" {
		t.Errorf("with a rule that ignores it %v are open", rows)
	}
	ann.twice(ann.undo(made), "allow", "is out")
	ann.twice(net["Open from now on"], "always", "stands: open an incident")
	send(`{"title":"net is slow","key":"n4","severity":"warning","service":"mail"}`)
	if rows = open(); len(rows) != 3 {
		t.Errorf("with a rule that opens %v are open", rows)
	}
	rules, err := s.store.AlertRules(t.Context(), true)
	if err != nil || len(rules) != 2 {
		t.Errorf("made %v %v", rules, err)
	}
}

func TestRulesAreOfferedToThoseWhoMayMakeThem(t *testing.T) {
	s := boot(t, "managers: [Boss]")
	if code, out := s.ask(t, "POST", "/hooks/generic", `{"title":"net is slow","severity":"warning"}`); code != 202 {
		t.Fatal(code, out)
	}
	s.workedOff(t)
	of := s.reads(t, "Boss").buttons("/alerts", "net is slow")
	theirs := s.reads(t, "Ann").buttons("/alerts", "net is slow")
	for _, label := range []string{"Ignore from now on", "Open from now on", "Make a rule"} {
		if _, there := of[label]; !there {
			t.Errorf("%s is not offered to a manager: %v", label, of)
		}
		if _, there := theirs[label]; there {
			t.Errorf("%s is offered to everybody", label)
		}
	}
	if text := s.reads(t, "Ann").press(of["Ignore from now on"], "mine"); !strings.Contains(text, "notice bad") {
		t.Errorf("it is done: %s", text)
	}
	if rules, err := s.store.AlertRules(t.Context(), true); err != nil || len(rules) != 0 {
		t.Errorf("made %v %v", rules, err)
	}
}

// Of a private incident's service only those who may see it have its number on the button.
func TestAnAlertIsAddedByOnePressOnlyWhereOneMaySeeTheIncident(t *testing.T) {
	s := boot(t, "")
	number := s.say(t, "Ann", "open P2 leak --service shop --private")
	if code, out := s.ask(t, "POST", "/hooks/generic", `{"title":"net is slow","severity":"warning","service":"shop"}`); code != 202 {
		t.Fatal(code, out)
	}
	s.workedOff(t)
	if b := s.reads(t, "Ann").buttons("/alerts", "net is slow"); b["Add to "+number].Command == "" {
		t.Errorf("it is not named to whom it concerns: %v", b)
	}
	if b := s.reads(t, "Bob").buttons("/alerts", "net is slow"); !b["Add to incident"].Form || b["Add to "+number].Command != "" {
		t.Errorf("Bob reads its number: %v", b)
	}
	other := s.say(t, "Bob", "open P3 slow --service shop")
	if b := s.reads(t, "Ann").buttons("/alerts", "net is slow"); !b["Add to incident"].Form {
		t.Errorf("of two (%s, %s) one is chosen without asking: %v", number, other, b)
	}
}
